"""The file of the store, from the thread that writes to it: opening, and what stands in the way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
    READ_ONLY,
    VANISHED,
    StorageError,
    StoreNewerError,
    StoreReadOnlyError,
    StoreVanishedError,
    plain_error,
)
from desktop_agent.storage.lock import WriterLock
from desktop_agent.storage.records import StoreStatus
from desktop_agent.storage.replies import recover_replies
from desktop_agent.storage.schema import APPLICATION_ID, VERSION, migrate, version_of

NEWER: Final = (
    "A newer version of Desktop Agent made the file of your conversations. This version can read it but not "
    "change it. Install the newer version to go on."
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

    def connection(self) -> sqlite3.Connection:
        """The connection that writes; opens the store if needed.

        Raises:
            StorageError: Nothing can be written, with the reason.
        """
        self.open()
        if self._connection is None:
            raise self._refusal or StoreReadOnlyError(READ_ONLY)
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
        except StorageError:
            self.close()
            raise
        return self.status

    def close(self) -> None:
        """Close the connection and let others write."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.execute("PRAGMA optimize")
            except sqlite3.Error:
                pass  # it only makes queries faster
            finally:
                connection.close()
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
        if not self.path.exists():
            self._create()
        connection = self._connection = open_writer(self.path)
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            return self._refuse(
                StoreReadOnlyError(FOREIGN.format(path=self.path), "application_id"), Source(None)
            )
        if version_of(connection) > VERSION:
            return self._refuse(StoreNewerError(NEWER, "user_version"), Source(self.path))
        migrate(connection)
        recovered = self._recover(connection)
        self._identity = _identity_of(self.path)
        self.source = Source(self.path)
        return StoreStatus(recovered=recovered)

    def _refuse(self, refusal: StoreReadOnlyError, source: Source) -> StoreStatus:
        self.close()
        self._refusal, self.source = refusal, source
        return StoreStatus(is_read_only=True, reason=str(refusal))

    def _open_read_only(self, reason: str, refusal: StoreReadOnlyError | None = None) -> StoreStatus:
        self._refusal = refusal or StoreReadOnlyError("This store was opened for reading alone.")
        if not self.path.exists():
            self.source = Source(None)
        else:
            self.source = Source(self.path, read_mode_of(self.path))
        return StoreStatus(is_read_only=True, reason=reason)

    def _create(self) -> None:
        """Make an empty store under another name first: a half-made file never has the name of the store."""
        new = self.path.with_name(self.path.name + ".new")
        for left in (new, *(new.with_name(new.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
        make_private_file(new)
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        new.replace(self.path)
        sync_folder(self.path.parent)

    def _recover(self, connection: sqlite3.Connection) -> int:
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


def _identity_of(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of the same name; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
