"""Conversations as JSON: complete and versioned; `resources/schema` has the schema. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage

FORMAT: Final = "desktop-agent-conversations"
VERSION: Final = 1

# Valid in JSON, but a terminal obeys the first, text turns around at others, and UTF-8 can't hold the last.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class ConversationRecord(Protocol):
    """What is written of a conversation; times are aware."""

    @property
    def uid(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def title_origin(self) -> str: ...  # noqa: D102
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def updated_at(self) -> datetime: ...  # noqa: D102
    @property
    def is_pinned(self) -> bool: ...  # noqa: D102
    @property
    def deleted_at(self) -> datetime | None: ...  # noqa: D102


class MessageRecord(Protocol):
    """What is written of a message; `parent_id` is the `id` of the message before it."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def uid(self) -> str: ...  # noqa: D102
    @property
    def parent_id(self) -> int | None: ...  # noqa: D102
    @property
    def message(self) -> BaseChatMessage: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def events(self) -> Sequence[BaseAgentEvent | BaseChatMessage]: ...  # noqa: D102
    @property
    def details(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def deleted_at(self) -> datetime | None: ...  # noqa: D102


def conversation_json(
    conversation: ConversationRecord, messages: Sequence[MessageRecord], head_id: int | None
) -> Iterator[str]:
    """One conversation as JSON, in pieces: its head, then one for each message.

    Args:
        conversation: Its record.
        messages: All its messages, all versions of them, a parent before its children.
        head_id: The last message that is shown; the way from it to the root is what a person reads.
    """
    uids = {each.id: each.uid for each in messages}
    head = {
        "uid": conversation.uid,
        "title": conversation.title,
        "title_origin": conversation.title_origin,
        "created_at": _time(conversation.created_at),
        "updated_at": _time(conversation.updated_at),
        "pinned": conversation.is_pinned,
        "deleted_at": _time(conversation.deleted_at) if conversation.deleted_at else None,
        "head": None if head_id is None else uids.get(head_id),
    }
    yield _json_text(head, "").removesuffix("\n}") + ',\n "messages": ['
    separator = "\n  "
    for each in messages:
        yield separator + _json_text(_message_values(each, uids), "  ")
        separator = ",\n  "
    yield ("\n ]" if messages else "]") + "\n}"


def to_json(conversations: Iterable[Iterable[str]], *, program: str, at: datetime) -> Iterator[str]:
    """Write conversations as one document, in pieces, so that a large store needs little memory.

    Args:
        conversations: The pieces of each, as `conversation_json` makes them.
        program: Name and version of the program that writes.
        at: When it is written.

    Yields:
        Pieces of the text. It holds no control characters, whatever was said.
    """
    opening = {"format": FORMAT, "version": VERSION, "program": program, "exported_at": _time(at)}
    yield json.dumps(opening, indent=1)[:-2] + ',\n "conversations": ['
    separator = "\n"
    for pieces in conversations:
        yield separator
        yield from pieces
        separator = ",\n"
    yield "\n ]\n}\n"


def _message_values(record: MessageRecord, uids: Mapping[int, str]) -> dict[str, Any]:
    is_cut = record.state in ("interrupted", "streaming")  # one that streams is cut by the export
    return {
        "uid": record.uid,
        "parent": None if record.parent_id is None else uids.get(record.parent_id),
        "created_at": _time(record.created_at),
        "state": record.state,
        "interrupted": is_cut or record.message.metadata.get("interrupted") == "true",
        "message": dict(record.message.dump()),
        "events": [dict(event.dump()) for event in record.events],
        "details": dict(record.details),
        "deleted_at": _time(record.deleted_at) if record.deleted_at else None,
    }


def _json_text(value: Mapping[str, Any], indent: str) -> str:
    """The value as text; its lines begin with `indent`, but for the first."""
    text = json.dumps(value, indent=1, ensure_ascii=False).replace("\n", f"\n{indent}")
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
