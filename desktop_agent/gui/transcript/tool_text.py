"""What a card shows of the arguments and the result of a call, as lines: nothing in them is trusted."""

from __future__ import annotations

import json
import re

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_agent.agentchat.printable import printable
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.json_lines import json_lines
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.reading_pane import Line, Run
from desktop_agent.markdown import StreamParser, host_of, link_target, plain_text

SHOWN = 40_000
"""Characters of a result that a card shows; Copy takes all of it."""
MORE_HREF = "more:"
"""Where the words lead that stand for the rest of the results of a search."""
_LISTED = 2  # results that stand there at first, when there are more than three
_LINE = 19
_RESULT = re.compile(r"^\s*\d+\.\s+\[(?P<title>.*?)\]\(<?(?P<href>[^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)*)>?\)")
_DIFF = ("write_file", "edit_file")
_PAGES = ("fetch_page",)


def argument_lines(arguments: str) -> list[Line]:
    """The arguments of a call, `name: value` on a line each; as they are where they are no JSON object."""
    try:
        values = json.loads(arguments) if arguments.strip() else {}
    except (ValueError, RecursionError):
        return _plain(arguments, TextStyle.CODE_SMALL, "text")
    if not isinstance(values, dict):
        return _plain(arguments, TextStyle.CODE_SMALL, "text")
    lines: list[Line] = []
    for name, value in values.items():
        text = value if isinstance(value, str) and "\n" in value else json.dumps(value, ensure_ascii=False)
        first, *others = printable(text).split("\n")
        lines.append(Line((Run(f"{one_line(str(name))}: {first}", "text", TextStyle.CODE_SMALL),), _LINE))
        lines += [
            Line((Run(other, "text", TextStyle.CODE_SMALL),), _LINE, indent=_INDENT) for other in others
        ]
    return lines


_INDENT = 14


def result_lines(call: ToolCall, *, is_whole: bool) -> list[Line]:
    """What a call gave.

    Args:
        call: The call.
        is_whole: Whether all results of a search are listed, however many.
    """
    text = call.result[:SHOWN]
    if call.state == "failed":
        lines = _plain(text, TextStyle.SMALL, "err")
    elif call.name == "web_search" and (found := _search_lines(text, is_whole=is_whole)):
        lines = found
    elif call.name in _DIFF:
        lines = diff_lines(text)
    elif call.name in _PAGES:
        lines = markdown_lines(text)
    else:
        lines = _json(text) or _plain(text, TextStyle.CODE_SMALL, "text2")
    rest = len(call.result) - len(text)
    if rest:
        sentence = QCoreApplication.translate(
            "ToolCard", "{count} more characters are not shown. Copy takes all of it."
        )
        lines.append(Line((Run(sentence.format(count=QLocale().toString(rest)), "text3"),), _LINE, above=6))
    return lines


def label_line(text: str, *, is_first: bool) -> Line:
    """A heading in a card."""
    return Line((Run(text, "text2", TextStyle.MICRO_STRONG),), 16, above=0 if is_first else 10, below=4)


def _plain(text: str, style: TextStyle, color: str) -> list[Line]:
    return [Line((Run(line, color, style),), _LINE) for line in printable(text).splitlines()]


def _json(text: str) -> list[Line]:
    if not text.lstrip().startswith(("{", "[")):
        return []
    try:
        return json_lines(json.loads(text), height=_LINE)
    except (ValueError, RecursionError):
        return []


def _search_lines(text: str, *, is_whole: bool) -> list[Line]:
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = _RESULT.match(line)
        if match is not None:
            title = match["title"].replace("\\[", "[").replace("\\]", "]")
            found.append((one_line(title) or match["href"], match["href"]))
    shown = found if is_whole or len(found) <= _LISTED + 1 else found[:_LISTED]
    lines = [Line(_result_runs(title, href), _LINE) for title, href in shown]
    if len(shown) < len(found):
        more = QCoreApplication.translate("ToolCard", "{count} more").format(count=len(found) - len(shown))
        lines.append(Line((Run(more, "text2", href=MORE_HREF),), _LINE))
    return lines


def _result_runs(title: str, href: str) -> tuple[Run, ...]:
    target = link_target(href) or ""
    return (Run(title, "text2", href=target), Run(f" {host_of(href)}", "text3"))


def diff_lines(text: str) -> list[Line]:
    """A unified difference: what goes and what comes, by colour and by the sign in front."""
    lines: list[Line] = []
    for line in printable(text).split("\n"):
        is_head = line.startswith(("+++", "---", "@@"))
        color, ground = "text2", ""
        if line.startswith("+") and not is_head:
            color, ground = "ok", "ok_soft"
        elif line.startswith("-") and not is_head:
            color, ground = "err", "err_soft"
        elif is_head:
            color = "text3"
        lines.append(Line((Run(line, color, TextStyle.CODE_SMALL, ground=ground),), _LINE))
    return lines


def markdown_lines(text: str) -> list[Line]:
    """A page as text: its headings stand out, its links can be followed, pictures are not loaded."""
    parser = StreamParser()
    parser.feed(text)
    parser.finish()
    lines: list[Line] = []
    for block in parser.blocks:
        style, color = TextStyle.SMALL, "text2"
        if block.kind == "heading":
            style, color = TextStyle.UI_STRONG, "text"
        elif block.kind == "code":
            style = TextStyle.CODE_SMALL
        above = 6 if lines else 0
        for row in printable(plain_text(block)).split("\n"):
            lines.append(Line((Run(row, color, style),), _LINE, above=above))
            above = 0
    return lines
