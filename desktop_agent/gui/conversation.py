"""One conversation of the window: what its session says goes to its transcript, seen or not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.errors import AgentError, ConnectionFailedError
from desktop_agent.agentchat.messages import (
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
)
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.history import USER
from desktop_agent.chat.notices import CONTEXT, CONTINUE_TEXT, Action
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.chat.session import ChatSession, Deleted
from desktop_agent.chat.sources import MetPages
from desktop_agent.chat.stream_log import StreamLog
from desktop_agent.chat.tool_calls import CallBook, ToolCall
from desktop_agent.config.keychain_errors import KeychainError
from desktop_agent.config.provider import ProviderError
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.figures import format_tokens
from desktop_agent.gui.shown_messages import ending_in_view, footer_text, view_of
from desktop_agent.gui.stream_runner import StreamFactory, StreamRunner
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.message_column import ReadingPlace
from desktop_agent.gui.transcript.tool_deeds import AnswerRequest, CancelCall, Deed, OpenInConsole
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.widgets.status_bar import State
from desktop_agent.storage import StorageError

_WAITING_AFTER = 3000  # milliseconds without a token until "Waiting for …" is said
_FIGURES_EVERY = 250  # milliseconds

_unstored = itertools.count(1)


class Conversation(QObject):
    """A conversation that is open. It goes on while another one is in the window.

    Args:
        session: What is said.
        transcript: Where it is shown.
        runner: Runs its streams.
        appearance: Theme and zoom of what is added to the transcript.

    Attributes:
        id: Its number in the store; None until its first message is stored.
        state: What it does.
        transcript: Where it is shown.
        session: What is said.
        runner: Runs its streams.
        log: The events of the last run; None before the first.
        last_outcome: How the last run ended: the name of the runner's signal; empty before the first.
        fault: Why it can't be saved at present; None if it can.

    Signals:
        changed: The state, the figures or the number of messages is another one.
        began: A reply begins.
        asked: The person is asked something, or no longer.
        console_requested: A call is to be shown in the Console; carries its id.
        action_requested: A notice's button leads elsewhere; carries its `Action`.
        ended: A reply has ended, however; carries the name of the runner's signal that said so.
    """

    changed = Signal()
    began = Signal()
    ended = Signal(str)
    action_requested = Signal(object)
    console_requested = Signal(str)
    asked = Signal()

    def __init__(
        self, session: ChatSession, transcript: Transcript, runner: StreamRunner, appearance: Appearance
    ) -> None:
        super().__init__(transcript)
        self.id: int | None = None
        self._own_key = -next(_unstored)
        self.session = session
        self.transcript = transcript
        self.runner = runner
        self.state = self._idle_state
        self.last_outcome = ""
        self._is_stepping = False
        self.fault: StorageError | None = None
        self._appearance = appearance
        self._reply: AgentMessage | None = None
        self._deleted: list[Deleted] = []
        transcript.revising.answers = session.can_regenerate
        self.log: StreamLog | None = None
        self._calls = CallBook()
        self._pages = MetPages()
        self._has_answer = False
        self._streamed: set[str | None] = set()
        self._waiting = QTimer(self, singleShot=True, interval=_WAITING_AFTER)
        self._figures = QTimer(self, interval=_FIGURES_EVERY)
        self._connect_signals()

    def _connect_signals(self) -> None:
        self.transcript.action_chosen.connect(self._act)
        self.transcript.deed_chosen.connect(self._do)
        self.session.approvals.on_change = self._note_approvals
        self.runner.batch_received.connect(self._take_batch)
        self.runner.finished.connect(self._finish)
        self.runner.stopped.connect(self._show_stopped)
        self.runner.failed.connect(self._show_failure)
        self._waiting.timeout.connect(self._say_waiting)
        self._figures.timeout.connect(self.changed)

    @property
    def is_streaming(self) -> bool:
        """Whether a reply is under way."""
        return self.runner.is_running

    @property
    def is_busy(self) -> bool:
        """Whether nothing can be sent at the moment: a reply is under way, or another version comes."""
        return self.is_streaming or self._is_stepping

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said yet."""
        return not self.session.history

    @property
    def draft_key(self) -> int | None:
        """What its draft is kept for: its number in the store, or one of its own while the store fails.

        New chats have none: what is typed there goes with whoever types, from one to the next.
        """
        is_new = self.is_empty and not self.is_busy
        return self._own_key if self.id is None and not is_new else self.id

    @property
    def is_stored(self) -> bool:
        """Whether the store has all of it."""
        return all(said.id is not None for said in self.session.history)

    @property
    def figures(self) -> RunFigures | None:
        """The figures of the last run; None before the first."""
        return self.session.figures

    @property
    def _idle_state(self) -> State:
        return State.DEMO if self.session.provider.is_demo else State.READY

    # What the user does

    def open(self, place: ReadingPlace | None = None) -> None:
        """Show what was said before, at `place` or at its end."""
        provider, look = self.session.provider, self._appearance
        pages = self._pages = MetPages()
        views = [view_of(said, provider, look, pages) for said in self.session.history]
        self.transcript.open(views, place)

    def send(self, text: str) -> None:
        """Send `text`; nothing happens while the conversation is busy."""
        if self.is_busy:
            return
        self.transcript.add_user_message(text)
        question = TextMessage(content=text, source=USER)
        self._begin(lambda token: self.session.send(text, token), question)

    def edit(self, index: int, text: str) -> None:
        """Say `text` in place of a message that was sent; what followed it goes with the version before."""
        if self.is_busy:
            return
        number = self.session.history[index].version_count + 1
        self.transcript.drop_messages(index)
        self.transcript.add_user_message(text, (number, number))
        question = TextMessage(content=text, source=USER)
        self._begin(lambda token: self.session.edit(index, text, token), question)

    def regenerate(self, index: int | None = None, answerer: Answerer | None = None) -> None:
        """Ask a question again; the reply to it, and what followed that, goes with the version before.

        Args:
            index: The place of the reply; by default the last one, or one that is still to come.
            answerer: Who answers, this once.
        """
        if self.is_busy or self.is_empty:
            return
        history = self.session.history
        index = len(history) - 1 if index is None else index
        if history[index].is_question:
            self._begin(self.session.retry)
        elif self.session.can_regenerate(index):
            self.transcript.drop_messages(index)
            name = answerer.name if answerer is not None else ""
            self._begin(lambda token: self.session.regenerate(index, token, answerer), name=name)

    async def delete(self, index: int) -> None:
        """Take one message out of the conversation, and offer to bring it back.

        Raises:
            StorageError: The store does not do it.
        """
        if self.is_busy:
            return
        with self._stepping():
            self._deleted.append(await self.session.delete(index))
        self._open_again(index, -1)
        self.transcript.revising.offer_undo()

    async def undelete(self) -> None:
        """Bring back what was deleted last.

        Raises:
            StorageError: The store does not do it.
        """
        if self.is_busy or not self._deleted:
            return
        deleted = self._deleted[-1]
        with self._stepping():
            await self.session.undelete(deleted)
        self._deleted.pop()
        self._open_again(deleted.index, 1)

    @contextmanager
    def _stepping(self) -> Iterator[None]:
        """Nothing can be sent while what is shown becomes another one."""
        self._is_stepping = True
        try:
            yield
        finally:
            self._is_stepping = False

    def _open_again(self, index: int, growth: int) -> None:
        """Show the conversation after a message went (-1) or came (1), where it was read before."""
        place = self.transcript.reading_place
        if place.message >= index and not place.is_following:
            place = place._replace(message=max(0, place.message + growth))
        self.open(place)
        messages = self.transcript.messages
        self.transcript.current = messages[min(index, len(messages) - 1)] if messages else None
        self.changed.emit()

    async def show_version(self, index: int, step: int) -> None:
        """Show another version of a message, and what was said after it, in the same place.

        Raises:
            StorageError: The store does not do it.
        """
        if self.is_busy:
            return
        with self._stepping():
            has_changed = await self.session.show_version(index, step)
        if not has_changed:
            return
        message = self.transcript.messages[index]
        distance = self.transcript.origin_of(message).y() + message.block_y(0)
        self.open(ReadingPlace(index, 0, distance, is_following=False))
        self.transcript.current = self.transcript.messages[index]
        self.changed.emit()

    def answer_with(self, answerer: Answerer) -> None:
        """Let somebody else answer from the next message on."""
        self.session.answer_with(answerer)
        if not self.is_streaming and self.state in (State.READY, State.DEMO):
            self._show_state(self._idle_state)

    def stop(self) -> None:
        """Stop the reply under way."""
        if self.is_streaming:
            self._show_state(State.STOPPING)
            self.runner.stop()

    def show_match(self, message_id: int | None, text: str) -> None:
        """Go to a message, and mark there what was searched for.

        Args:
            message_id: The message's number in the store; None for the beginning.
            text: The words of the search.
        """
        history = self.session.history
        index = next((at for at, said in enumerate(history) if said.id == message_id), None)
        if index is not None:
            self.transcript.show_match(self.transcript.messages[index], text)

    def last_reply_source(self) -> str:
        """The last reply as Markdown; empty before the first."""
        replies = (message for message in reversed(self.transcript.messages))
        return next((message.source() for message in replies if isinstance(message, AgentMessage)), "")

    def _do(self, deed: Deed) -> None:
        if isinstance(deed, AnswerRequest):
            self.session.approvals.answer(deed.request_id, deed.decision, deed.note)
        elif isinstance(deed, CancelCall):
            self.session.cancel_call(deed.call_id)
        elif isinstance(deed, OpenInConsole):
            self.console_requested.emit(deed.call_id)

    def _note_approvals(self) -> None:
        """Say that the person is waited for, or no longer."""
        if self.is_streaming and self.state in (State.STREAMING, State.WAITING):
            is_waiting = bool(self.session.approvals.pending)
            self._show_state(State.WAITING if is_waiting else State.STREAMING)
            self.asked.emit()

    def _act(self, action: Action) -> None:
        if action is Action.CONTINUE:
            self.send(QCoreApplication.translate(CONTEXT, CONTINUE_TEXT))
        elif action in (Action.RETRY, Action.REGENERATE):
            self.regenerate()
        else:
            self.action_requested.emit(action)

    # What the agent does

    def _begin(
        self, open_stream: StreamFactory, question: BaseChatMessage | None = None, name: str = ""
    ) -> None:
        asked = (said.message for said in reversed(self.session.history) if said.is_question)
        self.log = StreamLog(question or next(asked, None))
        self._reply = self.transcript.begin_reply(name or self.session.agent_name)
        self._calls, self._has_answer = CallBook(), False
        self._streamed.clear()
        self.runner.start(open_stream)
        self._waiting.start()
        self._figures.start()
        self._show_state(State.STREAMING)
        self.began.emit()

    def _take_batch(self, events: list[Any]) -> None:
        if self._reply is None:
            return
        if self.log is not None:
            self.log.add(events)
        parts: list[tuple[bool, str]] = []
        calls: dict[str, ToolCall] = {}  # the last word on each: the pieces of their arguments are many
        for event in events:
            if known := self._calls.observe(event):
                self._append(parts)
                parts = []
                calls |= {call.call_id: call for call in known}
                continue
            part = self._part_of(event)
            if part is not None:
                self._show_calls(self._reply, calls)
                calls = {}
                parts.append(part)
        self._append(parts)
        self._show_calls(self._reply, calls)

    def _part_of(self, event: Any) -> tuple[bool, str] | None:
        """What an event adds to the text, and whether to a thought; None for nothing."""
        if isinstance(event, ModelClientStreamingChunkEvent):
            is_thought = event.metadata.get("kind") == "thought"
            self._has_answer = self._has_answer or not is_thought
            self._streamed.add(event.full_message_id)
            return is_thought, event.content
        if isinstance(event, ThoughtEvent) and event.id not in self._streamed:
            return True, event.content  # it came whole, without chunks
        if isinstance(event, Response) and not self._has_answer:
            return False, event.chat_message.to_text()
        return None

    def _append(self, parts: list[tuple[bool, str]]) -> None:
        if parts and self._reply is not None:
            self._waiting.stop()
            self.transcript.append_to_reply(self._reply, _joined(parts))

    def _show_calls(self, reply: AgentMessage, calls: Mapping[str, ToolCall]) -> None:
        if not calls:
            return
        self.transcript.show_call(reply, *calls.values())
        self._has_answer = False
        if self._calls.open:
            self._waiting.stop()
        else:
            self._waiting.start()  # the model goes on

    def _finish(self) -> None:
        self._end(self._idle_state, "finished")

    def _show_stopped(self) -> None:
        self._end(State.STOPPED, "stopped")

    def _show_failure(self, error: Exception) -> None:
        is_offline = isinstance(error, ConnectionFailedError) and error.reason != "lost"
        self._end(State.OFFLINE if is_offline else State.ERROR, "failed")
        if not isinstance(error, AgentError | KeychainError | ProviderError):
            raise error  # a fault of our own: the log gets it whole

    def _end(self, state: State, outcome: str) -> None:
        self._waiting.stop()
        self._figures.stop()
        reply, self._reply = self._reply, None
        said = self.session.history[-1]
        if reply is not None:
            self.transcript.show_call(reply, *self._calls.stop())
            figures = self.figures
            tokens = format_tokens(figures.completion, is_estimate=False) if figures else ""
            reply.versions = (said.version, said.version_count)
            reply.pages = self._pages.after(said.events)
            ending = ending_in_view(said, self.session.provider)
            self.transcript.end_reply(reply, footer_text(reply, said), ending, tokens)
        self.last_outcome = outcome
        self._show_state(state)
        self.ended.emit(outcome)

    def _show_state(self, state: State) -> None:
        self.state = state
        self.transcript.revising.can_ask = not self.is_streaming
        self.changed.emit()

    def _say_waiting(self) -> None:
        if self._reply is not None:
            text = self.tr("Waiting for {model}").format(model=self.session.provider.model)
            self.transcript.show_waiting(self._reply, text)


def _joined(parts: Sequence[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Neighbouring parts of one kind as one, so that a frame edits the document once."""
    joined: list[tuple[bool, list[str]]] = []
    for is_thought, text in parts:
        if joined and joined[-1][0] == is_thought:
            joined[-1][1].append(text)
        else:
            joined.append((is_thought, [text]))
    return [(is_thought, "".join(texts)) for is_thought, texts in joined]
