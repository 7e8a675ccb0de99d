"""Incoming: text that arrives in pieces, as clean lines."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_SURROGATE = re.compile("[\ud800-\udbff]$")


class Incoming:
    """Takes pieces of any length, and gives text with line feeds as line ends.

    What no text can contain is replaced: a NUL and half of a surrogate pair become U+FFFD.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._held = ""  # a character that may be half of one: a carriage return, a high surrogate

    def feed(self, text: str) -> None:
        """Take the next piece."""
        if text:
            self._pieces.append(text)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come since `take`."""
        return not self._pieces

    def take(self, *, is_last: bool = False) -> str:
        """What has arrived since the last call.

        Args:
            is_last: Whether nothing more comes.
        """
        text = self._held + "".join(self._pieces)
        self._pieces.clear()
        self._held = ""
        if not is_last and (text.endswith("\r") or _HIGH_SURROGATE.search(text)):
            text, self._held = text[:-1], text[-1]
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text
