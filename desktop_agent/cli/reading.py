"""The store as the commands see it: to be read only, one call after another."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from desktop_agent.cli.terminal import say
from desktop_agent.config.paths import store_path
from desktop_agent.storage import ConversationStore, ConversationSummary, SearchHit

T = TypeVar("T")


class StoreReader:
    """Reads the conversations of this home, also while a window writes them; a context manager.

    A store that does not exist is empty, and stays missing. What the store says about its state (damaged,
    of a later version) goes to standard error.

    Attributes:
        store: The store.

    Raises:
        FolderError: The home is none.
        StorageError: The store can't be read.
    """

    def __init__(self) -> None:
        self.store = ConversationStore(store_path(), read_only=True)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        try:
            status = self._runner.run(self.store.open())
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
        self._runner.run(self.store.close())
        self._runner.close()

    def conversations(self, *, in_bin: bool = False) -> list[ConversationSummary]:
        """The conversations, or those in the bin; the one that changed last first."""
        return self._runner.run(self.store.conversations(in_bin=in_bin))

    def run(self, reading: Coroutine[Any, Any, T]) -> T:
        """Do what reads from `store`."""
        return self._runner.run(reading)

    def search(self, text: str, limit: int) -> list[SearchHit]:
        """Where `text` is found, newest first."""
        return self._runner.run(self.store.search(text, limit))
