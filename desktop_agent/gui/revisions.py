"""What a person changes in a conversation: messages edited, asked anew, deleted and brought back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop_agent.chat.answerer import Answerer
from desktop_agent.config.agent_profiles import ModelChoice
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.transcript.message_view import Revision
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.storage import StorageError


class Revisions(QObject):
    """Does in conversations what their transcripts ask for.

    Args:
        window: The window, whose composer and pickers serve here, too.
        scope: Owns the tasks.

    Attributes:
        answerer_for: Makes who answers with a model, for one reply; None if that model is gone.

    Signals:
        failed: The store failed; carries the `StorageError`.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, scope: TaskScope) -> None:
        super().__init__(window)
        self._window = window
        self._scope = scope
        self.answerer_for: Callable[[ModelChoice], Answerer | None] = lambda _: None

    def attach(self, conversation: Conversation) -> None:
        """Serve a conversation from now on."""
        transcript, revising = conversation.transcript, conversation.transcript.revising
        transcript.version_requested.connect(
            lambda index, step: self._spawn(partial(conversation.show_version, index, step))
        )
        revising.requested.connect(partial(self._revise, conversation))
        revising.submitted.connect(conversation.edit)
        revising.undo_requested.connect(lambda: self._spawn(conversation.undelete))

    def edit_last(self, conversation: Conversation) -> None:
        """Edit what the person said last, if anything."""
        asked = [message for message in conversation.transcript.messages if isinstance(message, UserMessage)]
        if asked:
            conversation.transcript.revise(asked[-1], Revision.EDIT)

    def _revise(self, conversation: Conversation, index: int, revision: Revision) -> None:
        message = conversation.transcript.messages[index]
        if revision is Revision.EDIT and isinstance(message, UserMessage):
            send_key = self._window.composer.editor.send_key
            conversation.transcript.revising.begin_edit(message, send_key)
        elif revision is Revision.REGENERATE:
            conversation.regenerate(index)
        elif revision is Revision.REGENERATE_WITH:
            pickers = self._window.header.pickers
            pickers.choose_model_once(partial(self._regenerate_with, conversation, message.index))
        elif revision is Revision.DELETE:
            self._spawn(partial(conversation.delete, index))

    def _regenerate_with(self, conversation: Conversation, index: int, choice: ModelChoice) -> None:
        answerer = self.answerer_for(choice)
        if answerer is not None and index < len(conversation.session.history):
            conversation.regenerate(index, answerer)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await work()
            except StorageError as error:
                self.failed.emit(error)

        self._scope.spawn(guarded(), "revision")
