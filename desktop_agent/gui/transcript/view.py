"""The transcript: what a conversation does on the screen, and what its readers select, hear and press."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLocale, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.notices import Action
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.approval_card import ApprovalCard
from desktop_agent.gui.transcript.block_items import Link
from desktop_agent.gui.transcript.context_menu import ContextMenu
from desktop_agent.gui.transcript.growth import Growth
from desktop_agent.gui.transcript.keyboard import Keyboard
from desktop_agent.gui.transcript.matches import find_match
from desktop_agent.gui.transcript.message_area import MessageArea
from desktop_agent.gui.transcript.message_column import TOP_PADDING, Anchor, ReadingPlace
from desktop_agent.gui.transcript.message_controls import MessageControls, controls_in
from desktop_agent.gui.transcript.message_view import MessageView, Revision
from desktop_agent.gui.transcript.pointer import Pointer
from desktop_agent.gui.transcript.revising import Revising
from desktop_agent.gui.transcript.selected_text import SelectedText
from desktop_agent.gui.transcript.selection import TextPosition
from desktop_agent.gui.transcript.speech import Announcements, Speaker
from desktop_agent.gui.transcript.tool_card import ToolCard
from desktop_agent.gui.transcript.tool_deeds import Deed, FollowLink
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS
from desktop_agent.gui.widgets.jump_pill import ApprovalPill, CopyPill
from desktop_agent.markdown import host_of

_PENDING_SEEN = 60
"""So much of the lower end of a card that waits must be in view: its buttons."""


class Transcript(MessageArea):
    """A conversation as rich text. What arrives is handed in once a frame, never once a token.

    Only what is seen is laid out; everything else is its text and an estimated height.

    Attributes:
        current: The message with the reading position (keyboard), if any.
        selected_text: What is selected, and how it is copied.
        revising: What a reader changes in it.
        frames: How many times streamed text was taken in: exact, for tests.
        keeps_thoughts_open: Whether thoughts of replies that begin from now on stay open.

    Signals:
        version_requested: Another version of a message is wanted: its number, and -1 or 1.
        action_chosen: The user pressed a button below the last reply; carries its `Action`.
        deed_chosen: A card asks for something; carries its `Deed`.
        typed: A character was typed while the transcript has the focus; carries it.
    """

    action_chosen = Signal(object)
    version_requested = Signal(int, int)
    deed_chosen = Signal(object)
    typed = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self.current: MessageView | None = None
        self.frames = 0
        self._rows: dict[MessageView, accessible.MessageRow] = {}
        self._streaming: AgentMessage | None = None
        self.keeps_thoughts_open = False
        self._growth: Growth | None = None
        self._build_ui()

    def _build_ui(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Conversation"))
        self.selected_text = SelectedText(self)
        self._pointer = Pointer(self)
        self._controls = MessageControls(self)
        self._keyboard = Keyboard(self, self._controls)
        self._menu = ContextMenu(self, self._pointer)
        self._speaker = Speaker(self)
        self._copy_pill = CopyPill(self.appearance, self)
        self.revising = Revising(self)
        self.floating.append(self.revising.undo_bar)
        self._approval_pill = ApprovalPill(self.appearance, self)
        self._approval_pill.clicked.connect(self.show_pending)
        copying = self.selected_text.copying
        copying.delayed.connect(self._tell_copy_begun)
        copying.finished.connect(self._tell_copy_done)

    def announce(self, announcements: Announcements) -> None:
        """Choose what of a reply screen readers say by themselves."""
        self._speaker.announcements = announcements

    # What the conversation does

    def open(self, messages: Sequence[MessageView], place: ReadingPlace | None = None) -> None:
        """Show a whole conversation; only what is seen is laid out.

        Args:
            messages: The conversation.
            place: Where it was read last, as `reading_place` told; by default its end.
        """
        self.clear()
        self.column.extend(messages)
        self._mark_last()
        self.read_at(place or ReadingPlace())

    def show_match(self, message: MessageView, wanted: str) -> None:
        """Go to the words of a search in `message` and select them, so that they are seen."""
        match = find_match(message.segment_texts(), wanted)
        self.hold()
        if match is None:
            self.settle(Anchor(message, 0, TOP_PADDING))
            return
        segment, start, end = match
        from_top = self.viewport().height() / 3
        self.settle(Anchor(message, segment, from_top))
        caret = message.caret_place(segment, start)
        self.position.move_to(self.column.top_of(message) + caret.y() - from_top)
        self.settle(self.anchor())
        self.selected_text.set(
            TextPosition(message.index, segment, start), TextPosition(message.index, segment, end)
        )

    def drop_messages(self, index: int) -> None:
        """Take the messages from a place on away: others come instead of them."""
        for message in self.messages[index:]:
            if self.entered is message:
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # the control that has it goes
                self._controls.leave()
            if self.current is message:
                self.current = None
            row = self._rows.pop(message, None)
            if row is not None:
                accessible.delete_row(row)
        self.selected_text.selection.clear()
        self.revising.forget()
        self.drop_from(index)

    def _mark_last(self) -> None:
        """The last reply shows its footer; what the others offered is not true any more."""
        for message in self.messages[:-1]:
            if isinstance(message, AgentMessage):
                message.retire_ending()
        if self.messages and isinstance(self.messages[-1], AgentMessage):
            self.messages[-1].is_last = True

    def clear(self) -> None:
        """Show no conversation."""
        self._controls.leave()
        self.revising.forget()
        self.release_rows()
        self.column.clear()
        self.selected_text.selection.clear()
        self._follow_growth(None)
        self.current = self._streaming = None

    def add_user_message(self, text: str, versions: tuple[int, int] = (1, 1)) -> UserMessage:
        """Add the user's message, and scroll it to the top so that the reply has room."""
        message = UserMessage(text, self.appearance)
        message.versions = versions
        self.column.room_for = message
        self.position.following.resume()
        self._add(message)
        return message

    def begin_reply(self, author: str) -> AgentMessage:
        """Add an empty reply that waits for its first token."""
        for message in reversed(self.messages):
            if isinstance(message, AgentMessage):
                message.is_last = False
                message.update_furniture()
                message.retire_ending()  # Retry asks the last question: only there is it true
                self.position.following.resume()
                break
        reply = AgentMessage(author, self.appearance)
        reply.is_streaming = reply.is_last = True
        if self.keeps_thoughts_open:
            reply.keep_thought_open()
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
        growth = self._growth_of(reply)
        anchor = self.anchor()
        for is_thought, text in parts:
            if is_thought:
                reply.append_thought(text)
            else:
                reply.append(text)
        self.frames += 1
        self.settle(anchor, reply)
        if growth is not None:
            growth.note()
            self._speaker.hear()

    def show_call(self, reply: AgentMessage, *calls: ToolCall) -> None:
        """Calls of tools of `reply` begin, or are in another state."""
        waited = reply.pending_card
        for call in calls:
            reply.show_call(call)
        self.settle_changed(reply)
        if self.entered is reply:
            self._controls.renew()
        card = reply.pending_card
        if card is not None and card is not waited:
            asked = self.tr("Approval needed: {tool}. Press F6 to reach it.")
            self._speaker.say(asked.format(tool=one_line(card.request.tool)), is_urgent=True)

    @property
    def pending_card(self) -> ApprovalCard | None:
        """The first card that waits for an answer."""
        return self._streaming.pending_card if self._streaming is not None else None

    def show_pending(self) -> None:
        """Go to the card that waits for an answer, and give it the keyboard."""
        found = self._find_pending()
        if found is None:
            return
        reply, card, top = found
        self.hold()
        height = card.height_for(self.column.width)
        self.position.go_to(min(top - TOP_PADDING, top - (self.viewport().height() - height) / 2))
        self.current = reply
        first = next(iter(controls_in(card)), None)
        self._controls.enter(reply, first)

    def toggle_calls(self) -> None:
        """Open what all calls of tools got and gave; close it where all is open."""
        replies = [message for message in self.messages if isinstance(message, AgentMessage)]
        cards = [card for reply in replies for card in reply.cards if isinstance(card, ToolCard)]
        is_open = not all(card.is_open for card in cards)
        for reply in replies:
            reply.toggle_calls(is_open=is_open)

    @override
    def after_scroll(self) -> None:
        super().after_scroll()
        found, name = self._find_pending(), ""
        if found is not None:
            _, card, top = found
            bottom = top - self.position.value + card.height_for(self.column.width)
            is_seen = _PENDING_SEEN <= bottom <= self.viewport().height() + _PENDING_SEEN // 2
            name = "" if is_seen else one_line(card.request.tool)
        self._approval_pill.show_tool(name)
        self.place_pills()

    def _find_pending(self) -> tuple[AgentMessage, ApprovalCard, float] | None:
        """The card that waits for an answer, its reply, and where it begins in the conversation."""
        reply = self._streaming
        found = reply.find_pending() if reply is not None else None
        if reply is None or found is None:
            return None
        return reply, found[0], self.column.top_of(reply) + found[1]

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
        growth = self._growth_of(reply)
        reply.finish(figures, ending, folds_seen=self.position.following.is_on)
        if growth is not None:
            growth.tell()
        self._follow_growth(None)
        self._streaming = None
        self.settle_changed(reply)
        self._speaker.end(reply.plain_text() if accessible.is_listening() else "", tokens)
        if reply.ending_widget is not None:
            self._speaker.say(reply.ending_widget.plain_text(), is_urgent=True)

    def _growth_of(self, reply: AgentMessage) -> Growth | None:
        """What tells screen readers of `reply`, while there are any: they come and go."""
        if not accessible.is_listening():
            self._follow_growth(None)
        elif self._growth is None or self._growth.reply is not reply:
            self._follow_growth(Growth(self, reply))
        return self._growth

    def _follow_growth(self, growth: Growth | None) -> None:
        if self._growth is not None:
            self._growth.stop()
        self._growth = growth

    def streamed_text(self) -> str:
        """The plain text of the reply under way."""
        return self._streaming.plain_text() if self._streaming is not None else ""

    def _add(self, message: MessageView) -> None:
        self.add(message)
        accessible.tell_created(self, message)

    @override
    def show_version(self, message: MessageView, step: int) -> None:
        """Ask for another version in place of `message`."""
        self.version_requested.emit(message.index, step)

    @override
    def choose(self, message: MessageView, action: Action) -> None:
        """Do what `message` offers, if it is the last one: only there is it true."""
        if message is self.messages[-1]:
            self.action_chosen.emit(action)

    @override
    def revise(self, message: MessageView, revision: Revision) -> None:
        """Ask for a change of `message`."""
        self.revising.request(message, revision)

    @override
    def do(self, message: MessageView, deed: Deed) -> None:
        """Do what a card of `message` asks for."""
        if isinstance(deed, FollowLink):
            self._pointer.open_link(Link(deed.href, host_of(deed.href), deed.text))
        else:
            self.deed_chosen.emit(deed)

    def _tell_copy_begun(self) -> None:
        self._copy_pill.show_begun()
        self.place_pills()
        self._speaker.say(self._copy_pill.text())

    def _tell_copy_done(self, length: int) -> None:
        self._copy_pill.show_done()
        self.place_pills()
        characters = QLocale().toString(length)
        self._speaker.say(self.tr("Copied {count} characters").format(count=characters))

    @property
    def entered(self) -> MessageView | None:
        """The message whose controls the keyboard uses."""
        return self._controls.message

    def hide_ring(self) -> None:
        """Draw no ring around the current message: the mouse is used."""
        if self._keyboard.shows_ring:
            self._keyboard.shows_ring = False
            self.viewport().update()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._pointer.wheel(event):
            return
        super().wheelEvent(event)
        self.position.note_wheel(event)
        self.after_scroll()

    # Keyboard and mouse

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keyboard.press(event):
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in KEYBOARD_REASONS
        if event.reason() == Qt.FocusReason.ShortcutFocusReason and self.pending_card is not None:
            self.show_pending()
            return
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
        self._menu.open(event)

    # Painting

    @override
    def paint_message(self, painter: QPainter, message: MessageView, clip: QRectF) -> None:
        message.paint(painter, clip, self.selected_text.selection.span_in(message.index))
        if message is self.current and self.hasFocus() and self._keyboard.shows_ring:
            self._paint_ring(painter, message)

    def _paint_ring(self, painter: QPainter, message: MessageView) -> None:
        painter.setPen(QPen(self.appearance.theme.accent, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(-10, -6, self.column.width + 20, message.height + 8)
        painter.drawRoundedRect(ring, 8, 8)

    # For readers of the screen, for pointer and keyboard

    def index_of(self, message: MessageView) -> int:
        """The place of `message`, or -1."""
        return self.column.index_of(message)

    def row(self, message: MessageView) -> accessible.MessageRow:
        """The accessible object of `message`, made when first asked for and kept."""
        if message not in self._rows:
            self._rows[message] = accessible.MessageRow(self, message)
        return self._rows[message]

    def release_rows(self) -> None:
        """Take all rows from the screen readers' tables: before the messages or the view go."""
        for row in list(self._rows.values()):
            accessible.delete_row(row)
        self._rows.clear()
