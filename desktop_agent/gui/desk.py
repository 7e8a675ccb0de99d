"""The conversations that are open, and the one of them that is in the window."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.history import Said, said_of
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.titles import title_of
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.drafts import Drafts
from desktop_agent.gui.frame_clock import FrameClock
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.revisions import Revisions
from desktop_agent.gui.stream_runner import StreamRunner
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.transcript.message_column import ReadingPlace
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.troubles import Troubles
from desktop_agent.gui.widgets.status_bar import State
from desktop_agent.storage import ConversationStore, NotInStoreError, StorageError

logger = logging.getLogger(__name__)

LAST_CONVERSATION = "last_conversation"
_KEPT_OPEN = 4
"""How many conversations stay open, so that going back to one is immediate."""


class Desk(QObject):
    """Opens conversations, puts one into the window and lets the others go on.

    Args:
        window: The window.
        store: Where conversations are kept.
        answerer: Who answers at first.
        scope: Owns the tasks.

    Attributes:
        current: The conversation in the window.
        drafts: What is typed and not sent.
        revisions: What is changed of what was said.
        troubles: Says what does not work.

    Signals:
        switched: Another conversation is in the window.
        answerer_changed: Somebody else answers from the next message on.
        stored: A new conversation was stored; carries its number.
        began: A reply begins in a conversation; carries that.
        ended: A reply has ended in a conversation; carries that.
        failed: The store failed; carries the `StorageError`.
        action_requested: A notice's button leads elsewhere; carries its `Action`.
        asked: A reply waits for the person, or no longer; carries its conversation.
        console_requested: A call of a tool is to be shown in the Console; carries its id.
    """

    switched = Signal()
    answerer_changed = Signal()
    stored = Signal(int)
    began = Signal(object)
    ended = Signal(object)
    failed = Signal(object)
    action_requested = Signal(object)
    console_requested = Signal(str)
    asked = Signal(object)

    def __init__(
        self, window: MainWindow, store: ConversationStore, answerer: Answerer, scope: TaskScope
    ) -> None:
        super().__init__(window)
        self._answerer = answerer
        self._window = window
        self._store = store
        self._scope = scope
        self._opened: list[Conversation] = []  # in order of use, the oldest first
        self._titles: dict[int, str] = {}
        self._wanted: int | None = None
        self._has_begun = False
        self.troubles = Troubles(window)
        self.drafts = Drafts(store, scope, self)
        self.revisions = Revisions(window, scope)
        self.current = self._make(None)
        self._connect_signals()
        self._show(self.current)

    def _connect_signals(self) -> None:
        composer = self._window.composer
        composer.submitted.connect(self.send)
        composer.stop_requested.connect(self.stop)
        composer.queue_requested.connect(self._queue)
        composer.queue_cancelled.connect(self._cancel_queued)
        composer.text_changed.connect(self._keep_draft)
        composer.recall_requested.connect(lambda: self.revisions.edit_last(self.current))
        self.revisions.failed.connect(self.failed)
        self._window.stop_requested.connect(self.stop)
        self._window.jump_requested.connect(lambda: self.current.transcript.jump_to_latest())
        self._window.copy_requested.connect(self._copy_last_reply)
        self._window.regenerate_requested.connect(lambda: self.current.regenerate())
        self.troubles.store_recovered.connect(self._save_what_is_not_stored)
        self.troubles.action_requested.connect(self.action_requested)
        self.drafts.failed.connect(self.failed)
        self.drafts.saved.connect(self.troubles.note_store_works)
        self.drafts.saved.connect(self._save_what_is_not_stored)

    # The conversations

    async def restore(self) -> None:
        """Bring back the drafts, and the conversation that was last in the window.

        Raises:
            StorageError: The store can't be read.
        """
        await self.drafts.load()
        last = await self._store.recall(LAST_CONVERSATION)
        if isinstance(last, int):
            with contextlib.suppress(NotInStoreError):  # it went for good with the bin
                await self._open_stored(last, lambda: not self._is_in_use)
        if self.current.id is None:
            self._show_draft()

    def open(self, conversation_id: int, *, match: tuple[int | None, str] | None = None) -> None:
        """Put a stored conversation into the window.

        Args:
            conversation_id: Its number in the store.
            match: A message of it and the text that was searched for, to go to and to mark.
        """
        self._wanted = conversation_id
        self._has_begun = True
        self._scope.spawn(self._open(conversation_id, match), "open conversation")

    def answer_with(self, answerer: Answerer) -> None:
        """Let somebody else answer from the next message on; a reply that is under way goes on."""
        self._answerer = answerer
        for conversation in self._opened:
            conversation.answer_with(answerer)
        self.answerer_changed.emit()
        self.troubles.show_demo(is_demo=answerer.provider.is_demo)

    def new_chat(self) -> None:
        """Put an empty conversation into the window."""
        self._wanted = None
        self._has_begun = True
        if not _is_new(self.current):
            empty = next(filter(_is_new, self._opened), None)
            self._show(empty or self._make(None))
        self._window.composer.setFocus()

    def forget(self, conversation_id: int) -> None:
        """Close a conversation that was deleted; if it is in the window, a new chat takes its place."""
        for conversation in self._opened:
            if conversation.id == conversation_id:
                conversation.stop()
                if conversation is self.current:
                    self.new_chat()
                else:
                    self._drop(conversation)
                return

    def take_title(self, conversation_id: int, title: str) -> None:
        """A conversation has a title, or another one."""
        self._titles[conversation_id] = title
        if self.current.id == conversation_id:
            self._window.header.show_title(title, conversation_id)

    @property
    def streaming(self) -> set[int]:
        """The numbers of the conversations in which a reply is under way."""
        return {each.id for each in self._opened if each.is_streaming and each.id is not None}

    @property
    def waiting(self) -> set[int]:
        """The numbers of those of them that wait for the person."""
        return {each.id for each in self._opened if each.state is State.WAITING and each.id is not None}

    async def aclose(self) -> None:
        """Keep what is said, typed and where it is read, and close all sessions; no reply is under way."""
        await self._keep_place(self.current)
        await self.drafts.save()
        for conversation in self._opened:
            await conversation.session.save()
            if conversation.is_stored and conversation.id is not None:
                await self.drafts.forget_sent(conversation.id)
            await conversation.session.close()

    def clear(self) -> None:
        """Empty all views: before they go."""
        for conversation in self._opened:
            conversation.transcript.clear()

    def stop_all(self) -> None:
        """Stop every reply: the window closes."""
        for conversation in self._opened:
            conversation.runner.stop()

    # What the user does

    def send(self, text: str) -> None:
        """Send `text` in the conversation in the window, unless a reply is under way there."""
        if self.current.is_busy:
            return
        self._has_begun = True
        self._window.show_transcript()
        self._window.composer.clear()
        if self.current.is_empty:
            self._window.header.show_title(title_of(text))
        self.current.send(text)

    def stop(self) -> None:
        """Stop the reply in the window."""
        self.current.stop()

    def _queue(self, text: str) -> None:
        self.drafts.queue(self.current.draft_key, text)
        self._window.composer.clear()
        self._window.composer.show_queued(text)

    def _cancel_queued(self) -> None:
        self._keep_draft()
        self.drafts.unqueue(self.current.draft_key)
        self._show_draft()

    def _keep_draft(self) -> None:
        self.drafts.keep(self.current.draft_key, self._window.composer.text)

    def _copy_last_reply(self) -> None:
        source = self.current.last_reply_source()
        if source:
            QGuiApplication.clipboard().setText(source)

    # Opening and closing

    async def _open(self, conversation_id: int, match: tuple[int | None, str] | None) -> None:
        try:
            conversation = await self._open_stored(conversation_id, lambda: self._wanted == conversation_id)
        except StorageError as error:
            self.failed.emit(error)
            return
        if conversation is not None and match is not None:
            conversation.show_match(*match)

    async def _open_stored(self, conversation_id: int, is_wanted: Callable[[], bool]) -> Conversation | None:
        """Show a stored conversation; None if it is in the bin, or no longer wanted when it has been read."""
        opened = self._find(conversation_id)
        if opened is None:
            summary = await self._store.conversation(conversation_id)
            if summary.deleted_at is not None:
                return None
            stored = await self._store.messages(conversation_id)
            place = await self._store.position(conversation_id)
            options = await self._store.options(conversation_id)
            if not is_wanted():
                return None
            opened = self._find(conversation_id)  # a second click may have opened it meanwhile
            if opened is None:
                self._titles[conversation_id] = summary.title
                opened = self._make(
                    conversation_id, [said_of(each) for each in stored], ToolChoices.from_options(options)
                )
                opened.open(_place_of(place))
        self._show(opened)
        return opened

    def _find(self, conversation_id: int) -> Conversation | None:
        return next((each for each in self._opened if each.id == conversation_id), None)

    @property
    def _is_in_use(self) -> bool:
        """Whether the user has done something since the start, so that nothing may take its place."""
        return self._has_begun or bool(self._window.composer.text)

    def _make(
        self,
        conversation_id: int | None,
        history: Sequence[Said] = (),
        tools: ToolChoices | None = None,
    ) -> Conversation:
        transcript = Transcript(self._window.appearance)
        self._window.add_transcript(transcript)
        record = ConversationRecord(self._store, conversation_id)
        session = ChatSession(self._answerer, record=record, history=history)
        session.use_tools(tools)
        runner = StreamRunner(self._scope, FrameClock(transcript), transcript)
        conversation = Conversation(session, transcript, runner, self._window.appearance)
        conversation.id = conversation_id
        record.on_created = lambda number: self._take_number(conversation, number)
        record.on_fault = lambda fault: self._take_fault(conversation, fault)
        conversation.changed.connect(lambda: self._show_state(conversation))
        conversation.action_requested.connect(self.action_requested)
        conversation.console_requested.connect(self.console_requested)
        conversation.asked.connect(lambda: self.asked.emit(conversation))
        conversation.began.connect(lambda: self.began.emit(conversation))
        conversation.ended.connect(lambda outcome: self._take_end(conversation, outcome))
        transcript.typed.connect(self._type_into_composer)
        self.revisions.attach(conversation)
        self._opened.append(conversation)
        return conversation

    def _show(self, conversation: Conversation) -> None:
        before, self.current = self.current, conversation
        if before is not conversation:
            self._scope.spawn(self._keep_place(before), "reading place")
        self._opened.remove(conversation)
        self._opened.append(conversation)
        window = self._window
        window.set_transcript(conversation.transcript)
        if conversation.is_empty:
            window.show_empty_page()
        else:
            window.show_transcript()
        window.header.show_title(self.title_of(conversation), conversation.id)
        self._show_draft()
        self._show_state(conversation)
        self.troubles.show_for(conversation)
        if conversation.id is not None:
            self._scope.spawn(self._note_shown(conversation.id), "last conversation")
        for old in self._opened[:-_KEPT_OPEN]:
            self._drop(old)
        self.switched.emit()

    def _drop(self, conversation: Conversation) -> None:
        if conversation.is_streaming or conversation is self.current or not conversation.is_stored:
            return
        self._opened.remove(conversation)
        conversation.transcript.clear()
        conversation.transcript.deleteLater()
        self._scope.spawn(conversation.session.close(), "close session")

    async def _keep_place(self, conversation: Conversation) -> None:
        place = conversation.transcript.reading_place
        if conversation.id is None:
            return
        try:
            await self._store.save_position(conversation.id, place._asdict())
        except StorageError as error:
            logger.warning("The reading position could not be saved: %s", error)

    async def _note_shown(self, conversation_id: int) -> None:
        try:
            await self._store.remember(LAST_CONVERSATION, conversation_id)
        except StorageError as error:
            logger.warning("The last conversation could not be noted: %s", error)

    # What conversations tell

    def _take_number(self, conversation: Conversation, number: int) -> None:
        self.drafts.move(conversation.draft_key, number)
        conversation.id = number
        if conversation is self.current:
            self._keep_draft()
            self._scope.spawn(self._note_shown(number), "last conversation")
        self._titles[number] = conversation.session.title
        if conversation is self.current:
            self._window.header.show_title(self._titles[number], number)
        self.stored.emit(number)

    def _take_end(self, conversation: Conversation, outcome: str) -> None:
        self.ended.emit(conversation)
        if conversation.is_stored:
            self.troubles.note_store_works()
        queued = self.drafts.queued(conversation.draft_key)
        if not queued:
            return
        if outcome == "finished":
            self.drafts.take_queued(conversation.draft_key)
            if conversation is self.current:
                self._window.composer.show_queued("")
            conversation.send(queued)
        else:
            self.drafts.unqueue(conversation.draft_key)
            if conversation is self.current:
                self._show_draft()

    def _take_fault(self, conversation: Conversation, fault: StorageError | None) -> None:
        conversation.fault = fault
        if conversation is self.current:
            self.troubles.show_for(conversation)

    def _save_what_is_not_stored(self) -> None:
        """The store takes something again: what it did not take before is written as well."""
        for conversation in self._opened:
            if not conversation.is_stored and not conversation.is_streaming:
                self._scope.spawn(conversation.session.save(), "save")

    # What the window shows of the conversation

    def title_of(self, conversation: Conversation) -> str:
        """What a conversation is called."""
        known = self._titles.get(conversation.id) if conversation.id is not None else None
        return known or conversation.session.title or self.tr("New chat")

    def _show_draft(self) -> None:
        composer = self._window.composer
        draft = self.drafts.draft(self.current.draft_key)
        if composer.text != draft:
            composer.set_text(draft)
        composer.show_queued(self.drafts.queued(self.current.draft_key))

    def _show_state(self, conversation: Conversation) -> None:
        if conversation.is_stored:
            self.drafts.note_stored(conversation.id, conversation.session.last_question)
        if conversation is not self.current:
            return
        bar, is_streaming = self._window.status_bar, conversation.is_streaming
        self._window.composer.set_streaming(is_streaming=is_streaming)
        self._window.stop_action.setEnabled(is_streaming)
        bar.show_state(conversation.state)
        bar.show_message_count(conversation.session.message_count)
        bar.show_figures(conversation.figures)
        bar.show_totals(conversation.session.totals)

    def _type_into_composer(self, text: str) -> None:
        self._window.composer.setFocus()
        self._window.composer.editor.insertPlainText(text)


def _is_new(conversation: Conversation) -> bool:
    """Whether it is a new chat: the store may have empty conversations, too."""
    return conversation.is_empty and conversation.id is None


def _place_of(values: Mapping[str, Any]) -> ReadingPlace:
    """A reading place as the store gives it; the end if it is none."""
    try:
        return ReadingPlace(
            int(values["message"]),
            int(values["block"]),
            float(values["distance"]),
            bool(values["is_following"]),
        )
    except (KeyError, TypeError, ValueError):
        return ReadingPlace()
