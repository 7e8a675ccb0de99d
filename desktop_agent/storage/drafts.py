"""What the window keeps beside conversations: drafts, queued messages, positions, its own last state."""

from __future__ import annotations

import sqlite3
from typing import Any, Literal, TypeAlias

from desktop_agent.storage.conversations import require
from desktop_agent.storage.encoding import from_json, to_json

DraftKind: TypeAlias = Literal["draft", "queued", "position"]


def save(connection: sqlite3.Connection, conversation_id: int | None, kind: DraftKind, value: object) -> None:
    """Keep `value` for a conversation (None: the one that is not there yet); an empty value is forgotten."""
    if conversation_id is not None:
        require(connection, conversation_id)
    # Not "ON CONFLICT": for a UNIQUE index, no NULL equals another.
    connection.execute("DELETE FROM drafts WHERE conversation_id IS ? AND kind = ?", (conversation_id, kind))
    if value:
        connection.execute("INSERT INTO drafts VALUES (?, ?, ?)", (conversation_id, kind, to_json(value)))


def load(connection: sqlite3.Connection, kind: DraftKind) -> dict[int | None, Any]:
    """All values of a kind, by conversation."""
    rows = connection.execute("SELECT conversation_id, body FROM drafts WHERE kind = ?", (kind,))
    return {conversation_id: from_json(body) for conversation_id, body in rows}


def load_position(connection: sqlite3.Connection, conversation_id: int) -> dict[str, Any]:
    """The position in a conversation; empty if there is none."""
    row = connection.execute(
        "SELECT body FROM drafts WHERE conversation_id = ? AND kind = 'position'", (conversation_id,)
    ).fetchone()
    value = from_json(row[0]) if row else {}
    return value if isinstance(value, dict) else {}


def remember(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Keep `value` under `key`; None is forgotten."""
    if value is None:
        connection.execute("DELETE FROM state WHERE key = ?", (key,))
        return
    connection.execute(
        "INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, to_json(value)),
    )


def recall(connection: sqlite3.Connection, key: str) -> Any:
    """The value under `key`; None if there is none."""
    row = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
    return from_json(row[0]) if row else None
