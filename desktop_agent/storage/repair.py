"""A damaged, empty or missing file of the store: kept aside, and replaced by what could be saved."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desktop_agent.storage.backups import Backups, is_usable
from desktop_agent.storage.connection import make_private_file, sync_folder
from desktop_agent.storage.salvage import Salvaged, salvage
from desktop_agent.storage.schema import APPLICATION_ID, migrate

_LOGS: Final = ("-wal", "-shm", "-journal")


def make_empty_store(path: Path) -> None:
    """Make an empty store of this version; `path` must not be there.

    Raises:
        sqlite3.Error: It can't be written.
        OSError: The same.
    """
    _delete(path)
    make_private_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")


class Repair:
    """Gives `path` a new store with all that could be saved; what was there is kept under another name.

    The new store is made whole under a name of its own ("….repaired"). If that file is there, all that is
    left to do is the exchange: a repair that was cut short goes on there.

    Args:
        path: The file of the store; nobody may have it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy = _beside(path, ".salvage")
        self._scratch = _beside(path, ".scratch")
        self._new = _beside(path, ".new")
        self._repaired = _beside(path, ".repaired")

    @property
    def is_half_done(self) -> bool:
        """Whether a repair was cut short."""
        return self._repaired.exists()

    def run(self) -> str:
        """Do it; a sentence about what was saved and where the old file is.

        Raises:
            sqlite3.Error: The new store can't be written, for example on a full disk; all is as before.
            OSError: The same.
        """
        if self.is_half_done:
            return f"The file of your conversations was damaged.{self._exchange()}"
        was = self._state()
        backup = next((each for each in Backups(self._path).all() if is_usable(each)), None)
        try:
            saved = self._salvage(backup)
            self._new.replace(self._repaired)
        finally:
            for each in (self._copy, self._scratch, self._new):
                _delete(each)
        return f"{was}{_told(saved, backup)}{self._exchange()}"

    def _state(self) -> str:
        if not self._path.exists():
            return "The file of your conversations was gone."
        is_empty = self._path.stat().st_size == 0
        return f"The file of your conversations was {'empty' if is_empty else 'damaged'}."

    def _salvage(self, backup: Path | None) -> Salvaged:
        for source, copy in [
            (self._path, self._copy),
            (_beside(self._path, "-wal"), _beside(self._copy, "-wal")),
        ]:
            if source.exists():
                make_private_file(copy)
                shutil.copyfile(source, copy)
        make_empty_store(self._new)
        with closing(sqlite3.connect(self._new, isolation_level=None)) as target:
            return salvage(self._copy, backup, target, self._scratch)

    def _exchange(self) -> str:
        """Set aside what is there, log first, since a log must never meet another file; then move in."""
        aside = self._aside_name()
        is_anything_there = self._path.exists()
        for each in _LOGS:
            if _beside(self._path, each).exists():
                _beside(self._path, each).replace(_beside(aside, each))
        if is_anything_there:
            self._path.replace(aside)
        self._repaired.replace(self._path)
        sync_folder(self._path.parent)
        return f" The old file was kept as {aside.name}." if is_anything_there else ""

    def _aside_name(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside, number = _beside(self._path, f".corrupt-{stamp}"), 1
        while any(_beside(aside, end).exists() for end in ("", *_LOGS)):
            number += 1
            aside = _beside(self._path, f".corrupt-{stamp}-{number}")
        return aside


def _told(saved: Salvaged, backup: Path | None) -> str:
    sentences = []
    if saved.messages or saved.conversations:
        sentences.append(f" {_counted(saved.messages)} could be read and were saved.")
    if saved.from_backup and backup is not None:
        day = datetime.fromtimestamp(backup.stat().st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
        sentences.append(f" {_counted(saved.from_backup)} came from the backup of {day}.")
    if not sentences:
        return " Nothing in it could be read and there is no backup, so a new one was begun."
    return "".join(sentences)


def _counted(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _delete(path: Path) -> None:
    for end in ("", *_LOGS):
        _beside(path, end).unlink(missing_ok=True)
