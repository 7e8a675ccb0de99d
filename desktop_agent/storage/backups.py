"""Copies of the store: one a day, and one before each migration."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desktop_agent.storage.connection import make_private_file, sync_folder
from desktop_agent.storage.errors import StorageError, StoreFullError
from desktop_agent.storage.schema import APPLICATION_ID

KEPT: Final = 5
"""Backups of each kind that are kept."""

DAY_SECONDS: Final = 24 * 3600
_PAGES_AT_ONCE: Final = 2_000
_SPARE_BYTES: Final = 64 * 1024 * 1024


class Backups:
    """The backups of one store, in the folder "backups" beside it.

    Args:
        path: The file of the store.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folder = path.parent / "backups"

    def all(self) -> list[Path]:
        """All backups, the newest first."""
        return sorted(self.folder.glob(f"{self._path.stem}-*.db"), key=lambda each: each.name, reverse=True)

    def is_due(self) -> bool:
        """Whether the newest backup is a day old (or from the future, since the clock was set back)."""
        found = [each for each in self.all() if "-before-" not in each.name]
        try:
            return not found or abs(time.time() - found[0].stat().st_mtime) > DAY_SECONDS
        except OSError:
            return True

    def make(
        self, source: sqlite3.Connection, reason: str = "", is_stale: Callable[[], bool] = lambda: False
    ) -> Path:
        """Copy what `source` sees, and delete the oldest backups of the kind.

        Args:
            source: Best in a transaction, so that what is written meanwhile does not begin the copy anew.
            reason: "" for a daily one; else it becomes part of the name ("before-2").
            is_stale: Whether to give up; asked now and then.

        Returns:
            The new file.

        Raises:
            StoreFullError: There is not enough room for it.
            sqlite3.Error: The copy failed; the older ones are still there.
            StorageError: It was given up.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)  # not what is above it: that may have vanished
        self._check_room()
        partial = self.folder / f"{self._path.stem}.partial"
        partial.unlink(missing_ok=True)
        make_private_file(partial)

        def watch(status: int, remaining: int, total: int) -> None:
            if is_stale():
                raise StorageError("The backup was given up.", "closed")

        try:
            copy = sqlite3.connect(partial, isolation_level=None)
            try:
                source.backup(copy, pages=_PAGES_AT_ONCE, progress=watch, sleep=0)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file without a log beside it
            finally:
                copy.close()
            backup = self._new_name(reason)
            partial.replace(backup)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(self.folder)
        self._prune()
        return backup

    def _check_room(self) -> None:
        needed = self._path.stat().st_size + _SPARE_BYTES
        if shutil.disk_usage(self.folder).free < needed:
            raise StoreFullError(
                "There is not enough room on the disk for today's backup of your conversations.", "ENOSPC"
            )

    def _new_name(self, reason: str) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        return self.folder / f"{self._path.stem}-{stamp}{'-' if reason else ''}{reason}.db"

    def _prune(self) -> None:
        for is_daily in (True, False):
            kind = [each for each in self.all() if ("-before-" not in each.name) is is_daily]
            for old in kind[KEPT:]:
                old.unlink(missing_ok=True)


def is_usable(backup: Path) -> bool:
    """Whether a backup can be opened and is one of ours."""
    try:
        connection = sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            is_ours: bool = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            return is_ours and connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        finally:
            connection.close()
    except sqlite3.Error:
        return False
