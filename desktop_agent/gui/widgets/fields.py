"""What forms are filled in with: fields for text and numbers, a choice, a switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QListView, QPlainTextEdit, QSizePolicy, QStyle, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton, draw_icon

FIELD_HEIGHT = 32
"""At 100 % text zoom, in logical pixels."""
RADIUS = 6
_PADDING = 9
_SELECT_PADDING = 11
_CHEVRON = 14
_QT_MARGIN = 2  # QLineEdit keeps it before its text, whatever the style sheet says
_QT_DOCUMENT_MARGIN = 4
_LONGEST = 100_000  # characters
_PAUSE = 500  # milliseconds after the last key


def field_height(appearance: Appearance) -> int:
    """How high a field with one line is at the present text zoom, in logical pixels."""
    return max(FIELD_HEIGHT, round(20 * appearance.zoom) + 12)


def frame_style(appearance: Appearance, padding: str, *, is_invalid: bool = False) -> str:
    """The style sheet of a field's frame.

    Args:
        appearance: The theme.
        padding: As CSS has it, for a border of 1; with the keyboard the border is 2.
        is_invalid: Whether what it holds is not valid.
    """
    theme = appearance.theme
    edge = theme.err if is_invalid else theme.border_input
    return (
        f"background: {theme.surface.name()}; color: {theme.text.name()};"
        f"border: 1px solid {edge.name()}; border-radius: {RADIUS}px; padding: {padding};"
        f"selection-background-color: {theme.accent.name()}; selection-color: {theme.on_accent.name()};"
    )


class TextField(QLineEdit):
    """A field for one line.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.
        is_mono: Whether it holds what is no prose: an address, a key.
    """

    def __init__(
        self, name: str, appearance: Appearance, parent: QWidget | None = None, *, is_mono: bool = False
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_mono = is_mono
        self._is_invalid = False
        self.setAccessibleName(name)
        self.setMaxLength(_LONGEST)
        self.apply_appearance()
        appearance.changed.connect(self.apply_appearance)

    @property
    def is_invalid(self) -> bool:
        """Whether it is marked as not valid."""
        return self._is_invalid

    def set_invalid(self, is_invalid: bool) -> None:
        """Mark what is typed as not valid, or as valid again; the sentence is for whoever asks for it."""
        if is_invalid != self._is_invalid:
            self._is_invalid = is_invalid
            height = self.minimumHeight()  # whoever shows it may have given it another one
            self.apply_appearance()
            self.setFixedHeight(height)

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        style = TextStyle.CODE_SMALL if self._is_mono else TextStyle.UI
        self.setFont(self._appearance.text_font(style))
        self.setFixedHeight(field_height(self._appearance))
        inset = _PADDING - _QT_MARGIN
        rest = frame_style(self._appearance, f"0 {inset}px", is_invalid=self._is_invalid)
        focused = f"border: 2px solid {self._appearance.theme.accent.name()}; padding: 0 {inset - 1}px;"
        quiet = self._appearance.theme.text3.name()
        self.setStyleSheet(
            f"QLineEdit {{ {rest} placeholder-text-color: {quiet}; }}"
            f"QLineEdit:focus {{ {focused} }} QLineEdit:disabled {{ color: {quiet}; }}"
        )

    @override
    def sizeHint(self) -> QSize:
        return QSize(160, field_height(self._appearance))


class TextArea(QPlainTextEdit):
    """A field for several lines; Tab leaves it.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        lines: How many lines are seen at least.
        parent: Where it stands.

    Signals:
        edited: What the person typed is to be taken: a moment after the last key, or as the keyboard leaves.
    """

    edited = Signal()

    def __init__(
        self, name: str, appearance: Appearance, parent: QWidget | None = None, *, lines: int = 4
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._lines = lines
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self.flush)
        self.textChanged.connect(self._wait)
        self.apply_appearance()
        appearance.changed.connect(self.apply_appearance)

    def show_text(self, text: str) -> None:
        """Show a text; nothing of it is to be taken."""
        if self.toPlainText() != text:
            self.setPlainText(text)
        self.document().setModified(False)
        self._pause.stop()

    def flush(self) -> None:
        """Let what is typed be taken now, if it is not yet."""
        self._pause.stop()
        if self.document().isModified():
            self.document().setModified(False)
            self.edited.emit()

    def _wait(self) -> None:
        if self.document().isModified():
            self._pause.start()

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        self.setFont(self._appearance.text_font(TextStyle.UI))
        inset = _PADDING - _QT_DOCUMENT_MARGIN
        focused = f"border: 2px solid {self._appearance.theme.accent.name()}; padding: 1px {inset - 1}px;"
        self.setStyleSheet(
            f"QPlainTextEdit {{ {frame_style(self._appearance, f'2px {inset}px')} }}"
            f"QPlainTextEdit:focus {{ {focused} }}"
        )
        self.setFixedHeight(round(self._lines * 20 * self._appearance.zoom) + 14)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.flush()


class NumberField(TextField):
    """A field for a number within bounds, written as the locale writes it. Up and Down change it by a step.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        bounds: The smallest and the largest number; whole numbers if both are.
        step: What Up adds.
        may_be_empty: Whether it may hold nothing.

    Signals:
        entered: Another number was entered; carries it (int, float, or None for none).
        refused: What was entered is none; carries a sentence about what it has to be. Empty: it is valid now.
    """

    entered = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        name: str,
        appearance: Appearance,
        *,
        bounds: tuple[float, float],
        step: float = 1,
        may_be_empty: bool = False,
        is_whole: bool = False,
    ) -> None:
        super().__init__(name, appearance)
        self._low, self._high = bounds
        self._step = step
        self._may_be_empty = may_be_empty
        self._is_whole = is_whole
        self._number: float | None = None
        self.editingFinished.connect(self._enter)
        self.textEdited.connect(lambda: self._mark(""))

    @property
    def number(self) -> float | None:
        """The number that was shown or entered last."""
        return self._number

    def show_number(self, number: float | None) -> None:
        """Show a number, or nothing."""
        self._number = number
        self.setText("" if number is None else self._written(number))
        self._mark("")

    def flush(self) -> None:
        """Take what is typed now, if it is not taken yet."""
        if self.isModified():
            self._enter()

    def _written(self, number: float) -> str:
        locale = QLocale()
        if self._is_whole:
            return locale.toString(int(number))
        return locale.toString(float(number), "g", 6)

    def _read(self) -> tuple[float | None, bool]:
        """What is typed as a number, and whether it is one that may be entered."""
        text = self.text().strip()
        if not text:
            return None, self._may_be_empty
        number, is_number = QLocale().toDouble(text)
        if not is_number:
            number, is_number = QLocale.c().toDouble(text)  # "0.7" where it is written "0,7"
        if not is_number or not self._low <= number <= self._high or (self._is_whole and number % 1):
            return None, False
        return (int(number) if self._is_whole else number), True

    def _enter(self) -> None:
        number, is_valid = self._read()
        if not is_valid:
            template = self.tr("A whole number from {low} to {high}.") if self._is_whole else ""
            template = template or self.tr("A number from {low} to {high}.")
            if self._may_be_empty:
                template = f"{template[:-1]}{self.tr(', or nothing.')}"
            low, high = self._written(self._low), self._written(self._high)
            self._mark(template.format(low=low, high=high))
            return
        has_changed = number != self._number
        self.setModified(False)
        self.show_number(number)
        if has_changed:
            self.entered.emit(number)

    def _mark(self, sentence: str) -> None:
        if self.is_invalid or sentence:
            self.set_invalid(bool(sentence))
            self.setAccessibleDescription(sentence)
            self.refused.emit(sentence)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        number, is_valid = self._read()
        start = number if number is not None and is_valid else self._number
        begin = self._low if start is None else start + steps * self._step
        self.setText(self._written(round(max(self._low, min(begin, self._high)), 6)))
        self._enter()


class SelectField(QComboBox):
    """A field that holds one of a few choices.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.

    Signals:
        chosen: The person chose another one; carries its value.
    """

    chosen = Signal(object)

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._values: list[Any] = []
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(12)
        self.setView(QListView(self))  # Qt's own one does not take the style of its rows
        self.activated.connect(lambda place: self.chosen.emit(self._values[place]))
        self.apply_appearance()
        appearance.changed.connect(self.apply_appearance)

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Offer other choices: each value with its label."""
        self._values = [value for value, _ in choices]
        self.clear()
        self.addItems([label for _, label in choices])

    def choose(self, value: Any) -> None:
        """Show the choice with this value; none if there is no such."""
        self.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    @property
    def value(self) -> Any:
        """The value of the choice that is shown, or None."""
        place = self.currentIndex()
        return self._values[place] if 0 <= place < len(self._values) else None

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        theme = self._appearance.theme
        chosen, chosen_text = theme.chosen_pair()
        self.setFont(self._appearance.text_font(TextStyle.UI))
        self.setFixedHeight(field_height(self._appearance))
        self.setStyleSheet(
            f"QComboBox QAbstractItemView {{ background: {theme.raised.name()}; color: {theme.text.name()};"
            f"border: 1px solid {theme.border.name()}; outline: 0; padding: 4px;"
            f"selection-background-color: {chosen.name()};"
            f"selection-color: {chosen_text.name()}; }}"
            "QComboBox QAbstractItemView::item { padding: 5px 8px; border-radius: 6px; }"
            f"QComboBox QAbstractItemView::item:selected {{ background: {chosen.name()};"
            f"color: {chosen_text.name()}; }}"
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max(
            (metrics.horizontalAdvance(self.itemText(each)) for each in range(self.count())), default=0
        )
        room = 2 * _SELECT_PADDING + _CHEVRON + 12
        return QSize(min(widest, 400) + room, field_height(self._appearance))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, field_height(self._appearance))

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page is scrolled; nothing is chosen by accident

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self.rect())
        has_focus = self.hasFocus()
        width = 2 if has_focus else 1
        painter.setBrush(theme.surface)
        painter.setPen(QPen(theme.accent if has_focus else theme.border_input, width))
        inset = width / 2
        painter.drawRoundedRect(body.adjusted(inset, inset, -inset, -inset), RADIUS - inset, RADIUS - inset)
        chevron = QRectF(
            body.right() - _SELECT_PADDING - _CHEVRON + 1, body.center().y() - 7, _CHEVRON, _CHEVRON
        )
        draw_icon(painter, "chevron-down", "text2", self._appearance, mirrored(chevron, self))
        text = body.adjusted(_SELECT_PADDING + 1, 0, -(_SELECT_PADDING + _CHEVRON + 6), 0)
        painter.setPen(theme.text if self.isEnabled() else theme.text3)
        painter.setFont(self.font())
        shown = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, int(text.width())
        )
        alignment = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(mirrored(text, self), alignment | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Switch(PaintedButton):
    """On or off, 34x20.

    Args:
        name: What screen readers call it.
        appearance: The theme.
    """

    radius = 10.0

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self.setCheckable(True)
        self.setAccessibleName(name)

    @override
    def body_size(self) -> QSize:
        return QSize(34, 20)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent if self.isChecked() else theme.border_input)
        painter.drawRoundedRect(body, 10, 10)
        knob = QRectF(body.right() - 18 if self.isChecked() else body.left() + 2, body.top() + 2, 16, 16)
        painter.setBrush(theme.on_accent if self.isChecked() else theme.surface)
        painter.drawEllipse(mirrored(knob, self))
