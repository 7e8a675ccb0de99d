"""The threads that touch SQLite, so that the event loop never does: `WriterThread` and `ReaderThread`."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from typing_extensions import override

from desktop_agent.storage.connection import read_garbled_text
from desktop_agent.storage.errors import (
    SearchReplacedError,
    StorageError,
    StoreDamagedError,
    error_name,
    plain_error,
)

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]


class Work(ABC):
    """One thing to do in a thread. It may run twice, if the transaction around it was lost."""

    @abstractmethod
    def run(self, connection: sqlite3.Connection) -> object:
        """Do it; what it returns goes to `settle`."""

    @abstractmethod
    def settle(self, result: object, error: Exception | None) -> None:
        """Take the result, after the commit, or what went wrong; in the thread. Must not raise."""


class AwaitedWork(Work, Generic[T]):
    """Work that a coroutine waits for. It is done also when the coroutine is cancelled meanwhile."""

    def __init__(self, job: Job[T]) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    @override
    def run(self, connection: sqlite3.Connection) -> object:
        return self._job(connection)

    @override
    def settle(self, result: Any, error: Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._resolve, result, error)

    def _resolve(self, result: T, error: Exception | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


class StoreThread(ABC):
    """A thread that works until it is closed; what waits then is done before."""

    def __init__(self, name: str, on_damage: Callable[[StoreDamagedError], None]) -> None:
        self._on_damage = on_damage
        self._condition = threading.Condition()
        self._waiting: deque[Work] = deque()
        self._is_closing = False
        self._when_ended: Callable[[], None] | None = None
        # A daemon: a program that ends without `close` must not hang.
        self._thread = threading.Thread(target=self._run_to_the_end, name=name, daemon=True)
        self._thread.start()

    @abstractmethod
    def _run(self) -> None:
        """Work until `_is_closing`, and free what is held."""

    def _run_to_the_end(self) -> None:
        try:
            self._run()
        finally:
            if self._when_ended is not None:
                self._when_ended()

    def close(self, when_ended: Callable[[], None] | None = None) -> None:
        """Do what waits and end; a further call changes nothing.

        Args:
            when_ended: Is called in the thread when all is done; `join` does not wait any more then.
        """
        with self._condition:
            if not self._is_closing:
                self._is_closing = True
                self._when_ended = when_ended
                self._condition.notify()

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join()

    def _settle(self, work: Work, result: object, error: Exception | None) -> None:
        """Tell `work` what came of it: errors of SQLite and the disk as sentences, others as they are."""
        if isinstance(error, (sqlite3.Error, OSError)):
            plain = plain_error(error)
            plain.__cause__ = error
            error = plain
        if isinstance(error, StoreDamagedError):
            self._on_damage(error)
        work.settle(result, error)

    @property
    def is_closing(self) -> bool:
        """Whether nothing more is taken on."""
        return self._is_closing

    def _check_open(self) -> None:
        if self._is_closing:
            raise StorageError("The conversations are closed already.", "closed")


class Writing(Protocol):
    """What a `WriterThread` asks of the store that it writes to; all of it in the thread."""

    def connection(self) -> sqlite3.Connection:
        """The open connection; raises StorageError if nothing can be written."""

    def close(self) -> None:
        """Close the connection and free the file."""


class WriterThread(StoreThread):
    """Writes: all that waits goes into one transaction, since what costs is the commit.

    What fails fails alone: each piece of work has a savepoint, and if the whole transaction is lost (a full
    disk), each is tried by itself.

    Args:
        store: Gives the connection.
        on_damage: Is told, in the thread, when the file turns out to be damaged.
    """

    def __init__(self, store: Writing, on_damage: Callable[[StoreDamagedError], None]) -> None:
        self._store = store
        self._later: list[tuple[float, int, Work]] = []
        self._numbers = itertools.count()
        super().__init__("store-writer", on_damage)

    def submit(self, work: Work, delay: float = 0.0) -> None:
        """Do `work` now, or in `delay` seconds; from any thread.

        Raises:
            StorageError: The store is closed.
        """
        with self._condition:
            self._check_open()
            if delay:
                heapq.heappush(self._later, (time.monotonic() + delay, next(self._numbers), work))
            else:
                self._waiting.append(work)
            self._condition.notify()

    @override
    def _run(self) -> None:
        while works := self._next_works():
            self._perform(works)
            works.clear()
        self._store.close()

    def _next_works(self) -> list[Work]:
        """All that is to be done now; waits for it. Empty at the end."""
        with self._condition:
            while True:
                while self._later and (self._is_closing or self._later[0][0] <= time.monotonic()):
                    self._waiting.append(heapq.heappop(self._later)[2])
                if self._waiting or self._is_closing:
                    works = list(self._waiting)
                    self._waiting.clear()
                    return works
                self._condition.wait(self._later[0][0] - time.monotonic() if self._later else None)

    def _perform(self, works: Sequence[Work]) -> None:
        """Do all in one transaction, then tell each what came of it."""
        try:
            connection = self._store.connection()
            connection.execute("BEGIN IMMEDIATE")
        except Exception as error:  # noqa: BLE001 - the callers get it; the thread lives on
            for work in works:
                self._settle(work, None, error)
            return
        try:
            outcomes = [(work, *_attempt(connection, work)) for work in works]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if len(works) == 1:
                self._settle(works[0], None, error)
            else:
                for work in works:
                    self._perform([work])
            return
        for work, result, failure in outcomes:
            self._settle(work, result, failure)


def _attempt(connection: sqlite3.Connection, work: Work) -> tuple[object, Exception | None]:
    """Do one piece of work; undo it alone if it fails.

    Raises:
        sqlite3.Error: The transaction is lost, with all before it.
    """
    connection.execute("SAVEPOINT work")
    try:
        outcome: tuple[object, Exception | None] = work.run(connection), None
    except Exception as error:
        if not connection.in_transaction:
            if isinstance(error, sqlite3.Error):
                raise
            raise sqlite3.OperationalError("the transaction is lost") from error
        connection.execute("ROLLBACK TO work")
        outcome = None, error
    connection.execute("RELEASE work")
    return outcome


def _in_snapshot(connection: sqlite3.Connection, work: Work) -> object:
    """Let all statements of `work` see the same."""
    connection.execute("BEGIN")
    try:
        return work.run(connection)
    finally:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


class ReaderThread(StoreThread):
    """Reads with a connection of its own, one piece of work after the other.

    Args:
        name: Of the thread.
        connect: Makes the connection when there is work.
        on_damage: Is told, in the thread, when the file turns out to be damaged.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], sqlite3.Connection],
        on_damage: Callable[[StoreDamagedError], None],
    ) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._running: Work | None = None
        self._interrupted: set[Work] = set()
        super().__init__(name, on_damage)

    def submit(self, work: Work) -> None:
        """Do `work` after what waits.

        Raises:
            StorageError: The store is closed.
        """
        with self._condition:
            self._check_open()
            self._waiting.append(work)
            self._condition.notify()

    def interrupt(self, work: Work | None = None) -> None:
        """End `work`, or all that waits or runs, with SearchReplacedError."""
        with self._condition:
            stale = [each for each in self._waiting if work in (None, each)]
            for each in stale:
                self._waiting.remove(each)
            if self._running is not None and work in (None, self._running):
                self._interrupted.add(self._running)
                if self._connection is not None:
                    self._connection.interrupt()
        for each in stale:
            each.settle(None, _replaced())

    def is_interrupted(self, work: Work) -> bool:
        """Whether `work` need not go on."""
        return work in self._interrupted

    def reconnect(self) -> None:
        """Use a new connection from the next piece of work on; runs in this thread, as `Work`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @override
    def _run(self) -> None:
        while (work := self._next_work()) is not None:
            result, error = self._read(work)
            with self._condition:
                self._running = None
                if work in self._interrupted:
                    self._interrupted.discard(work)
                    result, error = None, _replaced()
            self._settle(work, result, error)
            del work, result, error
        self.reconnect()

    def _next_work(self) -> Work | None:
        with self._condition:
            while not self._waiting:
                if self._is_closing:
                    return None
                self._condition.wait()
            self._running = self._waiting.popleft()
            return self._running

    def _read(self, work: Work) -> tuple[object, Exception | None]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            try:
                return _in_snapshot(self._connection, work), None
            except sqlite3.OperationalError as error:
                if error_name(error):
                    raise
            # Not SQLite's but Python's: a text is no UTF-8. All reads are slower from now on.
            read_garbled_text(self._connection)
            return _in_snapshot(self._connection, work), None
        except Exception as error:  # noqa: BLE001 - its caller gets it
            if error_name(error).startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOTADB")):
                self.reconnect()
            return None, error


def _replaced() -> SearchReplacedError:
    return SearchReplacedError("A newer search took the place of this one.", "SQLITE_INTERRUPT")
