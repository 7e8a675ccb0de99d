"""The tables, and how a store of an earlier version becomes one of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Final

APPLICATION_ID: Final = 0x44416774
""""DAgt": tells our files from those of other programs that use SQLite."""

# Ids of messages and the order of conversations come from one row of numbers ("sequence"), so that what is
# newer stays newer when the clock is set back. None is ever used again.
_VERSION_1: Final = (
    "CREATE TABLE sequence (last INTEGER NOT NULL)",
    "INSERT INTO sequence VALUES (0)",
    """
    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid BLOB NOT NULL UNIQUE,
        title TEXT NOT NULL,
        title_origin TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        touched INTEGER NOT NULL,
        is_pinned INTEGER NOT NULL DEFAULT 0,
        is_unread INTEGER NOT NULL DEFAULT 0,
        deleted_at INTEGER,
        head_id INTEGER,
        message_count INTEGER NOT NULL DEFAULT 0,
        outcome TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX conversations_by_touched ON conversations (touched)",
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        uid BLOB NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
        parent_id INTEGER REFERENCES messages ON DELETE CASCADE,
        depth INTEGER NOT NULL,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        details TEXT NOT NULL
    )
    """,
    "CREATE INDEX messages_by_conversation ON messages (conversation_id, parent_id)",
    "CREATE INDEX messages_by_parent ON messages (parent_id)",
    "CREATE INDEX messages_streaming ON messages (id) WHERE state = 'streaming'",
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        body TEXT NOT NULL
    )
    """,
    "CREATE INDEX events_by_message ON events (message_id)",
    """
    CREATE TABLE journal (
        message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        place INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (message_id, place)
    )
    """,
    """
    CREATE TABLE drafts (
        conversation_id INTEGER REFERENCES conversations ON DELETE CASCADE,
        kind TEXT NOT NULL,
        body TEXT NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX drafts_by_conversation ON drafts (conversation_id, kind)",
    "CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # The words alone (content=''): the messages hold the text. With beginnings of up to four letters, the
    # commonest one is found in under a millisecond among a million messages; without, in half a second.
    """
    CREATE VIRTUAL TABLE message_index USING fts5 (
        text, content='', columnsize=0, tokenize="unicode61 remove_diacritics 2", prefix='1 2 3 4'
    )
    """,
    """
    CREATE VIRTUAL TABLE title_index USING fts5 (
        text, content='', columnsize=0, tokenize="unicode61 remove_diacritics 2", prefix='1 2 3 4'
    )
    """,
)


def _make_version_1(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)


def _make_version_2(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE messages ADD COLUMN deleted_at INTEGER")
    connection.execute(
        "CREATE INDEX messages_deleted ON messages (conversation_id) WHERE deleted_at IS NOT NULL"
    )
    connection.execute("ALTER TABLE conversations ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")


MIGRATIONS: Final[Sequence[Callable[[sqlite3.Connection], None]]] = (_make_version_1, _make_version_2)
"""Each makes the next version of the one before; the first makes version 1 of an empty file. New columns
come last and have a default, so that what is salvaged of an earlier store fits."""

VERSION: Final = len(MIGRATIONS)

_LACKING: Final[Mapping[int, Sequence[tuple[str, str, str]]]] = {
    1: (("messages", "deleted_at", "NULL"), ("conversations", "options", "'{}'")),
}
"""What a store of an earlier version lacks: table, column, value."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the store; 0 of an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the store to this version, each step in a transaction of its own."""
    for version in range(version_of(connection), len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[version](connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def see_as_newest(connection: sqlite3.Connection) -> None:
    """Let a connection that only reads see an earlier store as one of this version.

    A file that can't be written, or that a command only looks at, stays as it is: views that live with the
    connection stand before its tables.
    """
    for version in range(version_of(connection), VERSION):
        for table, column, value in _LACKING.get(version, ()):
            names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
            if not names or column in names:
                continue
            columns = f"{', '.join(names)}, {value} AS {column}"
            connection.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table}")


def next_number(connection: sqlite3.Connection) -> int:
    """The next number of the sequence that orders everything in the store."""
    row = connection.execute("UPDATE sequence SET last = last + 1 RETURNING last").fetchall()
    return int(row[0][0])
