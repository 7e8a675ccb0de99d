"""Connections to the file: one that writes, others that read, and what they may do."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import Final, Literal, TypeAlias

from desktop_agent.storage.schema import see_as_newest

BUSY_SECONDS: Final = 5.0
WAL_KEPT_BYTES: Final = 64 * 1024 * 1024

ReadMode: TypeAlias = Literal["query", "read", "immutable"]
"""How a file can be read: "query": as any program would, with its log and locks; "read": where the file can't
be written; "immutable": without log and locks, in a folder where these can't be made."""


def open_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes to `path`, which must exist.

    A commit returns when the data is on the disk (`synchronous = FULL` with a write-ahead log).

    Raises:
        sqlite3.Error: SQLite's own, with its `sqlite_errorname`.
    """
    connection = _connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        # macOS: a plain fsync leaves the data in the cache of the disk.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path | None, mode: ReadMode = "query") -> sqlite3.Connection:
    """A connection that only reads; from an empty store in memory when `path` is None.

    Raises:
        sqlite3.Error: The file can't be read in this way.
    """
    if path is None:
        return sqlite3.connect(":memory:", isolation_level=None)
    options = {"query": "mode=rw", "read": "mode=ro", "immutable": "mode=ro&immutable=1"}
    connection = _connect(path, options[mode])
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        see_as_newest(connection)
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def read_mode_of(path: Path) -> ReadMode:
    """The best way in which `path` can be read.

    Raises:
        sqlite3.Error: There is none.
    """
    modes: tuple[ReadMode, ...] = ("query", "read")
    for mode in modes:
        try:
            open_reader(path, mode).close()
        except sqlite3.OperationalError:
            continue
        return mode
    open_reader(path, "immutable").close()
    return "immutable"


def read_garbled_text(connection: sqlite3.Connection) -> None:
    """Read texts from damaged pages as far as they can be; by default they raise OperationalError."""
    connection.text_factory = lambda text: text.decode("utf-8", "replace")


def _connect(path: Path, options: str) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    if sys.platform == "win32" and not address.startswith("file:///"):
        address = "file:////" + address.removeprefix("file://")  # a network share
    return sqlite3.connect(f"{address}?{options}", timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for its owner alone.

    Raises:
        OSError: It can't be made.
    """
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file for its owner alone; SQLite gives its logs the same permissions.

    Raises:
        OSError: It can't be made.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk (Windows does so by itself)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
