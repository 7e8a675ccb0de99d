"""The file of the store, from the thread that writes to it: opening, and what stands in the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop_agent.storage.backups import Backups
from desktop_agent.storage.bin import purge_old
from desktop_agent.storage.connection import (
    ReadMode,
    make_private_file,
    make_private_folder,
    open_reader,
    open_writer,
    read_mode_of,
    sync_folder,
)
from desktop_agent.storage.errors import (
    DAMAGED,
    FULL,
    READ_ONLY,
    VANISHED,
    StorageError,
    StoreDamagedError,
    StoreFullError,
    StoreNewerError,
    StoreReadOnlyError,
    StoreVanishedError,
    is_damage,
    plain_error,
)
from desktop_agent.storage.lock import WriterLock
from desktop_agent.storage.records import StoreStatus
from desktop_agent.storage.repair import Repair, make_empty_store
from desktop_agent.storage.replies import recover_replies
from desktop_agent.storage.schema import APPLICATION_ID, VERSION, migrate, version_of

NEWER: Final = (
    "A newer version of Desktop Agent made the file of your conversations. This version can read it but not "
    "change it. Install the newer version to go on."
)
SMALLEST_BYTES: Final = 512
UNREAD_LOG: Final = (
    "What was said last may be missing here: it is in a log that can only be read where files can be written."
)
FOREIGN: Final = (
    "{path} belongs to another program and was left as it is. Move it away and start Desktop Agent again; "
    "until then nothing is saved."
)


@dataclass(frozen=True, slots=True)
class Source:
    """What readers read: a file and how, or an empty store in memory if `path` is None."""

    path: Path | None
    mode: ReadMode = "query"

    def connect(self) -> sqlite3.Connection:
        """A new connection that only reads."""
        connection = open_reader(self.path, self.mode)
        if self.path is None:
            migrate(connection)
        return connection


class StoreFile:
    """Opens the file for writing, or says why it can only be read. Used by one thread.

    Args:
        path: The file; its folder is made if needed.
        read_only: Only read, whatever is possible.

    Attributes:
        source: What readers read; None until it is open.
        status: How the store stands; None until it is open.
        backups: Its backups.
        is_to_be_repaired: Whether to repair the file when it is opened next.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.source: Source | None = None
        self.status: StoreStatus | None = None
        self._wants_read_only = read_only
        self._refusal: StoreReadOnlyError | None = None
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._lock: WriterLock | None = None
        self._marker = path.with_name(path.name + ".damaged")
        self.backups = Backups(path)
        self.is_to_be_repaired = False

    def connection(self) -> sqlite3.Connection:
        """The connection that writes; opens the store if needed.

        Raises:
            StorageError: Nothing can be written, with the reason.
        """
        self.open()
        if self._connection is None:
            refusal = self._refusal or StoreReadOnlyError(READ_ONLY)
            raise type(refusal)(str(refusal), refusal.reason)
        if _identity_of(self.path) != self._identity:
            raise StoreVanishedError(VANISHED, "ENOENT")
        return self._connection

    def open(self) -> StoreStatus:
        """Open the store; does nothing if it is open.

        Raises:
            StorageError: It can neither be written nor read. The next call tries again.
        """
        if self.status is not None:
            return self.status
        try:
            self.status = self._open_read_only("") if self._wants_read_only else self._open_writable()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise plain_error(error) from error
        except BaseException:
            self.close()
            raise
        return self.status

    def close(self) -> None:
        """Close the connection and let others write."""
        self._disconnect()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self.source = self.status = None

    def _open_writable(self) -> StoreStatus:
        try:
            make_private_folder(self.path.parent)
            self._lock = WriterLock(self.path.with_name(self.path.name + ".lock"))
        except StoreReadOnlyError as error:
            return self._open_read_only(str(error), error)
        except OSError as error:
            plain = plain_error(error)
            return self._open_read_only(str(plain), StoreReadOnlyError(str(plain), plain.reason))
        try:
            if _is_foreign(self.path):
                return self._refuse(
                    StoreReadOnlyError(FOREIGN.format(path=self.path), "application_id"), None
                )
            note = self._see_to_file()
            try:
                return self._connect(note)
            except (sqlite3.Error, StoreDamagedError) as error:
                if not (is_damage(error) or isinstance(error, StoreDamagedError)):
                    raise
                self._disconnect()
                return self._connect(self._repair())
        except (sqlite3.Error, OSError, StorageError) as error:
            self._disconnect()
            plain = error if isinstance(error, StorageError) else plain_error(error)
            refusal = StoreReadOnlyError(str(plain), plain.reason)
            try:
                return self._open_read_only(str(plain), refusal)
            except sqlite3.Error:
                return self._refuse(refusal, None)  # nor can it be read

    def _see_to_file(self) -> str:
        """See to it that there is a file to be opened; a sentence if that took more than making it."""
        repair = Repair(self.path)
        # SQLite takes a file that is shorter than any page for a new one, and writes to it.
        is_lost = not self.path.exists() or self.path.stat().st_size < SMALLEST_BYTES
        if repair.is_half_done or self.is_to_be_repaired or self._marker.exists():
            return self._repair()
        if self.path.exists() and not is_lost:
            return ""
        if self.path.exists() or self.backups.all() or self.path.with_name(self.path.name + "-wal").exists():
            return self._repair()
        new = self.path.with_name(self.path.name + ".new")
        make_empty_store(new)
        new.replace(self.path)  # a half-made file never has the name of the store
        sync_folder(self.path.parent)
        return ""

    def _repair(self) -> str:
        if _newer_version(self.path):
            raise StoreNewerError(NEWER, "user_version")  # what it has more than ours must not be lost
        note = Repair(self.path).run()
        self._marker.unlink(missing_ok=True)
        self.is_to_be_repaired = False
        return note

    def _connect(self, note: str) -> StoreStatus:
        connection = self._connection = open_writer(self.path)
        version = version_of(connection)
        if version < 1 or connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise StoreDamagedError(DAMAGED, "application_id")  # no store of ours is ever so
        if version > VERSION:
            return self._refuse(StoreNewerError(NEWER, "user_version"), self.path)
        _check_size(self.path, connection)
        if version < VERSION:
            self.backups.make(connection, f"before-{VERSION}")
            migrate(connection)
        self._identity = _identity_of(self.path)
        self.source = Source(self.path)
        try:
            recovered = _recover(connection)
        except sqlite3.Error as error:
            if not isinstance(plain_error(error), StoreFullError):
                raise
            return StoreStatus(reason=FULL)  # what a crash cut waits for the next start
        return StoreStatus(reason=note, recovered=recovered)

    @property
    def is_marked(self) -> bool:
        """Whether the next start repairs the file."""
        return self._marker.exists()

    def mark_damaged(self) -> None:
        """Have the next start repair the file."""
        with suppress(OSError):
            make_private_file(self._marker)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # what is committed is in the log, at least
                connection.close()

    def _refuse(self, refusal: StoreReadOnlyError, path: Path | None) -> StoreStatus:
        self._disconnect()
        self._refusal, self.source = refusal, Source(path)
        return StoreStatus(is_read_only=True, reason=str(refusal))

    def _open_read_only(self, reason: str, refusal: StoreReadOnlyError | None = None) -> StoreStatus:
        self._refusal = refusal or StoreReadOnlyError("The conversations were opened for reading alone.")
        if not self.path.exists() or self.path.stat().st_size == 0:
            self.source = Source(None)
            return StoreStatus(is_read_only=True, reason=reason)
        if _is_foreign(self.path):
            self.source = Source(None)
            return StoreStatus(is_read_only=True, reason=FOREIGN.format(path=self.path))
        source = Source(self.path, read_mode_of(self.path))
        if source.mode == "immutable" and _has_log(self.path):
            reason = f"{reason} {UNREAD_LOG}".strip()
        self.source = source
        return StoreStatus(is_read_only=True, reason=reason)


