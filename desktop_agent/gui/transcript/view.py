"""The chat view: paints what is visible, follows the end, and never moves what is being read."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QFrame, QScrollBar, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import column_rect
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.messages import (
    FOOTER_GAP,
    FOOTER_HEIGHT,
    AgentMessage,
    MessageView,
    UserMessage,
)
from desktop_agent.gui.transcript.pointer import Pointer
from desktop_agent.gui.transcript.scroll_position import Following
from desktop_agent.gui.widgets.jump_pill import JumpPill
from desktop_agent.gui.widgets.message_footer import MessageFooter
from desktop_agent.gui.widgets.notice import NoticeBox, StoppedRow

TOP_PADDING = 28
MESSAGE_GAP = 26
BOTTOM_PADDING = 36  # below the last line of text: its footer's place, and a little air
_FADE = 20
_LINE = 48  # what one arrow click of the scroll bar moves


class Transcript(QAbstractScrollArea):
    """A conversation as rich text. What arrives is handed in once a frame, never once a token.

    Attributes:
        messages: The messages, oldest first.
        current: The message with the reading position (keyboard), if any.
        frames: How many times streamed text was taken in: exact, for tests.

    Signals:
        retry_requested: The user wants the last question asked again.
        typed: A character was typed while the transcript has the focus; carries it.
    """

    retry_requested = Signal()
    typed = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.messages: list[MessageView] = []
        self.current: MessageView | None = None
        self.frames = 0
        self._rows: dict[MessageView, accessible.MessageRow] = {}
        self._following = Following()
        self._unseen = 0
        self._room_for: MessageView | None = None
        self._last_value = 0
        self._build_ui()
        self._connect_signals()

    def _build_ui(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Conversation"))
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(_LINE)
        self._bar = QScrollBar(
            Qt.Orientation.Vertical, self
        )  # lies over the text, where Qt's own would take room
        self._bar.hide()
        self._bar_rest = QTimer(self, singleShot=True, interval=1200)
        self._pill = JumpPill(self._appearance, self)
        self._pill.hide()
        self._pointer = Pointer(self, self._appearance)

    def _connect_signals(self) -> None:
        own = self.verticalScrollBar()
        own.valueChanged.connect(self._bar.setValue)
        own.rangeChanged.connect(self._follow_range)
        own.actionTriggered.connect(self._note_user_scroll)
        self._bar.valueChanged.connect(own.setValue)
        self._bar.sliderMoved.connect(self._note_drag)
        self._bar_rest.timeout.connect(self._rest_bar)
        self._pill.clicked.connect(self.jump_to_latest)
        self._appearance.changed.connect(self.apply_appearance)

    # What the conversation does

    def add_user_message(self, text: str) -> UserMessage:
        """Add the user's message, and scroll it to the top so that the reply has room."""
        message = UserMessage(text, self._appearance)
        self._room_for = message
        self._following.resume()
        self._add(message)
        return message

    def begin_reply(self, author: str) -> AgentMessage:
        """Add an empty reply that waits for its first token."""
        self._hide_older_footer()
        reply = AgentMessage(author, self._appearance, self.viewport())
        self._add(reply)
        return reply

    def append_to_reply(self, reply: AgentMessage, parts: list[tuple[bool, str]]) -> None:
        """Take in what arrived for `reply` since the last frame.

        Args:
            reply: The reply under way.
            parts: Runs of text in order, each with whether it is part of the thought.
        """
        before = reply.plain_text() if accessible.is_listening() else ""
        for is_thought, text in parts:
            if is_thought:
                is_first = reply.thought_button is None
                reply.append_thought(text)
                if is_first and reply.thought_button is not None:
                    reply.thought_button.toggled.connect(lambda: self._relayout(reply))
            else:
                reply.append(text)
        self.frames += 1
        self._relayout(reply)
        accessible.tell_insert(self, reply, before)

    def show_waiting(self, reply: AgentMessage, text: str) -> None:
        """Say beside the caret what is being waited for."""
        reply.waiting_text = text
        self.viewport().update()

    def end_reply(
        self, reply: AgentMessage, figures: str, ending: NoticeBox | StoppedRow | None = None
    ) -> None:
        """Nothing more arrives for `reply`.

        Args:
            reply: The reply.
            figures: Its figures in words, for the footer.
            ending: What ended it, if it did not end by itself.
        """
        reply.finish()
        reply.ending = ending
        if ending is not None:
            ending.setParent(self.viewport())
            ending.action_triggered.connect(lambda action: self._act(reply, action))
            ending.show()
        reply.footer = MessageFooter(reply.source(), figures, self._appearance, self.viewport())
        reply.footer.show()
        self._relayout(reply)
        if ending is not None and isinstance(ending, NoticeBox):
            accessible.announce(self, ending.plain_text(), is_urgent=True)

    def _act(self, reply: AgentMessage, action: object) -> None:
        from desktop_agent.chat.notices import Action

        if action is Action.RETRY:
            if reply.ending is not None:
                reply.ending.retire()
            self.retry_requested.emit()
        self._relayout(reply)

    def jump_to_latest(self) -> None:
        """Go to the end and follow it."""
        self._following.resume()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._after_scroll()

    # Layout

    def _add(self, message: MessageView) -> None:
        self.messages.append(message)
        message.set_width(self._column().width())
        if not self._following.is_on:
            self._unseen += 1
        self._relayout(message)
        accessible.tell_created(self, message)

    def _hide_older_footer(self) -> None:
        for message in reversed(self.messages):
            if isinstance(message, AgentMessage) and message.footer is not None:
                message.footer.hide()
                return

    def _column(self) -> QRect:
        return column_rect(self.viewport().width())

    def _relayout(self, first: MessageView) -> None:
        """Place `first`, which changed, and all messages below it; hold or follow the reading position."""
        anchor = self._anchor()
        if isinstance(first, AgentMessage):
            first.lay_out()
        index = self.messages.index(first) if first is not self.messages[-1] else len(self.messages) - 1
        y = TOP_PADDING + 0.0
        if index:
            above = self.messages[index - 1]
            y = above.top + above.height + MESSAGE_GAP
        for message in self.messages[index:]:
            message.top = y
            y += message.height + MESSAGE_GAP
        self._apply_range(anchor)

    def _content_height(self) -> float:
        if not self.messages:
            return 0.0
        last = self.messages[-1]
        end = last.top + last.height
        if isinstance(last, AgentMessage):
            end += BOTTOM_PADDING - FOOTER_GAP - FOOTER_HEIGHT
        else:
            end += BOTTOM_PADDING
        room = 0.0
        if self._room_for is not None:
            room = self._room_for.top - TOP_PADDING + self.viewport().height()
        return max(end, room)

    def _anchor(self) -> tuple[MessageView, int, float] | None:
        """The first visible block and how far below the upper edge it begins."""
        if self._following.is_on or not self.messages:
            return None
        value = self.verticalScrollBar().value()
        for message in self.messages:
            if message.top + message.height > value:
                block = message.block_at(value - message.top)
                return message, block, message.top + message.block_y(block) - value
        return None

    def _apply_range(self, anchor: tuple[MessageView, int, float] | None) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height() - _LINE))
        bar.setRange(0, max(0, round(self._content_height() - self.viewport().height())))
        if self._following.is_on:
            bar.setValue(bar.maximum())
        elif anchor is not None:
            message, block, distance = anchor
            bar.setValue(round(message.top + message.block_y(block) - distance))
        self._after_scroll()

    def _after_scroll(self) -> None:
        value = self.verticalScrollBar().value()
        self._last_value = value
        left = self._column().left()
        visible = QRectF(0, value, 1, self.viewport().height())
        for message in self.messages:
            widgets = message.widgets()
            if widgets and QRectF(0, message.top, 1, message.height).intersects(
                visible.adjusted(0, -200, 0, 200)
            ):
                message.place_widgets(left, message.top - value)
            else:
                for widget in widgets:
                    widget.move(0, -10_000)
        is_at_end = self.verticalScrollBar().maximum() - value <= 1
        if is_at_end:
            self._unseen = 0
        self._pill.show_new(self._unseen)
        self._pill.setVisible(not is_at_end and not self._following.is_on)
        self._pill.move(
            (self.width() - self._pill.width()) // 2, self.height() - 10 - self._pill.height() + 4
        )
        self.viewport().update()

    def apply_appearance(self) -> None:
        """Draw everything anew in another theme or zoom, in place."""
        anchor = self._anchor()
        for message in self.messages:
            message.apply_appearance()
        self._set_widths(anchor)

    def _set_widths(self, anchor: tuple[MessageView, int, float] | None) -> None:
        width = self._column().width()
        y = float(TOP_PADDING)
        for message in self.messages:
            message.set_width(width)
            message.top = y
            y += message.height + MESSAGE_GAP
        self._apply_range(anchor)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self._anchor()
        if event.oldSize().width() != event.size().width():
            self._set_widths(anchor)
        else:
            self._apply_range(anchor)
        self._bar.setGeometry(self.width() - 12, 0, 12, self.height())

    # Scrolling

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._bar.isVisible() or self._bar.maximum() > 0:
            self._bar.show()
            self._bar_rest.start()
        self._after_scroll()

    def _follow_range(self, minimum: int, maximum: int) -> None:
        self._bar.setRange(minimum, maximum)
        self._bar.setPageStep(self.viewport().height())
        if maximum <= 0:
            self._bar.hide()

    def _rest_bar(self) -> None:
        if self._bar.underMouse() or self._bar.isSliderDown():
            self._bar_rest.start()
        else:
            self._bar.hide()

    def _note_user_scroll(self, _action: int) -> None:
        bar = self.verticalScrollBar()
        self._following.moved(bar.value(), bar.sliderPosition(), bar.maximum())

    def _note_drag(self, position: int) -> None:
        self._following.moved(self._last_value, position, self.verticalScrollBar().maximum())

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._pointer.wheel(event):
            return
        before = self.verticalScrollBar().value()
        super().wheelEvent(event)
        after = self.verticalScrollBar().value()
        if event.angleDelta().y() > 0 or event.pixelDelta().y() > 0:
            self._following.pause()
        elif after >= before:
            self._following.moved(before, after, self.verticalScrollBar().maximum())
        self._after_scroll()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        bar = self.verticalScrollBar()
        actions = {
            Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
            Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
            Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
        }
        if key in actions:
            bar.triggerAction(actions[Qt.Key(key)])
        elif key == Qt.Key.Key_End:
            self.jump_to_latest()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move_current(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.current is not None:
            accessible.tell_caret(self, self.current, -1 if key == Qt.Key.Key_Left else 1)
        elif event.text().isprintable() and event.text().strip():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _move_current(self, step: int) -> None:
        if not self.messages:
            return
        last = len(self.messages) - 1
        start = self.index_of(self.current) if self.current is not None else last + (step < 0)
        index = max(0, min(start + step, last))
        self.current = self.messages[index]
        if index < last:
            self._following.pause()
        self._show_message(self.current)
        accessible.tell_focus(self, self.current)

    def _show_message(self, message: MessageView) -> None:
        bar = self.verticalScrollBar()
        top, bottom = message.top - TOP_PADDING, message.top + message.height + 24
        if top < bar.value() or bottom - top > self.viewport().height():
            bar.setValue(round(top))
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(round(bottom - self.viewport().height()))
        self._after_scroll()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if self.messages and (self.current is None or by_key):
            self.current = self.current or self.messages[-1]
            accessible.tell_focus(self, self.current)
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # Mouse

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event.position())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer.press(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer.release(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._pointer.open_menu(event.pos(), event.globalPos())

    # Painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(event.rect(), theme.surface)
        value = self.verticalScrollBar().value()
        left = self._column().left()
        clip = QRectF(event.rect()).translated(-left, value)
        for message in self.messages:
            if message.top > clip.bottom():
                break
            if message.top + message.height >= clip.top():
                painter.save()
                painter.translate(left, message.top - value)
                message.paint(painter, clip.translated(0, -message.top))
                if message is self.current and self.hasFocus():
                    self._paint_ring(painter, message)
                painter.restore()
        if value < self.verticalScrollBar().maximum():
            self._paint_fade(painter)
        painter.end()

    def _paint_ring(self, painter: QPainter, message: MessageView) -> None:
        painter.setPen(QPen(self._appearance.theme.accent, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(-10, -6, self._column().width() + 20, message.height + 8)
        painter.drawRoundedRect(ring, 8, 8)

    def _paint_fade(self, painter: QPainter) -> None:
        height = self.viewport().height()
        gradient = QLinearGradient(0, height - _FADE, 0, height)
        clear = QColor(self._appearance.theme.surface)
        clear.setAlpha(0)
        gradient.setColorAt(0, clear)
        gradient.setColorAt(1, self._appearance.theme.surface)
        painter.fillRect(QRectF(0, height - _FADE, self.viewport().width(), _FADE), gradient)

    # For readers of the screen, and for the pointer

    def index_of(self, message: MessageView) -> int:
        """The place of `message`, or -1."""
        return self.messages.index(message) if message in self.messages else -1

    def row(self, message: MessageView) -> accessible.MessageRow:
        """The accessible object of `message`, made when first asked for and kept."""
        if message not in self._rows:
            self._rows[message] = accessible.MessageRow(self, message)
        return self._rows[message]

    def message_at(self, position: QPoint | QPointF) -> MessageView | None:
        """The message below a point of the viewport."""
        y = position.y() + self.verticalScrollBar().value()
        return next((each for each in self.messages if each.top <= y <= each.top + each.height), None)

    def origin_of(self, message: MessageView) -> QPointF:
        """Where the message's own origin lies in the viewport."""
        return QPointF(self._column().left(), message.top - self.verticalScrollBar().value())

    def message_rect(self, message: MessageView) -> QRect:
        """The message on the screen, in global coordinates."""
        origin = self.viewport().mapToGlobal(self.origin_of(message).toPoint())
        return QRect(origin.x(), origin.y(), self._column().width(), round(message.height))

    def screen_rect(self) -> QRect:
        """The viewport on the screen."""
        return QRect(self.viewport().mapToGlobal(QPoint(0, 0)), self.viewport().size())

    def release_rows(self) -> None:
        """Take all rows from the screen readers' tables, before the view goes."""
        for message in list(self._rows):
            accessible.delete_row(self._rows[message])
        self._rows.clear()
        self.messages.clear()
        self.current = None
