"""Inline tokens as a line of text with formats, links and boxes: what a TextFlow lays out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QTextCharFormat

from desktop_agent.markdown import host_of, image_label, inline_text, link_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.typography import TextStyle
    from desktop_agent.markdown import Token

CODE_PADDING = 5
_PAD = "\N{NO-BREAK SPACE}"
_LINE_BREAK = "\N{LINE SEPARATOR}"


@dataclass(frozen=True)
class Link:
    """A link that may be followed.

    Attributes:
        href: Its address: http, https or mailto.
        host: The host it leads to, in Punycode; for mailto the address.
        text: The words that are shown.
    """

    href: str
    host: str
    text: str = ""


class Span(NamedTuple):
    """A range of characters; of a link when it has one, else of a box (inline code, image)."""

    start: int
    end: int
    link: Link | None = None


class FormatSpan(NamedTuple):
    """A range of characters and how they look."""

    start: int
    end: int
    format: QTextCharFormat


class Piece(NamedTuple):
    """Characters that the text says, and where they are laid out.

    Attributes:
        start: Where they begin in what the text says.
        at: Where they begin in what is laid out.
        length: How many there are in what it says.
    """

    start: int
    at: int
    length: int


@dataclass
class InlineRuns:
    """Text with its look. Offsets count characters of `text`, not UTF-16 units as Qt does.

    Attributes:
        text: The characters as they are laid out.
        formats: The formats of those that do not look as the text does by itself.
        links: Ranges that are links.
        boxes: Ranges that are drawn on a box: inline code, and images that are not shown.
        pieces: How `text` and what it says as plain text belong together.
        said: The length of the plain text.
    """

    text: str = ""
    formats: list[FormatSpan] = field(default_factory=list)
    links: list[Span] = field(default_factory=list)
    boxes: list[Span] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    said: int = 0

    def checkpoint(self) -> tuple[int, int, int, int, int, int]:
        """What `truncate` needs to come back to where the runs are now."""
        formats, links, boxes, pieces = self.formats, self.links, self.boxes, self.pieces
        return len(self.text), len(formats), len(links), len(boxes), len(pieces), self.said

    def truncate(self, checkpoint: tuple[int, int, int, int, int, int]) -> None:
        """Take away what was added since a checkpoint."""
        length, formats, links, boxes, pieces, self.said = checkpoint
        self.text = self.text[:length]
        del self.formats[formats:], self.links[links:], self.boxes[boxes:], self.pieces[pieces:]


class RunsStyle(NamedTuple):
    """What inline text looks like where nothing else is said.

    Attributes:
        style: The style of the block.
        base: The style of type.
        color: The colour.
        indent: What stands before each further line of the plain text.
    """

    style: BlockStyle
    base: TextStyle
    color: QColor
    indent: str = ""


def append_runs(runs: InlineRuns, tokens: Iterable[Token], style: RunsStyle) -> None:
    """Append what the children of an inline token say."""
    builder = _Builder(runs, style)
    for token in tokens:
        builder.add(token)
    builder.finish()


class _Builder:
    def __init__(self, runs: InlineRuns, style: RunsStyle) -> None:
        self._style, self._base, self._color = style.style, style.base, style.color
        self._indent = style.indent
        self._runs = runs
        self._parts: list[str] = [runs.text] if runs.text else []
        self._length = len(runs.text)
        self._first_format = len(runs.formats)
        self._piece: Piece | None = None  # the last one, which goes on while nothing comes between
        self._marks = {"strong": 0, "em": 0, "s": 0}
        self._text_format: QTextCharFormat | None = None  # of the text that comes next
        self._link: tuple[int, str] | None = None

    def add(self, token: Token) -> None:
        if token.type == "text":
            self._append(token.content)
        elif token.nesting:
            self._mark(token)
        elif token.type == "code_inline":
            self._append_box(token.content, token.content, code=True)
        elif token.type == "image":
            self._append_box(_image_text(token), inline_text([token]), code=False)
        elif token.type == "softbreak":
            self._append(" ")
        elif token.type == "hardbreak":
            self._say(1 + len(self._indent))
            self._append_formatted(_LINE_BREAK, self._text_format)
        elif token.type != "task_box":
            self._append(token.content)

    def _mark(self, token: Token) -> None:
        kind, _, edge = token.type.rpartition("_")
        if kind in self._marks:
            self._marks[kind] += 1 if edge == "open" else -1
        elif edge == "open":
            self._link = (self._length, str(token.attrs.get("href", "")))
        else:
            self._end_link()
        self._text_format = self._format(code=False)

    def finish(self) -> None:
        self._runs.text = "".join(self._parts)

    def _append(self, text: str) -> None:
        self._say(len(text))
        self._append_formatted(text, self._text_format)

    def _append_box(self, shown: str, said: str, *, code: bool) -> None:
        padding = self._style.formats.padding(self._base, CODE_PADDING * self._style.zoom)
        start = self._length
        if not code:
            self._say(1)  # its brackets are the padding
        self._append_formatted(_PAD, padding)
        self._say(len(said) if code else len(said) - 2)
        self._append_formatted(shown.replace("\n", " "), self._format(code=code, is_box=True))
        if not code:
            self._say(1)
        self._append_formatted(_PAD, padding)
        self._runs.boxes.append(Span(start, self._length))

    def _say(self, length: int) -> None:
        """Note that what is appended next says so many characters."""
        runs, piece = self._runs, self._piece
        if piece and piece.start + piece.length == runs.said and piece.at + piece.length == self._length:
            runs.pieces[-1] = self._piece = Piece(piece.start, piece.at, piece.length + length)
        else:
            self._piece = Piece(runs.said, self._length, length)
            runs.pieces.append(self._piece)
        runs.said += length

    def _append_formatted(self, text: str, text_format: QTextCharFormat | None) -> None:
        if not text:
            return
        formats, start = self._runs.formats, self._length
        self._parts.append(text)
        self._length += len(text)
        if text_format is None:
            return
        if len(formats) > self._first_format:
            before = formats[-1]
            if before.format is text_format and before.end == start:
                start = formats.pop().start  # text comes in pieces where it has marks that mean nothing
        formats.append(FormatSpan(start, self._length, text_format))

    def _format(self, *, code: bool, is_box: bool = False) -> QTextCharFormat | None:
        """How the next characters look; None: as the text does by itself."""
        color, marks = self._color, self._marks
        if self._link is not None and (not self._link[1] or link_target(self._link[1])):
            color = self._style.theme.accent  # an address that is still being typed looks like a link already
        elif is_box and not code:
            color = self._style.theme.text2
        elif not (code or marks["strong"] or marks["em"] or marks["s"]):
            return None
        is_link = self._style.is_printed and self._link is not None
        return self._style.formats.text(
            self._base,
            color,
            bold=marks["strong"] > 0,
            italic=marks["em"] > 0,
            struck=marks["s"] > 0,
            code=code,
            href=link_target(self._link[1]) or "" if is_link and self._link is not None else "",
        )

    def _end_link(self) -> None:
        if self._link is None:
            return
        start, address = self._link
        self._link = None
        href = link_target(address)
        if href and self._length > start:
            shown = "".join(self._parts)[start:]
            self._runs.links.append(Span(start, self._length, Link(href, host_of(href), shown)))


def utf16_length(text: str) -> int:
    """The length of a text as Qt counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _image_text(token: Token) -> str:
    """What stands for an image: nothing is ever loaded because of a text."""
    label = image_label(token)
    if not label:
        return QCoreApplication.translate("TextFlow", "image")
    return QCoreApplication.translate("TextFlow", "image: {label}").format(label=label)
