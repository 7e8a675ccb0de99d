"""The store as the commands see it: to be read only, one call after another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from desktop_agent.cli.terminal import say
from desktop_agent.config.paths import store_path
from desktop_agent.storage import ConversationStore, ConversationSummary, SearchHit, StoredMessage


class StoreReader:
    """Reads the conversations of this home, also while a window writes them; a context manager.

    A store that does not exist is empty, and stays missing. What the store says about its state (damaged,
    of a later version) goes to standard error.

    Raises:
        FolderError: The home is none.
        StorageError: The store can't be read.
    """

    def __init__(self) -> None:
        self._store = ConversationStore(store_path(), read_only=True)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        try:
            status = self._runner.run(self._store.open())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        if status.reason:
            say(status.reason)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._store.close())
        self._runner.close()

    def conversations(self, *, in_bin: bool = False) -> list[ConversationSummary]:
        """The conversations, or those in the bin; the one that changed last first."""
        return self._runner.run(self._store.conversations(in_bin=in_bin))

    def shown_messages(self, conversation_id: int) -> Sequence[StoredMessage]:
        """What a person reads in a conversation, oldest first."""
        return self._runner.run(self._store.messages(conversation_id))

    def all_messages(self, conversation_id: int) -> tuple[Sequence[StoredMessage], int | None]:
        """All versions of all messages, oldest first, and the id of the last one that is shown."""
        return self._runner.run(self._store.tree(conversation_id))

    def search(self, text: str, limit: int) -> list[SearchHit]:
        """Where `text` is found, newest first."""
        return self._runner.run(self._store.search(text, limit))
