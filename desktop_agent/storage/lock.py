"""Only one program at a time writes to a store: `WriterLock`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from desktop_agent.storage.errors import StoreLockedError

# Windows lets nobody read a locked byte: it is one that no process number reaches.
_LOCKED_BYTE: Final = 1 << 20


class WriterLock:
    """Holds a lock file while its program runs; the system frees it however the program ends.

    Raises:
        StoreLockedError: Another program holds it.
        OSError: There can be no lock file here.
    """

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _take(descriptor):
                raise StoreLockedError(_told(os.pread(descriptor, 20, 0) if hasattr(os, "pread") else b""))
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let others write; further calls do nothing. The file stays, as others may wait for it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def _told(holder: bytes) -> str:
    number = holder.decode("ascii", "replace").strip()
    who = f" (process {number})" if number.isdigit() else ""
    return (
        f"Desktop Agent is open already{who}. Here you can read your conversations; new ones are not saved "
        "until you close the other one and start again."
    )


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