def _recover(connection: sqlite3.Connection) -> int:
    """End the replies that a crash cut, and empty the old part of the bin; how many replies there were."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        recovered = recover_replies(connection)
        purge_old(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return recovered


def _header(path: Path) -> tuple[bool, bool, int]:
    """Whether a file begins as SQLite's do, whether it says that it is ours, and its version."""
    with path.open("rb") as file:
        header = file.read(100)
    is_ours = int.from_bytes(header[68:72], "big") == APPLICATION_ID
    return header.startswith(b"SQLite format 3\0"), is_ours, int.from_bytes(header[60:64], "big")


def _newer_version(path: Path) -> bool:
    """Whether a later version of the program made the file, damaged or not."""
    try:
        is_database, is_ours, version = _header(path)
    except OSError:
        return False
    return is_database and is_ours and version > VERSION


def _is_foreign(path: Path) -> bool:
    """Whether the file is a database of another program; a damaged one of ours is not."""
    try:
        is_database, is_ours, _ = _header(path)
        if is_ours or not is_database:
            return False
        with closing(open_reader(path, "immutable")) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    except (OSError, sqlite3.Error):
        return False
    return "message_index" not in names


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _check_size(path: Path, connection: sqlite3.Connection) -> None:
    """See whether the end of the file is missing, which SQLite notices only when it reads there."""
    (count,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if not _has_log(path) and path.stat().st_size < count * size:
        raise StoreDamagedError(DAMAGED, "truncated")


def _identity_of(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of the same name; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
