"""What the commands write: results to standard output, sentences to standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from desktop_agent.agentchat.printable import printable, write_now
from desktop_agent.config.files import as_utf8

# They have no width of their own, and turn around what stands after them.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# What stands in a text unseen: controls, blanks without width, marks that reorder it, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


class OutputError(Exception):
    """Standard output can't be written to. The text is a sentence; empty if the reader has left."""


def say(sentence: str) -> None:
    """Write a sentence for the person to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(sentence + "\n")


def put(text: str) -> None:
    """Write `text` to standard output, and everything that waits there.

    Raises:
        OutputError: It can't be written.
    """
    out = sys.stdout
    if out is None:
        raise OutputError("There is no standard output to write to.")
    try:
        write_now(out, text)
    except OSError as error:
        raise _output_error(error) from error


def put_json(value: Any) -> None:
    """Write `value` as JSON in ASCII, which no terminal and no encoding can get wrong."""
    put(json.dumps(value, indent=2) + "\n")


def put_document(pieces: Iterable[str]) -> None:
    """Write a document: its very bytes (UTF-8) into a file or a pipe; to a terminal what can't drive it.

    Raises:
        OutputError: It can't be written.
    """
    out = sys.stdout
    if out is None or is_terminal():
        for piece in pieces:
            put(printable(piece))
        return
    try:
        out.flush()
        for piece in pieces:
            out.buffer.write(as_utf8(piece))
        out.buffer.flush()
    except OSError as error:
        raise _output_error(error) from error


def is_terminal() -> bool:
    """Whether standard output is a terminal, where a person reads."""
    return sys.stdout is not None and sys.stdout.isatty()


def in_plain_sight(text: str) -> str:
    """`text` with the code of each character in place of those that hide or reorder something."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def one_line(text: str) -> str:
    """`text` in one line, without what could drive a terminal or turn its neighbours around."""
    return " ".join(_BIDI.sub("", printable(text)).split())


def marked(text: str, matches: Sequence[tuple[int, int]]) -> str:
    """`text` in one line, its matches bold on a terminal (unless NO_COLOR is set).

    Args:
        text: What was found.
        matches: [start, end) of each match, in order.
    """
    if not is_terminal() or os.environ.get("NO_COLOR"):
        return one_line(text)
    parts, at = [], 0
    for start, end in matches:
        parts += [_part(text[at:start]), f"\x1b[1m{_part(text[start:end])}\x1b[22m"]
        at = end
    return "".join([*parts, _part(text[at:])]).strip()


def _part(text: str) -> str:
    """A part of a line: as `one_line`, with the spaces at its ends."""
    return re.sub(r"\s+", " ", _BIDI.sub("", printable(text)))


def _output_error(error: OSError) -> OutputError:
    """The error as a sentence; and Python is kept from trying again, and complaining, at its end."""
    with suppress(OSError, ValueError):  # there may be no descriptor behind it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return OutputError("")
    return OutputError(f"The output can't be written: {(error.strerror or str(error)).lower()}.")
