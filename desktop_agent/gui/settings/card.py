"""A card of settings: rows below each other, each with its name, a hint and a control."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_RADIUS = 10.0
_ROW = 52
_PADDING = 14
_GAP = 16
_ABOVE = 8
_LARGEST_BESIDE = 1.4  # text zoom up to which a field stands beside its name
_ANY_WIDTH = 16_777_215  # Qt's word for it
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
        width: How wide a field is, in logical pixels; 0 for controls that know that themselves. With large
            text it stands below the words, and takes all of the row.
    """

    def __init__(
        self, name: str, hint: str, control: QWidget | None, appearance: Appearance, *, width: int = 0
    ) -> None:
        super().__init__()
        self._appearance = appearance
        self.control = control
        self._width = width
        self._name = plain_label(name, self)
        self._hint = plain_label(hint, self)
        self._error = plain_label("", self)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.setContentsMargins(0, _ABOVE, 0, _ABOVE)
        words.addStretch(1)
        for label in (self._name, self._hint, self._error):
            words.addWidget(label)
            label.setVisible(bool(label.text()))
        words.addStretch(1)
        is_painted = isinstance(control, PaintedButton | ButtonRow)
        layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        begin, end = _PADDING + 1, _PADDING + 1
        if is_painted:
            end -= RING_MARGIN
        if self.isRightToLeft():  # Qt turns the order of a layout round, not its margins
            begin, end = end, begin
        layout.setContentsMargins(begin, 0, end, 0)
        layout.setSpacing(_GAP)
        layout.addLayout(words, 1)
        if control is not None:
            layout.addWidget(control, 0, Qt.AlignmentFlag(0) if width else Qt.AlignmentFlag.AlignVCenter)
            control.setAccessibleDescription(hint)
        self._layout = layout
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
        if self._width and self.control is not None:
            self._place_field(self.control, is_below=zoom > _LARGEST_BESIDE)

    def _place_field(self, field: QWidget, *, is_below: bool) -> None:
        direction = QBoxLayout.Direction.TopToBottom if is_below else QBoxLayout.Direction.LeftToRight
        self._layout.setDirection(direction)
        self._layout.setSpacing(0 if is_below else _GAP)
        sides = self._layout.contentsMargins()
        self._layout.setContentsMargins(sides.left(), 0, sides.right(), _ABOVE if is_below else 0)
        field.setMinimumWidth(0 if is_below else self._width)
        field.setMaximumWidth(_ANY_WIDTH if is_below else self._width)


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

    def remove(self, row: QWidget) -> None:
        """Take a row away for good."""
        self.rows.remove(row)
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        shown = [row for row in self.rows if not row.isHidden()]
        for row in shown[:-1]:
            painter.fillRect(1, row.geometry().bottom() + 1, self.width() - 2, 1, theme.border)
        painter.end()
