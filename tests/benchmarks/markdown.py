"""Markdown of every kind and bad input of every size: what comes out is right, whole, and soon there.

Usage: python tests/benchmarks/markdown.py [--json] [--quick]

`--quick` takes a tenth of everything.

First 1,200 random concatenations of CommonMark's and GFM's samples in random pieces, which must give the
same blocks as in one go. Then bad input at full size, in frames of 4,096 characters: the longest frame of the
parser and the whole time, whether all characters are there at the end, and the longest time in which a window
that shows it does not answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import html
import json
import os
import re
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtWidgets import QApplication

from desktop_agent.app import make_application
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.markdown import StreamParser, plain_text, to_html
from markdown_samples import concatenations, cut

PIECE = 4_096
WORST_FRAME = 2.0
"""Seconds that no frame may take, whatever comes."""
_TAG = re.compile(r"<[^<>]*>")


def bad_inputs(size: int) -> dict[str, str]:
    """Texts that nobody writes, by name.

    Args:
        size: About how many characters each has.
    """
    tenth, hundredth = size // 10, size // 100
    return {
        "one line": "word " * (size // 5),
        "one word": "x" * size,
        "line of code": "```\n" + "x = 1; " * (size // 7),
        "nested quotes": "> " * hundredth + "deep",
        "nested quotes by line": "".join(f"{'>' * depth} q{depth}\n" for depth in range(1, size // 3_000)),
        "nested lists": "- " * hundredth + "deep",
        "nested lists by line": "".join(f"{'  ' * depth}- a{depth}\n" for depth in range(size // 3_000)),
        "table rows": "| a | b |\n|---|---|\n" + "| c | d |\n" * tenth,
        "table cell": "| a | b |\n|---|---|\n| " + "cell " * (size // 5),
        "backticks": "a " + "`" * tenth,
        "backtick runs": "".join("`" * (1 + number % 60) + "x " for number in range(size // 300)),
        "[": "[" * size,
        "[a](": "[a](" * (size // 4),
        "![": "![" * (size // 2),
        "*": "*" * size,
        "*a ": "*a " * (size // 3),
        "_": "_" * size,
        "_a*": "_a*b " * (size // 5),
        "<": "<" * size,
        "<a:": "<a:b" * (size // 4),
        "\\": "\\" * size,
        "&": "&amp;&x;" * (size // 8),
        "~": "~~a " * (size // 4),
        "links": "https://x.example/a?b=c " * (size // 24),
        "definitions": "".join(f"[r{number}]: /u{number}\n" for number in range(size // 100)),
        "title without end": '[a]: /u "' + "word " * (size // 5),
        "blank lines": "- a\n" + "\n" * tenth,
        "NUL": "a\0b " * (size // 4),
        "lone surrogates": "a\ud800b \udfff" * (size // 6),
        "bidi controls": "a\u202eb\u2066c\u200f " * (size // 7),
        "combining marks": "e" + "\u0301" * tenth,
        "emoji": "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} " * (size // 4),
    }


@dataclass
class Finding:
    """What one bad input did.

    Attributes:
        seconds: The parser's time for all of it.
        worst_frame_ms: Its longest frame, or the end.
        is_whole: Whether every character came out again.
        window_seconds: The window's time for all of it.
        window_gap_ms: The longest time in which the window did not answer.
    """

    seconds: float
    worst_frame_ms: float
    is_whole: bool
    window_seconds: float = 0.0
    window_gap_ms: float = 0.0


def parsed(source: str) -> Finding:
    """Feed a parser, a frame after the other."""
    parser, frames = StreamParser(), []
    for at in range(0, len(source), PIECE):
        begun = time.perf_counter()
        parser.feed(source[at : at + PIECE])
        list(parser.blocks)
        frames.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    parser.finish()
    frames.append(time.perf_counter() - begun)
    return Finding(round(sum(frames), 2), round(max(frames) * 1_000, 1), is_whole(source, parser))


def is_whole(source: str, parser: StreamParser) -> bool:
    """Whether every letter of a text is in the HTML and in the plain text, as often as it was typed."""
    words = Counter(re.findall(r"[^\W_]", source.replace("\0", "\ufffd")))
    written = Counter(html.unescape(to_html(parser.blocks)))
    said = Counter("".join(map(plain_text, parser.blocks)))
    hidden = Counter(re.findall(r"\w", "".join(re.findall(r"^\[.*", source, re.MULTILINE))))
    hidden += Counter({"a": 10**9, "m": 10**9, "p": 10**9}) if "&amp;" in source else Counter()
    return (
        all(min(written[each], said[each]) + hidden[each] >= count for each, count in words.items())
        and len(parser.text) >= len(source.encode("utf-16-le", "surrogatepass")) // 4
    )


async def shown(source: str, finding: Finding) -> None:
    """Feed a window's view, a frame after the other; between frames the loop is asked for how it is."""
    view = Transcript(Appearance(LIGHT))
    view.resize(1020, 646)
    view.show()
    gap, before, begun = 0.0, time.perf_counter(), time.perf_counter()
    reply = view.begin_reply("assistant")

    async def turn() -> None:
        nonlocal gap, before
        QApplication.sendPostedEvents()
        view.viewport().repaint()
        await asyncio.sleep(0)
        gap, before = max(gap, time.perf_counter() - before), time.perf_counter()

    for at in range(0, len(source), PIECE):
        view.append_to_reply(reply, [(False, source[at : at + PIECE])])
        await turn()
    view.end_reply(reply, "")
    await turn()
    finding.window_seconds = round(time.perf_counter() - begun, 2)
    finding.window_gap_ms = round(gap * 1_000, 1)
    view.clear()
    view.close()
    view.deleteLater()


