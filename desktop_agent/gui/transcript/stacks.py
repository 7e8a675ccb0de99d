"""Stacks: blocks below each other, with the lists and quotes that contain them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from typing_extensions import override

from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.transcript.block_style import FontMetrics
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.inline_runs import inline_runs
from desktop_agent.gui.transcript.parts import Group, Part, Placed, Range
from desktop_agent.gui.transcript.table_grid import TableGrid
from desktop_agent.gui.transcript.text_flow import FlowStyle, TextFlow
from desktop_agent.gui.typography import TextStyle, font_for
from desktop_agent.markdown import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.markdown import Kind, Token

_GAP, _ITEM_GAP = 12, 6
_GAP_BEFORE_TITLE, _GAP_AFTER_TITLE, _GAP_AFTER_HEADING = 18, 8, 6
_GAP_AFTER: dict[Kind, int] = {"code": 18, "table": 18, "list": 14, "quote": 14}
_INDENT, _MARKER_RIGHT = 28, 22
_QUOTE_INDENT, _QUOTE_BAR = 17, 2
_TASK_BOX, _TASK_RADIUS, _TASK_CHECK = 16, 4, 12
_BULLET = 5
_HEADINGS = {"h1": TextStyle.H1, "h2": TextStyle.H2}


def gap_of(above: tuple[Kind, str], below: tuple[Kind, str]) -> int:
    """The distance between two blocks below each other, in pixels at 100 % zoom.

    Args:
        above: The kind and the tag of the upper block.
        below: Those of the lower one.
    """
    (kind, tag), (kind_below, tag_below) = above, below
    if kind == "heading":
        return _GAP_AFTER_TITLE if tag in _HEADINGS else _GAP_AFTER_HEADING
    if kind_below == "heading" and tag_below in _HEADINGS:
        return _GAP_BEFORE_TITLE
    return _GAP_AFTER.get(kind, _GAP)


def make_part(tokens: Sequence[Token], style: BlockStyle) -> Part:
    """The part that draws one block."""
    kind, opening = kind_of(tokens), tokens[0]
    if kind == "code":
        panel = CodePanel(_language(opening), style)
        content = opening.content.removesuffix("\n")
        panel.grow(content.split("\n") if content else [], "", is_open=False)
        return panel
    if kind == "list":
        return ListStack(tokens, style)
    if kind == "quote":
        return QuoteStack(tokens[1:-1], style.muted())
    if kind == "table":
        return TableGrid(tokens, style)
    if kind == "rule":
        return Rule(style)
    return make_flow(tokens, style)


def make_flow(tokens: Sequence[Token], style: BlockStyle) -> TextFlow:
    """The text of a paragraph or a heading."""
    base, color = style.body, style.color
    if tokens[0].type == "heading_open":
        base = TextStyle.UI_STRONG if style.is_quiet else _HEADINGS.get(tokens[0].tag, TextStyle.H3)
        if tokens[0].tag in ("h4", "h5", "h6"):
            color = style.theme.text2
    children = next((token.children or [] for token in tokens if token.type == "inline"), [])
    return TextFlow(inline_runs(children, style, base, color), FlowStyle(style, base, color))


def _language(opening: Token) -> str:
    words = opening.info.split(maxsplit=1)
    return words[0] if words else ""


class Rule(Part):
    """A thin line across."""

    def __init__(self, style: BlockStyle) -> None:
        self._color = style.theme.border
        self.height = 1.0

    @override
    def set_width(self, width: float) -> None:
        self.width = width

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        painter.fillRect(QRectF(0, 0, self.width, 1), self._color)


class Stack(Group):
    """Blocks below each other."""

    def __init__(self, tokens: Sequence[Token], style: BlockStyle, *, is_tight: bool = False) -> None:
        super().__init__()
        self._style = style
        groups = list(_children(tokens))
        self.placed = [Placed(make_part(group, style)) for group in groups]
        self._gaps = [
            style.px(_ITEM_GAP if is_tight else gap_of(above, below))
            for above, below in itertools.pairwise((kind_of(group), group[0].tag) for group in groups)
        ]

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        y = 0.0
        for placed, gap in zip(self.placed, [*self._gaps, 0.0], strict=False):
            placed.y = y
            placed.part.set_width(width - placed.x)
            y += placed.part.height + gap
        self.height = y

    @property
    def baseline(self) -> float:
        """The base line of the first line of text."""
        first = self.placed[0].part if self.placed else None
        if isinstance(first, TextFlow):
            return first.baseline
        return FontMetrics.of(font_for(self._style.body, self._style.zoom)).baseline(self.line_height)

    @property
    def line_height(self) -> float:
        """The height of a line of text."""
        return self._style.px(self._style.body.line_height)


class QuoteStack(Stack):
    """Blocks behind a bar."""

    def __init__(self, tokens: Sequence[Token], style: BlockStyle) -> None:
        super().__init__(tokens, style)
        for placed in self.placed:
            placed.x = style.px(_QUOTE_INDENT)

    @override
    def set_width(self, width: float) -> None:
        super().set_width(width)
        self.height = max(self.height, self.line_height)

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        painter.fillRect(QRectF(0, 0, _QUOTE_BAR, self.height), self._style.theme.border_input)
        super().paint(painter, clip, selected)

    @override
    def caret_rect(self) -> QRectF:
        if self.placed:
            return super().caret_rect()
        return QRectF(self._style.px(_QUOTE_INDENT), 3, 2, 17)


class _Item(Stack):
    """The content of a list item, and what stands before it."""

    def __init__(
        self, tokens: Sequence[Token], style: BlockStyle, number: int | None, *, is_tight: bool
    ) -> None:
        inline = tokens[2] if len(tokens) > 2 and tokens[1].type == "paragraph_open" else None
        self.task: bool | None = inline.meta.get("checked") if inline is not None else None
        self.number = number
        super().__init__(tokens[1:-1], style, is_tight=is_tight)

    @override
    def set_width(self, width: float) -> None:
        super().set_width(width)
        self.height = max(self.height, self.line_height)


class ListStack(Group):
    """A list: items with their numbers, bullets or task boxes."""

    def __init__(self, tokens: Sequence[Token], style: BlockStyle) -> None:
        super().__init__()
        self._style = style
        self._depth = tokens[0].level // 2
        is_tight = all(
            token.hidden
            for token in tokens
            if token.type == "paragraph_open" and token.level == tokens[0].level + 2
        )
        self._gap = style.px(_ITEM_GAP if is_tight else _GAP)
        number = int(tokens[0].attrs.get("start", 1)) if tokens[0].type == "ordered_list_open" else None
        for group in _children(tokens[1:-1]):
            self.placed.append(Placed(_Item(group, style, number, is_tight=is_tight)))
            number = number + 1 if number is not None else None
        self._number_font = font_for(style.body, style.zoom)
        self._number_font.setFeature(QFont.Tag("tnum"), 1)
        self._indent = self._measure_indent()

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        y = 0.0
        for placed in self.placed:
            placed.x, placed.y = self._indent, y
            placed.part.set_width(width - self._indent)
            y += placed.part.height + self._gap
        self.height = max(0.0, y - self._gap)

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        super().paint(painter, clip, selected)
        for placed in self.placed:
            item = placed.part
            if not isinstance(item, _Item) or placed.y > clip.bottom() or placed.y + item.height < clip.top():
                continue
            if item.task is not None:
                self._paint_task(painter, placed.y, item)
            elif item.number is not None:
                self._paint_number(painter, placed.y, item)
            else:
                self._paint_bullet(painter, placed.y, item)

    def _measure_indent(self) -> float:
        indent = self._style.px(_INDENT)
        last = self.placed[-1].part if self.placed else None
        if isinstance(last, _Item) and last.number is not None:
            width = QFontMetricsF(self._number_font).horizontalAdvance(f"{last.number}.")
            gap = self._style.px(_INDENT - _MARKER_RIGHT)
            indent = max(indent, math.ceil(width - 2) + gap)  # "10." may stand out by two pixels
        return indent

    def _right(self) -> float:
        return self._indent - self._style.px(_INDENT - _MARKER_RIGHT)

    def _paint_number(self, painter: QPainter, y: float, item: _Item) -> None:
        text = f"{item.number}."
        width = QFontMetricsF(self._number_font).horizontalAdvance(text)
        painter.setFont(self._number_font)
        painter.setPen(self._style.theme.text3)
        painter.drawText(QPointF(self._right() - width, y + item.baseline), text)

    def _paint_bullet(self, painter: QPainter, y: float, item: _Item) -> None:
        size = self._style.px(_BULLET)
        center = QPointF(self._right() - self._style.px(7), y + item.line_height / 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._style.theme.text3
        if self._depth % 2:
            painter.setPen(QPen(color, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(center, (size - 1) / 2, (size - 1) / 2)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(center, size / 2, size / 2)
        painter.restore()

    def _paint_task(self, painter: QPainter, y: float, item: _Item) -> None:
        theme, size = self._style.theme, self._style.px(_TASK_BOX)
        left, top = self._right() - size, y + math.floor((item.line_height - size) / 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._style.px(_TASK_RADIUS)
        if item.task:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(QRectF(left, top, size, size), radius, radius)
            check = self._style.px(_TASK_CHECK)
            pixmap = icon_pixmap("check", theme.on_accent, int(check), painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(left + (size - check) / 2, top + (size - check) / 2), pixmap)
        else:
            painter.setPen(QPen(theme.border_input, 1))
            painter.setBrush(theme.surface)
            painter.drawRoundedRect(QRectF(left + 0.5, top + 0.5, size - 1, size - 1), radius, radius)
        painter.restore()


def _children(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each block that is directly inside."""
    found: list[list[Token]] = []
    begun, depth = 0, 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            found.append(list(tokens[begun : index + 1]))
            begun = index + 1
    return found
