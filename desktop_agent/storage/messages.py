"""Messages in the tables: a tree for each conversation, of which one path, from root to head, is shown."""

from __future__ import annotations

import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override

from desktop_agent.agentchat.messages import BaseChatMessage
from desktop_agent.storage.branches import Branches
from desktop_agent.storage.conversations import create, no_conversation
from desktop_agent.storage.encoding import (
    Event,
    dump_event,
    from_json,
    load_event,
    load_message,
    now,
    text_of,
    to_json,
    to_microseconds,
    to_time,
)
from desktop_agent.storage.errors import NotInStoreError
from desktop_agent.storage.folding import fold
from desktop_agent.storage.records import Deletion, MessageState, StoredMessage
from desktop_agent.storage.schema import next_number
from desktop_agent.storage.words import index_text


class Head:
    """The type of `HEAD`: the last message that is shown."""

    @override
    def __repr__(self) -> str:
        return "HEAD"


HEAD: Final = Head()


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be inserted; `body` is its dump, `uid` is made if it is empty."""

    body: str
    state: MessageState
    created_at: int
    details: str = "{}"
    uid: bytes = b""
    deleted_at: int | None = None


def new_message(message: BaseChatMessage, details: Mapping[str, Any] | None) -> NewMessage:
    """A complete message."""
    return NewMessage(
        dump_event(message), "complete", to_microseconds(message.created_at), to_json(dict(details or {}))
    )


def append(
    connection: sqlite3.Connection, conversation_id: int, new: NewMessage, parent_id: int | Head | None
) -> int:
    """Add a message below `parent_id` (None: as a root) and show it; its id."""
    head = head_of(connection, conversation_id)
    parent = head if isinstance(parent_id, Head) else parent_id
    message_id = insert(connection, conversation_id, new, parent)
    if new.state != "streaming":
        index_message(connection, message_id, new.body)
    set_head(connection, conversation_id, message_id)
    touch(connection, conversation_id, message_id)
    return message_id


def head_of(connection: sqlite3.Connection, conversation_id: int) -> int | None:
    """The message that a conversation ends with."""
    row = connection.execute("SELECT head_id FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    head: int | None = row[0]
    return head


def insert(
    connection: sqlite3.Connection, conversation_id: int, new: NewMessage, parent_id: int | None
) -> int:
    """Add a message below `parent_id` that is neither shown nor found yet; its id."""
    depth = 0
    if parent_id is not None:
        row = connection.execute(
            "SELECT depth FROM messages WHERE id = ? AND conversation_id = ?", (parent_id, conversation_id)
        ).fetchone()
        if row is None:
            raise _no_message(parent_id)
        depth = row[0] + 1
    message_id = next_number(connection)
    connection.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message_id,
            new.uid or uuid.uuid4().bytes,
            conversation_id,
            parent_id,
            depth,
            new.state,
            new.created_at,
            new.body,
            new.details,
            new.deleted_at,
        ),
    )
    return message_id


def set_head(connection: sqlite3.Connection, conversation_id: int, message_id: int) -> None:
    """Show the path that ends with `message_id`."""
    connection.execute(
        """
        UPDATE conversations SET head_id = head.id, message_count = head.depth + 1,
            outcome = CASE head.state WHEN 'complete' THEN '' ELSE head.state END
        FROM (SELECT id, depth, state FROM messages WHERE id = ?) AS head WHERE conversations.id = ?
        """,
        (message_id, conversation_id),
    )
    if connection.execute(
        "SELECT 1 FROM messages WHERE conversation_id = ? AND deleted_at IS NOT NULL", (conversation_id,)
    ).fetchone():
        path = branches(connection, conversation_id).path(message_id)
        connection.execute(
            """
            UPDATE conversations SET message_count = ?, outcome = coalesce(
                (SELECT CASE state WHEN 'complete' THEN '' ELSE state END FROM messages WHERE id = ?), '')
            WHERE id = ?
            """,
            (len(path), path[-1] if path else None, conversation_id),
        )


def touch(connection: sqlite3.Connection, conversation_id: int, number: int) -> None:
    """Make a conversation the one that changed last; `number` is the newest of the sequence."""
    connection.execute(
        "UPDATE conversations SET updated_at = ?, touched = ? WHERE id = ?",
        (now(), number, conversation_id),
    )


def index_message(connection: sqlite3.Connection, message_id: int, body: str) -> None:
    """Let the search find a message."""
    if words := index_text(text_of(from_json(body))).strip():
        connection.execute("INSERT INTO message_index (rowid, text) VALUES (?, ?)", (message_id, words))


def unindex_messages(connection: sqlite3.Connection, conversation_id: int) -> None:
    """Let the search forget all messages of a conversation."""
    rows = connection.execute(
        "SELECT id, body FROM messages WHERE conversation_id = ? AND state != 'streaming'", (conversation_id,)
    )
    for message_id, body in rows.fetchall():
        if words := index_text(text_of(from_json(body))).strip():
            connection.execute(
                "INSERT INTO message_index (message_index, rowid, text) VALUES ('delete', ?, ?)",
                (message_id, words),
            )


def shown_path(connection: sqlite3.Connection, conversation_id: int) -> list[StoredMessage]:
    """The messages that are shown, root first."""
    head = head_of(connection, conversation_id)
    places = branches(connection, conversation_id)
    return _load(connection, conversation_id, places, frozenset(places.path(head)))


def tree(connection: sqlite3.Connection, conversation_id: int) -> tuple[list[StoredMessage], int | None]:
    """All messages, also deleted ones, oldest first, and the id of the one at the end of what is shown."""
    head = head_of(connection, conversation_id)
    return _load(connection, conversation_id, branches(connection, conversation_id), None), head


def branches(connection: sqlite3.Connection, conversation_id: int) -> Branches:
    """The tree of a conversation."""
    rows = connection.execute(
        "SELECT id, parent_id, deleted_at FROM messages WHERE conversation_id = ?", (conversation_id,)
    ).fetchall()
    return Branches(
        {each: parent for each, parent, _ in rows}, {each for each, _, deleted in rows if deleted is not None}
    )


def _load(
    connection: sqlite3.Connection,
    conversation_id: int,
    places: Branches,
    wanted: Container[int] | None,
) -> list[StoredMessage]:
    """The messages among `wanted` (None: all), oldest first."""
    rows = connection.execute(
        "SELECT id, lower(hex(uid)), conversation_id, parent_id, body, state, created_at, details, deleted_at"
        " FROM messages WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    )
    events = _events(connection, conversation_id)
    return [
        _stored(connection, row, events, places.versions(row[0]))
        for row in rows
        if wanted is None or row[0] in wanted
    ]


def _events(connection: sqlite3.Connection, conversation_id: int) -> Mapping[int, Sequence[Event]]:
    rows = connection.execute(
        "SELECT message_id, events.body FROM messages JOIN events ON message_id = messages.id"
        " WHERE conversation_id = ? ORDER BY events.id",
        (conversation_id,),
    )
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for message_id, body in rows:
        events[message_id].append(load_event(body))
    return events


def _stored(
    connection: sqlite3.Connection,
    row: tuple[Any, ...],
    events: Mapping[int, Sequence[Event]],
    siblings: Sequence[int],
) -> StoredMessage:
    message_id, uid, conversation_id, parent_id, body, state, created_at, details, deleted_at = row
    message = load_message(body)
    own: Iterable[Event] = events.get(message_id, ())
    if state == "streaming":
        received = fold(journal_of(connection, message_id), message.source)
        message, own = received.message, received.events
    noted = {} if details == "{}" else from_json(details)
    return StoredMessage(
        message_id,
        uid,
        conversation_id,
        parent_id,
        message,
        state,
        to_time(created_at),
        tuple(own),
        noted if isinstance(noted, dict) else {},
        siblings.index(message_id) + 1 if deleted_at is None else 0,
        len(siblings),
        None if deleted_at is None else to_time(deleted_at),
    )


def journal_of(connection: sqlite3.Connection, message_id: int) -> list[Event]:
    """What was journalled of a reply, in order."""
    rows = connection.execute("SELECT body FROM journal WHERE message_id = ? ORDER BY place", (message_id,))
    return [load_event(body) for (body,) in rows]


def versions(connection: sqlite3.Connection, message_id: int) -> list[int]:
    """The messages that stand in the same place, oldest first."""
    return branches(connection, _conversation_of(connection, message_id)).versions(message_id)


def show_version(connection: sqlite3.Connection, message_id: int) -> None:
    """Show the path through `message_id` to the newest message below it that nothing follows."""
    conversation_id = _conversation_of(connection, message_id)
    set_head(connection, conversation_id, branches(connection, conversation_id).newest_end(message_id))


def delete(connection: sqlite3.Connection, message_id: int) -> Deletion:
    """Show one message no longer; what follows it stays. A reply that still streams can't be deleted."""
    conversation_id = _conversation_of(connection, message_id)
    head = head_of(connection, conversation_id)
    end = branches(connection, conversation_id).without(message_id, head)
    connection.execute(
        "UPDATE messages SET deleted_at = coalesce(deleted_at, ?) WHERE id = ? AND state != 'streaming'",
        (now(), message_id),
    )
    if end is not None:
        set_head(connection, conversation_id, end)
    return Deletion(message_id, head, end)


