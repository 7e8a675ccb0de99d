"""Conversations, kept: `ConversationStore`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from desktop_agent.agentchat.messages import BaseChatMessage
from desktop_agent.storage import bin as waste
from desktop_agent.storage import conversations, drafts, imports, messages
from desktop_agent.storage.encoding import now
from desktop_agent.storage.messages import HEAD, Head
from desktop_agent.storage.open_store import OpenStore
from desktop_agent.storage.records import (
    JSON,
    ConversationSummary,
    ConversationValues,
    Deletion,
    SearchHit,
    StoredMessage,
    TitleOrigin,
)
from desktop_agent.storage.replies import ReplyJournal, begin_reply
from desktop_agent.storage.search import search
from desktop_agent.storage.threads import AwaitedWork, Work


class ConversationStore(OpenStore):
    """Keeps conversations in one SQLite file. Nothing here blocks the event loop.

    A call that returned is on the disk. Calls may be cancelled at any time; what was to be written is written
    all the same. All ids are numbers that are never used again.

    Args:
        path: The file. No file is touched before the first call.
        read_only: Only read; without a file, the store is empty.
        on_fault: Is called in the event loop with faults that no caller waits for: of a reply's journal, of
            checks and backups.
    """

    async def create_conversation(self, title: str, *, origin: TitleOrigin = "words") -> int:
        """Make an empty conversation; its id. The title is cut to one line."""
        return await self._write(lambda c: conversations.create(c, title, origin))

    async def import_conversation(self, values: ConversationValues) -> int:
        """Add a conversation from elsewhere as it was, whole or not at all; its id.

        Raises:
            StorageError: A conversation with this uid is there already, or its messages make no tree.
        """
        return await self._write(lambda c: imports.add_conversation(c, values))

    async def find_uids(self, uids: Iterable[str]) -> Mapping[str, int]:
        """Which of these conversations are there, also in the bin, and their ids."""
        return await self._read(lambda c: imports.find_uids(c, uids))

    async def conversations(
        self, *, in_bin: bool = False, limit: int | None = None
    ) -> list[ConversationSummary]:
        """All conversations, or those in the bin; what changed last comes first.

        Args:
            in_bin: Those in the bin.
            limit: Only so many, and after them those that are pinned: the first hundreds come at once, ten
                thousand in about a tenth of a second.
        """
        return await self._read(lambda c: conversations.summaries(c, in_bin=in_bin, limit=limit))

    async def conversation(self, conversation_id: int) -> ConversationSummary:
        """One conversation, also from the bin.

        Raises:
            NotInStoreError: There is none; as all calls with an id.
        """
        return await self._read(lambda c: conversations.summary(c, conversation_id))

    async def rename(self, conversation_id: int, title: str, *, origin: TitleOrigin = "user") -> None:
        """Give a conversation another title, cut to one line; its place in the list stays."""
        await self._write(lambda c: conversations.rename(c, conversation_id, title, origin))

    async def set_pinned(self, conversation_id: int, is_pinned: bool) -> None:
        """Pin a conversation, or no longer."""
        await self._write(lambda c: conversations.set_flag(c, conversation_id, "is_pinned", int(is_pinned)))

    async def set_unread(self, conversation_id: int, is_unread: bool) -> None:
        """Note whether there is something to be read."""
        await self._write(lambda c: conversations.set_flag(c, conversation_id, "is_unread", int(is_unread)))

    async def duplicate(self, conversation_id: int) -> int:
        """Copy a conversation with all versions of its messages; the id of the copy."""
        return await self._write(lambda c: messages.duplicate(c, conversation_id))

    async def options(self, conversation_id: int) -> Mapping[str, JSON]:
        """What was chosen for this conversation alone; it is never part of an export."""
        return await self._read(lambda c: conversations.options(c, conversation_id))

    async def save_options(self, conversation_id: int, options: Mapping[str, JSON]) -> None:
        """Keep what was chosen for this conversation alone; a copy of it has the same."""
        await self._write(lambda c: conversations.save_options(c, conversation_id, options))

    async def delete(self, conversation_id: int) -> None:
        """Put a conversation into the bin, from where it goes for good after 30 days."""
        await self._write(lambda c: conversations.set_flag(c, conversation_id, "deleted_at", now()))

    async def restore(self, conversation_id: int) -> None:
        """Take a conversation out of the bin."""
        await self._write(lambda c: conversations.set_flag(c, conversation_id, "deleted_at", None))

    async def purge(self, conversation_id: int) -> None:
        """Delete a conversation for good, with all that belongs to it."""
        await self._write(lambda c: waste.purge(c, conversation_id))

    async def messages(self, conversation_id: int) -> list[StoredMessage]:
        """The messages that are shown, root first."""
        return await self._read(lambda c: messages.shown_path(c, conversation_id))

    async def tree(self, conversation_id: int) -> tuple[list[StoredMessage], int | None]:
        """All messages, a parent before its children, and the id of the one at the end of what is shown.

        All versions of them, and deleted ones: also the one at the end may be deleted.
        """
        return await self._read(lambda c: messages.tree(c, conversation_id))

    async def append_message(
        self,
        conversation_id: int,
        message: BaseChatMessage,
        *,
        parent_id: int | Head | None = HEAD,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Add a complete message and show it; its id.

        Args:
            conversation_id: Where.
            message: What was said.
            parent_id: The message before it; None: it begins the conversation. By default the last one shown.
            details: To be noted beside it, as JSON.
        """
        new = messages.new_message(message, details)
        return await self._write(lambda c: messages.append(c, conversation_id, new, parent_id))

    async def begin_reply(
        self, conversation_id: int, source: str, *, parent_id: int | Head | None = HEAD
    ) -> ReplyJournal:
        """Add a reply that is to be received, in state "streaming", and show it.

        Args:
            conversation_id: Where.
            source: Who replies.
            parent_id: As in `append_message`.
        """
        message_id = await self._write(lambda c: begin_reply(c, conversation_id, source, parent_id))
        return ReplyJournal(message_id, source, self._submit, self._report)

    async def delete_message(self, message_id: int) -> Deletion:
        """Show one message no longer, nor find it; the messages below it stay.

        If it was the last one shown and has other versions, the nearest of them is shown.
        """
        return await self._write(lambda c: messages.delete(c, message_id))

    async def restore_message(self, deletion: Deletion) -> None:
        """Undo `delete_message`, exactly unless another version was chosen since."""
        await self._write(lambda c: messages.restore(c, deletion))

    async def versions(self, message_id: int) -> list[int]:
        """The ids of the messages that stand in the same place, oldest first; without deleted ones."""
        return await self._read(lambda c: messages.versions(c, message_id))

    async def show_version(self, message_id: int) -> None:
        """Show a message, and below it the newest path."""
        await self._write(lambda c: messages.show_version(c, message_id))

    async def save_draft(self, conversation_id: int | None, text: str) -> None:
        """Keep what is being written; of a conversation that is not there yet with None. "" is forgotten."""
        await self._write(lambda c: drafts.save(c, conversation_id, "draft", text))

    async def drafts(self) -> dict[int | None, str]:
        """All drafts, by conversation."""
        return await self._read(lambda c: drafts.load(c, "draft"))

    async def save_queued(self, conversation_id: int, text: str | None) -> None:
        """Keep a message that waits for the end of a reply; None or "" is forgotten."""
        await self._write(lambda c: drafts.save(c, conversation_id, "queued", text))

    async def queued(self) -> dict[int, str]:
        """All messages that wait, by conversation."""
        return cast("dict[int, str]", await self._read(lambda c: drafts.load(c, "queued")))

    async def save_position(self, conversation_id: int, position: Mapping[str, Any]) -> None:
        """Keep where a conversation is read, in the window's own words (JSON)."""
        await self._write(lambda c: drafts.save(c, conversation_id, "position", dict(position)))

    async def position(self, conversation_id: int) -> Mapping[str, Any]:
        """Where a conversation is read; empty if that is not known."""
        return await self._read(lambda c: drafts.load_position(c, conversation_id))

    async def remember(self, key: str, value: JSON) -> None:
        """Keep a value under a key; None is forgotten."""
        await self._write(lambda c: drafts.remember(c, key, value))

    async def recall(self, key: str) -> Any:
        """The value under a key; None if there is none."""
        return await self._read(lambda c: drafts.recall(c, key))

    async def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        """Where the words of `text` are, newest first; the last word may be the beginning of one.

        Titles and all messages are searched, also versions that are not shown, but not the bin. A word finds
        itself in any case and with any accents; Chinese, Japanese, Korean and Thai are found within runs.

        Args:
            text: What a person typed; anything is allowed.
            limit: At most so many hits.

        Raises:
            SearchReplacedError: A newer search began meanwhile.
        """
        await self._open()
        searcher = self._reader("store-search")
        work: Work

        def is_stale() -> bool:
            return searcher.is_interrupted(work)

        awaited = AwaitedWork(lambda c: search(c, text, limit, is_stale))
        work = awaited
        searcher.interrupt()
        searcher.submit(work)
        try:
            return await awaited.future
        finally:
            if awaited.future.cancelled():
                searcher.interrupt(work)
