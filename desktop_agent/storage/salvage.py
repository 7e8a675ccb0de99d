"""What can be read of a damaged store, put into a new one.

The damaged file itself is only copied and renamed. Rows are read table by table, past the pages that can't be
read; what is missing is taken from the newest good backup, as no id is ever used twice. At the end, all that
points nowhere is mended and the search index is made anew.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from desktop_agent.storage.conversations import index_title
from desktop_agent.storage.encoding import now
from desktop_agent.storage.messages import index_message, set_head
from desktop_agent.storage.schema import migrate

_PAGE_BYTES: Final = 4096
_TABLES: Final = ("sequence", "conversations", "messages", "events", "journal", "drafts", "state")
_FROM_BACKUPS: Final = ("conversations", "messages", "events", "drafts", "state")
_FARTHEST: Final = 1 << 40
"""The search for a readable row gives up so many ids behind the last one."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """How much was saved: conversations and messages of the file, and messages that only a backup had."""

    conversations: int
    messages: int
    from_backup: int


def salvage(damaged: Path, backup: Path | None, target: sqlite3.Connection, scratch: Path) -> Salvaged:
    """Fill an empty store with what can be read.

    Args:
        damaged: A copy of the damaged file, with its log beside it; it is changed.
        backup: A good backup.
        target: An empty store of this version, without a transaction.
        scratch: A name for further files, in the same folder.

    Raises:
        sqlite3.Error: The new store can't be written.
        OSError: The same.
    """
    target.execute("PRAGMA foreign_keys = OFF")
    target.execute("BEGIN IMMEDIATE")
    _copy_rows(damaged, target, _TABLES)
    if not _count(target, "messages") and not _count(target, "conversations"):
        _transplant_first_page(damaged, scratch)
        _copy_rows(damaged, target, _TABLES)
    conversations, messages = _count(target, "conversations"), _count(target, "messages")
    if backup is not None:
        shutil.copyfile(backup, scratch)
        with suppress(sqlite3.Error), closing(sqlite3.connect(scratch, isolation_level=None)) as old:
            migrate(old)
        _copy_rows(scratch, target, _FROM_BACKUPS)
        scratch.unlink(missing_ok=True)
    _mend(target)
    _index(target)
    target.execute("COMMIT")
    target.execute("PRAGMA foreign_keys = ON")
    return Salvaged(conversations, messages, _count(target, "messages") - messages)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _transplant_first_page(damaged: Path, scratch: Path) -> None:
    """Put a new first page, which tells where the tables are, in place of one that can't be read.

    The tables of every store are made in the same order, so that they begin at the same pages.
    """
    scratch.unlink(missing_ok=True)
    with closing(sqlite3.connect(scratch, isolation_level=None)) as fresh:
        migrate(fresh)
    page = bytearray(scratch.read_bytes()[:_PAGE_BYTES])
    scratch.unlink()
    with damaged.open("r+b") as file:
        count = file.seek(0, 2) // _PAGE_BYTES
        page[28:32] = count.to_bytes(4, "big")
        page[92:96] = page[24:28]  # the count is valid for this change counter
        page[32:40] = bytes(8)  # no free pages
        file.seek(0)
        file.write(page)


def _copy_rows(source: Path, target: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Copy all rows that can be read and that make sense; those that are there already stay."""
    try:
        connection = sqlite3.connect(source, isolation_level=None)
    except sqlite3.Error:
        return
    with closing(connection):
        connection.text_factory = bytes
        for table in tables:
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA writable_schema = ON")  # go on past damage in the schema
            names = _columns(connection, target, table)
            for values in _readable_rows(connection, table, names):
                row = _sensible(table, dict(zip(names, values, strict=True)))
                if row is None:
                    continue
                if table == "sequence":
                    target.execute("UPDATE sequence SET last = max(last, ?)", (row["last"],))
                else:
                    places = ", ".join("?" * len(row))
                    target.execute(
                        f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({places})",
                        tuple(row.values()),
                    )


