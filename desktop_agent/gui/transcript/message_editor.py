"""The field that stands in place of a bubble while its message is edited."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.widgets.buttons import RING_MARGIN, ButtonKind, TextButton
from desktop_agent.gui.widgets.message_field import MessageField, SendKey

_PADDING_X, _PADDING_TOP = 17, 13
_ROW = 48  # from the last line of text to the lower edge
_EDGE = 10
_GAP = 8
_LEAST, _MOST = 85, 400
_RADIUS = 12


class MessageEditor(QWidget):
    """Edits a message that was sent. Sending makes another version of it; Esc leaves all as it was.

    Signals:
        submitted: The message is to be this one; carries the text, never blank.
        cancelled: All is to stay as it was.
        height_changed: `needed_height` is another one.
    """

    submitted = Signal(str)
    cancelled = Signal()
    height_changed = Signal()

    def __init__(self, text: str, send_key: SendKey, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.field = MessageField(appearance, self)
        self.field.send_key = send_key
        self.field.setAccessibleName(self.tr("Edit message"))
        self.field.replace_text(text)
        kind = ButtonKind.PRIMARY
        self.send_button = TextButton(self.tr("Send"), appearance, kind, small=True, parent=self)
        self.cancel_button = TextButton(self.tr("Cancel"), appearance, small=True, parent=self)
        self.setFocusProxy(self.field)
        self.setTabOrder(self.field, self.cancel_button)
        self.setTabOrder(self.cancel_button, self.send_button)
        self.field.send_requested.connect(self._submit)
        self.field.textChanged.connect(self._note_text)
        self.field.focus_changed.connect(self.update)
        self.field.document().documentLayout().documentSizeChanged.connect(lambda: self.height_changed.emit())
        self.send_button.clicked.connect(self._submit)
        self.cancel_button.clicked.connect(self.cancelled)
        self._note_text()

    @property
    def needed_height(self) -> int:
        """How high it is, in logical pixels; a longer text scrolls."""
        text = round(self.field.document().size().height())
        return max(_LEAST, min(_PADDING_TOP + text + _ROW, _MOST))

    def apply_appearance(self) -> None:
        """Take over theme and zoom."""
        self.field.apply_appearance()
        self.update()

    def _note_text(self) -> None:
        self.send_button.setEnabled(bool(self.field.toPlainText().strip()))

    def _submit(self) -> None:
        text = self.field.toPlainText()
        if text.strip():
            self.submitted.emit(text)

    @override
    def event(self, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # before Esc stops anything else
            return True
        if is_key and event.type() == QEvent.Type.KeyPress:
            self.cancelled.emit()
            return True
        return super().event(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        self.field.setGeometry(
            _PADDING_X - 1, _PADDING_TOP, width - 2 * _PADDING_X + 2, height - _PADDING_TOP - _ROW
        )
        right = width - _EDGE + RING_MARGIN
        for button in (self.send_button, self.cancel_button):
            size = button.sizeHint()
            top = height - _EDGE + RING_MARGIN - size.height()
            box = QRect(right - size.width(), top, size.width(), size.height())
            button.setGeometry(mirrored(box, self))
            right -= size.width() - 2 * RING_MARGIN + _GAP

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.border_input if self.field.hasFocus() else theme.border_mid, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.end()
