"""A row of the sidebar that is a button: an icon, a word, a shortcut."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import placed_in
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import PADDING, row_height
from desktop_agent.gui.sidebar.search_field import draw_shortcut
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton, draw_icon

_ICON = 16
_TEXT_LEFT = 34


class CommandRow(PaintedButton):
    """A button as wide as the sidebar's rows; what it does is its text and its accessible name."""

    def __init__(
        self, icon: str, text: str, appearance: Appearance, parent: QWidget | None = None, *, keys: str = ""
    ) -> None:
        super().__init__(appearance, parent)
        self._icon = icon
        self._keys = keys
        self.setText(text)
        self.setAccessibleName(text)
        if keys:
            self.setAccessibleDescription(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))

    @override
    def body_size(self) -> QSize:
        return QSize(0, row_height(self.appearance.zoom))

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        painter.setLayoutDirection(self.layoutDirection())
        is_hot = self.underMouse() or self.isDown()
        if is_hot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.pressed if self.isDown() else theme.hover)
            painter.drawRoundedRect(body, self.radius, self.radius)
        inner = body.toRect()
        icon = QRect(inner.left() + PADDING, inner.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        placed = placed_in(inner, icon, self.layoutDirection())
        draw_icon(painter, self._icon, "text" if is_hot else "text2", self.appearance, QRectF(placed))
        text = inner.adjusted(_TEXT_LEFT, 0, -PADDING, 0)
        box = QRectF(placed_in(inner, text, self.layoutDirection()))
        width = draw_line(painter, box, Line(self.text(), TextStyle.UI, "text"), self.appearance)
        rest = box.adjusted(width, 0, 0, 0) if not self.isRightToLeft() else box.adjusted(0, 0, -width, 0)
        if self._keys:
            draw_shortcut(painter, rest, self._keys, self.appearance)
