"""The chat view: lays out and paints what is seen, follows the end, and never moves what is being read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSignalBlocker, Qt, QTimer, Signal
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
from desktop_agent.gui.transcript.agent_message import FOOTER_GAP, FOOTER_HEIGHT, AgentMessage, Ending
from desktop_agent.gui.transcript.heights import HeightIndex
from desktop_agent.gui.transcript.keyboard import Keyboard
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.pointer import Pointer
from desktop_agent.gui.transcript.scroll_position import NEAR_END, Following
from desktop_agent.gui.transcript.selected_text import SelectedText
from desktop_agent.gui.transcript.speech import Speaker
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS
from desktop_agent.gui.widgets.jump_pill import JumpPill

TOP_PADDING = 28
MESSAGE_GAP = 26
BOTTOM_PADDING = 36  # below the last line of text: its footer's place, and a little air
KEPT_MESSAGES = 32
"""How many messages stay laid out beyond those that are seen."""
_FADE = 20
_CHARACTER_WIDTH = 7.3  # pixels, on average, of body text
_LINE = 48  # what one arrow click of the scroll bar moves
_UPWARDS = frozenset(
    action.value
    for action in (
        QAbstractSlider.SliderAction.SliderPageStepSub,
        QAbstractSlider.SliderAction.SliderSingleStepSub,
        QAbstractSlider.SliderAction.SliderToMinimum,
    )
)
_DOWNWARDS = frozenset(
    action.value
    for action in (
        QAbstractSlider.SliderAction.SliderPageStepAdd,
        QAbstractSlider.SliderAction.SliderSingleStepAdd,
        QAbstractSlider.SliderAction.SliderToMaximum,
    )
)
_AHEAD = 200.0  # pixels above and below what is seen that are laid out too

Anchor = tuple[MessageView, int, float]
"""A message, a block in it, and how far below the upper edge that block begins."""


class Transcript(QAbstractScrollArea):
    """A conversation as rich text. What arrives is handed in once a frame, never once a token.

    Only what is seen is laid out; everything else is its text and an estimated height.

    Attributes:
        messages: The messages, oldest first.
        current: The message with the reading position (keyboard), if any.
        selected_text: What is selected, and how it is copied.
        frames: How many times streamed text was taken in: exact, for tests.
        paints: How many times the view was painted: exact, for tests.

    Signals:
        retry_requested: The user wants the last question asked again.
        typed: A character was typed while the transcript has the focus; carries it.
    """

    retry_requested = Signal()
    typed = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self.messages: list[MessageView] = []
        self.current: MessageView | None = None
        self.frames = 0
        self.paints = 0
        self._heights = HeightIndex()
        self._realised: dict[MessageView, None] = {}  # in order of use, the oldest first
        self._rows: dict[MessageView, accessible.MessageRow] = {}
        self._following = Following()
        self._unseen = 0
        self._room_for: MessageView | None = None
        self._streaming: AgentMessage | None = None
        self._last_value = 0
        self._is_settling = False
        self._build_ui()
        self._connect_signals()

    def _build_ui(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Conversation"))
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(_LINE)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)  # over the text: Qt's own would take its room
        self._bar.hide()
        self._bar_rest = QTimer(self, singleShot=True, interval=1200)
        self._color = QTimer(self, singleShot=True, interval=0)
        self._pill = JumpPill(self.appearance, self)
        self._pill.hide()
        self.selected_text = SelectedText(self)
        self._pointer = Pointer(self)
        self._keyboard = Keyboard(self)
        self._speaker = Speaker(self)

    def _connect_signals(self) -> None:
        own = self.verticalScrollBar()
        own.valueChanged.connect(self._sync_bar)
        own.rangeChanged.connect(self._follow_range)
        own.actionTriggered.connect(self._note_user_scroll)
        self._bar.valueChanged.connect(own.setValue)
        self._bar.sliderMoved.connect(self._note_drag)
        self._bar_rest.timeout.connect(self._rest_bar)
        self._color.timeout.connect(self._color_more)
        self._pill.clicked.connect(self.jump_to_latest)
        self.appearance.changed.connect(self.apply_appearance)

    # What the conversation does

    def open(self, messages: Sequence[MessageView]) -> None:
        """Show a whole conversation at its end; only what is seen is laid out."""
        self.clear()
        per_line, line_height = self._line_measures()
        heights = []
        for index, message in enumerate(messages):
            message.index = index
            heights.append(message.estimate(per_line, line_height) + MESSAGE_GAP)
        self.messages.extend(messages)
        self._heights.extend(heights)
        self._following.resume()
        self._settle(None)

    def clear(self) -> None:
        """Show no conversation."""
        self.release_rows()
        for message in list(self._realised):
            message.release()
        self._realised.clear()
        self.messages.clear()
        self._heights.clear()
        self.selected_text.selection.clear()
        self.current = self._room_for = self._streaming = None

    def add_user_message(self, text: str) -> UserMessage:
        """Add the user's message, and scroll it to the top so that the reply has room."""
        message = UserMessage(text, self.appearance)
        self._room_for = message
        self._following.resume()
        self._add(message)
        return message

    def begin_reply(self, author: str) -> AgentMessage:
        """Add an empty reply that waits for its first token."""
        for message in reversed(self.messages):
            if isinstance(message, AgentMessage):
                self._show_footer(message, is_last=False)
                message.retire_ending()  # Retry asks the last question: only there is it true
                self._following.resume()
                break
        reply = AgentMessage(author, self.appearance)
        reply.is_streaming = reply.is_last = True
        self._streaming = reply
        self._add(reply)
        self._speaker.begin(author)
        return reply

    def append_to_reply(self, reply: AgentMessage, parts: Sequence[tuple[bool, str]]) -> None:
        """Take in what arrived for `reply` since the last frame.

        Args:
            reply: The reply under way.
            parts: Runs of text in order, each with whether it is part of the thought.
        """
        is_heard = accessible.is_listening()
        first, place, before = reply.tail() if is_heard else (0, 0, "")
        for is_thought, text in parts:
            if is_thought:
                reply.append_thought(text)
            else:
                reply.append(text)
        self.frames += 1
        self.refresh(reply)
        if is_heard:
            accessible.tell_insert(self, reply, place, before, reply.tail(first)[2])
            self._speaker.hear()

    def show_waiting(self, reply: AgentMessage, text: str) -> None:
        """Say beside the caret what is being waited for."""
        reply.waiting_text = text
        self.viewport().update()

    def end_reply(
        self, reply: AgentMessage, figures: str, ending: Ending | None = None, tokens: str = ""
    ) -> None:
        """Nothing more arrives for `reply`.

        Args:
            reply: The reply.
            figures: Its figures in words, for the footer.
            ending: What ended it, if it did not end by itself.
            tokens: How many tokens it took, in words, for screen readers.
        """
        reply.finish(figures, ending, folds_seen=self._following.is_on)
        self._streaming = None
        self._settle(self._anchor())
        self._speaker.end(reply.plain_text() if accessible.is_listening() else "", tokens)
        if reply.ending_widget is not None:
            self._speaker.say(reply.ending_widget.plain_text(), is_urgent=True)

    def streamed_text(self) -> str:
        """The plain text of the reply under way."""
        return self._streaming.plain_text() if self._streaming is not None else ""

    def jump_to_latest(self) -> None:
        """Go to the end and follow it."""
        self._following.resume()
        self._settle(None)

    def refresh(self, message: MessageView) -> None:
        """Lay out again after `message` changed; hold or follow the reading position."""
        self._settle(self._anchor(), message)

    def reveal(self, message: MessageView) -> None:
        """Lay out again after the user opened or closed a part of `message`, which stays where it is."""
        self.hold()
        self._settle(self._anchor())

    def _add(self, message: MessageView) -> None:
        anchor = self._anchor()
        message.index = len(self.messages)
        self.messages.append(message)
        self._heights.append(message.estimate(*self._line_measures()) + MESSAGE_GAP)
        if not self._following.is_on:
            self._unseen += 1
        self._settle(anchor)
        accessible.tell_created(self, message)

    def retry(self, message: MessageView) -> None:
        """Ask again: what `message` offered is taken."""
        if message is self.messages[-1]:
            self.retry_requested.emit()

    def _show_footer(self, message: AgentMessage, *, is_last: bool) -> None:
        message.is_last = is_last
        if message.footer is not None:
            message.footer.setVisible(is_last)

    # Layout

    def top_of(self, message: MessageView) -> float:
        """Where a message begins, from the beginning of the conversation."""
        return TOP_PADDING + self._heights.offset(message.index)

    def _column(self) -> QRect:
        return column_rect(self.viewport().width())

    def _line_measures(self) -> tuple[float, float]:
        """About how many characters a line of the column holds, and how high it is."""
        zoom = self.appearance.zoom
        per_line = self._column().width() / (_CHARACTER_WIDTH * zoom)
        return max(8.0, per_line), TextStyle.BODY.line_height * zoom

    def _content_height(self) -> float:
        if not self.messages:
            return 0.0
        last = self.messages[-1]
        end = self.top_of(last) + last.height + BOTTOM_PADDING
        if isinstance(last, AgentMessage):
            end -= FOOTER_GAP + FOOTER_HEIGHT
        room = 0.0
        if self._room_for is not None:
            room = self.top_of(self._room_for) - TOP_PADDING + self.viewport().height()
        return max(end, room)

    def _anchor(self) -> Anchor | None:
        """What is read: the first visible block. None while the end is followed."""
        if self._following.is_on or not self.messages:
            return None
        value = self.verticalScrollBar().value()
        message = self.messages[self._heights.find(value - TOP_PADDING)]
        top = self.top_of(message)
        block = message.block_at(value - top)
        return message, block, top + message.block_y(block) - value

    def _settle(self, anchor: Anchor | None, dirty: MessageView | None = None) -> None:
        """Lay out what is seen until nothing moves any more: estimates become heights, the position holds.

        Args:
            anchor: What must stay where it is; None for the end.
            dirty: The only message that changed; by default anything may have.
        """
        if self._is_settling:
            return
        self._is_settling = True
        before = self.verticalScrollBar().value()
        try:
            for _ in range(6):
                self._apply_range(anchor)
                if not self._lay_out_visible(dirty):
                    break
            self._apply_range(anchor)
        finally:
            self._is_settling = False
        self._after_scroll()
        self._color.start()
        moved = self.verticalScrollBar().value() != before
        if dirty is None or moved:
            self.viewport().update()
        else:
            self.viewport().update(self._rect_below(dirty))

    def _rect_below(self, message: MessageView) -> QRect:
        # A line above what changed: the caret stood there, and antialiasing reaches over edges.
        place = self.top_of(message) + message.dirty_top() - self.verticalScrollBar().value()
        y = round(place) - _LINE
        return QRect(0, max(0, y), self.viewport().width(), self.viewport().height())

    def _apply_range(self, anchor: Anchor | None) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height() - _LINE))
        bar.setRange(0, max(0, round(self._content_height() - self.viewport().height())))
        if anchor is not None:
            message, block, distance = anchor
            bar.setValue(round(self.top_of(message) + message.block_y(block) - distance))
        elif self._following.is_on:
            bar.setValue(bar.maximum())

    def _lay_out_visible(self, dirty: MessageView | None) -> bool:
        """Realise what is seen; True when a height has changed."""
        value = self.verticalScrollBar().value()
        top, bottom = value - _AHEAD, value + self.viewport().height() + _AHEAD
        width = self._column().width()
        has_changed = False
        for message in self._between(top, bottom):
            if not message.is_realised:
                message.width = width
                message.realise(self.viewport(), self)
            elif message.width != width:
                message.set_width(width)
            y = self.top_of(message)
            message.show_range(top - y, bottom - y)
            self._realised.pop(message, None)
            self._realised[message] = None
            has_changed |= self._take_height(message)
        if dirty is not None:
            has_changed |= self._take_height(dirty)
        self._release_far()
        return has_changed

    def _take_height(self, message: MessageView) -> bool:
        height = message.height + MESSAGE_GAP
        if height == self._heights[message.index]:
            return False
        self._heights.set(message.index, height)
        return True

    def _between(self, top: float, bottom: float) -> Iterator[MessageView]:
        """The messages between two places of the conversation."""
        index = self._heights.find(top - TOP_PADDING)
        while index < len(self.messages) and self.top_of(self.messages[index]) <= bottom:
            yield self.messages[index]
            index += 1

    def visible_messages(self) -> Iterator[MessageView]:
        """The messages that are seen now."""
        value = self.verticalScrollBar().value()
        return self._between(value, value + self.viewport().height())

    def _release_far(self, kept: int = KEPT_MESSAGES) -> None:
        """Drop the look of messages that are not seen, those used least recently first, down to `kept`."""
        value = self.verticalScrollBar().value()
        near = set(self._between(value - _AHEAD, value + self.viewport().height() + _AHEAD))
        for message in list(self._realised):
            if len(self._realised) <= kept + len(near):
                break
            if message not in near and not message.is_pinned:
                message.release()
                del self._realised[message]

    def _color_more(self) -> None:
        """Colour code that is seen, a slice of 2 ms at a time, until nothing waits for its colours."""
        for message in self.visible_messages():
            must_paint, has_more = message.color_more()
            if must_paint:
                self.viewport().update()
            if has_more:
                self._color.start()
                return

    @property
    def realised_count(self) -> int:
        """How many messages are laid out at the moment."""
        return len(self._realised)

    def apply_appearance(self) -> None:
        """Draw everything anew in another theme or zoom, in place."""
        anchor = self._anchor()
        self._release_far(0)
        for message in self._realised:
            message.apply_appearance()
            self._take_height(message)
        self._settle(anchor)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self._anchor()
        width = self._column().width()
        if event.oldSize().width() != event.size().width():
            self._release_far(0)
        for message in self._realised:
            message.set_width(width)
            self._take_height(message)
        self._settle(anchor)
        self._bar.setGeometry(self.width() - 12, 0, 12, self.height())

    # Scrolling

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._is_settling:
            return
        if self._bar.maximum() > 0:
            self._bar.show()
            self._bar_rest.start()
        value = self.verticalScrollBar().value()
        following = self._following.is_on and value == self.verticalScrollBar().maximum()
        anchor = None if following else self._anchor_at(value)
        self._settle(anchor)

    def _anchor_at(self, value: int) -> Anchor | None:
        """What has been seen already and still is: it must not move while what comes up is measured."""
        for message in self._between(value, value + self.viewport().height()):
            top = self.top_of(message)
            block = message.known_block_from(value - top) if message.is_realised else None
            if block is not None:
                return message, block, top + message.block_y(block) - value
        if not self.messages:
            return None
        message = self.messages[self._heights.find(value - TOP_PADDING)]
        return message, 0, self.top_of(message) + message.block_y(0) - value

    def _after_scroll(self) -> None:
        bar = self.verticalScrollBar()
        value = self._last_value = bar.value()
        left = self._column().left()
        seen = set(self._between(value - _AHEAD, value + self.viewport().height() + _AHEAD))
        for message in self._realised:
            if message in seen:
                message.place_widgets(left, self.top_of(message) - value)
            else:
                for widget in message.widgets():
                    widget.move(0, -10_000)
        is_at_end = bar.maximum() - value <= 1
        if is_at_end:
            self._unseen = 0
        self._pill.show_new(self._unseen)
        self._pill.setVisible(not is_at_end and not self._following.is_on)
        self._pill.move((self.width() - self._pill.width()) // 2, self.height() - 6 - self._pill.height())

    def _sync_bar(self) -> None:
        """Show the present value: laying out may have corrected the one that the signal carries."""
        with QSignalBlocker(self._bar):
            self._bar.setValue(self.verticalScrollBar().value())

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

    def _note_user_scroll(self, action: int) -> None:
        bar = self.verticalScrollBar()
        if action in _UPWARDS:
            self._following.pause()
        elif action in _DOWNWARDS and bar.maximum() - bar.sliderPosition() <= NEAR_END:
            self._following.resume()
        else:
            self._following.moved(bar.value(), bar.sliderPosition(), bar.maximum())

    def _note_drag(self, position: int) -> None:
        self._following.moved(self._last_value, position, self.verticalScrollBar().maximum())

    def hide_ring(self) -> None:
        """Draw no ring around the current message: the mouse is used."""
        if self._keyboard.shows_ring:
            self._keyboard.shows_ring = False
            self.viewport().update()

    def hold(self) -> None:
        """Stop following: something older is being read or selected."""
        self._following.pause()

    def scroll_by(self, pixels: int) -> None:
        """Scroll as a user does."""
        bar = self.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + pixels)
        self._following.moved(before, bar.value(), bar.maximum())

    def show_message(self, message: MessageView) -> None:
        """Scroll so that `message` is seen, or its beginning."""
        bar = self.verticalScrollBar()
        top = self.top_of(message) - TOP_PADDING
        bottom = top + TOP_PADDING + message.height + 24
        if top < bar.value() or bottom - top > self.viewport().height():
            bar.setValue(round(top))
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(round(bottom - self.viewport().height()))

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._pointer.wheel(event):
            return
        super().wheelEvent(event)
        bar = self.verticalScrollBar()
        if event.angleDelta().y() > 0 or event.pixelDelta().y() > 0:
            self._following.pause()
        elif bar.maximum() - bar.value() <= NEAR_END:
            self._following.resume()
        self._after_scroll()

    # Keyboard and mouse

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keyboard.press(event):
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in KEYBOARD_REASONS
        self._keyboard.shows_ring = by_key
        if self.messages and (self.current is None or by_key):
            self.current = self.current or self.messages[-1]
            accessible.tell_focus(self, self.current)
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer.press(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pointer.double_click(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer.release(event)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._pointer.leave()
        return super().viewportEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._pointer.open_menu(event)

    # Painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        theme = self.appearance.theme
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(event.rect(), theme.surface)
        value = self.verticalScrollBar().value()
        left = self._column().left()
        dirty = QRectF(event.rect())
        for message in self._between(value + dirty.top() - 16, value + dirty.bottom() + 16):
            top = self.top_of(message) - value
            painter.save()
            painter.translate(left, top)
            span = self.selected_text.selection.span_in(message.index)
            message.paint(painter, dirty.translated(-left, -top), span)
            if message is self.current and self.hasFocus() and self._keyboard.shows_ring:
                self._paint_ring(painter, message)
            painter.restore()
        if value < self.verticalScrollBar().maximum():
            self._paint_fade(painter)
        painter.end()

    def _paint_ring(self, painter: QPainter, message: MessageView) -> None:
        painter.setPen(QPen(self.appearance.theme.accent, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(-10, -6, self._column().width() + 20, message.height + 8)
        painter.drawRoundedRect(ring, 8, 8)

    def _paint_fade(self, painter: QPainter) -> None:
        height = self.viewport().height()
        gradient = QLinearGradient(0, height - _FADE, 0, height)
        clear = QColor(self.appearance.theme.surface)
        clear.setAlpha(0)
        gradient.setColorAt(0, clear)
        gradient.setColorAt(1, self.appearance.theme.surface)
        painter.fillRect(QRectF(0, height - _FADE, self.viewport().width(), _FADE), gradient)

    # For readers of the screen, for pointer and keyboard

    def index_of(self, message: MessageView) -> int:
        """The place of `message`, or -1."""
        index = message.index
        return index if index < len(self.messages) and self.messages[index] is message else -1

    def row(self, message: MessageView) -> accessible.MessageRow:
        """The accessible object of `message`, made when first asked for and kept."""
        if message not in self._rows:
            self._rows[message] = accessible.MessageRow(self, message)
        return self._rows[message]

    def message_at(self, position: QPoint | QPointF) -> MessageView | None:
        """The message below a point of the viewport."""
        message = self.nearest_message(position)
        y = position.y() + self.verticalScrollBar().value()
        if message is None or not self.top_of(message) <= y <= self.top_of(message) + message.height:
            return None
        return message

    def nearest_message(self, position: QPoint | QPointF) -> MessageView | None:
        """The message at the height of a point of the viewport, or the one above it."""
        if not self.messages:
            return None
        y = position.y() + self.verticalScrollBar().value() - TOP_PADDING
        return self.messages[self._heights.find(y)]

    def origin_of(self, message: MessageView) -> QPointF:
        """Where the message's own origin lies in the viewport."""
        return QPointF(self._column().left(), self.top_of(message) - self.verticalScrollBar().value())

    def message_rect(self, message: MessageView) -> QRect:
        """The message on the screen, in global coordinates."""
        origin = self.viewport().mapToGlobal(self.origin_of(message).toPoint())
        return QRect(origin.x(), origin.y(), self._column().width(), round(message.height))

    def screen_rect(self) -> QRect:
        """The viewport on the screen."""
        return QRect(self.viewport().mapToGlobal(QPoint(0, 0)), self.viewport().size())

    def release_rows(self) -> None:
        """Take all rows from the screen readers' tables: before the messages or the view go."""
        for row in list(self._rows.values()):
            accessible.delete_row(row)
        self._rows.clear()
