"""Stacks: blocks below each other, with the lists and quotes that contain them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from typing_extensions import override

from desktop_agent.gui.icons import paint_icon
from desktop_agent.gui.transcript.parts import Group, Part, Range
from desktop_agent.gui.transcript.text_flow import TextFlow
from desktop_agent.gui.typography import TextStyle

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.markdown import Kind, Token

_GAP, _ITEM_GAP = 12, 6
_GAP_BEFORE_TITLE, _GAP_AFTER_TITLE, _GAP_AFTER_HEADING = 18, 8, 6
_GAP_AFTER: dict[Kind, int] = {"code": 18, "table": 18, "list": 14, "quote": 14}
_INDENT, _MARKER_RIGHT = 28, 22
_QUOTE_INDENT, _QUOTE_BAR = 17, 2
_TASK_BOX, _TASK_RADIUS, _TASK_CHECK = 16, 4, 12
_BULLET, _BULLET_MIDDLE = 5, 7
HEADINGS = {"h1": TextStyle.H1, "h2": TextStyle.H2}


def gap_of(above: tuple[Kind, str], below: tuple[Kind, str]) -> int:
    """The distance between two blocks below each other, in pixels at 100 % zoom.

    Args:
        above: The kind and the tag of the upper block.
        below: Those of the lower one.
    """
    (kind, tag), (kind_below, tag_below) = above, below
    if kind == "heading":
        return _GAP_AFTER_TITLE if tag in HEADINGS else _GAP_AFTER_HEADING
    if kind_below == "heading" and tag_below in HEADINGS:
        return _GAP_BEFORE_TITLE
    return _GAP_AFTER.get(kind, _GAP)


class Rule(Part):
    """A thin line across."""

    def __init__(self, style: BlockStyle, lead: str = "") -> None:
        self._style, self._lead = style, lead
        self.height = 1.0

    @override
    def set_width(self, width: float) -> None:
        self.width = width

    @property
    @override
    def text_length(self) -> int:
        return len(self._lead)

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        painter.fillRect(QRectF(0, 0, self.width, 1), self._style.theme.border)


class Stack(Group):
    """Blocks below each other.

    Attributes:
        style: That of the blocks.
        is_tight: Whether they are those of an item in a tight list.
    """

    def __init__(self, style: BlockStyle) -> None:
        super().__init__()
        self.style = style
        self.is_tight = False
        self._kinds: list[tuple[Kind, str]] = []

    def add_block(self, part: Part, kind: Kind, tag: str) -> None:
        """Append a block."""
        self.add(part)
        self._kinds.append((kind, tag))

    @override
    def truncate(self, count: int) -> None:
        super().truncate(count)
        del self._kinds[count:]

    def content_width(self, _part: Part) -> float:
        """The width that a part has."""
        return max(1.0, self.width - self._left)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        for placed in self.placed:
            placed.part.set_width(self.content_width(placed.part))
        self.place_from(0)

    @override
    def place_from(self, index: int) -> None:
        for i in range(index, len(self.placed)):
            placed, above = self.placed[i], self.placed[i - 1] if i else None
            placed.x = self._left
            placed.y = above.y + above.part.height + self._gap(i) if above else 0.0
        last = self.placed[-1] if self.placed else None
        self.height = last.y + last.part.height if last else 0.0

    @property
    def baseline(self) -> float:
        """The base line of the first line of text."""
        first = self.placed[0].part if self.placed else None
        if isinstance(first, TextFlow):
            return first.baseline
        return self.style.formats.body_metrics(self.style.body).baseline(self.line_height)

    @property
    def line_height(self) -> float:
        """The height of a line of text."""
        return self.style.px(self.style.body.line_height)

    @property
    def _left(self) -> float:
        return 0.0

    def _gap(self, index: int) -> float:
        return self.style.px(
            _ITEM_GAP if self.is_tight else gap_of(self._kinds[index - 1], self._kinds[index])
        )


class QuoteStack(Stack):
    """Blocks behind a bar, which stands at the side where their text begins."""

    @property
    def is_mirrored(self) -> bool:
        """Whether the text begins at the right."""
        first = self.placed[0].part if self.placed else None
        return isinstance(first, TextFlow) and first.is_right_to_left

    @override
    def content_width(self, _part: Part) -> float:
        return max(1.0, self.width - self.style.px(_QUOTE_INDENT))

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        x = self.width - _QUOTE_BAR if self.is_mirrored else 0
        painter.fillRect(QRectF(x, 0, _QUOTE_BAR, self.height), self.style.theme.border_input)
        super().paint(painter, clip, selected)

    @property
    @override
    def _left(self) -> float:
        return 0.0 if self.is_mirrored else self.style.px(_QUOTE_INDENT)


class ListItem(Stack):
    """The content of a list item, and what stands before it.

    Attributes:
        number: Its number, if it has one.
        task: Whether its task is done, if it is one.
    """

    def __init__(self, style: BlockStyle, number: int | None) -> None:
        super().__init__(style)
        self.number = number
        self.task: bool | None = None

    @property
    def is_mirrored(self) -> bool:
        """Whether its text begins at the right."""
        first = self.placed[0].part if self.placed else None
        return isinstance(first, TextFlow) and first.is_right_to_left

    @override
    def place_from(self, index: int) -> None:
        super().place_from(index)
        self.height = max(self.height, self.line_height)


class ListStack(Group):
    """A list: items with their numbers, bullets or task boxes."""

    def __init__(self, opening: Token, style: BlockStyle, depth: int) -> None:
        super().__init__()
        self.style = style
        self._opening = opening
        self._depth = depth
        self._is_tight = not opening.meta.get("loose", False)
        is_ordered = opening.type == "ordered_list_open"
        self._first_number = int(opening.attrs.get("start", 1)) if is_ordered else None
        self._indent = style.px(_INDENT)
        self._is_relaid = False

    def new_item(self) -> ListItem:
        """Append an item."""
        first = self._first_number
        item = ListItem(self.style, None if first is None else first + len(self.placed))
        item.is_tight = self._is_tight
        self.add(item)
        return item

    def take_looseness(self) -> bool:
        """Become tight or loose as the source now is; True when that has changed."""
        is_tight = not self._opening.meta.get("loose", False)
        if is_tight == self._is_tight:
            return False
        self._is_tight, self._is_relaid = is_tight, True
        for placed in self.placed:
            if isinstance(placed.part, ListItem):
                placed.part.is_tight = is_tight
                placed.part.place_from(0)
        return True

    def take_relaid(self) -> bool:
        """Whether all items have moved since this was asked last."""
        relaid, self._is_relaid = self._is_relaid, False
        return relaid

    def content_width(self, _part: Part) -> float:
        """The width that an item has."""
        return max(1.0, self.width - self._indent)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._indent = self._needed_indent()
        for placed in self.placed:
            placed.part.set_width(self.content_width(placed.part))
        self.place_from(0)

    @override
    def place_from(self, index: int) -> None:
        if self._indent != self._needed_indent():
            self._is_relaid = True
            self.set_width(self.width)
            return
        gap = self.style.px(_ITEM_GAP if self._is_tight else _GAP)
        for i in range(index, len(self.placed)):
            placed, above = self.placed[i], self.placed[i - 1] if i else None
            item = placed.part
            placed.x = 0.0 if isinstance(item, ListItem) and item.is_mirrored else self._indent
            placed.y = above.y + above.part.height + gap if above else 0.0
        last = self.placed[-1] if self.placed else None
        self.height = last.y + last.part.height if last else 0.0

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        super().paint(painter, clip, selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self._first_at(clip.top()), len(self.placed)):
            placed = self.placed[index]
            item = placed.part
            if placed.y > clip.bottom():
                break
            if not isinstance(item, ListItem) or placed.y + item.line_height <= clip.top():
                continue
            if item.task is not None:
                self._paint_task(painter, placed.y, item)
            elif item.number is not None:
                self._paint_number(painter, placed.y, item)
            else:
                self._paint_bullet(painter, placed.y, item)
        painter.restore()

    def _needed_indent(self) -> float:
        indent = self.style.px(_INDENT)
        if self._first_number is not None and self.placed:
            gap = self.style.px(_INDENT - _MARKER_RIGHT)
            last = f"{self._first_number + len(self.placed) - 1}."
            width = self.style.number_metrics.horizontalAdvance(last)
            indent = max(indent, math.ceil(width - 2) + gap)  # "10." may stand out by two pixels
        return indent

    def _left_of(self, item: ListItem, width: float) -> float:
        """Where a marker of some width begins: it ends at the same distance from the text."""
        gap = self.style.px(_INDENT - _MARKER_RIGHT)
        return self.width - self._indent + gap if item.is_mirrored else self._indent - gap - width

    def _paint_number(self, painter: QPainter, y: float, item: ListItem) -> None:
        text = f".{item.number}" if item.is_mirrored else f"{item.number}."
        width = self.style.number_metrics.horizontalAdvance(text)
        painter.setFont(self.style.number_font)
        painter.setPen(self.style.theme.text3)
        painter.drawText(QPointF(self._left_of(item, width), y + item.baseline), text)

    def _paint_bullet(self, painter: QPainter, y: float, item: ListItem) -> None:
        size, middle = self.style.px(_BULLET), self.style.px(_BULLET_MIDDLE)
        x, y = self._left_of(item, 2 * middle) + middle, y + item.line_height / 2
        if self._depth % 2:
            painter.setPen(self.style.theme.text3)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            size -= 1
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.style.theme.text3)
        painter.drawEllipse(QRectF(x - size / 2, y - size / 2, size, size))

    def _paint_task(self, painter: QPainter, y: float, item: ListItem) -> None:
        theme, size = self.style.theme, self.style.px(_TASK_BOX)
        left, top = self._left_of(item, size), y + math.floor((item.line_height - size) / 2)
        radius = self.style.px(_TASK_RADIUS)
        if item.task:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(QRectF(left, top, size, size), radius, radius)
            check, edge = self.style.px(_TASK_CHECK), (size - self.style.px(_TASK_CHECK)) / 2
            paint_icon(painter, "check", theme.on_accent, QRectF(left + edge, top + edge, check, check))
        else:
            painter.setPen(QPen(theme.border_input, 1))
            painter.setBrush(theme.surface)
            painter.drawRoundedRect(QRectF(left + 0.5, top + 0.5, size - 1, size - 1), radius, radius)
