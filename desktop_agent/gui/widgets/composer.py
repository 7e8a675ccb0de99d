"""The composer: the field in which a message is written, with Send that becomes Stop."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, SendButton

_PADDING_LEFT = 17
_PADDING_TOP = 13
_ROW_HEIGHT = 49  # from the last line of text to the lower edge: the row with the send button
_BUTTON_EDGE = 9


class _Editor(QTextEdit):
    """Plain text, 24 pixels a line. Enter sends, never while an input method composes."""

    send_requested = Signal()
    focus_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_composing = False
        self.placeholder = ""
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.apply_appearance()

    def apply_appearance(self) -> None:
        self.setFont(self._appearance.text_font(TextStyle.BODY))
        self._apply_line_height()

    def replace_text(self, text: str) -> None:
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
        if is_enter and modifiers == Qt.KeyboardModifier.NoModifier and not self._is_composing:
            self.send_requested.emit()
        elif is_enter and modifiers == Qt.KeyboardModifier.ShiftModifier:
            self.textCursor().insertBlock()  # Qt's own Shift+Enter would insert U+2028
            self.ensureCursorVisible()
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


class Composer(QWidget):
    """Writes a message. What is typed stays until `clear` is called, so that a failed send loses nothing.

    Signals:
        submitted: The user wants to send the text (Enter or Send); carries the text, never blank.
        stop_requested: The user pressed Stop.
        height_changed: The height that `sizeHint` asks for is another one.
    """

    submitted = Signal(str)
    stop_requested = Signal()
    height_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._height_limit = 320
        self._is_streaming = False
        self._build_ui()
        self._connect_signals()
        self._update_button()

    def _build_ui(self) -> None:
        self.editor = _Editor(self._appearance, self)
        self.send_button = SendButton(self._appearance, self)
        self.setFocusProxy(self.editor)
        self.setTabOrder(self.editor, self.send_button)

    def _connect_signals(self) -> None:
        self.editor.send_requested.connect(self._submit)
        self.editor.textChanged.connect(self._update_button)
        self.editor.focus_changed.connect(self.update)
        self.editor.document().documentLayout().documentSizeChanged.connect(self._announce_height)
        self.send_button.clicked.connect(self._press_button)
        self._appearance.changed.connect(self._apply_appearance)

    @property
    def text(self) -> str:
        """What is typed, as plain text."""
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace what is typed and put the caret at its end."""
        self.editor.replace_text(text)

    def clear(self) -> None:
        """Empty the field: its text was taken over."""
        self.editor.replace_text("")

    def set_placeholder(self, text: str) -> None:
        """Show `text` while nothing is typed; it is the field's accessible name too."""
        self.editor.placeholder = text
        self.editor.setAccessibleName(text)
        self.editor.viewport().update()

    def set_streaming(self, *, is_streaming: bool) -> None:
        """Turn Send into Stop while a reply is under way."""
        if self.send_button.hasFocus() and not is_streaming and not self.text.strip():
            self.editor.setFocus()  # the button is about to be disabled
        self._is_streaming = is_streaming
        self.send_button.set_stops(stops=is_streaming)
        self._update_button()

    def set_height_limit(self, pixels: int) -> None:
        """Let `sizeHint` grow to `pixels` (40 % of the window); beyond it the text scrolls."""
        self._height_limit = pixels

    def _submit(self) -> None:
        if self.text.strip() and not self._is_streaming:
            self.submitted.emit(self.text)

    def _press_button(self) -> None:
        if self._is_streaming:
            self.stop_requested.emit()
        else:
            self._submit()

    def _update_button(self) -> None:
        self.send_button.setEnabled(self._is_streaming or bool(self.text.strip()))
        self.editor.viewport().update()

    def _announce_height(self) -> None:
        self.updateGeometry()
        self.height_changed.emit()

    def _apply_appearance(self) -> None:
        self.editor.apply_appearance()
        self._announce_height()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        text_height = max(24, round(self.editor.document().size().height()))
        return QSize(320, min(_PADDING_TOP + text_height + _ROW_HEIGHT, max(86, self._height_limit)))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        self.editor.setGeometry(
            _PADDING_LEFT - 1,
            _PADDING_TOP,
            width - 2 * _PADDING_LEFT + 2,
            height - _PADDING_TOP - _ROW_HEIGHT,
        )
        size = self.send_button.sizeHint()
        offset = _BUTTON_EDGE - RING_MARGIN
        corner = QPoint(width - size.width() - offset, height - size.height() - offset)
        self.send_button.setGeometry(mirrored(QRect(corner, size), self))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.border_input if self.editor.hasFocus() else theme.border_mid, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        painter.end()
