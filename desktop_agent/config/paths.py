"""Where files lie: the program's own resources, and the folders it may write to.

`DESKTOP_AGENT_HOME` moves everything that the program writes under one folder; without it the folders are
those that the platform keeps for such files (platformdirs).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APP_NAME = "desktop-agent"
HOME_VARIABLE = "DESKTOP_AGENT_HOME"


class FolderError(Exception):
    """A folder that the program needs cannot be used; the text says which one, why and what to do."""


def resources_folder() -> Path:
    """The folder with fonts, icons and the demo's replies: in a checkout, a wheel or a frozen program."""
    package = Path(__file__).resolve().parent.parent
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [package / "resources", package.parent / "resources"]
    if frozen is not None:
        candidates.insert(0, Path(frozen) / "resources")
    for candidate in candidates:
        if (candidate / "fonts").is_dir():
            return candidate
    raise FolderError("The program's own resources are missing. Install Desktop Agent again.")


def home_folder() -> Path | None:
    """The folder that `DESKTOP_AGENT_HOME` names, or None when it is not set.

    Raises:
        FolderError: It names the home of somebody who is not known.
    """
    value = os.environ.get(HOME_VARIABLE, "")
    try:
        return Path(value).expanduser().absolute() if value else None
    except RuntimeError as error:  # "~name" of somebody who is not known here
        raise FolderError(f"{HOME_VARIABLE} names {value}, and there is no such home folder.") from error


def log_folder() -> Path:
    """The folder of the log files."""
    home = home_folder()
    return home / "logs" if home else platformdirs.user_log_path(APP_NAME, appauthor=False)


def data_folder() -> Path:
    """The folder of what the program keeps for a person: the conversations and their backups."""
    home = home_folder()
    return home / "data" if home else platformdirs.user_data_path(APP_NAME, appauthor=False)


def store_path() -> Path:
    """The file of the conversations."""
    return data_folder() / "conversations.db"


def settings_folder() -> Path:
    """The folder of the settings."""
    return home_folder() or platformdirs.user_config_path(APP_NAME, appauthor=False)


def cache_folder() -> Path:
    """The folder of what can be had anew at any time."""
    home = home_folder()
    return home / "cache" if home else platformdirs.user_cache_path(APP_NAME, appauthor=False)


def make_private_folder(folder: Path) -> Path:
    """Make `folder` and what is missing above it, readable and writable by its owner alone (0700).

    Raises:
        FolderError: The folder cannot be made or written to.
    """
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(0, "it is a file, not a folder")
        if not missing and _is_ours(folder):
            folder.chmod(0o700)
    except OSError as error:
        raise FolderError(_unusable(folder, error)) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise FolderError(_unusable(folder, PermissionError(0, "permission denied")))
    return folder


def open_private_file(path: Path) -> int:
    """Open `path` for appending with mode 0600 and return its file descriptor.

    Raises:
        FolderError: The file cannot be written.
    """
    make_private_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if sys.platform != "win32":
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise FolderError(_unusable(path, error)) from error
    return descriptor


def write_private_file(path: Path, data: bytes) -> None:
    """Replace `path` by a file with `data`, mode 0600; whatever happens, the old or the new one is whole.

    It waits until the data are on the disk, which may take most of a second.

    Raises:
        FolderError: The file cannot be written; the old one is as it was.
    """
    import tempfile  # here, because nothing needs it before the window is painted

    make_private_folder(path.parent)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 0600
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if sys.platform != "win32":  # there, folders cannot be opened
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise FolderError(_unusable(path, error)) from error


def _is_ours(folder: Path) -> bool:
    return sys.platform != "win32" and folder.stat().st_uid == os.getuid()


def _unusable(path: Path, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return (
        f"{path} can't be used: {reason}. Change its permissions, or set {HOME_VARIABLE} to another folder."
    )