def wrong_concatenations(count: int) -> int:
    """How many concatenations of samples read otherwise in pieces than in one go."""
    wrong = 0
    for seed, text in enumerate(concatenations(count)):
        htmls = []
        for pieces in ([text], cut(text, seed)):
            parser = StreamParser()
            for piece in pieces:
                parser.feed(piece)
                list(parser.blocks)
            parser.finish()
            htmls.append(to_html(parser.blocks))
        wrong += htmls[0] != htmls[1]
    return wrong


def main(arguments: list[str]) -> int:
    """Measure, and print what was found."""
    application = make_application()
    part = 10 if "--quick" in arguments else 1
    as_json = "--json" in arguments
    begun = time.perf_counter()
    wrong = wrong_concatenations(1_200 // part)
    if not as_json:
        print(f"{1_200 // part:,} concatenations: {wrong} wrong, {time.perf_counter() - begun:.0f} s")
        print(f"{'':24} {'parser s':>9} {'frame ms':>9} {'whole':>6} {'window s':>9} {'gap ms':>9}")
    findings: dict[str, Finding] = {}
    only = [each.partition("=")[2] for each in arguments if each.startswith("--only=")]
    for name, source in bad_inputs(1_000_000 // part).items():
        if only and name not in only:
            continue
        gc.collect()
        finding = findings[name] = parsed(source)
        with contextlib.suppress(UnicodeEncodeError):
            asyncio.run(shown(source, finding))
        if not as_json:
            print(
                f"{name:24} {finding.seconds:9.2f} {finding.worst_frame_ms:9.1f} {finding.is_whole!s:>6}"
                f" {finding.window_seconds:9.2f} {finding.window_gap_ms:9.1f}",
                flush=True,
            )
    holds = not wrong and all(
        each.is_whole and each.worst_frame_ms < WORST_FRAME * 1_000 for each in findings.values()
    )
    if as_json:
        rows = {name: asdict(each) for name, each in findings.items()}
        print(json.dumps({"wrong_concatenations": wrong, "holds": holds, "inputs": rows}, indent=2))
    application.quit()
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
