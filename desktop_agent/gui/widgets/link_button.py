"""A button that looks like a link: an accent word without a frame."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton


class LinkButton(PaintedButton):
    """Words that can be pressed, underlined under the mouse and when reached by the keyboard."""

    radius = 4.0

    def __init__(
        self,
        text: str,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        style: TextStyle = TextStyle.UI_MEDIUM,
    ) -> None:
        super().__init__(appearance, parent)
        self._style = style
        self.setText(text)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.font(self._style))
        return QSize(math.ceil(metrics.horizontalAdvance(self.text())), 20)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        font = self.appearance.font(self._style)
        font.setUnderline((self.underMouse() or self.hasFocus()) and self.isEnabled())
        painter.setFont(font)
        painter.setPen(theme.accent if self.isEnabled() else theme.text3)
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, self.text())
