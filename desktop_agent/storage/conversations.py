"""Conversations in the tables: functions for a connection, inside the transaction of the caller."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any, Final

from desktop_agent.storage.encoding import from_json, now, to_json, to_time
from desktop_agent.storage.errors import NotInStoreError
from desktop_agent.storage.records import JSON, ConversationSummary, TitleOrigin
from desktop_agent.storage.schema import next_number
from desktop_agent.storage.words import clean_title, index_text

_SUMMARY: Final = """
    SELECT id, lower(hex(uid)), title, title_origin, created_at, updated_at, is_pinned, is_unread, outcome,
           deleted_at, message_count
    FROM conversations
"""
# Imported ones share the number of one that was there.
_NEWEST_FIRST: Final = "ORDER BY touched DESC, updated_at DESC"


def create(
    connection: sqlite3.Connection, title: str, origin: TitleOrigin, *, time: int | None = None
) -> int:
    """Make an empty conversation; its id."""
    title, time = clean_title(title), now() if time is None else time
    cursor = connection.execute(
        "INSERT INTO conversations (uid, title, title_origin, created_at, updated_at, touched)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (uuid.uuid4().bytes, title, origin, time, time, next_number(connection)),
    )
    conversation_id = int(cursor.lastrowid or 0)
    index_title(connection, conversation_id, title)
    return conversation_id


def index_title(connection: sqlite3.Connection, conversation_id: int, title: str) -> None:
    """Let the search find a title."""
    connection.execute(
        "INSERT INTO title_index (rowid, text) VALUES (?, ?)", (conversation_id, index_text(title))
    )


def unindex_title(connection: sqlite3.Connection, conversation_id: int) -> None:
    """Let the search forget a title; the row must be there still."""
    (title,) = connection.execute(
        "SELECT title FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    connection.execute(
        "INSERT INTO title_index (title_index, rowid, text) VALUES ('delete', ?, ?)",
        (conversation_id, index_text(title)),
    )


def summaries(
    connection: sqlite3.Connection, *, in_bin: bool, limit: int | None = None
) -> list[ConversationSummary]:
    """All that are in the bin, or all others; what changed last comes first.

    At most `limit`, and after them those that are pinned.
    """
    condition = f"WHERE deleted_at {'IS NOT NULL' if in_bin else 'IS NULL'}"
    most = -1 if limit is None else limit
    rows = connection.execute(f"{_SUMMARY} {condition} {_NEWEST_FIRST} LIMIT ?", (most,)).fetchall()
    if len(rows) == limit:
        there = {row[0] for row in rows}
        pinned = connection.execute(f"{_SUMMARY} {condition} AND is_pinned {_NEWEST_FIRST}")
        rows += [row for row in pinned if row[0] not in there]
    return [_summary(row) for row in rows]


def summary(connection: sqlite3.Connection, conversation_id: int) -> ConversationSummary:
    """One conversation, from the bin, too."""
    row = connection.execute(f"{_SUMMARY} WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    return _summary(row)


def _summary(row: tuple[Any, ...]) -> ConversationSummary:
    number, uid, title, origin, created, updated, is_pinned, is_unread, outcome, deleted, count = row
    return ConversationSummary(
        number,
        uid,
        title,
        origin,
        to_time(created),
        to_time(updated),
        bool(is_pinned),
        bool(is_unread),
        outcome,
        None if deleted is None else to_time(deleted),
        count,
    )


def rename(connection: sqlite3.Connection, conversation_id: int, title: str, origin: TitleOrigin) -> None:
    """Give a conversation another title; its place in the list stays."""
    require(connection, conversation_id)
    title = clean_title(title)
    unindex_title(connection, conversation_id)
    connection.execute(
        "UPDATE conversations SET title = ?, title_origin = ? WHERE id = ?", (title, origin, conversation_id)
    )
    index_title(connection, conversation_id, title)


def set_flag(connection: sqlite3.Connection, conversation_id: int, column: str, value: object) -> None:
    """Set one column ("is_pinned", "is_unread", "deleted_at", "options") of a conversation."""
    cursor = connection.execute(
        f"UPDATE conversations SET {column} = ? WHERE id = ?", (value, conversation_id)
    )
    if cursor.rowcount == 0:
        raise no_conversation(conversation_id)


def options(connection: sqlite3.Connection, conversation_id: int) -> Mapping[str, JSON]:
    """What was chosen for a conversation alone."""
    row = connection.execute("SELECT options FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    chosen = from_json(row[0])
    return chosen if isinstance(chosen, dict) else {}


def save_options(connection: sqlite3.Connection, conversation_id: int, chosen: Mapping[str, JSON]) -> None:
    """Keep what was chosen for a conversation alone."""
    set_flag(connection, conversation_id, "options", to_json(dict(chosen)))


def require(connection: sqlite3.Connection, conversation_id: int) -> None:
    """Raise NotInStoreError if there is no such conversation."""
    if not connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone():
        raise no_conversation(conversation_id)


def no_conversation(conversation_id: int) -> NotInStoreError:
    """The error that says so."""
    return NotInStoreError(f"There is no conversation {conversation_id}.", "conversation")
