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
    JSON,
    ConversationSummary,
    ConversationValues,
    Deletion,
    MessageState,
    MessageValues,
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
    "JSON",
    "ConversationStore",
    "ConversationSummary",
    "ConversationValues",
    "Deletion",
    "MessageState",
    "MessageValues",
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
