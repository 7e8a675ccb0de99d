"""How much a frame of a streamed reply costs, as multiples of what Qt's own text edit needs for raw text.

Usage: python tests/benchmarks/render.py [--json] [--quick]

With QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 in the environment the same holds beside a screen reader; without it,
the last figures are those of a window that is read and of one that is not.

F, the floor: the same chunks as raw text, one `insertText` a frame into one QTextEdit, plus layout and
paint, in the same process. A frame has 128 characters: 32 tokens of 4. Every figure is a ratio or a count.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QAccessible, QPainter, QPixmap, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser, QTextEdit

from desktop_agent.app import make_application
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, gap_between, make_item
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.markdown import StreamParser

WIDTH, HEIGHT = 712, 600
FRAME, TOKEN = 128, 4
FRAMES = 60  # at the end of a text, which are measured
_WORDS = "the quick **brown** fox jumps over `the` lazy dog and [goes](https://x.example) on with snake_case "
_REPLY = """## Part {n}

Some *emphasis*, **strong text** and `inline code` in a paragraph of ordinary length, which goes on for a
while and has [a link](https://example.com/{n}) before it ends. {words}

1. **First.** An item with `code` and a few more words than fit on one line of the column, perhaps
2. second, shorter
   - nested **deep** thing

```python
def part_{n}(value: int) -> str:
    \"\"\"Say it.\"\"\"
    return f"{{value}} of {n}"  # a comment
```

| Tier | Best for | N |
|---|---|--:|
| Free | Trying it out | {n} |
| Basic | Small things | 12 |

> Quoted words, with **bold** ones among them.

"""


def mixed(length: int) -> str:
    """A reply with everything in it, of about that length."""
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(_REPLY.format(n=len(parts), words=_WORDS * 2))
        size += len(parts[-1])
    return "".join(parts)[:length]


OPEN_BLOCKS: dict[str, tuple[str, float]] = {
    "fence": ("```python\n" + "value = other_value + 1  # comment\n" * 1_200, 1.5),
    "list": ("".join(f"- item {n} {_WORDS[:60]}\n" for n in range(560)), 1.5),
    "table": ("| a | b |\n|---|---|\n" + "".join(f"| {n} | {_WORDS[:40]} |\n" for n in range(800)), 3.0),
    "paragraph": ((_WORDS + "\n") * 400, 3.0),
    "long line": (_WORDS * 400, 3.0),
    "quote": ((f"> {_WORDS}\n>\n") * 380, 3.0),
    "fence in a list": ("- item\n\n  ```python\n" + "  value = other_value + 1  # comment\n" * 1_200, 3.0),
    "paragraph in a quote": (f"> {_WORDS}\n" * 400, 3.0),
    "list in a quote": ("".join(f"> - item {n} {_WORDS[:60]}\n" for n in range(540)), 3.0),
    "quote in a list": ("- item\n\n" + f"  > {_WORDS}\n  >\n" * 380, 3.0),
    "indented code": ("    value = other_value + 1  # comment\n" * 1_100, 3.0),
}


class Column:
    """Blocks below each other, and the bottom of them painted: a frame of the view without the view."""

    def __init__(self) -> None:
        self.style = BlockStyle(LIGHT, 1.0)
        self.parser = StreamParser()
        self._items: list[tuple[BlockItem, int, float]] = []
        self._screen = QPixmap(WIDTH, HEIGHT)
        self._top = 0.0
        self._changed = 0.0

    def frame(self, text: str) -> None:
        """Take in a chunk; scroll to the end and paint what has changed."""
        self._changed = float("inf")
        self.parser.feed(text)
        blocks = self.parser.blocks
        index = max(0, len(self._items) - 3)
        while (
            index < len(self._items) and index < len(blocks) and self._items[index][0].block is blocks[index]
        ):
            index += 1
        first = max(0, index - 3)
        del self._items[index:]
        for at in range(first, len(blocks)):
            self._show(at)
        self._paint()

    def _show(self, at: int) -> None:
        block = self.parser.blocks[at]
        above = self._items[at - 1] if at else None
        y = above[2] + above[0].height if above else 0.0
        y += gap_between(above[0].block if above else None, block)
        if at == len(self._items):
            item = make_item(block, self.style)
            item.set_width(WIDTH)
            self._items.append((item, block.revision, y))
            self._changed = min(self._changed, y)
            return
        item, revision, before = self._items[at]
        if revision != block.revision:
            item.update(block)
            self._changed = min(self._changed, y + item.changed_from)
        if item.needs_color and item.color_more():
            self._changed = min(self._changed, y)
        if y != before:
            self._changed = min(self._changed, y, before)
        self._items[at] = (item, block.revision, y)

    def _paint(self) -> None:
        if not self._items:
            return
        bottom = self._items[-1][2] + self._items[-1][0].height
        top = float(max(0, round(bottom - HEIGHT)))
        if top != self._top:
            self._screen.scroll(0, round(self._top - top), 0, 0, WIDTH, HEIGHT)
        dirty = max(0.0, min(self._changed - top, HEIGHT - max(0.0, top - self._top)))
        self._top = top
        painter = QPainter(self._screen)
        painter.setClipRect(QRectF(0, dirty, WIDTH, HEIGHT - dirty))
        painter.fillRect(QRectF(0, dirty, WIDTH, HEIGHT - dirty), LIGHT.surface)
        for item, _, y in reversed(self._items):
            if y + item.height < top + dirty:
                break
            painter.translate(0, y - top)
            item.paint(painter, QRectF(0, top + dirty - y, WIDTH, HEIGHT - dirty))
            painter.translate(0, top - y)
        painter.end()


class Floor:
    """Raw text in a QTextEdit, which scrolls and paints as it does in any window."""

    def __init__(self) -> None:
        self._edit = QTextEdit()
        self._edit.setUndoRedoEnabled(False)
        self._edit.resize(WIDTH, HEIGHT)
        self._edit.show()
        QTest.qWaitForWindowExposed(self._edit)  # until then nothing is painted
        self._cursor = QTextCursor(self._edit.document())

    def frame(self, text: str) -> None:
        """Append a chunk, scroll to the end and paint what has changed: the last paragraph and on."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        block = self._cursor.block()
        self._cursor.insertText(text)
        self._edit.document().size()
        bar = self._edit.verticalScrollBar()
        bar.setValue(bar.maximum())
        layout = self._edit.document().documentLayout()
        top = round(layout.blockBoundingRect(block).top()) - bar.value()
        viewport = self._edit.viewport()
        viewport.repaint(QRect(0, max(0, top), viewport.width(), viewport.height()))


@dataclass
class Figure:
    """One measured figure."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is within its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def cpu(call: Callable[[str], None], text: str) -> float:
    """The processor seconds of a call: a busy machine does not count."""
    begun = time.process_time()
    call(text)
    return time.process_time() - begun


def chunks(text: str) -> Iterator[str]:
    """A text in frames."""
    return (text[at : at + FRAME] for at in range(0, len(text), FRAME))


def side_by_side(targets: Sequence[Callable[[str], None]], texts: Sequence[str]) -> list[float]:
    """The median of the last frames of each target, which has its text up to them already.

    They take turns, so that a busy machine is busy for all of them.
    """
    begin = [len(text) - FRAMES * FRAME for text in texts]
    times: list[list[float]] = [[] for _ in targets]
    for number in range(FRAMES):
        for target, text, at, found in zip(targets, texts, begin, times, strict=True):
            found.append(cpu(target, text[at + number * FRAME : at + (number + 1) * FRAME]))
    return [statistics.median(found) for found in times]


def fed(target: Column | Floor, text: str) -> Callable[[str], None]:
    """What takes a frame, after all of a text but its last frames."""
    for piece in chunks(text[: len(text) - FRAMES * FRAME]):
        target.frame(piece)
    return target.frame


def streaming(*, quick: bool) -> Iterator[Figure]:
    """A mixed reply that grows."""
    sizes = (2_000, 10_000) if quick else (2_000, 10_000, 50_000, 200_000)
    longest = mixed(max(sizes) * TOKEN + FRAMES * FRAME)
    texts = [longest[: tokens * TOKEN + FRAMES * FRAME] for tokens in sizes]
    columns = [Column() for _ in sizes]
    targets = [fed(column, text) for column, text in zip(columns, texts, strict=True)]
    floor = fed(Floor(), texts[1])
    *ours, floor_frame = side_by_side([*targets, floor], [*texts, texts[1]])
    frames = dict(zip(sizes, ours, strict=True))
    yield Figure("frame at 10,000 tokens / F", frames[10_000] / floor_frame, 4.0)
    if not quick:
        yield Figure("frame at 200,000 tokens / at 2,000", frames[200_000] / frames[2_000], 1.3)
    parsed = columns[-1].parser
    yield Figure("text parsed / reply length", parsed.work.characters / len(parsed.text), 4.0)
    for tokens, least in ((10_000, 20.0), (50_000, 200.0)):
        if tokens in frames:
            name = f"setMarkdown per frame / ours at {tokens:,} tokens"
            naive = set_markdown(longest[: tokens * TOKEN])
            yield Figure(name, naive / frames[tokens], least, at_least=True)


def set_markdown(text: str) -> float:
    """A frame of the naive way: the whole reply set anew, and the last screen painted."""
    browser = QTextBrowser()
    browser.resize(WIDTH, HEIGHT)
    browser.show()
    QTest.qWaitForWindowExposed(browser)

    def frame(source: str) -> None:
        browser.setMarkdown(source)
        browser.document().size()
        bar = browser.verticalScrollBar()
        bar.setValue(bar.maximum())
        browser.viewport().repaint()

    return statistics.median(cpu(frame, text) for _ in range(5))


def open_blocks() -> Iterator[Figure]:
    """One open block of 40 kB."""
    for name, (text, limit) in OPEN_BLOCKS.items():
        text = text[:40_000]
        ours, floor = side_by_side([fed(Column(), text), fed(Floor(), text)], [text, text])
        yield Figure(f"open {name} of 40 kB / F", ours / floor, limit)


def window(text: str, stack: ExitStack) -> Callable[[str], None]:
    """What takes a frame in the window's own view, after all of a text but its last frames.

    Args:
        text: What streams.
        stack: Empties the view at its end: its accessible objects must go before it does.
    """
    view = Transcript(Appearance(LIGHT))
    stack.callback(view.clear)
    view.resize(1020, HEIGHT)
    view.show()
    QTest.qWaitForWindowExposed(view)
    reply = view.begin_reply("assistant")

    def frame(piece: str) -> None:
        view.append_to_reply(reply, [(False, piece)])
        QApplication.processEvents()  # paints what the view has found to be changed

    for piece in chunks(text[: len(text) - FRAMES * FRAME]):
        frame(piece)
    return frame


def windows(*, quick: bool) -> Iterator[Figure]:
    """What the length of a reply costs in the window."""
    sizes = (2_000, 10_000) if quick else (2_000, 50_000)
    texts = [mixed(tokens * TOKEN + FRAMES * FRAME) for tokens in sizes]
    with ExitStack() as stack:
        short, long = side_by_side([window(text, stack) for text in texts], texts)
    yield Figure(f"window at {sizes[1]:,} tokens / at {sizes[0]:,}", long / short, 1.3)


def accessible() -> Iterator[Figure]:
    """What a screen reader costs: frames of the whole view, read aloud and not."""
    texts = {"mixed reply of 10,000 tokens": mixed(10_000 * TOKEN)}
    texts |= {
        f"open {name} of 40 kB": OPEN_BLOCKS[name][0][:40_000] for name in ("list", "fence", "paragraph")
    }
    was_active = QAccessible.isActive()
    for name, text in texts.items():

        def heard(piece: str, frame: Callable[[str], None], *, is_read: bool) -> None:
            QAccessible.setActive(is_read)
            frame(piece)

        with ExitStack() as stack:
            ways = [partial(heard, frame=window(text, stack), is_read=is_read) for is_read in (False, True)]
            silent, read, floor = side_by_side([*ways, fed(Floor(), text)], [text] * 3)
        yield Figure(f"window, {name} / F", silent / floor, 4.0)
        yield Figure(f"window read aloud, {name} / not", read / silent, 1.5)
    QAccessible.setActive(was_active)


def main(arguments: list[str]) -> int:
    """Measure, and print the figures."""
    application = make_application()
    figures = []
    gc.collect()
    quick = "--quick" in arguments
    for figure in itertools.chain(streaming(quick=quick), open_blocks(), windows(quick=quick), accessible()):
        figures.append(figure)
        if "--json" not in arguments:
            sign = ">=" if figure.at_least else "<="
            mark = "ok" if figure.holds else "MISSED"
            print(f"{figure.name:48} {figure.value:8.2f}   {sign} {figure.limit:g}   {mark}", flush=True)
    if "--json" in arguments:
        rows = {
            each.name: {"value": round(each.value, 3), "limit": each.limit, "holds": each.holds}
            for each in figures
        }
        print(json.dumps(rows, indent=2))
    application.quit()
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # No window ends these views in order, and Qt would look for their accessible objects at its own end.
    os._exit(status)
