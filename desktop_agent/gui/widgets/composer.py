"""The composer: the field in which a message is written, with Send that becomes Stop."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import ENTER, RING_MARGIN, SendButton, TextButton
from desktop_agent.gui.widgets.context_count import ContextCount
from desktop_agent.gui.widgets.message_field import MessageField, SendKey
from desktop_agent.gui.widgets.tool_toggles import ToolToggles

_PADDING_LEFT = 17
_PADDING_TOP = 13
_ROW_HEIGHT = 49  # from the last line of text to the lower edge: the row with the send button
_BUTTON_EDGE = 9
_QUEUED_HEIGHT = 36
_COUNT_GAP = 12  # between the count of tokens and the send button


class _QueuedRow(QWidget):
    """The message that waits for the end of a reply: what will happen, its first words, and Cancel."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._text = ""
        self._note = ""
        self.cancel_button = TextButton(self.tr("Cancel"), appearance, small=True, parent=self)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str, note: str) -> None:
        self._text, self._note = text, note
        self.setAccessibleName(f"{self._says()}: {text}" if text else "")
        self.setToolTip(text)
        self.setVisible(bool(text))
        self.update()

    def _says(self) -> str:
        return self._note or self.tr("Sends when the reply ends")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        button = self.cancel_button
        button.resize(button.sizeHint())
        button.move(self.width() - button.width() + RING_MARGIN, (self.height() - button.height()) // 2)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._appearance.font(TextStyle.UI))
        metrics = painter.fontMetrics()
        says = self._says()
        room = self.width() - self.cancel_button.width() - 8
        painter.setPen(self._appearance.theme.text2)
        align = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, room, self.height()), align, says)
        left = metrics.horizontalAdvance(says) + 12
        words = metrics.elidedText(" ".join(self._text.split()), Qt.TextElideMode.ElideRight, room - left)
        painter.setPen(self._appearance.theme.text3)
        painter.drawText(QRectF(left, 0, max(0, room - left), self.height()), align, words)
        painter.end()


