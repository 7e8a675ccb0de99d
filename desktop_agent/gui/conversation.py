"""One session on the screen: the user's doings go to the session, the agent's to the transcript."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.errors import AgentError, ConnectionFailedError
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from desktop_agent.chat.notices import (
    DEMO,
    EMPTY_REPLY,
    LENGTH_LIMIT,
    STOPPED,
    STOPPED_BEFORE_TEXT,
    describe,
    describe_content_filter,
    describe_trouble,
)
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.titles import title_of
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.stream_runner import StreamFactory, StreamRunner
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.widgets.message_footer import SEPARATOR
from desktop_agent.gui.widgets.notice import NoticeBox
from desktop_agent.gui.widgets.status_bar import RunFigures, State, format_seconds, format_tokens

_WAITING_AFTER = 3000  # milliseconds without a token until "Waiting for …" is said
_FIGURES_EVERY = 250  # milliseconds


class Conversation(QObject):
    """Wires a session to the window.

    Args:
        window: The window.
        transcript: The view of the conversation.
        session: The conversation itself.
        runner: Runs its streams.
        appearance: Theme and zoom, for what is added to the transcript.
    """

    def __init__(
        self,
        window: MainWindow,
        transcript: Transcript,
        session: ChatSession,
        runner: StreamRunner,
        appearance: Appearance,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._transcript = transcript
        self._session = session
        self._runner = runner
        self._appearance = appearance
        self._reply: AgentMessage | None = None
        self._response: Response | None = None
        self._waiting = QTimer(self, singleShot=True, interval=_WAITING_AFTER)
        self._figures = QTimer(self, interval=_FIGURES_EVERY)
        self._connect_signals()
        self._show_idle_state()

    def _connect_signals(self) -> None:
        composer = self._window.composer
        composer.submitted.connect(self.send)
        composer.stop_requested.connect(self.stop)
        self._window.stop_requested.connect(self.stop)
        self._window.jump_requested.connect(self._transcript.jump_to_latest)
        self._window.copy_requested.connect(self._copy_last_reply)
        self._transcript.retry_requested.connect(self.retry)
        self._transcript.typed.connect(self._type_into_composer)
        self._runner.batch_received.connect(self._take_batch)
        self._runner.finished.connect(self._finish)
        self._runner.stopped.connect(self._show_stopped)
        self._runner.failed.connect(self._show_failure)
        self._waiting.timeout.connect(self._say_waiting)
        self._figures.timeout.connect(self._show_figures)

    def show_standing_notices(self, trouble: str) -> None:
        """Say on the empty page what holds from the start.

        Args:
            trouble: A sentence about something that does not work; empty if all does.
        """
        if trouble:
            self._window.empty_page.set_notice(NoticeBox(describe_trouble(trouble), self._appearance))
        elif self._session.provider.is_demo:
            self._window.empty_page.set_notice(NoticeBox(DEMO, self._appearance))

    # What the user does

    def send(self, text: str) -> None:
        """Send `text`, unless a reply is under way: then it stays in the composer."""
        if self._runner.is_running:
            return
        self._window.show_transcript()
        self._transcript.add_user_message(text)
        self._window.composer.clear()
        self._begin(lambda token: self._session.send(text, token))
        self._window.header.show_title(self._session.title or title_of(text))

    def retry(self) -> None:
        """Ask the last question again."""
        if not self._runner.is_running:
            self._begin(self._session.retry)

    def stop(self) -> None:
        """Stop the reply under way."""
        if self._runner.is_running:
            self._window.status_bar.show_state(State.STOPPING)
            self._runner.stop()

    # What the agent does

    def _begin(self, open_stream: StreamFactory) -> None:
        self._reply = self._transcript.begin_reply(self._session.agent_name)
        self._response = None
        self._runner.start(open_stream)
        self._window.composer.set_streaming(is_streaming=True)
        self._window.stop_action.setEnabled(True)
        self._window.status_bar.show_state(State.STREAMING)
        self._waiting.start()
        self._figures.start()

    def _take_batch(self, events: list[Any]) -> None:
        if self._reply is None:
            return
        parts: list[tuple[bool, str]] = []
        for event in events:
            if isinstance(event, ModelClientStreamingChunkEvent):
                parts.append((event.metadata.get("kind") == "thought", event.content))
            elif isinstance(event, Response):
                self._response = event
                if not self._reply.source() and not any(not is_thought for is_thought, _ in parts):
                    parts.append((False, event.chat_message.to_text()))  # it came whole, without chunks
        if parts:
            self._waiting.stop()
            self._transcript.append_to_reply(self._reply, _joined(parts))

    def _finish(self) -> None:
        ending: Ending | None = None
        if self._reply is not None and not self._reply.source():
            ending = Ending(EMPTY_REPLY)
        reason = self._response.chat_message.metadata.get("finish_reason") if self._response else None
        if reason == "length":
            ending = Ending(LENGTH_LIMIT)
        elif reason == "content_filter":
            ending = Ending(describe_content_filter(self._session.provider))
        self._end(ending, None)

    def _show_stopped(self) -> None:
        reply = self._reply
        has_text = reply is not None and bool(reply.source() or reply.thought_source)
        sentence = STOPPED if has_text else STOPPED_BEFORE_TEXT
        self._end(Ending(sentence), State.STOPPED)

    def _show_failure(self, error: Exception) -> None:
        notice = describe(error, self._session.provider)
        is_offline = isinstance(error, ConnectionFailedError) and error.reason != "lost"
        self._end(Ending(notice), State.OFFLINE if is_offline else State.ERROR)
        if not isinstance(error, AgentError):
            raise error  # a fault of our own: the log gets it whole

    def _end(self, ending: Ending | None, state: State | None) -> None:
        self._waiting.stop()
        self._figures.stop()
        if self._reply is not None:
            self._transcript.end_reply(
                self._reply, self._footer_text(self._reply), ending, self._tokens_text()
            )
        self._reply = None
        self._window.composer.set_streaming(is_streaming=False)
        self._window.stop_action.setEnabled(False)
        self._show_figures()
        if state is None:
            self._show_idle_state()
        else:
            self._window.status_bar.show_state(state)

    # What is shown beside the transcript

    def _show_idle_state(self) -> None:
        state = State.DEMO if self._session.provider.is_demo else State.READY
        self._window.status_bar.show_state(state)

    def _say_waiting(self) -> None:
        if self._reply is not None:
            text = self.tr("Waiting for {model}").format(model=self._session.provider.model)
            self._transcript.show_waiting(self._reply, text)

    def _show_figures(self) -> None:
        statistics = self._session.statistics
        if statistics is None:
            return
        bar = self._window.status_bar
        under_way = 1 if self._runner.is_running else 0
        bar.show_message_count(self._session.message_count + under_way)
        bar.show_figures(
            RunFigures(
                prompt=statistics.prompt.value,
                prompt_is_estimate=statistics.prompt.is_estimate,
                completion=statistics.completion.value,
                completion_is_estimate=statistics.completion.is_estimate,
                tokens_per_second=statistics.tokens_per_second,
                seconds_to_first_token=statistics.seconds_to_first_token,
                duration=statistics.duration,
            )
        )

    def _footer_text(self, reply: AgentMessage) -> str:
        statistics = self._session.statistics
        if statistics is None or statistics.first_chunk is None:
            return reply.time_text
        prompt, completion = statistics.prompt, statistics.completion
        parts = [
            self.tr("{count} prompt").format(
                count=format_tokens(prompt.value, is_estimate=prompt.is_estimate)
            ),
            self.tr("{count} completion").format(
                count=format_tokens(completion.value, is_estimate=completion.is_estimate)
            ),
            format_seconds(statistics.duration),
            reply.time_text,
        ]
        return SEPARATOR.join(parts)

    def _tokens_text(self) -> str:
        statistics = self._session.statistics
        return format_tokens(statistics.completion.value, is_estimate=False) if statistics else ""

    def _copy_last_reply(self) -> None:
        for message in reversed(self._transcript.messages):
            if isinstance(message, AgentMessage):
                QGuiApplication.clipboard().setText(message.source())
                return

    def _type_into_composer(self, text: str) -> None:
        self._window.composer.setFocus()
        self._window.composer.editor.insertPlainText(text)


def _joined(parts: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Neighbouring parts of one kind as one, so that a frame edits the document once."""
    joined: list[tuple[bool, list[str]]] = []
    for is_thought, text in parts:
        if joined and joined[-1][0] == is_thought:
            joined[-1][1].append(text)
        else:
            joined.append((is_thought, [text]))
    return [(is_thought, "".join(texts)) for is_thought, texts in joined]
