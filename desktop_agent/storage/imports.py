"""Conversations from elsewhere, put into the tables as they were."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from desktop_agent.storage.conversations import create
from desktop_agent.storage.encoding import to_json, to_microseconds
from desktop_agent.storage.errors import StorageError
from desktop_agent.storage.messages import NewMessage, add_events, index_message, insert, set_head
from desktop_agent.storage.records import ConversationValues, MessageValues

_QUERY_SIZE: Final = 500
_REASON: Final = "import"


def add_conversation(connection: sqlite3.Connection, values: ConversationValues) -> int:
    """Add a conversation with all its messages; its id. Its place in the list is that of its last change.

    Raises:
        StorageError: A conversation with this uid is there already, or its messages make no tree.
    """
    if find_uids(connection, [values.uid]):
        raise StorageError("This conversation is here already.", _REASON)
    conversation_id = create(
        connection, values.title, values.title_origin, time=to_microseconds(values.created_at)
    )
    connection.execute(
        """
        UPDATE conversations SET uid = ?, updated_at = ?, is_pinned = ?, deleted_at = ?, touched = (
            SELECT coalesce(max(touched), 0) FROM conversations AS other
            WHERE other.updated_at <= ? AND other.id != conversations.id)
        WHERE id = ?
        """,
        (
            bytes.fromhex(values.uid),
            to_microseconds(values.updated_at),
            values.is_pinned,
            _microseconds(values.deleted_at),
            to_microseconds(values.updated_at),
            conversation_id,
        ),
    )
    ids: dict[str | None, int | None] = {None: None}
    for message in values.messages:
        if message.parent not in ids or message.uid in ids:
            raise StorageError("The messages of this conversation do not follow each other.", _REASON)
        ids[message.uid] = _add_message(connection, conversation_id, message, ids[message.parent])
    head = ids.get(values.head)
    if head is not None:
        set_head(connection, conversation_id, head)
    elif values.messages:
        raise StorageError("The conversation does not say which message is its last.", _REASON)
    return conversation_id


def _add_message(
    connection: sqlite3.Connection, conversation_id: int, message: MessageValues, parent_id: int | None
) -> int:
    body = to_json(message.body)
    new = NewMessage(
        body,
        message.state,
        to_microseconds(message.created_at),
        to_json(message.details),
        bytes.fromhex(message.uid),
        _microseconds(message.deleted_at),
    )
    message_id = insert(connection, conversation_id, new, parent_id)
    index_message(connection, message_id, body)
    add_events(connection, message_id, [to_json(each) for each in message.events])
    return message_id


def _microseconds(time: datetime | None) -> int | None:
    return None if time is None else to_microseconds(time)


def find_uids(connection: sqlite3.Connection, uids: Iterable[str]) -> Mapping[str, int]:
    """Which of these conversations are there, also in the bin, and their ids."""
    found: dict[str, int] = {}
    wanted = list(uids)
    for start in range(0, len(wanted), _QUERY_SIZE):
        some = wanted[start : start + _QUERY_SIZE]
        rows = connection.execute(
            f"SELECT lower(hex(uid)), id FROM conversations WHERE uid IN ({', '.join('?' * len(some))})",
            [bytes.fromhex(each) for each in some],
        )
        found.update(rows.fetchall())
    return found