def restore(connection: sqlite3.Connection, deletion: Deletion) -> None:
    """Undo `delete`; all is shown as before, unless another path was chosen since."""
    conversation_id = _conversation_of(connection, deletion.message_id)
    connection.execute("UPDATE messages SET deleted_at = NULL WHERE id = ?", (deletion.message_id,))
    head = head_of(connection, conversation_id)
    end = deletion.head_before if head == deletion.head_after else head
    if end is not None:
        set_head(connection, conversation_id, end)


def _conversation_of(connection: sqlite3.Connection, message_id: int) -> int:
    row = connection.execute("SELECT conversation_id FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise _no_message(message_id)
    return int(row[0])


def duplicate(connection: sqlite3.Connection, conversation_id: int) -> int:
    """Copy a conversation with all versions of its messages; the id of the copy."""
    row = connection.execute(
        "SELECT title, title_origin, head_id, options FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    title, origin, head, options = row
    copy_id = create(connection, title, origin)
    connection.execute("UPDATE conversations SET options = ? WHERE id = ?", (options, copy_id))
    rows = connection.execute(
        "SELECT id, parent_id, body, state, created_at, details, deleted_at FROM messages"
        " WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    ).fetchall()
    copies: dict[int | None, int] = {}
    for message_id, parent_id, body, state, created_at, details, deleted_at in rows:
        own = connection.execute("SELECT body FROM events WHERE message_id = ? ORDER BY id", (message_id,))
        bodies = [each for (each,) in own]
        if state == "streaming":  # the copy has what was received so far
            received = fold(journal_of(connection, message_id), load_message(body).source)
            body, state = dump_event(received.message), "interrupted"
            bodies = [dump_event(each) for each in received.events]
        copy = NewMessage(body, state, created_at, details, deleted_at=deleted_at)
        copies[message_id] = insert(connection, copy_id, copy, copies.get(parent_id))
        index_message(connection, copies[message_id], body)
        add_events(connection, copies[message_id], bodies)
    if head in copies:
        set_head(connection, copy_id, copies[head])
    return copy_id


def add_events(connection: sqlite3.Connection, message_id: int, bodies: Iterable[str]) -> None:
    """Add what came before a message, in order."""
    connection.executemany(
        "INSERT INTO events (message_id, body) VALUES (?, ?)", [(message_id, each) for each in bodies]
    )


def _no_message(message_id: int) -> NotInStoreError:
    return NotInStoreError(f"There is no message {message_id} in this conversation.", "message")
