"""The field that a message is typed into, in the composer and where a message is edited."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle

SendKey = Literal["enter", "ctrl_enter"]
"""What sends; the other one of these makes a new line, as Shift+Enter always does."""


_SENDING = {"enter": Qt.KeyboardModifier.NoModifier, "ctrl_enter": Qt.KeyboardModifier.ControlModifier}
_NEW_LINE = (*_SENDING.values(), Qt.KeyboardModifier.ShiftModifier)


class MessageField(QTextEdit):
    """Plain text, 24 pixels a line. Enter or Ctrl+Enter sends, never while an input method composes.

    Attributes:
        send_key: What sends.
        placeholder: What is shown while nothing is typed.

    Signals:
        send_requested: The keys that send were pressed.
        recall_requested: Up was pressed while nothing is typed.
        focus_changed: The keyboard came, or went.
    """

    send_requested = Signal()
    recall_requested = Signal()
    focus_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_composing = False
        self.send_key: SendKey = "enter"
        self.placeholder = ""
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.apply_appearance()

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        self.setFont(self._appearance.text_font(TextStyle.BODY))
        self._apply_line_height()

    def replace_text(self, text: str) -> None:
        """Hold another text, with the caret at its end."""
        self.setPlainText(text)
        self._apply_line_height()
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _apply_line_height(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        line = QTextBlockFormat()
        height = TextStyle.BODY.line_height * self._appearance.zoom
        line.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(line)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(source.text())

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        self.viewport().update()

    @override
    def event(self, e: QEvent) -> bool:
        if e.type() == QEvent.Type.ShortcutOverride and self.document().isEmpty():
            e.ignore()  # an empty field needs no editing keys: Ctrl+End goes to the conversation
            return False
        return super().event(e)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        sending = _SENDING[self.send_key]
        if is_enter and modifiers == sending:
            if not self._is_composing:
                self.send_requested.emit()
        elif is_enter and modifiers in _NEW_LINE:
            self.textCursor().insertBlock()  # Qt's own Shift+Enter would insert U+2028
            self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Up and self.document().isEmpty() and not modifiers:
            self.recall_requested.emit()
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.document().isEmpty() and not self._is_composing:
            painter = QPainter(self.viewport())
            painter.setPen(self._appearance.theme.text3)
            painter.setFont(self.font())
            line = QRectF(1, 0, self.viewport().width(), TextStyle.BODY.line_height * self._appearance.zoom)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.placeholder)
            painter.end()
        super().paintEvent(event)
