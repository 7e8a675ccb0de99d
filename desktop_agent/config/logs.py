"""The log: one file for the owner alone, from which keys and what people write are kept out."""

from __future__ import annotations

import io
import logging
import os
import re
import traceback
from itertools import pairwise
from pathlib import Path

from typing_extensions import override

from desktop_agent.config.paths import log_folder, open_private_file

FILE_NAME = "desktop-agent.log"
HIDDEN = "(hidden)"
LARGEST_FILE = 1_000_000
"""Bytes; then a new file begins."""

OLD_FILES = 3
"""How many full ones are kept: .1, the latest, to .3."""

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_KEY_SHAPES = re.compile(
    r"(?i)\b(?:sk|rk|pk|gsk|xai|AIza)[-_][\w-]{8,}"
    r"|(?<=bearer )\S+|(?<=api[-_]key: )\S+|(?<=api[-_]key=)[^\s&]+"
)


class RedactingFormatter(logging.Formatter):
    """Formats a record, and replaces keys in the result: those that it was told of, and what looks like one.

    Tracebacks keep their places and types but no messages, because an SDK's error may quote what was sent.
    """

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """Never write `secret` from now on."""
        if len(secret) >= 4:
            self._secrets.add(secret)

    @override
    def format(self, record: logging.LogRecord) -> str:
        # The text that another handler left there has the messages in it.
        formatted_before, record.exc_text = record.exc_text, None
        text = super().format(record)
        record.exc_text = formatted_before
        return self.without_secrets(text)

    def without_secrets(self, text: str) -> str:
        """`text` with keys replaced: those that it was told of, and what looks like one."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _KEY_SHAPES.sub(HIDDEN, text)

    @override
    def formatException(self, ei: logging._SysExcInfoType) -> str:
        return "" if ei[1] is None else trace_without_messages(ei[1])


def trace_without_messages(error: BaseException) -> str:
    """Where it happened and its type; the message of a foreign exception may hold what a person wrote."""
    lines = traceback.format_tb(error.__traceback__)
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        lines.append(f"{type(current).__name__}\n")
        current = current.__cause__ or current.__context__
    return "".join(lines).rstrip()


class _PrivateFileHandler(logging.FileHandler):
    """Opens its files with mode 0600, and begins a new one when one is full.

    Python's own rotating handler lies in a module that loads sockets and pickles, 8 ms of the window's start.
    """

    @override
    def _open(self) -> io.TextIOWrapper:
        return os.fdopen(
            open_private_file(Path(self.baseFilename)), "a", encoding="utf-8", errors="backslashreplace"
        )

    @override
    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        try:
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size >= LARGEST_FILE:
                self.stream.close()
                self.stream = None  # the next record opens the new file
                self._move_files()
        except OSError:  # another process holds it, on Windows: this file gets longer
            self.handleError(record)

    def _move_files(self) -> None:
        path = Path(self.baseFilename)
        files = [path, *(path.with_name(f"{path.name}.{number + 1}") for number in range(OLD_FILES))]
        for newer, older in reversed(list(pairwise(files))):
            if newer.exists():
                newer.replace(older)


_formatter = RedactingFormatter()


def start_logging() -> Path:
    """Write the log of this process to its file, which is made if it is missing.

    Returns:
        The file.

    Raises:
        FolderError: The folder or the file can't be used. Nothing is logged then, and the program works.
    """
    path = log_folder() / FILE_NAME
    handler = _PrivateFileHandler(path, encoding="utf-8")
    handler.setFormatter(_formatter)
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _PrivateFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)  # Python's own warnings belong here, not between the lines of a reply
    # At their lower levels these write what is sent.
    for name in ("openai", "httpx2", "httpcore2", "asyncio", "qasync"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return path


def without_secrets(text: str) -> str:
    """`text` as the log would have it: keys are replaced."""
    return _formatter.without_secrets(text)


def hide_in_log(secret: str) -> None:
    """Replace `secret` wherever it would be written to the log."""
    _formatter.hide(secret)
