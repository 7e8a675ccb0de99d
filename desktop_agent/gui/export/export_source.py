"""What the export reads: one conversation, a part of it, or all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from desktop_agent.chat.exporting import SavedConversation, read
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.storage import ConversationStore, ConversationSummary

_LISTED_AT_ONCE = 1_000_000
"""All: the store keeps no more than a person can make."""


@dataclass(frozen=True)
class ExportSource:
    """What can be exported.

    Attributes:
        store: Where it is.
        conversation_id: The conversation; None where all of them are wanted.
        title: Its title.
        selected: The messages of it that are selected.
        last: Its last question and reply.
    """

    store: ConversationStore
    conversation_id: int | None = None
    title: str = ""
    selected: Collection[int] = ()
    last: Collection[int] = ()

    @property
    def scopes(self) -> list[Scope]:
        """What can be chosen, the usual first."""
        if self.conversation_id is None:
            return [Scope.ALL]
        found = [Scope.WHOLE]
        if self.selected:
            found.append(Scope.SELECTED)
        if self.last:
            found.append(Scope.LAST)
        return [*found, Scope.ALL]

    async def read(self, scope: Scope) -> SavedConversation:
        """The conversation, or the part of it that is wanted.

        Raises:
            StorageError: It can't be read.
        """
        assert self.conversation_id is not None
        parts = {Scope.SELECTED: self.selected, Scope.LAST: self.last}
        return await read(self.store, self.conversation_id, parts.get(scope))

    async def summaries(self) -> Sequence[ConversationSummary]:
        """All conversations but those in the bin.

        Raises:
            StorageError: They can't be read.
        """
        return await self.store.conversations(limit=_LISTED_AT_ONCE)