def _columns(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table that both have; an earlier version has fewer."""
    names = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    there: set[str] = set()
    with suppress(sqlite3.Error):
        there = {row[1].decode() for row in source.execute(f"PRAGMA table_info({table})")}
    return [each for each in names if each in there] or names


def _readable_rows(
    connection: sqlite3.Connection, table: str, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Every row that can be read, in the order of the keys."""
    columns = ", ".join(names)
    if table == "state":  # it has no row ids
        with suppress(sqlite3.Error):
            yield from connection.execute(f"SELECT {columns} FROM state")
        return
    query = f"SELECT rowid, {columns} FROM {table} WHERE rowid >= ? ORDER BY rowid"
    start: int | None = 0
    while start is not None:
        last = start - 1
        try:
            for row in connection.execute(query, (start,)):
                if row[0] <= last:  # damaged pages may lead back
                    break
                last = row[0]
                yield row[1:]
            else:
                return
        except (sqlite3.Error, OverflowError):
            pass
        start = _next_readable(connection, query, last + 1)


def _next_readable(connection: sqlite3.Connection, query: str, unreadable: int) -> int | None:
    """The first id behind `unreadable` from which on a row can be read; None if there is none."""

    def can_read(key: int) -> bool:
        try:
            return connection.execute(f"{query} LIMIT 1", (key,)).fetchone() is not None
        except (sqlite3.Error, OverflowError):
            return False

    step = 1
    while not can_read(unreadable + step):
        step *= 2
        if step > _FARTHEST:
            return None
    low, high = unreadable + step // 2, unreadable + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if can_read(middle) else (middle, high)
    return high


_TYPES: Final[Mapping[str, Mapping[str, type]]] = {
    "sequence": {"last": int},
    "conversations": {
        "id": int,
        "uid": bytes,
        "title": str,
        "title_origin": str,
        "created_at": int,
        "updated_at": int,
        "touched": int,
        "is_pinned": int,
        "is_unread": int,
        "message_count": int,
        "outcome": str,
        "options": dict,
    },
    "messages": {
        "id": int,
        "uid": bytes,
        "conversation_id": int,
        "depth": int,
        "state": str,
        "created_at": int,
        "body": dict,
        "details": dict,
    },
    "events": {"id": int, "message_id": int, "body": dict},
    "journal": {"message_id": int, "place": int, "body": dict},
    "drafts": {"kind": str, "body": str},
    "state": {"key": str, "value": str},
}
_STATES: Final = frozenset({"complete", "streaming", "interrupted", "failed"})


def _sensible(table: str, row: dict[str, Any]) -> dict[str, Any] | None:
    """The row with its texts decoded; None if it holds what we never wrote."""
    types = _TYPES[table]
    for name, value in row.items():
        if isinstance(value, bytes) and types.get(name) is not bytes:
            try:
                row[name] = value.decode()
            except UnicodeDecodeError:
                return None
    for name, kind in types.items():
        if name not in row:
            continue
        value = row[name]
        if kind is dict:
            try:
                value = json.loads(value)
            except (TypeError, ValueError, RecursionError):
                return None
        if not isinstance(value, kind):
            return None
    is_wrong_state = table == "messages" and row["state"] not in _STATES
    is_wrong_uid = "uid" in row and len(row["uid"]) != 16
    return None if is_wrong_state or is_wrong_uid else row


def _mend(connection: sqlite3.Connection) -> None:
    """Let nothing point to what was lost."""
    connection.execute(
        """
        INSERT INTO conversations (id, uid, title, title_origin, created_at, updated_at, touched)
        SELECT conversation_id, randomblob(16), 'Recovered conversation', 'words', min(created_at), ?, max(id)
        FROM messages WHERE conversation_id NOT IN (SELECT id FROM conversations) GROUP BY conversation_id
        """,
        (now(),),
    )
    connection.execute(
        """
        UPDATE messages SET parent_id = (
            SELECT max(id) FROM messages AS earlier
            WHERE earlier.conversation_id = messages.conversation_id AND earlier.id < messages.id)
        WHERE parent_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM messages AS parent WHERE parent.id = messages.parent_id
            AND parent.conversation_id = messages.conversation_id AND parent.id < messages.id)
        """
    )
    for table in ("events", "journal"):
        connection.execute(f"DELETE FROM {table} WHERE message_id NOT IN (SELECT id FROM messages)")
    connection.execute(
        "DELETE FROM drafts WHERE conversation_id IS NOT NULL"
        " AND conversation_id NOT IN (SELECT id FROM conversations)"
    )
    connection.execute(
        "UPDATE sequence SET last = max(last, (SELECT coalesce(max(id), 0) FROM messages),"
        " (SELECT coalesce(max(touched), 0) FROM conversations))"
    )
    depths: dict[int | None, int] = {None: -1}
    for message_id, parent_id in connection.execute("SELECT id, parent_id FROM messages ORDER BY id"):
        depths[message_id] = depths[parent_id] + 1
    del depths[None]
    connection.executemany(
        "UPDATE messages SET depth = ? WHERE id = ?", [(depth, key) for key, depth in depths.items()]
    )
    heads = connection.execute(
        """
        SELECT conversations.id, coalesce(
            (SELECT id FROM messages WHERE id = head_id AND conversation_id = conversations.id),
            (SELECT max(id) FROM messages WHERE conversation_id = conversations.id))
        FROM conversations
        """
    ).fetchall()
    connection.execute("UPDATE conversations SET head_id = NULL, message_count = 0, outcome = ''")
    for conversation_id, head in heads:
        if head is not None:
            set_head(connection, conversation_id, head)


def _index(connection: sqlite3.Connection) -> None:
    for conversation_id, title in connection.execute("SELECT id, title FROM conversations").fetchall():
        index_title(connection, conversation_id, title)
    reading = connection.execute("SELECT id, body FROM messages WHERE state != 'streaming'")
    while rows := reading.fetchmany(1_000):
        for message_id, body in rows:
            index_message(connection, message_id, body)
