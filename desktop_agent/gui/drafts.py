"""What is typed and not sent: a draft for each conversation, and a message that waits for a reply's end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore, NotInStoreError, StorageError

logger = logging.getLogger(__name__)

_SAVE_AFTER = 300  # milliseconds after the last key


class Drafts(QObject):
    """Keeps drafts in memory and, a moment after the last key, in the store.

    They are kept for a conversation's number in the store. None stands for a new chat, a number below zero
    for a conversation that the store did not take (see `Conversation.draft_key`): in memory only.

    Args:
        store: The store.
        scope: Owns the tasks that write.

    Signals:
        failed: The store did not take a draft; carries the `StorageError`.
        saved: The store took a draft.
    """

    failed = Signal(object)
    saved = Signal()

    def __init__(self, store: ConversationStore, scope: TaskScope, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._scope = scope
        self._drafts: dict[int | None, str] = {}
        self._queued: dict[int | None, str] = {}
        self._sent: dict[int, str] = {}
        self._unsaved: set[int | None] = set()
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_AFTER)
        self._timer.timeout.connect(self._save_soon)
        self._is_held = False

    def hold(self) -> None:
        """Write nothing by itself until `load` has read what the store has: that would be written over."""
        self._is_held = True

    async def load(self) -> None:
        """Read what the store has.

        A message that still waited when the program ended becomes its conversation's draft: the reply that it
        waited for is over, and nothing is sent unasked.

        Raises:
            StorageError: The store can't be read.
        """
        try:
            await self._load()
        finally:
            self._is_held = False
            self._timer.start()

    async def _load(self) -> None:
        stored = await self._store.drafts()
        for conversation_id, text in (await self._store.queued()).items():
            draft = stored.get(conversation_id, "")
            if not draft.startswith(text):  # else the program ended while it was put back
                stored[conversation_id] = _joined(text, draft)
            self._unsaved.add(conversation_id)
            await self._store.save_queued(conversation_id, None)
        for number, text in self._drafts.items():  # typed before the store was read
            stored[number] = _joined(stored.get(number, ""), text)
        self._drafts = stored

    def draft(self, conversation_id: int | None) -> str:
        """What is typed for a conversation."""
        return self._drafts.get(conversation_id, "")

    def keep(self, conversation_id: int | None, text: str) -> None:
        """Take over what is typed now."""
        if text == self.draft(conversation_id):
            return
        self._drafts[conversation_id] = text
        if conversation_id is None or conversation_id > 0:
            self._unsaved.add(conversation_id)
            self._timer.start()

    def move(self, old: int | None, new: int) -> None:
        """A conversation was stored: what is typed and what waits there is kept under its number."""
        draft, queued = self._drafts.pop(old, ""), self._queued.pop(old, "")
        if draft:
            self.keep(new, draft)
        if queued:
            self.queue(new, queued)

    def queued(self, conversation_id: int | None) -> str:
        """The message that waits in a conversation; empty for none."""
        return self._queued.get(conversation_id, "")

    def queue(self, conversation_id: int | None, text: str) -> None:
        """Let `text` wait; in a conversation that is not stored, in memory only."""
        self._queued[conversation_id] = text
        if conversation_id is not None and conversation_id > 0:
            self._sent.pop(conversation_id, None)
            self._scope.spawn(self._write(partial(self._store.save_queued, conversation_id, text)), "queue")

    def take_queued(self, conversation_id: int | None) -> str:
        """The message that waited, to be sent; empty for none.

        The store keeps it until `note_stored` tells that it is part of the conversation.
        """
        text = self._queued.pop(conversation_id, "")
        if text and conversation_id is not None and conversation_id > 0:
            self._sent[conversation_id] = text
        return text

    def note_stored(self, conversation_id: int | None, question: str) -> None:
        """All of a conversation is in the store, and this is its last question."""
        if conversation_id is not None and self._sent.get(conversation_id) == question:
            self._scope.spawn(self.forget_sent(conversation_id), "queue")

    async def forget_sent(self, conversation_id: int) -> None:
        """Take the message that waited out of the store: it is somewhere else there."""
        if self._sent.pop(conversation_id, ""):
            await self._write(partial(self._store.save_queued, conversation_id, None))

    def unqueue(self, conversation_id: int | None) -> None:
        """Put the message that waits back in front of what is typed."""
        text = self.take_queued(conversation_id)
        if text:
            self.keep(conversation_id, _joined(text, self.draft(conversation_id)))
            self._scope.spawn(self._put_back(conversation_id), "queue")

    async def _put_back(self, conversation_id: int | None) -> None:
        """Write the draft first: what ends the program meanwhile leaves the message in one place at least."""
        await self.save()
        if conversation_id is not None and conversation_id not in self._unsaved:
            await self.forget_sent(conversation_id)

    async def save(self) -> None:
        """Write what is not written yet; what the store does not take is written with the next draft."""
        self._timer.stop()
        for conversation_id in tuple(self._unsaved):
            text = self.draft(conversation_id)
            is_written = await self._write(partial(self._store.save_draft, conversation_id, text))
            if is_written and text == self.draft(conversation_id):
                self._unsaved.discard(conversation_id)

    def _save_soon(self) -> None:
        if not self._is_held:
            self._scope.spawn(self.save(), "drafts")

    async def _write(self, write: Callable[[], Awaitable[None]]) -> bool:
        try:
            await write()
        except NotInStoreError:
            logger.info("The conversation of a draft is gone.")
            return True
        except StorageError as error:
            logger.warning("A draft could not be saved: %s", error)
            self.failed.emit(error)
            return False
        self.saved.emit()
        return True


def _joined(first: str, second: str) -> str:
    return f"{first}\n\n{second}" if first and second else first or second
