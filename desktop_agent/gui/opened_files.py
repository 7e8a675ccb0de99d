"""Files that the desktop or the command line hands to the program: exported conversations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaMethod, QObject, Signal

from desktop_agent.gui.plain_text import isolated

if TYPE_CHECKING:
    from desktop_agent.gui.task_scope import TaskScope

_LONGEST_PATH = 4096


class OpenedFiles(QObject):
    """Looks at each file before anything is made of it, and says in a sentence what is wrong with one.

    Args:
        scope: Owns the tasks: a file may lie on a slow disk.
        parent: The owner.

    Signals:
        opened: There is such a file, and it can be read; carries its absolute path. It may hold anything.
        refused: It can't be opened; carries a sentence.
    """

    opened = Signal(str)
    refused = Signal(str)

    def __init__(self, scope: TaskScope, parent: QObject) -> None:
        super().__init__(parent)
        self._scope = scope

    def open(self, paths: Sequence[str], folder: str = "") -> None:
        """Open files.

        Args:
            paths: Paths as somebody typed them, or as the desktop gave them.
            folder: Where relative ones start; by default the present folder.
        """
        for path in paths:
            self._scope.spawn(self._open(path, folder), "open file")

    async def _open(self, path: str, folder: str) -> None:
        name = isolated(Path(path).name or path)
        try:
            found = await asyncio.to_thread(_readable_file, path, folder)
        except FileNotFoundError:
            self.refused.emit(self.tr("There is no file {name}.").format(name=name))
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or self.tr("it is no usable path")).lower()
            sentence = self.tr("{name} can't be opened: {reason}.")
            self.refused.emit(sentence.format(name=name, reason=reason))
        else:
            if self.isSignalConnected(QMetaMethod.fromSignal(self.opened)):
                self.opened.emit(found)
            else:
                sentence = self.tr("{name} can't be opened: this version does not import conversations.")
                self.refused.emit(sentence.format(name=name))


def _readable_file(path: str, folder: str) -> str:
    """The absolute path of a file that can be read; raises OSError or ValueError."""
    if len(path) > _LONGEST_PATH or "\0" in path:
        raise ValueError("no path")
    found = Path(folder or ".") / path
    if found.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    if not found.exists():
        raise FileNotFoundError(2, "there is none")
    if not found.is_file():
        raise OSError(0, "it is no file")  # a pipe or a device would never end
    with found.open("rb"):
        return str(found.resolve())
