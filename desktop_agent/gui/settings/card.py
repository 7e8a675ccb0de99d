"""A card of settings: rows below each other, each with its name, a hint and a control."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_RADIUS = 10.0
_ROW = 52
_PADDING = 14
CONTROL_WIDTH = 220
"""How wide fields are in a card, in logical pixels."""


class ButtonRow(QWidget):
    """Buttons beside each other, as one control."""

    def __init__(self, *buttons: PaintedButton) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8 - 2 * RING_MARGIN)
        for button in buttons:
            layout.addWidget(button)


class SettingRow(QWidget):
    """One setting.

    Args:
        name: What it is called.
        hint: A sentence below it; empty for none.
        control: What it is changed with, or None for a row that only tells.
        appearance: Theme and zoom.
    """

    def __init__(self, name: str, hint: str, control: QWidget | None, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.control = control
        self._name = plain_label(name, self)
        self._hint = plain_label(hint, self)
        self._error = plain_label("", self)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.setContentsMargins(0, 8, 0, 8)
        words.addStretch(1)
        for label in (self._name, self._hint, self._error):
            words.addWidget(label)
            label.setVisible(bool(label.text()))
        words.addStretch(1)
        is_painted = isinstance(control, PaintedButton | ButtonRow)
        layout = QHBoxLayout(self)
        begin, end = _PADDING + 1, _PADDING + 1
        if is_painted:
            end -= RING_MARGIN
        if self.isRightToLeft():  # Qt turns the order of a layout round, not its margins
            begin, end = end, begin
        layout.setContentsMargins(begin, 0, end, 0)
        layout.setSpacing(16)
        layout.addLayout(words, 1)
        if control is not None:
            layout.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
            control.setAccessibleDescription(hint)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    @property
    def error(self) -> str:
        """The sentence about what is not valid; empty if all is."""
        return self._error.text()

    def show_hint(self, hint: str) -> None:
        """Say something else below the name."""
        self._hint.setText(hint)
        self._hint.setAccessibleName(hint)
        self._hint.setVisible(bool(hint))

    def show_error(self, sentence: str) -> None:
        """Say what is not valid; empty for nothing."""
        self._error.setText(sentence)
        self._error.setAccessibleName(sentence)
        self._error.setVisible(bool(sentence))

    def _apply_appearance(self) -> None:
        theme, zoom = self._appearance.theme, self._appearance.zoom
        looks = (
            (self._name, TextStyle.UI_MEDIUM, theme.text),
            (self._hint, TextStyle.SMALL, theme.text2),
            (self._error, TextStyle.SMALL, theme.err),
        )
        for label, style, color in looks:
            color_label(label, color)
            label.setFont(self._appearance.text_font(style))
            label.setMinimumHeight(math.ceil(style.line_height * zoom))
        self.setMinimumHeight(round(_ROW * zoom))


class Card(QWidget):
    """Rows in a frame, with lines between them."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.rows: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 1, 0, 1)
        self._layout.setSpacing(1)
        appearance.changed.connect(self.update)

    def add(self, row: QWidget) -> None:
        """Put a row below the others."""
        self.rows.append(row)
        self._layout.addWidget(row)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for row in self.rows[:-1]:
            if not row.isHidden():
                painter.fillRect(1, row.geometry().bottom() + 1, self.width() - 2, 1, theme.border)
        painter.end()
