"""A store with its threads: opening, closing, checks and backups."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from typing_extensions import override

from desktop_agent.storage import drafts
from desktop_agent.storage.backups import DAY_SECONDS
from desktop_agent.storage.errors import (
    DAMAGED,
    VANISHED,
    StorageError,
    StoreDamagedError,
    StoreFullError,
    StoreVanishedError,
    error_name,
    is_damage,
)
from desktop_agent.storage.records import StoreStatus
from desktop_agent.storage.store_file import StoreFile
from desktop_agent.storage.threads import AwaitedWork, Job, ReaderThread, StoreThread, Work, WriterThread

logger = logging.getLogger(__name__)
T = TypeVar("T")

FULL_CHECK_SECONDS: Final = 7 * 24 * 3600
_CHECKED_KEY: Final = "storage.full_check"
_ENDED: Final = ("closed", "SQLITE_INTERRUPT")
"""Reasons of what went wrong only because the store is being closed."""


class OpenStore:
    """What is below the calls of `ConversationStore`, which see."""

    def __init__(
        self,
        path: Path | str,
        *,
        read_only: bool = False,
        on_fault: Callable[[StorageError], None] | None = None,
    ) -> None:
        self.path = Path(path)
        self._file = StoreFile(self.path, read_only=read_only)
        self._on_fault = on_fault
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._is_looked_after = False
        self._tomorrow: asyncio.TimerHandle | None = None
        self._writer: WriterThread | None = None
        self._readers: dict[str, ReaderThread] = {}

    async def open(self) -> StoreStatus:
        """Open the store, make it if there is none, and put replies together that a crash cut.

        Every other call opens first if needed; several calls open once. Then, in the background, the file is
        checked and the day's backup made.

        Raises:
            StorageError: It can neither be written nor read.
        """
        self._is_closed = False
        return await self._open()

    async def _open(self) -> StoreStatus:
        status = self._file.status
        if status is not None and self._is_looked_after:
            return status  # readers never wait for a commit
        work = _Opening(self._file)
        self._submit(work)
        status = await work.future
        if self._writer is not None and not self._is_looked_after:
            self._is_looked_after = True
            if not status.is_read_only:
                self._look_after(self._writer)
        return status

    async def close(self) -> None:
        """Write what waits and end the threads. Later calls fail, unless `open` is called again."""
        self._is_closed = True
        self._is_looked_after = False
        if self._tomorrow is not None:
            self._tomorrow.cancel()
        threads: list[StoreThread] = [*self._readers.values()]
        for name, reader in self._readers.items():
            if name != "store-reader":
                reader.interrupt()
        if self._writer is not None:
            threads.append(self._writer)  # the last, as its connection tidies up
        self._readers, self._writer = {}, None
        try:
            for thread in threads:
                await asyncio.shield(_closing(thread))
                thread.join()  # it is at its last instruction
        finally:  # nobody may wait any more; they end all the same
            for thread in threads:
                thread.close()

    async def repair(self) -> StoreStatus:
        """Save what can be read of a damaged file into a new one; the old one is kept under another name.

        What is missing is taken from the newest good backup. The status says what was saved. A reply that
        streams meanwhile ends here, interrupted: best wait for its end.

        Raises:
            StorageError: There can be no new file, for example on a full disk.
        """
        await self.close()
        self._file.is_to_be_repaired = True
        return await self.open()

    async def check(self, *, full: bool = False) -> list[str]:
        """What is wrong with the file, a line each; empty if all is well.

        Args:
            full: Look at the indexes, too: several times as long.
        """
        await self._open()
        return await self._in_thread("store-check", lambda c: _problems(c, full=full))

    async def backup(self) -> Path:
        """Copy the store into the folder "backups" beside it; the oldest copies go. The new file.

        Raises:
            StorageError: There is no room for it.
        """
        await self._open()
        keeper = self._reader("store-keeper")
        return await self._in_thread("store-keeper", lambda c: self._make_backup(c, keeper, None))

    async def backups(self) -> list[Path]:
        """The backups, the newest first."""
        return await self._read(lambda _: self._file.backups.all())

    def _look_after(self, writer: WriterThread) -> None:
        """Check the file in the background and make the backup of the day; tomorrow again."""
        loop = asyncio.get_running_loop()
        self._tomorrow = loop.call_later(DAY_SECONDS, self._look_after, writer)
        keeper = self._reader("store-keeper")
        work: Work

        def look_after(connection: sqlite3.Connection) -> None:
            last = drafts.recall(connection, _CHECKED_KEY)
            age = abs(time.time() - last) if isinstance(last, (int, float)) else None
            is_full = age is None or age > FULL_CHECK_SECONDS
            if problems := _problems(connection, full=is_full):
                logger.error("The store is damaged: %s", "; ".join(problems[:5]))
                raise StoreDamagedError(DAMAGED, problems[0])
            if is_full and not keeper.is_interrupted(work):
                checked = time.time()
                writer.submit(_Unwatched(lambda c: drafts.remember(c, _CHECKED_KEY, checked), self._report))
            if (
                self._file.backups.is_due()
                and connection.execute("SELECT 1 FROM messages LIMIT 1").fetchone()
            ):
                self._make_backup(connection, keeper, work)

        work = _Unwatched(look_after, self._report)
        keeper.submit(work)

    def _make_backup(self, connection: sqlite3.Connection, keeper: ReaderThread, work: Work | None) -> Path:
        def is_stale() -> bool:
            return keeper.is_closing or (work is not None and keeper.is_interrupted(work))

        return self._file.backups.make(connection, is_stale=is_stale)

    def _submit(self, work: Work, delay: float = 0.0) -> None:
        if self._is_closed:
            raise StorageError("The conversations are closed already.", "closed")
        if self._writer is None:
            self._loop = asyncio.get_running_loop()
            self._writer = WriterThread(self._file, self._note_damage)
        self._writer.submit(work, delay)

    def _reader(self, name: str) -> ReaderThread:
        if name not in self._readers:
            self._readers[name] = ReaderThread(name, self._connect_reader, self._note_damage)
        return self._readers[name]

    async def _write(self, job: Job[T]) -> T:
        """Do `job` in the next transaction; it is done even if the caller is cancelled."""
        work = AwaitedWork(job)
        self._submit(work)
        return await work.future

    async def _read(self, job: Job[T]) -> T:
        await self._open()
        return await self._in_thread("store-reader", job)

    async def _in_thread(self, name: str, job: Job[T]) -> T:
        work = AwaitedWork(job)
        self._reader(name).submit(work)
        return await work.future

    def _connect_reader(self) -> sqlite3.Connection:
        source = self._file.source
        if source is None:
            raise StorageError("The conversations are closed already.", "closed")
        if source.path is not None and not source.path.exists():
            raise StoreVanishedError(VANISHED, "ENOENT")
        return source.connect()

    def _note_damage(self, error: StoreDamagedError) -> None:
        if not self._file.is_marked:
            self._file.mark_damaged()
            self._report(error)

    def _report(self, error: StorageError) -> None:
        """Tell of a fault that no caller waits for; from any thread."""
        if self._on_fault is None or self._loop is None:
            return
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._on_fault, error)


class _Opening(AwaitedWork[StoreStatus]):
    """Waits until the store is open; a store that can only be read is, too."""

    def __init__(self, file: StoreFile) -> None:
        super().__init__(lambda _: StoreStatus())
        self._file = file

    @override
    def settle(self, result: Any, error: Exception | None) -> None:
        status = self._file.status
        super().settle(status, None if status is not None else error)


class _Unwatched(Work):
    """Work that nobody waits for; what goes wrong is logged, and a full disk is told."""

    def __init__(self, job: Job[object], report: Callable[[StorageError], None]) -> None:
        self._job = job
        self._report = report

    @override
    def run(self, connection: sqlite3.Connection) -> object:
        return self._job(connection)

    @override
    def settle(self, result: object, error: Exception | None) -> None:
        if error is None or getattr(error, "reason", "") in _ENDED:
            return
        logger.warning("Looking after the store: %s", error)
        if isinstance(error, StoreFullError):
            self._report(error)


def _problems(connection: sqlite3.Connection, *, full: bool) -> list[str]:
    """What SQLite finds wrong with the file."""
    check = "integrity_check" if full else "quick_check"
    try:
        found = [str(line) for (line,) in connection.execute(f"PRAGMA {check}(20)") if line != "ok"]
        if full:
            rows = connection.execute("PRAGMA foreign_key_check").fetchmany(20)
            found += [f"row {row[1]} of {row[0]} points to nothing in {row[2]}" for row in rows]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return [error_name(error)]
    return found


def _closing(thread: StoreThread) -> asyncio.Future[None]:
    """Close a thread; done when it has done what waits."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def resolve() -> None:
        if not done.done():
            done.set_result(None)

    def tell() -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(resolve)

    thread.close(tell)
    return done
