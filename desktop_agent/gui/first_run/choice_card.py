"""A card with one of several choices: a radio button with title, text, state and what belongs to it."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QRadioButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.settings.note_row import leading
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS, RING_MARGIN
from desktop_agent.gui.widgets.labels import color_label, plain_label

PADDING_X, PADDING_Y = 21, 18
"""From the card's edge to what it holds, in logical pixels."""
TEXT_LEFT = 51
"""From the card's edge to its texts."""
_RADIUS = 12.0
_SIDE = 16  # of the circle
_ICON = 14


class _Circle(QRadioButton):
    """The circle of a choice, with room for its focus ring; its title is a label beside it."""

    def __init__(self, title: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._shows_ring = False
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_SIDE + 2 * RING_MARGIN, _SIDE + 2 * RING_MARGIN)

    @override
    def hitButton(self, pos: object) -> bool:
        return True

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        # Arrows move between the circles, too; Qt tells another reason then.
        self._shows_ring = (
            event.reason() in KEYBOARD_REASONS or event.reason() is Qt.FocusReason.OtherFocusReason
        )
        super().focusInEvent(event)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(RING_MARGIN, RING_MARGIN, _SIDE, _SIDE)
        painter.setBrush(theme.surface)
        if self.isChecked():
            painter.setPen(QPen(theme.accent, 5))
            painter.drawEllipse(body.adjusted(2.5, 2.5, -2.5, -2.5))
        else:
            painter.setPen(QPen(theme.border_input, 1))
            painter.drawEllipse(body.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._shows_ring and self.hasFocus():
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(body.adjusted(-3, -3, 3, 3))
        painter.end()


class ChoiceCard(QWidget):
    """One choice.

    Args:
        title: What is chosen.
        text: A sentence about it.
        appearance: The theme and the zoom.
        parent: Where it stands.

    Attributes:
        radio: The circle.
        details: What belongs to the choice, shown while it is chosen.
    """

    def __init__(self, title: str, text: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._tone = "text2"
        self._icon_name = ""
        self.radio = _Circle(title, appearance, self)
        self._title = plain_label(title, self)
        self._text = text
        self._lines: list[QLabel] = []
        self._state = plain_label("", self)
        self._state.setWordWrap(False)
        self._icon = QLabel(self)
        self.details = QWidget(self)
        self.details.hide()
        self._build_ui()
        self.radio.toggled.connect(self._open)
        appearance.changed.connect(self._apply_appearance)
        self.say(text)

    def _build_ui(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(5)
        heading.addWidget(self._title, 1)
        heading.addWidget(self._icon)
        heading.addWidget(self._state)
        self.heading = heading
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(heading)
        self._text_column = QVBoxLayout()
        column.addLayout(self._text_column)
        column.addWidget(self.details)
        layout = QVBoxLayout(self)
        left, right = (PADDING_X, TEXT_LEFT) if self.isRightToLeft() else (TEXT_LEFT, PADDING_X)
        layout.setContentsMargins(left, PADDING_Y, right, PADDING_Y)
        layout.addLayout(column)

    @property
    def title(self) -> str:
        """What is chosen."""
        return self._title.text()

    @property
    def text(self) -> str:
        """The sentence about it."""
        return self._text

    @property
    def state(self) -> str:
        """The word at its end."""
        return self._state.text()

    def height_with(self, lines: int, details: int = 0) -> int:
        """How high it is with so many lines of text and details of that height, in logical pixels."""
        text = math.ceil(TextStyle.UI.line_height * self._appearance.zoom)
        return 2 * PADDING_Y + self._title.minimumHeight() + lines * text + details

    def say(self, text: str) -> None:
        """Say something else about the choice, on one line or several."""
        self._text = text
        texts = text.split("\n")
        while len(self._lines) < len(texts):
            self._lines.append(plain_label("", self))
            self._text_column.addWidget(self._lines[-1])
        for number, label in enumerate(self._lines):
            line = texts[number] if number < len(texts) else ""
            label.setText(line)
            label.setAccessibleName(line)
            label.setVisible(number < len(texts))
        self._apply_appearance()
        self.radio.setAccessibleDescription(" ".join(filter(None, (text.replace("\n", " "), self.state))))

    def show_state(self, words: str, tone: str = "text2", icon: str = "") -> None:
        """Show how it stands, at the end of the title's line."""
        self._tone, self._icon_name = tone, icon
        self._state.setText(words)
        self._state.setAccessibleName(words)
        self._state.setVisible(bool(words))
        self._icon.setVisible(bool(icon))
        self.say(self.text)

    def _open(self, is_chosen: bool) -> None:
        self.details.setVisible(is_chosen and self.details.layout() is not None)
        self.update()

    def _apply_appearance(self) -> None:
        appearance, theme = self._appearance, self._appearance.theme
        for label, style, color in (
            (self._title, TextStyle.H3, theme.text),
            *((line, TextStyle.UI, theme.text2) for line in self._lines),
            (self._state, TextStyle.SMALL, getattr(theme, self._tone)),
        ):
            color_label(label, color)
            label.setFont(appearance.text_font(style))
            label.setAlignment(leading(self) | Qt.AlignmentFlag.AlignVCenter)
        self._title.setMinimumHeight(math.ceil(TextStyle.H3.line_height * appearance.zoom))
        for line in self._lines:
            line.setMinimumHeight(math.ceil(TextStyle.UI.line_height * appearance.zoom))
        if self._icon_name:
            color = getattr(theme, self._tone)
            self._icon.setPixmap(icon_pixmap(self._icon_name, color, _ICON, self.devicePixelRatioF()))
        top = PADDING_Y + self._title.minimumHeight() // 2 - _SIDE // 2 - RING_MARGIN
        size = self.radio.sizeHint()
        box = QRectF(PADDING_X - RING_MARGIN, top, size.width(), size.height()).toRect()
        self.radio.setGeometry(mirrored(box, self))
        self.update()

    @override
    def resizeEvent(self, event: object) -> None:
        self._apply_appearance()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.isEnabled():
            self.radio.setChecked(True)
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.surface)
        painter.setPen(QPen(theme.border_input if self.radio.isChecked() else theme.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.end()
