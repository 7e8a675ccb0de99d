"""One reply while it streams: `ReplyJournal`, and its rows in the tables."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from typing_extensions import override

from desktop_agent.agentchat.messages import BaseChatMessage, TextMessage
from desktop_agent.storage.encoding import Event, dump_event, load_message, now, to_json
from desktop_agent.storage.errors import NotInStoreError, StorageError
from desktop_agent.storage.folding import fold, merge_pieces
from desktop_agent.storage.messages import (
    Head,
    NewMessage,
    add_events,
    append,
    index_message,
    journal_of,
    set_head,
    touch,
)
from desktop_agent.storage.records import MessageState
from desktop_agent.storage.schema import next_number
from desktop_agent.storage.threads import AwaitedWork, Work

BATCH_SECONDS: Final = 0.25


class ReplyJournal:
    """Keeps what is received of a reply, so that a crash loses at most `BATCH_SECONDS` and one commit.

    While the disk is full, batches wait in memory; they are written with the next one that succeeds.

    Args:
        message_id: The message that the reply will be.
        source: Who replies.
        submit: Has the writer do something in so many seconds.
        report: Is told once when batches can't be written, until they can again; in any thread.

    Attributes:
        message_id: As given.
    """

    def __init__(
        self,
        message_id: int,
        source: str,
        submit: Callable[[Work, float], None],
        report: Callable[[StorageError], None],
    ) -> None:
        self.message_id = message_id
        self._source = source
        self._submit = submit
        self._pending: deque[Event] = deque()
        self._is_scheduled = False
        self._batch = _Batch(message_id, self._pending, self._take_up, report)

    def put(self, event: Event) -> None:
        """Keep a piece of text or an event; returns at once, and may be called in any thread."""
        self._pending.append(event)
        # In this order, as the batch does it the other way round: nothing stays behind unseen.
        if not self._is_scheduled:
            self._is_scheduled = True
            try:
                self._submit(self._batch, BATCH_SECONDS)
            except StorageError:
                return  # the store was closed: the program ends

    def _take_up(self) -> None:
        self._is_scheduled = False

    async def finish(
        self, message: BaseChatMessage | None, state: MessageState, details: Mapping[str, Any] | None = None
    ) -> None:
        """End the reply: the journal becomes the message and its events, in one transaction.

        It may be called again after an error; what was put is still there.

        Args:
            message: The message; None: the text received, marked interrupted.
            state: How the reply ended.
            details: To be noted beside it, as JSON.

        Raises:
            StorageError: It could not be saved.
        """
        final = None if message is None else dump_event(message)
        noted = to_json(dict(details or {}))

        def end(connection: sqlite3.Connection) -> int:
            written = self._batch.run(connection)
            end_reply(connection, self.message_id, self._source, Ending(message, final, state, noted))
            return written

        work = _Finish(end, self._batch)
        self._submit(work, 0.0)
        await work.future


class _Batch(Work):
    """Writes what was put since the last time. What could not be written is kept for the next time."""

    def __init__(
        self,
        message_id: int,
        pending: deque[Event],
        taken_up: Callable[[], None],
        report: Callable[[StorageError], None],
    ) -> None:
        self._message_id = message_id
        self._pending = pending
        self._taken_up = taken_up
        self._report = report
        self._written = 0
        self._unwritten: list[Event] = []
        self._has_failed = False

    @override
    def run(self, connection: sqlite3.Connection) -> int:
        """Write; how many events of the reply are written if the transaction is not lost."""
        self._taken_up()
        while self._pending:
            self._unwritten.append(self._pending.popleft())
        add_to_journal(connection, self._message_id, self._written, self._unwritten)
        return self._written + len(self._unwritten)

    @override
    def settle(self, result: Any, error: Exception | None) -> None:
        if error is None:
            # Not all there is: others may have run in the same transaction, and failed.
            del self._unwritten[: max(0, result - self._written)]
            self._written = max(self._written, result)
            self._has_failed = False
        elif isinstance(error, NotInStoreError):
            self._unwritten.clear()  # the conversation was deleted while the reply streamed
        else:
            self._taken_up()  # the next piece tries again
            if not self._has_failed:
                plain = error if isinstance(error, StorageError) else StorageError(str(error), "journal")
                self._report(plain)
            self._has_failed = True


class _Finish(AwaitedWork[int]):
    """The last batch and the end of the reply."""

    def __init__(self, end: Callable[[sqlite3.Connection], int], batch: _Batch) -> None:
        super().__init__(end)
        self._batch = batch

    @override
    def settle(self, result: Any, error: Exception | None) -> None:
        if error is None:
            self._batch.settle(result, None)
        super().settle(result, error)  # what failed is told to the caller alone


def begin_reply(
    connection: sqlite3.Connection, conversation_id: int, source: str, parent_id: int | Head | None
) -> int:
    """Add a message that is to be received; its id."""
    body = dump_event(TextMessage(content="", source=source))
    return append(connection, conversation_id, NewMessage(body, "streaming", now()), parent_id)


def add_to_journal(
    connection: sqlite3.Connection, message_id: int, start: int, events: Sequence[Event]
) -> None:
    """Add what was received, neighbouring pieces as one row. Adding it again, and more, changes nothing else.

    Args:
        connection: Writes.
        message_id: The reply.
        start: The place of the first event in the reply.
        events: In order.
    """
    row = connection.execute("SELECT state FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise NotInStoreError("The conversation of this reply was deleted.", "message")
    if row[0] != "streaming":
        return  # it has ended
    connection.executemany(
        "INSERT OR REPLACE INTO journal VALUES (?, ?, ?)",
        [(message_id, start + place, dump_event(each)) for place, each in merge_pieces(events)],
    )


class Ending:
    """How a reply ends: the message and its dump, or None for what was received; state and details."""

    def __init__(
        self, message: BaseChatMessage | None, body: str | None, state: MessageState, details: str = "{}"
    ) -> None:
        self.message = message
        self.body = body
        self.state = state
        self.details = details


def end_reply(connection: sqlite3.Connection, message_id: int, source: str, ending: Ending) -> None:
    """Make the journal the message and its events. Doing it again changes nothing."""
    row = connection.execute(
        "SELECT conversation_id, head_id FROM messages JOIN conversations"
        " ON conversations.id = conversation_id WHERE messages.id = ? AND state = 'streaming'",
        (message_id,),
    ).fetchone()
    if row is None:
        return
    conversation_id, head_id = row
    folded = fold(journal_of(connection, message_id), source, ending.message)
    body = ending.body or dump_event(folded.message)
    connection.execute(
        "UPDATE messages SET body = ?, state = ?, details = ? WHERE id = ?",
        (body, ending.state, ending.details, message_id),
    )
    add_events(connection, message_id, [dump_event(each) for each in folded.events])
    connection.execute("DELETE FROM journal WHERE message_id = ?", (message_id,))
    index_message(connection, message_id, body)
    if head_id == message_id:
        set_head(connection, conversation_id, message_id)
    touch(connection, conversation_id, next_number(connection))


def recover_replies(connection: sqlite3.Connection) -> int:
    """End the replies that a crash cut, with what was received; how many there were."""
    rows = connection.execute(
        "SELECT id, body FROM messages WHERE state = 'streaming' ORDER BY id"
    ).fetchall()
    for message_id, body in rows:
        end_reply(connection, message_id, load_message(body).source, Ending(None, None, "interrupted"))
    return len(rows)
