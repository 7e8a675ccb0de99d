"""Texts of models and tools on a terminal, which they must not drive."""

import re
from typing import TextIO

# Everything that could drive a terminal, and what no encoding takes.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` without control characters but tab and line feed, with U+FFFD for halves of characters."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)


def write_now(out: TextIO, text: str) -> None:
    """Write `text` and everything that waits; what the encoding of `out` does not have becomes "?".

    Raises:
        OSError: It can't be written.
    """
    try:
        out.write(text)
    except UnicodeEncodeError:
        encoding = out.encoding or "utf-8"
        out.write(text.encode(encoding, "replace").decode(encoding))
    out.flush()
