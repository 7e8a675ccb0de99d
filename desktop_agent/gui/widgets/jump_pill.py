"""The pill above the composer that leads back to the end of the conversation."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton, draw_icon


class JumpPill(PaintedButton):
    """Says "Jump to latest", with the number of messages that came meanwhile."""

    radius = 16.0

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self.show_new(0)

    def show_new(self, count: int) -> None:
        """Show that `count` messages arrived since the end was left."""
        text = self.tr("Jump to latest")
        if count:
            text = self.tr("Jump to latest, {count} new").format(count=count)
        self.setText(text)
        self.setAccessibleName(text)
        self.resize(self.sizeHint())

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI_MEDIUM))
        return QSize(math.ceil(metrics.horizontalAdvance(self.text())) + 47, 32)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        shadow = QColor(theme.text if not theme.is_dark else theme.window)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread, alpha in ((3, 8), (2, 10), (1, 12)):
            shadow.setAlpha(alpha)
            painter.setBrush(shadow)
            grown = body.adjusted(-spread, -spread + 2, spread, spread)
            painter.drawRoundedRect(grown, self.radius + spread, self.radius + spread)
        painter.setBrush(theme.raised_hover if self.underMouse() else theme.raised)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        draw_icon(
            painter, "arrow-down", "text2", self.appearance, QRectF(body.left() + 12, body.top() + 9, 14, 14)
        )
        painter.setPen(theme.text)
        painter.setFont(self.appearance.font(TextStyle.UI_MEDIUM))
        painter.drawText(body.adjusted(33, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
