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
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.caret_rest import CaretRest

SendKey = Literal["enter", "ctrl_enter"]
"""What sends; the other one of these makes a new line, as Shift+Enter always does."""


_SENDING = {"enter": Qt.KeyboardModifier.NoModifier, "ctrl_enter": Qt.KeyboardModifier.ControlModifier}
_NEW_LINE = (*_SENDING.values(), Qt.KeyboardModifier.ShiftModifier)


class _Placeholder(QWidget):
    """What is shown in a field while nothing is typed; it lies on the field's first line."""

    def __init__(self, appearance: Appearance, field: QWidget) -> None:
        super().__init__(field)
        self._appearance = appearance
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._appearance.theme.text3)
        painter.setFont(self._appearance.text_font(TextStyle.BODY))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()


class MessageField(QTextEdit):
    """Plain text, 24 pixels a line. Enter or Ctrl+Enter sends, never while an input method composes.

    Attributes:
        send_key: What sends.
        caret: Lets the caret come to rest.

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
        self._placeholder = _Placeholder(appearance, self)
        self.caret = CaretRest(self)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self._let_ground_through()
        self.textChanged.connect(self._show_placeholder)
        self.apply_appearance()

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        self.setFont(self._appearance.text_font(TextStyle.BODY))
        self._apply_line_height()
        self._place_placeholder()
        self._placeholder.update()

    @property
    def placeholder(self) -> str:
        """What is shown while nothing is typed."""
        return self._placeholder.text

    def set_placeholder(self, text: str) -> None:
        """Show `text` while nothing is typed."""
        self._placeholder.text = text
        self._placeholder.update()

    def _let_ground_through(self) -> None:
        """Paint no ground of its own.

        Its viewport is not to be touched before the first frame: asked for a widget that Qt has made, PySide
        compares it with every class of widgets that there is, and loads each of them for that: 16 ms. Nor can
        it have one of ours, as a list can: QTextEdit keeps a pointer to the first.
        """
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def _show_placeholder(self) -> None:
        self._placeholder.setVisible(self.document().isEmpty() and not self._is_composing)

    def _place_placeholder(self) -> None:
        height = round(TextStyle.BODY.line_height * self._appearance.zoom)
        is_mirrored = self.isRightToLeft()
        self._placeholder.setGeometry(0 if is_mirrored else 1, 0, max(0, self.width() - 1), height)

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
        self._show_placeholder()

    @override
    def event(self, e: QEvent) -> bool:
        if e.type() == QEvent.Type.ShortcutOverride and self.document().isEmpty():
            e.ignore()  # an empty field needs no editing keys: Ctrl+End goes to the conversation
            return False
        return super().event(e)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.caret.wake()
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
        self.caret.wake()
        self.focus_changed.emit()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    @override
    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._place_placeholder()
