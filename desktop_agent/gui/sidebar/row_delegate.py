"""How a row of the sidebar is drawn: its ground, its small buttons, its focus ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate
from typing_extensions import override

from desktop_agent.gui.columns import placed_in
from desktop_agent.gui.widgets.buttons import draw_icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from desktop_agent.gui.sidebar.row_list import RowList

GUTTER = 10
"""Between the sidebar's edges and its rows, in logical pixels."""
PADDING = 8
RADIUS = 6.0
_ICON = 16
_STEP = 24  # from one button of a row to the next
_LINE = 20

Index = QModelIndex | QPersistentModelIndex


def row_height(zoom: float, lines: int = 1) -> int:
    """The height of a row at a text zoom: 32 with one line, 48 with two, at 100 %."""
    room = 12 if lines == 1 else 8
    return round(lines * _LINE * zoom) + room


@dataclass(frozen=True)
class RowButton:
    """A small button at the end of a row that is hovered or has the keyboard.

    Attributes:
        key: What it is called in `RowList.button_pressed`.
        icon: The name of its icon.
        name: What its tool tip says.
    """

    key: str
    icon: str
    name: str


@dataclass(frozen=True)
class PlacedButton:
    """Where a small button is drawn, and where a click is one on it."""

    button: RowButton
    box: QRect
    reach: QRect


def place_buttons(
    buttons: Sequence[RowButton], body: QRect, direction: Qt.LayoutDirection
) -> list[PlacedButton]:
    """The small buttons of a row, the outermost first; together they take all of the row's end."""
    placed = []
    end = body.right()
    for place, button in enumerate(reversed(buttons)):
        box = QRect(0, 0, _ICON, _ICON)
        box.moveCenter(body.center())
        box.moveRight(body.right() - PADDING - place * _STEP)
        begin = box.left() - (_STEP - _ICON) // 2
        reach = QRect(begin, body.top(), end + 1 - begin, body.height())
        end = begin - 1
        placed.append(
            PlacedButton(button, placed_in(body, box, direction), placed_in(body, reach, direction))
        )
    return placed


class RowDelegate(QStyledItemDelegate):
    """Draws the rows of one list; what stands in them is for subclasses to draw."""

    lines = 1

    def __init__(self, view: RowList) -> None:
        super().__init__(view)
        self.view = view
        self.appearance = view.appearance

    def paint_content(self, painter: QPainter, box: QRectF, index: Index) -> None:
        """Draw the row into `box`: what lies within its padding, in front of its buttons."""
        raise NotImplementedError

    def is_open(self, index: Index) -> bool:
        """Whether the row is the one that is open in the window."""
        return False

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, row_height(self.appearance.zoom, self.lines))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, theme = self.view, self.appearance.theme
        rect: QRect = option.rect
        body = rect.adjusted(GUTTER, 0, -GUTTER, 0)
        can_be_used = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        has_mouse = can_be_used and view.mouse is not None and rect.contains(view.mouse)
        has_ring = view.shows_ring and view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(view.layoutDirection())
        fill = theme.selected if self.is_open(index) else theme.hover if has_mouse else None
        if fill is not None:
            painter.setPen(theme.marking_pen())
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(body), RADIUS, RADIUS)
        content = QRectF(body.adjusted(PADDING, 0, -PADDING, 0))
        if has_mouse or has_ring:
            content = self._paint_buttons(painter, rect, content, index)
        self.paint_content(painter, content, index)
        if has_ring:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(body).adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
        painter.restore()

    def _paint_buttons(self, painter: QPainter, rect: QRect, content: QRectF, index: Index) -> QRectF:
        """Draw the small buttons.

        Returns:
            What they leave of `content`.
        """
        view = self.view
        for placed in view.buttons_in(rect, index):
            is_hot = view.mouse is not None and placed.reach.contains(view.mouse)
            color = "text" if is_hot else "text2"
            draw_icon(painter, placed.button.icon, color, self.appearance, QRectF(placed.box))
            if view.isRightToLeft():
                content.setLeft(placed.reach.right() + 1 + PADDING / 2)
            else:
                content.setRight(placed.reach.left() - PADDING / 2)
        return content
