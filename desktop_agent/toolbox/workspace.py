"""One folder of the person's, as far as tools may reach: `Workspace`.

Where the system can (Linux, macOS), a path is walked name by name from the open folder, and no link is
followed at any step: what another program changes between a check and its use changes nothing. Windows has
no such walk; there each step is looked at, and so is the path of what was opened in the end.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox.workspace_paths import parts_of

LARGEST_FILE: Final = 10_000_000
_CAN_WALK: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FOLDER_FLAGS: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_NEW_FLAGS: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class MissingFileError(ToolError):
    """There is nothing of that name."""


@dataclass(frozen=True)
class Entry:
    """Something in a folder.

    Attributes:
        name: Its name.
        kind: "file", "folder", or "other" for links, pipes and the like, which are never opened.
        size: Bytes of a file.
    """

    name: str
    kind: str
    size: int = 0


@dataclass(frozen=True)
class _Place:
    """A name in a folder that is open.

    Attributes:
        folder: Its descriptor; None where the system has no such walk.
        path: The whole path, for where it is None.
        name: The name.
    """

    folder: int | None
    path: Path
    name: str

    @property
    def target(self) -> str:
        return self.name if self.folder is not None else str(self.path)


class Workspace:
    """The folder that tools may use.

    Every method blocks: to be called in a worker thread. Each raises `ToolError` with a sentence for the
    model where the path is not one of the workspace, a link is on the way, or the system refuses.

    Args:
        folder: The folder. It may lie behind links, which are followed once, now.

    Attributes:
        folder: Where it is.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises:
            ToolError: See the class; or it is no file, or larger than 10 MB.
        """
        with _sentences(path), self._place(parts_of(path)) as place:
            return _read(place, path)

    def entries(self, path: str = "") -> list[Entry]:
        """What is in a folder, by name."""
        with _sentences(path), self._opened(parts_of(path)) as (folder, whole):
            return _entries(folder, whole)

    def replace(self, path: str, content: bytes, expected: bytes | None) -> None:
        """Write a file as a whole, or not at all; folders on the way are made.

        Args:
            path: The file.
            content: What is to stand in it.
            expected: What must stand in it now; None: it must not be there yet.

        Raises:
            ToolError: See the class; or another content stands in it.
        """
        parts = parts_of(path)
        if not parts:
            raise ToolError("The path names no file.")
        with _sentences(path), self._place(parts, makes_folders=True) as place:
            _expect(place, path, expected)
            self._write(place, path, content, expected)

    def _write(self, place: _Place, path: str, content: bytes, expected: bytes | None) -> None:
        beside = f".{place.name[:40]}.{secrets.token_hex(6)}.tmp"
        temporary = _Place(place.folder, place.path.with_name(beside), beside)
        descriptor = os.open(temporary.target, _NEW_FLAGS | _NO_LINK, 0o666, dir_fd=place.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if expected is not None and sys.platform != "win32":
                    mode = os.stat(place.target, dir_fd=place.folder, follow_symlinks=False).st_mode
                    os.fchmod(file.fileno(), stat.S_IMODE(mode) & 0o777)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _expect(place, path, expected)  # what it is to replace, once more: writing took its time
            os.replace(temporary.target, place.target, src_dir_fd=place.folder, dst_dir_fd=place.folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary.target, dir_fd=place.folder)
            raise

    @contextmanager
    def _place(self, parts: Sequence[str], *, makes_folders: bool = False) -> Iterator[_Place]:
        if not parts:
            raise ToolError("It is a folder, not a file.")
        with self._opened(parts[:-1], makes_folders=makes_folders) as (folder, path):
            yield _Place(folder, path / parts[-1], parts[-1])

    @contextmanager
    def _opened(
        self, parts: Sequence[str], *, makes_folders: bool = False
    ) -> Iterator[tuple[int | None, Path]]:
        """Walk to a folder and hold it open; its descriptor and path."""
        whole = self.folder.joinpath(*parts)
        if not self.folder.is_dir():
            raise ToolError(f"The folder {self.folder} is not there.")
        if not _CAN_WALK:
            self._look_at_each(parts, makes_folders=makes_folders)
            yield None, whole
            return
        folder = os.open(self.folder, _FOLDER_FLAGS | _NO_LINK)
        try:
            for part in parts:
                inner = _open_folder(folder, part, makes_folders=makes_folders)
                os.close(folder)
                folder = inner
            yield folder, whole
        finally:
            os.close(folder)

    def _look_at_each(self, parts: Sequence[str], *, makes_folders: bool) -> None:
        """The walk of a system that can't hold folders open: refuse every link on the way."""
        path = self.folder
        for part in parts:
            path = path / part
            if makes_folders and not os.path.lexists(path):
                path.mkdir()
            if _is_link(path):
                raise OSError(errno.ELOOP, "link")
        if path.resolve(strict=True) != path:
            raise OSError(errno.ELOOP, "link")


