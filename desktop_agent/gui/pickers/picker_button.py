"""The button of a picker: what is chosen, and a chevron where there is something to choose from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton, draw_icon

_HEIGHT = 30
_PADDING = 8
_CHEVRON = 14
_GAP = 6


class PickerButton(PaintedButton):
    """Shows what is chosen. It is a button while it `offers` something, else a text.

    Args:
        colors: A colour token for each of its texts.
        appearance: Theme and zoom.
        parent: Where it stands.
    """

    def __init__(self, colors: Sequence[str], appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self._colors = tuple(colors)
        self._texts: tuple[str, ...] = ("",) * len(self._colors)
        self._widest = 10_000
        self._is_open = False
        self.setEnabled(False)

    def show_texts(self, texts: Sequence[str]) -> None:
        """Show these texts side by side; the last one is cut where it is too long."""
        self._texts = tuple(texts)
        self.updateGeometry()
        self.update()

    def offer(self, *, is_offered: bool) -> None:
        """Become a button, or only a text."""
        self.setEnabled(is_offered)
        self.updateGeometry()
        self.update()

    def show_open(self, *, is_open: bool) -> None:
        """Show that its menu is open."""
        self._is_open = is_open
        self.update()

    def limit_width(self, pixels: int) -> None:
        """Ask for no more than `pixels`."""
        self._widest = max(0, pixels)
        self.updateGeometry()

    @property
    def is_cut(self) -> bool:
        """Whether its texts are longer than its width allows."""
        return self._needed_width() > self.body_size().width()

    def _needed_width(self) -> int:
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI))
        texts = sum(metrics.horizontalAdvance(text) for text in self._texts)
        gaps = _GAP * (len(self._texts) - 1)
        return math.ceil(texts) + gaps + 2 * _PADDING + self._chevron_width()

    def _chevron_width(self) -> int:
        return _GAP + _CHEVRON if self.isEnabled() else 0

    @override
    def body_size(self) -> QSize:
        return QSize(min(self._needed_width(), self._widest), _HEIGHT)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        if self.isEnabled() and (self.underMouse() or self.isDown() or self._is_open):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.pressed if self.isDown() or self._is_open else theme.hover)
            painter.drawRoundedRect(body, self.radius, self.radius)
        font = self.appearance.font(TextStyle.UI)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        left = body.left() + _PADDING
        end = body.right() - _PADDING - self._chevron_width()
        for text, color in zip(self._texts, self._colors, strict=True):
            room = max(0.0, end - left)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room + 0.5)
            painter.setPen(getattr(theme, color))
            box = mirrored(QRectF(left, body.top(), room + 1, body.height()), self)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
            left += metrics.horizontalAdvance(shown) + _GAP
        if self.isEnabled():
            top = body.center().y() - _CHEVRON / 2
            chevron = QRectF(body.right() - _PADDING - _CHEVRON, top, _CHEVRON, _CHEVRON)
            draw_icon(painter, "chevron-down", "text3", self.appearance, mirrored(chevron, self))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.click()
        else:
            super().keyPressEvent(event)
