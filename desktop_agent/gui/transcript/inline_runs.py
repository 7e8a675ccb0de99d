"""Inline tokens as a line of text with formats, links and boxes: what a TextFlow lays out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QTextCharFormat, QTextLayout

from desktop_agent.markdown import host_of, image_label, link_target

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


@dataclass(frozen=True)
class Span:
    """A range of characters; of a link when it has one, else of a box (inline code, image)."""

    start: int
    end: int
    link: Link | None = None


@dataclass
class InlineRuns:
    """Text with its look.

    Attributes:
        text: The characters as they are laid out.
        formats: Their formats.
        links: Ranges that are links.
        boxes: Ranges that are drawn on a box: inline code, and images that are not shown.
    """

    text: str = ""
    formats: list[QTextLayout.FormatRange] = field(default_factory=list)
    links: list[Span] = field(default_factory=list)
    boxes: list[Span] = field(default_factory=list)


def inline_runs(
    tokens: Iterable[Token], style: BlockStyle, base: TextStyle, color: QColor | None = None
) -> InlineRuns:
    """The runs of an inline token's children.

    Args:
        tokens: The children.
        style: The style of the block.
        base: The style of type that the text has where nothing else is said.
        color: Its colour there, the style's colour by default.
    """
    builder = _Builder(style, base, color or style.color)
    for token in tokens:
        builder.add(token)
    return builder.finish()


class _Builder:
    def __init__(self, style: BlockStyle, base: TextStyle, color: QColor) -> None:
        self._style, self._base, self._color = style, base, color
        self._runs = InlineRuns()
        self._parts: list[str] = []
        self._length = 0
        self._marks = {"strong": 0, "em": 0, "s": 0}
        self._link: tuple[int, str] | None = None

    def add(self, token: Token) -> None:
        kind, _, edge = token.type.rpartition("_")
        if kind in self._marks:
            self._marks[kind] += 1 if edge == "open" else -1
        elif token.type == "link_open":
            self._link = (self._length, str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            self._end_link()
        elif token.type == "code_inline":
            self._append_box(token.content, code=True)
        elif token.type == "image":
            self._append_box(_image_text(token), code=False)
        elif token.type == "softbreak":
            self._append(" ")
        elif token.type == "hardbreak":
            self._append(_LINE_BREAK)
        elif token.type != "task_box":
            self._append(token.content)

    def finish(self) -> InlineRuns:
        self._runs.text = "".join(self._parts)
        return self._runs

    def _append(self, text: str) -> None:
        self._append_formatted(text, self._format(code=False))

    def _append_box(self, text: str, *, code: bool) -> None:
        padding = self._style.formats.padding(self._base, CODE_PADDING * self._style.zoom)
        start = self._length
        self._append_formatted(_PAD, padding)
        self._append_formatted(text.replace("\n", " "), self._format(code=code, is_box=True))
        self._append_formatted(_PAD, padding)
        self._runs.boxes.append(Span(start, self._length))

    def _append_formatted(self, text: str, text_format: QTextCharFormat) -> None:
        if not text:
            return
        found = QTextLayout.FormatRange()
        found.start, found.length, found.format = self._length, utf16_length(text), text_format
        self._runs.formats.append(found)
        self._parts.append(text)
        self._length += utf16_length(text)

    def _format(self, *, code: bool, is_box: bool = False) -> QTextCharFormat:
        color = self._color
        if self._link is not None and (not self._link[1] or link_target(self._link[1])):
            color = self._style.theme.accent  # an address that is still being typed looks like a link already
        elif is_box and not code:
            color = self._style.theme.text2
        return self._style.formats.text(
            self._base,
            color,
            bold=self._marks["strong"] > 0,
            italic=self._marks["em"] > 0,
            struck=self._marks["s"] > 0,
            code=code,
        )

    def _end_link(self) -> None:
        if self._link is None:
            return
        start, address = self._link
        self._link = None
        href = link_target(address)
        if href and self._length > start:
            shown = "".join(self._parts).encode("utf-16-le")[2 * start :].decode("utf-16-le", "replace")
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