def _open_folder(folder: int, name: str, *, makes_folders: bool) -> int:
    try:
        return os.open(name, _FOLDER_FLAGS | _NO_LINK, dir_fd=folder)
    except FileNotFoundError:
        if not makes_folders:
            raise
        os.mkdir(name, dir_fd=folder)
        return os.open(name, _FOLDER_FLAGS | _NO_LINK, dir_fd=folder)


def _read(place: _Place, path: str) -> bytes:
    if place.folder is None and _is_link(place.path):
        raise OSError(errno.ELOOP, "link")
    descriptor = os.open(place.target, _FILE_FLAGS | _NO_LINK, dir_fd=place.folder)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise ToolError(f"{path} is a folder.")
        if not stat.S_ISREG(found.st_mode):
            raise ToolError(f"{path} is not a plain file.")
        if place.folder is None and not os.path.samestat(found, os.lstat(place.path.resolve(strict=True))):
            raise OSError(errno.ELOOP, "link")
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ToolError(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB.")
    return content


def _expect(place: _Place, path: str, expected: bytes | None) -> None:
    try:
        found: bytes | None = _read(place, path)
    except FileNotFoundError:
        found = None
    if found != expected:
        raise ToolError(f"{path} was changed meanwhile. Read it again.")


def _entries(folder: int | None, path: Path) -> list[Entry]:
    entries = []
    with os.scandir(folder if folder is not None else path) as found:
        for each in found:
            if _is_strange(each):
                entries.append(Entry(each.name, "other"))
            elif each.is_dir(follow_symlinks=False):
                entries.append(Entry(each.name, "folder"))
            elif each.is_file(follow_symlinks=False):
                entries.append(Entry(each.name, "file", each.stat(follow_symlinks=False).st_size))
            else:
                entries.append(Entry(each.name, "other"))
    return sorted(entries, key=lambda entry: (entry.kind != "folder", entry.name.casefold(), entry.name))


def _is_strange(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link of any kind; on Windows a junction is a folder to Python before 3.12."""
    return entry.is_symlink() or (sys.platform == "win32" and _is_link(Path(entry.path)))


def _is_link(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    is_reparse_point = bool(getattr(found, "st_file_attributes", 0) & 0x400)
    return stat.S_ISLNK(found.st_mode) or is_reparse_point


@contextmanager
def _sentences(path: str) -> Iterator[None]:
    """Turn what the system says into a sentence."""
    shown = path or "The folder"
    try:
        yield
    except FileNotFoundError:
        raise MissingFileError(f"{shown} is not there.") from None
    except NotADirectoryError:
        raise ToolError(
            f"{shown}: a part of the path is not a folder, or is a link, which is not followed."
        ) from None
    except IsADirectoryError:
        raise ToolError(f"{shown} is a folder.") from None
    except PermissionError:
        raise ToolError(f"{shown}: the system does not allow it.") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise ToolError(f"{shown} is a link, or behind one; links are not followed.") from None
        if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
            raise ToolError(f"{shown} can't be written: the disk is full. Nothing is changed.") from None
        if error.errno == errno.EROFS:
            raise ToolError(f"{shown} can't be written: the disk is read-only.") from None
        reason = (error.strerror or str(error)).lower()
        raise ToolError(f"{shown}: {reason}.") from None
