"""Files that a person asked for: written whole or not at all, and never over something unasked."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\s*(\..*)?", re.IGNORECASE)
_HALVES: Final = re.compile("[\ud800-\udfff]")
_REFUSED_BY_WINDOWS: Final = re.compile(r'[\x00-\x1f<>:"|?*]')


class ExportError(Exception):
    """A file can't be written; the text is a sentence that may be shown."""


class TargetExistsError(ExportError):
    """The file has content and may not be replaced."""


@contextmanager
def replacing(path: Path, *, may_replace: bool) -> Iterator[IO[bytes]]:
    """A file that becomes `path` once it is complete and on the disk; only its owner may read it.

    Until then, and after any error, what was there stays as it is.

    Args:
        path: The file, a link to it, or a pipe or a device, which are written to directly.
        may_replace: Replace a file that has content.

    Raises:
        ExportError: It can't be written.
    """
    check_target(path, may_replace=may_replace)
    try:
        if path.exists() and not path.is_file():  # a pipe, a device
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()  # what a link points to is replaced, not the link
        descriptor, name = tempfile.mkstemp(prefix=".desktop-agent-", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            # Once more: an export takes its time, and others write files, too.
            check_target(path, may_replace=may_replace)
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _plain(path, error) from error


def as_utf8(text: str) -> bytes:
    """`text` in UTF-8; halves of characters, which that cannot hold, become U+FFFD."""
    return _HALVES.sub("\ufffd", text).encode()


def check_target(path: Path, *, may_replace: bool) -> None:
    """See whether a file may be written, before any work is done for it.

    Raises:
        ExportError: Its name is none, it is a folder, or it has content that may not be replaced.
    """
    if refusal := _refusal(path):
        raise ExportError(refusal)
    try:
        found = path.stat()
    except OSError:
        return  # nothing there; what else is wrong shows when it is written
    if stat.S_ISDIR(found.st_mode):
        raise ExportError(f"{path} is a folder. Name a file in it.")
    if stat.S_ISREG(found.st_mode) and found.st_size and not may_replace:
        raise TargetExistsError(f"{path} exists already. Choose another name, or allow it to be replaced.")


def _refusal(path: Path) -> str:
    """What is wrong with the name; empty if nothing is."""
    shown = str(path)
    if "\0" in shown or _HALVES.search(shown):
        shown = _HALVES.sub("\ufffd", shown.replace("\0", "\ufffd"))
        return f"{shown} is no name of a file. Choose another one."
    if sys.platform == "win32":
        name = path.name
        if _DEVICE.fullmatch(name):
            return f"Windows keeps the name {name} for itself. Choose another one."
        if _REFUSED_BY_WINDOWS.search(name) or name != name.rstrip(" ."):
            return f'{name} is no name of a file. It may not hold < > : " | ? * or end with a dot.'
    return ""


def _plain(path: Path, error: OSError) -> ExportError:
    """The error as a sentence."""
    number = error.errno
    if number in _FULL:
        reason = "there is no room left on the disk"
    elif number == errno.ENOENT:
        reason = "its folder is not there"
    elif number == errno.ENOTDIR:
        reason = "its folder is a file"
    elif number == errno.ENAMETOOLONG:
        reason = "its name is too long"
    elif number == errno.EROFS:
        reason = "the disk is write-protected"
    elif isinstance(error, PermissionError):
        # Windows says the same of a file that another program holds.
        is_there = sys.platform == "win32" and path.exists()
        reason = "it is open in another program, or protected" if is_there else "that is not permitted"
    else:
        reason = (error.strerror or str(error)).lower()
    return ExportError(f"{path} can't be written: {reason}.")