class Composer(QWidget):
    """Writes a message. What is typed stays until `clear` is called, so that a failed send loses nothing.

    While a reply streams, one message may wait for its end.

    Attributes:
        toggles: Which tools the agent may use.

    Signals:
        submitted: The user wants to send the text (Enter or Send); carries the text, never blank.
        queue_requested: The same while a reply is under way: it is to be sent when that ends.
        queue_cancelled: The waiting message is not to be sent.
        recall_requested: Up was pressed where nothing is typed: the last message is to be edited.
        text_changed: What is typed is another text.
        stop_requested: The user pressed Stop.
        height_changed: The height that `sizeHint` asks for is another one.
    """

    submitted = Signal(str)
    queue_requested = Signal(str)
    queue_cancelled = Signal()
    recall_requested = Signal()
    text_changed = Signal()
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
        self.editor = MessageField(self._appearance, self)
        self.send_button = SendButton(self._appearance, self)
        self.context_count = ContextCount(self._appearance, self)
        self.toggles = ToolToggles(self._appearance, self)
        self._queued_row = _QueuedRow(self._appearance, self)
        self._queued_row.hide()
        self.setFocusProxy(self.editor)
        self.setTabOrder(self.editor, self._queued_row.cancel_button)
        order = [self._queued_row.cancel_button, *self.toggles.focus_chain(), self.send_button]
        for first, second in pairwise(order):
            self.setTabOrder(first, second)

    def _connect_signals(self) -> None:
        self.editor.send_requested.connect(self._submit)
        self.editor.recall_requested.connect(self.recall_requested)
        self.editor.textChanged.connect(self._update_button)
        self.editor.textChanged.connect(self.text_changed)
        self._queued_row.cancel_button.clicked.connect(self.queue_cancelled)
        self.editor.focus_changed.connect(self.update)
        self.editor.document().documentLayout().documentSizeChanged.connect(self._announce_height)
        self.send_button.clicked.connect(self._press_button)
        self.toggles.resized.connect(self._arrange)
        self._appearance.changed.connect(self._apply_appearance)

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order; hidden parts are passed by."""
        cancel = self._queued_row.cancel_button
        return [self.editor, cancel, *self.toggles.focus_chain(), self.send_button]

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
        self.editor.set_placeholder(text)
        self.editor.setAccessibleName(text)

    def set_send_key(self, key: SendKey) -> None:
        """Send with Enter or with Ctrl+Enter (Cmd+Enter on macOS)."""
        self.editor.send_key = key
        self.send_button.set_send_keys(ENTER if key == "enter" else f"Ctrl+{ENTER}")

    def set_streaming(self, *, is_streaming: bool) -> None:
        """Turn Send into Stop while a reply is under way."""
        if self.send_button.hasFocus() and not is_streaming and not self.text.strip():
            self.editor.setFocus()  # the button is about to be disabled
        self._is_streaming = is_streaming
        self.send_button.set_stops(stops=is_streaming)
        self._update_button()

    @property
    def queued_text(self) -> str:
        """The message that waits for the end of the reply; empty for none."""
        return self._queued_row.text

    def show_queued(self, text: str, note: str = "") -> None:
        """Show the message that waits.

        Args:
            text: The message; empty for none.
            note: What it waits for; by default the end of the reply.
        """
        if self._queued_row.cancel_button.hasFocus() and not text:
            self.editor.setFocus()
        self._queued_row.set_text(text, note)
        self._announce_height()
        self._arrange()

    def show_tokens(self, typed: int, before: int, limit: int | None) -> None:
        """Say how long the prompt gets, where it matters; see `ContextCount.show_tokens`."""
        self.context_count.show_tokens(typed, before, limit)
        self.editor.setAccessibleDescription(self.context_count.accessibleName())
        self._arrange()
        self.update()

    def set_height_limit(self, pixels: int) -> None:
        """Let `sizeHint` grow to `pixels` (40 % of the window); beyond it the text scrolls."""
        self._height_limit = pixels

    def _submit(self) -> None:
        if not self.text.strip():
            return
        if not self._is_streaming:
            self.submitted.emit(self.text)
        elif not self.queued_text:
            self.queue_requested.emit(self.text)

    def _press_button(self) -> None:
        if self._is_streaming:
            self.stop_requested.emit()
        else:
            self._submit()

    def _update_button(self) -> None:
        self.send_button.setEnabled(self._is_streaming or bool(self.text.strip()))

    def _announce_height(self) -> None:
        self.updateGeometry()
        self.height_changed.emit()

    def _apply_appearance(self) -> None:
        self.editor.apply_appearance()
        self.context_count.apply_appearance()
        self._announce_height()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        text_height = max(24, round(self.editor.document().size().height()))
        needed = _PADDING_TOP + text_height + _ROW_HEIGHT
        return QSize(320, min(needed, max(86, self._height_limit)) + self._queued_height)

    @property
    def _queued_height(self) -> int:
        return _QUEUED_HEIGHT if self.queued_text else 0

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        inner = width - 2 * _PADDING_LEFT + 2
        self._queued_row.setGeometry(_PADDING_LEFT, _BUTTON_EDGE - 2, inner - 2, _QUEUED_HEIGHT - 4)
        top = _PADDING_TOP + self._queued_height
        self.editor.setGeometry(_PADDING_LEFT - 1, top, inner, height - top - _ROW_HEIGHT)
        size = self.send_button.sizeHint()
        offset = _BUTTON_EDGE - RING_MARGIN
        corner = QPoint(width - size.width() - offset, height - size.height() - offset)
        self.send_button.setGeometry(mirrored(QRect(corner, size), self))
        toggles = self.toggles.sizeHint()
        room = corner.x() - offset
        place = QRect(offset, corner.y() + 1, min(room, toggles.width()), toggles.height())
        self.toggles.setGeometry(mirrored(place, self))
        wide = self.context_count.sizeHint().width()
        count = QRect(corner.x() + RING_MARGIN - _COUNT_GAP - wide, corner.y(), wide, size.height())
        self.context_count.setGeometry(mirrored(count, self))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        edge = theme.border_input if self.editor.hasFocus() else theme.border_mid
        painter.setPen(QPen(theme.err if self.context_count.is_over else edge, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        painter.end()
