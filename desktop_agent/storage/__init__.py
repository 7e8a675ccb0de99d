"""Conversations on the disk: never lost, always found."""

from desktop_agent.storage.errors import (
    NotInStoreError,
    SearchReplacedError,
    StorageError,
    StoreDamagedError,
    StoreFullError,
    StoreLockedError,
    StoreNewerError,
    StoreReadOnlyError,
    StoreVanishedError,
)
from desktop_agent.storage.messages import HEAD
from desktop_agent.storage.records import (
    ConversationSummary,
    MessageState,
    Outcome,
    SearchHit,
    StoredMessage,
    StoreStatus,
    TitleOrigin,
)
from desktop_agent.storage.replies import ReplyJournal
from desktop_agent.storage.store import ConversationStore

__all__ = [
    "HEAD",
    "ConversationStore",
    "ConversationSummary",
    "MessageState",
    "NotInStoreError",
    "Outcome",
    "ReplyJournal",
    "SearchHit",
    "SearchReplacedError",
    "StorageError",
    "StoreDamagedError",
    "StoreFullError",
    "StoreLockedError",
    "StoreNewerError",
    "StoreReadOnlyError",
    "StoreStatus",
    "StoreVanishedError",
    "StoredMessage",
    "TitleOrigin",
]
