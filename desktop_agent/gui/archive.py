"""The sidebar and the store: what the user does in the list is written, what the store has is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.errors import AgentError
from desktop_agent.config.keychain_errors import KeychainError
from desktop_agent.config.provider import ProviderError
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore, NotInStoreError, SearchReplacedError, StorageError

logger = logging.getLogger(__name__)

_MOST_HITS = 50
_LISTED = 500
"""How many conversations the sidebar has at first; more when it is scrolled to its end."""


class Archive(QObject):
    """Wires the sidebar to the store and to the desk.

    Args:
        window: The window, whose sidebar has the list, and whose header names the conversation too.
        desk: Opens what is chosen.
        store: Where conversations are kept.
        scope: Owns the tasks.
        settings: Whether the model may write titles.

    Signals:
        failed: The store failed; carries the `StorageError`.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        store: ConversationStore,
        scope: TaskScope,
        settings: LiveSettings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._sidebar = window.sidebar
        self._desk = desk
        self._store = store
        self._scope = scope
        self._settings = settings
        self._is_stale = False
        self._is_reading = False
        self._search = ""
        self._changes: set[asyncio.Task[None]] = set()
        self._limit = _LISTED
        self._is_whole = False
        self._connect_signals()

    def _connect_signals(self) -> None:
        sidebar, desk = self._sidebar, self._desk
        sidebar.new_chat_requested.connect(desk.new_chat)
        sidebar.conversation_chosen.connect(desk.open)
        sidebar.hit_chosen.connect(self._open_hit)
        sidebar.search_changed.connect(self._search_for)
        sidebar.rename_requested.connect(self._rename)
        sidebar.pin_requested.connect(self._pin)
        sidebar.duplicate_requested.connect(self._duplicate)
        sidebar.delete_requested.connect(self._delete)
        sidebar.undo_requested.connect(self._restore)
        sidebar.restore_requested.connect(lambda number: self._restore(number, self._show_bin))
        sidebar.purge_requested.connect(self._purge)
        sidebar.bin_requested.connect(self._show_bin)
        sidebar.conversations.verticalScrollBar().valueChanged.connect(self._list_more)
        desk.switched.connect(self._show_current)
        desk.stored.connect(self._show_new)
        desk.began.connect(self._show_began)
        desk.asked.connect(self._show_began)
        desk.ended.connect(self._show_ended)
        self._window.header.rename_requested.connect(self._rename)

    # What the store has

    def refresh(self) -> None:
        """Read the list anew; several calls at once read it once more."""
        self._is_stale = True
        if not self._is_reading:
            self._is_reading = True
            self._spawn(self._read_list)

    async def _read_list(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                rows = await self._store.conversations(limit=self._limit)
                self._is_whole = len(rows) < self._limit
                for row in rows:
                    if row.id == self._desk.current.id:
                        self._desk.take_title(row.id, row.title)
                self._sidebar.set_conversations(rows)
                for conversation_id in self._desk.streaming:
                    is_waiting = conversation_id in self._desk.waiting
                    self._sidebar.set_dot(conversation_id, "waiting" if is_waiting else "streaming")
        finally:
            self._is_reading = False

    def _list_more(self, value: int) -> None:
        """The list is scrolled: at its end come older conversations."""
        bar = self._sidebar.conversations.verticalScrollBar()
        if not self._is_whole and not self._is_reading and value >= bar.maximum() > 0:
            self._limit *= 2
            self.refresh()

    # What the desk tells

    def _show_current(self) -> None:
        current = self._desk.current.id
        self._sidebar.set_current(current)
        if current is not None:
            self._spawn(partial(self._note_read, current))

    async def _note_read(self, conversation_id: int) -> None:
        try:
            await self._store.set_unread(conversation_id, False)
        except StorageError as error:
            logger.warning("The conversation could not be noted as read: %s", error)
        self.refresh()

    def _show_new(self, conversation_id: int) -> None:
        if self._desk.current.id == conversation_id:
            self._sidebar.set_current(conversation_id)
        self.refresh()

    def _show_began(self, conversation: Conversation) -> None:
        if conversation.id is not None:
            is_waiting = conversation.id in self._desk.waiting
            self._sidebar.set_dot(conversation.id, "waiting" if is_waiting else "streaming")

    def _show_ended(self, conversation: Conversation) -> None:
        if conversation.id is None:
            return
        if conversation.last_outcome == "finished" and len(conversation.session.history) == 2:
            self._spawn(partial(self._improve_title, conversation, conversation.id))
        is_failure = conversation.last_outcome == "failed"
        self._sidebar.set_dot(conversation.id, "failed" if is_failure else "")
        if conversation is not self._desk.current:
            self._change(partial(self._store.set_unread, conversation.id, True))
        else:
            self.refresh()

    async def _improve_title(self, conversation: Conversation, conversation_id: int) -> None:
        """Give a new conversation a title by the model, unless the user has named it meanwhile."""
        if len(conversation.session.history) < 2:
            return  # it is asked for again already
        if conversation.session.provider.is_demo or not self._settings.settings.general.title_by_model:
            return
        try:
            title = await conversation.session.suggest_title(CancellationToken())
        except (AgentError, KeychainError, ProviderError) as error:
            logger.info("The model gave no title: %s", type(error).__name__)
            return
        summary = await self._store.conversation(conversation_id)
        if title and summary.title_origin == "words":
            await self._store.rename(conversation_id, title, origin="model")
            self._desk.take_title(conversation_id, title)
            self.refresh()

    # What the user does

    def _rename(self, conversation_id: int, title: str) -> None:
        self._desk.take_title(conversation_id, title)
        self._change(partial(self._store.rename, conversation_id, title))

    def _pin(self, conversation_id: int, is_pinned: bool) -> None:
        self._change(partial(self._store.set_pinned, conversation_id, is_pinned))

    def _duplicate(self, conversation_id: int) -> None:
        async def duplicate() -> None:
            copy = await self._store.duplicate(conversation_id)
            title = (await self._store.conversation(copy)).title
            await self._store.rename(copy, self.tr("{title} (copy)").format(title=title))
            self._desk.open(copy)

        self._change(duplicate)

    def _delete(self, conversation_id: int) -> None:
        async def delete() -> None:
            await self._store.delete(conversation_id)
            self._desk.forget(conversation_id)
            self._sidebar.show_undo(conversation_id)

        self._change(delete)

    def _restore(self, conversation_id: int, then: Callable[[], None] | None = None) -> None:
        async def restore() -> None:
            await self._store.restore(conversation_id)
            self._desk.open(conversation_id)

        self._change(restore, then)

    def _purge(self, conversation_id: int) -> None:
        self._change(partial(self._store.purge, conversation_id), self._show_bin)

    def _show_bin(self) -> None:
        async def show() -> None:
            self._sidebar.show_bin(await self._store.conversations(in_bin=True))

        self._spawn(show)

    def _search_for(self, text: str) -> None:
        self._search = text
        if not text.strip():
            self.refresh()
            return

        async def search() -> None:
            try:
                hits = await self._store.search(text, _MOST_HITS)
            except SearchReplacedError:
                return
            if text == self._search:
                self._sidebar.show_hits(text, hits)

        self._spawn(search)

    def _open_hit(self, conversation_id: int, message_id: int | None, text: str) -> None:
        self._desk.open(conversation_id, match=(message_id, text))

    async def finish(self) -> None:
        """Wait until what the user has changed is written: the window closes."""
        if self._changes:
            await asyncio.wait(self._changes)

    def _change(
        self, change: Callable[[], Awaitable[object]], then: Callable[[], None] | None = None
    ) -> None:
        async def act() -> None:
            try:
                await change()
            except NotInStoreError:
                logger.info("The conversation is gone already.")
            self.refresh()
            if self._search:
                self._search_for(self._search)
            if then is not None:
                then()

        task = self._spawn(act)
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await work()
            except StorageError as error:
                self.failed.emit(error)

        return self._scope.spawn(guarded(), "archive")
