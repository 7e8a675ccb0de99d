"""Notes where the program was when it ended hard, for its next start."""

from __future__ import annotations

import faulthandler
import os
from pathlib import Path
from typing import TextIO

from desktop_agent.config.paths import FolderError, log_folder, open_private_file

FILE_NAME = "crash.log"
_LONGEST = 100_000  # bytes of a note


class CrashWatch:
    """Notes where the program was when it ends hard: a fault in a library, out of memory, an abort of Qt.

    The note is a file beside the log, for the next start. Nothing of the program runs at such an end, so it
    holds the names of files and functions only.
    """

    def __init__(self) -> None:
        self._file: TextIO | None = None
        self._path: Path | None = None

    def begin(self) -> str:
        """Watch from now on.

        Returns:
            The note of an earlier start that ended hard; empty if there is none.
        """
        try:
            self._path = log_folder() / FILE_NAME
            note = (
                self._path.read_bytes()[:_LONGEST].decode("utf-8", "replace") if self._path.exists() else ""
            )
            self._path.unlink(missing_ok=True)
            self._file = os.fdopen(open_private_file(self._path), "w", encoding="utf-8")
            faulthandler.enable(self._file)
        except (FolderError, OSError):
            return ""  # said where the log can't be written either
        return note.strip()

    def end(self) -> None:
        """Watch no more: the program ends in order."""
        if self._file is not None and self._path is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)
