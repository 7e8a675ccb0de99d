"""How full the model's context is: a small bar, and the counts in few characters."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.figures import format_count, spoken_count
from desktop_agent.gui.typography import TextStyle

_BAR = QSize(56, 4)
_GAP = 6
_HEIGHT = 25
_LEAST_FILL = 2.0
_WARNING, _ALARM = 0.8, 0.95


class ContextMeter(QWidget):
    """A bar of 56x4 in the accent colour, from 80 % in the warning's, from 95 % in the error's."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._share = 0.0
        self._shown = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        mark_as_text(self)

    def show_context(self, tokens: int, limit: int | None) -> None:
        """Show that `tokens` of `limit` are taken; nothing if the limit is not known."""
        if not limit:
            self._shown = ""
            self.setAccessibleName("")
            return
        self._share = tokens / limit
        self._shown = self.tr("{used} of {limit}").format(
            used=format_count(tokens), limit=format_count(limit)
        )
        percent = QLocale().toString(round(100 * self._share))
        spoken = self.tr("Context {used} of {limit} tokens, {percent} percent")
        self.setAccessibleName(
            spoken.format(used=spoken_count(tokens), limit=spoken_count(limit), percent=percent)
        )
        self.update()

    @property
    def text(self) -> str:
        """What stands beside the bar; empty if the limit is not known."""
        return self._shown

    @property
    def color(self) -> str:
        """The colour token of the bar."""
        if self._share >= _ALARM:
            return "err"
        return "warn" if self._share >= _WARNING else "accent"

    @property
    def fill_width(self) -> float:
        """How much of the bar is filled, in logical pixels."""
        if self._share <= 0:
            return 0.0
        return min(max(_LEAST_FILL, self._share * _BAR.width()), _BAR.width())

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._appearance.font(TextStyle.SMALL_FIGURES))
        width = _BAR.width() + _GAP + math.ceil(metrics.horizontalAdvance(self._shown))
        return QSize(width if self._shown else 0, _HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, math.ceil((self.height() - _BAR.height()) / 2), _BAR.width(), _BAR.height())
        painter.setBrush(theme.pressed)
        painter.drawRoundedRect(mirrored(track, self), 2, 2)
        fill = QRectF(track)
        fill.setWidth(self.fill_width)
        painter.setBrush(getattr(theme, self.color))
        radius = min(2.0, fill.width() / 2)
        painter.drawRoundedRect(mirrored(fill, self), radius, radius)
        painter.setPen(theme.text2)
        painter.setFont(self._appearance.font(TextStyle.SMALL_FIGURES))
        left = _BAR.width() + _GAP
        words = QRectF(left, 0, self.width() - left + 1, self.height())
        painter.drawText(mirrored(words, self), Qt.AlignmentFlag.AlignVCenter, self._shown)
        painter.end()
