"""The bin: conversations that were deleted, until they go for good."""

from __future__ import annotations

import sqlite3
from typing import Final

from desktop_agent.storage.conversations import require, unindex_title
from desktop_agent.storage.encoding import now
from desktop_agent.storage.messages import unindex_messages

BIN_DAYS: Final = 30
_DAY: Final = 24 * 3600 * 1_000_000


def purge(connection: sqlite3.Connection, conversation_id: int) -> None:
    """Delete a conversation and all that belongs to it, for good."""
    require(connection, conversation_id)
    unindex_title(connection, conversation_id)
    unindex_messages(connection, conversation_id)
    connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))


def purge_old(connection: sqlite3.Connection) -> int:
    """Delete for good what has been in the bin for `BIN_DAYS`; how many there were."""
    rows = connection.execute(
        "SELECT id FROM conversations WHERE deleted_at < ?", (now() - BIN_DAYS * _DAY,)
    ).fetchall()
    for (conversation_id,) in rows:
        purge(connection, conversation_id)
    return len(rows)
