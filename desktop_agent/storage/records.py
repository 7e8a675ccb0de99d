"""What the store gives out: plain values that nobody changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage

Outcome: TypeAlias = Literal["", "streaming", "interrupted", "failed"]
"""How the last reply stands; "" if it is complete or there is none."""

MessageState: TypeAlias = Literal["complete", "streaming", "interrupted", "failed"]

TitleOrigin: TypeAlias = Literal["words", "model", "user"]
"""Who gave the title: the first words, a model, or the person."""

JSON: TypeAlias = "bool | int | float | str | list[JSON] | Mapping[str, JSON] | None"


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as a list shows it. `uid` is 32 hex digits that stay the same in exports."""

    id: int
    uid: str
    title: str
    title_origin: TitleOrigin
    created_at: datetime
    updated_at: datetime
    is_pinned: bool
    is_unread: bool
    outcome: Outcome
    deleted_at: datetime | None
    message_count: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its place in the conversation.

    Attributes:
        message: What was said. Of a reply that was cut, or still streams, the text received.
        events: Of a reply: what came before its message, in order.
        details: What `chat` noted beside it, as JSON.
        version: The 1-based place among the `version_count` messages with the same parent; what hangs on a
            deleted message counts to the one before it.
        deleted_at: When it was deleted: it is neither shown nor found any more, and counts as no version.
    """

    id: int
    uid: str
    conversation_id: int
    parent_id: int | None
    message: BaseChatMessage
    state: MessageState
    created_at: datetime
    events: tuple[BaseAgentEvent | BaseChatMessage, ...]
    details: Mapping[str, Any]
    version: int
    version_count: int
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """What undoes the deletion of a message: where the conversation ended before and after it."""

    message_id: int
    head_before: int | None
    head_after: int | None


@dataclass(frozen=True, slots=True)
class MessageValues:
    """A message that comes from elsewhere.

    Attributes:
        uid: 32 hex digits.
        parent: The uid of the message before it, which comes earlier; None: it begins the conversation.
        body: The dump of what was said.
        events: Of a reply: the dumps of what came before its message, in order.
        details: What was noted beside it.
    """

    uid: str
    parent: str | None
    created_at: datetime
    state: Literal["complete", "interrupted", "failed"]
    body: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    details: Mapping[str, Any]
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConversationValues:
    """A conversation that comes from elsewhere; `head` is the uid of the message that it ends with."""

    uid: str
    title: str
    title_origin: TitleOrigin
    created_at: datetime
    updated_at: datetime
    is_pinned: bool
    deleted_at: datetime | None
    head: str | None
    messages: Sequence[MessageValues]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A place where the searched words are.

    Attributes:
        message_id: The message; None if the words are in the title.
        context: One line around the first match.
        matches: [start, end) of each match in `context`; in `title` if `message_id` is None.
    """

    conversation_id: int
    title: str
    message_id: int | None
    context: str
    matches: tuple[tuple[int, int], ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """How the store stands after it was opened.

    Attributes:
        reason: A sentence for the person; empty if all is well.
        recovered: How many replies a crash had cut and were put together again.
    """

    is_read_only: bool = False
    reason: str = ""
    recovered: int = 0
