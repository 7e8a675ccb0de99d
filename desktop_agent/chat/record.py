"""Writes a conversation into the store as it grows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage
from desktop_agent.chat.history import Said, said_of
from desktop_agent.chat.titles import title_of
from desktop_agent.storage import JSON, ConversationStore, Deletion, ReplyJournal, StorageError

logger = logging.getLogger(__name__)


class ConversationRecord:
    """One conversation in the store. A store that fails never stops a reply.

    What could not be written stays in the history and is written as soon as the store takes it again. A
    caller that is cancelled leaves nothing half done: what it began goes on, and the next call waits for it.

    Args:
        store: The store.
        conversation_id: The conversation; None for one that is made with its first message.

    Attributes:
        conversation_id: The conversation; None until it is stored.
        on_created: Called with the number that a new conversation got.
        on_fault: Called when something could not be written, and with None when all of it was later.
    """

    def __init__(self, store: ConversationStore, conversation_id: int | None = None) -> None:
        self.conversation_id = conversation_id
        self._store = store
        self.on_created: Callable[[int], None] = lambda _number: None
        self.on_fault: Callable[[StorageError | None], None] = lambda _fault: None
        self._fault: StorageError | None = None
        self._journal: ReplyJournal | None = None
        self._unfinished: list[tuple[Said, ReplyJournal]] = []
        self._hidden_ends: dict[int, int] = {}
        """By the last message shown: the deleted one behind it, which the next question follows."""
        self._options: Mapping[str, JSON] | None = None
        self._turn = asyncio.Lock()

    async def save(self, history: Sequence[Said]) -> None:
        """Write what is not written yet, in order; a reply under way is left to its journal."""
        if any(said.id is None for said in history):
            await self._see_through(self._save(list(history)))

    async def _save(self, history: Sequence[Said]) -> None:
        try:
            if self.conversation_id is None:
                self.conversation_id = await self._store.create_conversation(
                    title_of(history[0].message.to_text())
                )
                self.on_created(self.conversation_id)
            parent: int | None = None
            for said in history:
                if said.state == "streaming":
                    break
                if said.id is None:
                    if said.is_question and parent is not None:
                        parent = self._hidden_ends.get(parent, parent)
                    said.id = await self._write(self.conversation_id, said, parent)
                parent = said.id
        except StorageError as error:
            self._tell(error)
        else:
            self._tell(None)

    async def save_options(self, options: Mapping[str, JSON]) -> None:
        """Keep choices with the conversation, as soon as it is stored."""
        if self.conversation_id is not None and options != self._options:
            await self._see_through(self._save_options(self.conversation_id, options))

    async def _save_options(self, conversation_id: int, options: Mapping[str, JSON]) -> None:
        try:
            await self._store.save_options(conversation_id, options)
        except StorageError as error:
            self._tell(error)
        else:
            self._options = options

    async def begin_reply(self, reply: Said, history: Sequence[Said]) -> None:
        """Journal `reply` from now on, as an answer to the end of `history`."""
        await self._see_through(self._begin_reply(reply, history))

    async def _begin_reply(self, reply: Said, history: Sequence[Said]) -> None:
        parent = history[-1].id
        if self.conversation_id is None or parent is None:
            return  # the store is at fault; `save` writes the reply when it can
        try:
            self._journal = await self._store.begin_reply(
                self.conversation_id, reply.message.source, parent_id=parent
            )
            reply.id = self._journal.message_id
        except StorageError as error:
            self._tell(error)

    def put(self, event: BaseAgentEvent | BaseChatMessage) -> None:
        """Journal one event of the reply."""
        if self._journal is not None:
            self._journal.put(event)

    async def finish(self, reply: Said) -> None:
        """The reply came to its end."""
        await self._see_through(self._finish(reply))

    async def _finish(self, reply: Said) -> None:
        journal, self._journal = self._journal, None
        if journal is None:
            return
        try:
            await journal.finish(reply.message, reply.state, reply.details)
        except StorageError as error:
            reply.id = None
            self._unfinished.append((reply, journal))
            self._tell(error)

    async def shown(self) -> list[Said] | None:
        """The conversation as the store shows it; None if some of it is not stored.

        Raises:
            StorageError: The store does not give it.
        """
        if self.conversation_id is None or self._unfinished:
            return None
        return [said_of(each) for each in await self._store.messages(self.conversation_id)]

    async def delete(self, said: Said, before: Said | None) -> Deletion:
        """Take one message out of what is shown, which follows `before`.

        Raises:
            StorageError: The store does not do it.
        """
        if said.id is None:
            raise self._fault or StorageError("This message is not saved yet.", "message")
        deletion = await self._store.delete_message(said.id)
        if before is not None and before.id is not None and deletion.head_after is not None:
            end = self._hidden_ends.get(said.id, said.id)
            if deletion.head_after == end:
                self._hidden_ends[before.id] = end
        return deletion

    async def restore(self, deletion: Deletion) -> None:
        """Undo `delete`; raises as it does."""
        await self._store.restore_message(deletion)
        self._hidden_ends = {
            shown: hidden
            for shown, hidden in self._hidden_ends.items()
            if hidden not in (deletion.message_id, self._hidden_ends.get(deletion.message_id))
        }

    async def show_version(self, message_id: int, step: int) -> list[Said] | None:
        """Make another version of a message the one that the conversation goes on from.

        Args:
            message_id: The message.
            step: -1 for the version before, 1 for the next.

        Returns:
            The conversation as it is then; None if there is no such version.

        Raises:
            StorageError: The store does not do it.
        """
        if self.conversation_id is None:
            return None
        versions = await self._store.versions(message_id)
        place = versions.index(message_id) + step
        if not 0 <= place < len(versions):
            return None
        await self._store.show_version(versions[place])
        return [said_of(each) for each in await self._store.messages(self.conversation_id)]

    async def _write(self, conversation_id: int, said: Said, parent: int | None) -> int:
        if said.is_question:
            return await self._store.append_message(conversation_id, said.message, parent_id=parent)
        begun = next((pair for pair in self._unfinished if pair[0] is said), None)
        if begun is not None:
            journal = begun[1]  # the store has its beginning: another one would be another version
        else:
            journal = await self._store.begin_reply(conversation_id, said.message.source, parent_id=parent)
            for event in said.events:
                journal.put(event)
            begun = (said, journal)
            self._unfinished.append(begun)
        await journal.finish(said.message, said.state, said.details)
        self._unfinished.remove(begun)
        return journal.message_id

    async def _see_through(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` when it has its turn, to its end, even if the caller is cancelled."""

        async def take_turn() -> None:
            async with self._turn:
                await work

        await asyncio.shield(asyncio.ensure_future(take_turn()))

    def _tell(self, fault: StorageError | None) -> None:
        if fault is None and self._fault is None:
            return
        if fault is not None:
            logger.warning("The conversation could not be saved: %s", fault)
        self._fault = fault
        self.on_fault(fault)
