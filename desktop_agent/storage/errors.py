"""What can go wrong with the store, as sentences for people.

StorageError
├── StoreFullError        the disk is full; what is on the screen can still be exported
├── StoreReadOnlyError    nothing can be written, now or at all
│   ├── StoreLockedError  another program writes to the store
│   └── StoreNewerError   a later version of the program made it
├── StoreDamagedError     the file is damaged; `ConversationStore.repair` saves what can be read
├── StoreVanishedError    the file or its folder has gone while the program runs
├── NotInStoreError       there is no such conversation or message
└── SearchReplacedError   a newer search took the place of this one
"""

from __future__ import annotations

import errno
import sqlite3
from typing import Final


class StorageError(Exception):
    """Something that the store can't do; its text is a plain sentence that may be shown.

    Attributes:
        reason: The technical name of the fault, for the log ("SQLITE_IOERR_WRITE"); may be empty.
    """

    def __init__(self, sentence: str, reason: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason


class StoreFullError(StorageError):
    """The disk is full."""


class StoreReadOnlyError(StorageError):
    """The store can be read but not written."""


class StoreLockedError(StoreReadOnlyError):
    """Another program writes to the store."""


class StoreNewerError(StoreReadOnlyError):
    """A later version of the program made the store."""


class StoreDamagedError(StorageError):
    """The file is damaged."""


class StoreVanishedError(StorageError):
    """The file or its folder has gone."""


class NotInStoreError(StorageError):
    """There is no such conversation or message."""


class SearchReplacedError(StorageError):
    """A newer search took the place of this one."""


FULL: Final = (
    "The disk is full, so the conversation can't be saved. Make room on the disk; deleting conversations "
    "needs room, too. What is on the screen can still be exported."
)
DAMAGED: Final = (
    "The file of your conversations is damaged. Start Desktop Agent again: it will save all that can be read."
)
LOCKED: Final = "Another program is writing to your conversations. Nothing can be saved until it is closed."
READ_ONLY: Final = (
    "Your conversations can be read but not changed: the file or its folder is write-protected."
)
VANISHED: Final = (
    "The folder of your conversations has gone, so nothing can be saved. Put it back, or export what is on "
    "the screen."
)
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


def error_name(error: BaseException) -> str:
    """SQLite's name of the error ("SQLITE_FULL"); "" if SQLite did not raise it."""
    return getattr(error, "sqlite_errorname", None) or ""


def is_damage(error: BaseException) -> bool:
    """Whether the error says that the file is damaged."""
    return error_name(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def plain_error(error: sqlite3.Error | OSError) -> StorageError:
    """The error as a sentence. SQLite's names are matched, never its texts."""
    if isinstance(error, OSError):
        return _plain_os_error(error)
    name = error_name(error)
    if name == "SQLITE_FULL":
        return StoreFullError(FULL, name)
    if is_damage(error):
        return StoreDamagedError(DAMAGED, name)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLockedError(LOCKED, name)
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return StoreReadOnlyError(READ_ONLY, name)
    if name == "SQLITE_TOOBIG":
        return StorageError("This text is too long to be saved.", name)
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return StorageError(
            "The disk reported an error, so the conversation can't be saved or read. What is on the screen "
            "can still be exported.",
            name,
        )
    return StorageError(
        "The conversations can't be used, because of a fault in the store.", name or str(error)
    )


def _plain_os_error(error: OSError) -> StorageError:
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if error.errno in _NO_SPACE:
        return StoreFullError(FULL, reason)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreReadOnlyError(READ_ONLY, reason)
    what = (error.strerror or str(error)).lower()
    return StorageError(f"The folder of your conversations can't be used: {what}.", reason)
