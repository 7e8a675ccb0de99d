"""JSON read in pieces: a large document needs no more memory than its largest member."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from desktop_agent.transcripts.errors import TranscriptFormatError

LARGEST_FILE: Final = 512 * 1024 * 1024
LARGEST_VALUE: Final = 48 * 1024 * 1024
"""Characters of one value, such as a message with its events: more than any reply can have."""

DEEPEST: Final = 64
_MOST_PARTS: Final = 2_000_000
_CHUNK: Final = 1024 * 1024
_SPACE: Final = re.compile(r"[ \t\n\r]*")
# A value that goes on after the end of what was read fails near that end, or in a text that begins earlier.
_NEAR_END: Final = 16
_CUT: Final = "The file is damaged: it ends in the middle."


def _refuse_constant(name: str) -> Any:
    raise TranscriptFormatError(f"The file is damaged: {name} is no number in JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse_constant(digits[:20])
    return number


class JsonStream:
    """Reads a document of JSON from a file, token by token.

    Args:
        file: Opened for reading bytes; UTF-8, a byte order mark may come first.

    Raises:
        TranscriptFormatError: From all methods: what is read is no JSON, or too large.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._left = b""
        self._is_begun = False
        self._is_at_end = False
        self._size = 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

    def members(self) -> Iterator[str]:
        """The names of the members of an object; after each, its value must be read."""
        self._take("{")
        if self._next() == "}":
            self._at += 1
            return
        seen: set[str] = set()
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise self._damaged()
            if name in seen:
                raise TranscriptFormatError(f'The file is damaged: it has "{name[:40]}" twice in one place.')
            seen.add(name)
            self._take(":")
            yield name
            if self._next() == "}":
                self._at += 1
                return
            self._take(",")

    def items(self) -> Iterator[int]:
        """The numbers of the items of an array, from 0 on; after each, its value must be read."""
        self._take("[")
        if self._next() == "]":
            self._at += 1
            return
        number = 0
        while True:
            yield number
            number += 1
            if self._next() == "]":
                self._at += 1
                return
            self._take(",")

    def begins(self, mark: str) -> bool:
        """Whether the next value begins with `mark`."""
        return self._next() == mark

    def value(self) -> Any:
        """The next value, whole."""
        self._next()
        while True:
            if len(self._text) - self._at > _MOST_PARTS:
                self._check_parts()
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._too_deep() from None
            except ValueError as error:
                self._go_on_reading(error)
                continue
            if end == len(self._text) and not self._is_at_end and not isinstance(value, str | dict | list):
                self._read()  # a number may go on
                continue
            self._at = end
            if depth_exceeds(value, DEEPEST):
                raise self._too_deep()
            return value

    def _check_parts(self) -> None:
        """Refuse a small text that would become millions of lists and objects."""
        if self._text.count("{", self._at) + self._text.count("[", self._at) > _MOST_PARTS:
            raise TranscriptFormatError("The file has far too many parts in one place.")

    def end(self) -> None:
        """See that nothing follows."""
        if self._next(may_end=True):
            raise self._damaged()

    def _go_on_reading(self, error: ValueError) -> None:
        """Read more if the value may only be cut by the end of what was read."""
        if not isinstance(error, json.JSONDecodeError):
            raise TranscriptFormatError("The file is damaged: it has a number that is too long.") from None
        is_cut = error.pos >= len(self._text) - _NEAR_END or error.msg.startswith("Unterminated string")
        if self._is_at_end or not is_cut:
            raise (TranscriptFormatError(_CUT) if is_cut and self._is_at_end else self._damaged()) from None
        if len(self._text) - self._at > LARGEST_VALUE:
            raise TranscriptFormatError(
                f"The file has a message of more than {LARGEST_VALUE // 1024**2} MB, which is too large."
            ) from None
        self._read(max(_CHUNK, len(self._text) - self._at))

    def _next(self, *, may_end: bool = False) -> str:
        """The next character that is no space; "" at the end, if that may be."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_at_end:
                if may_end:
                    return ""
                raise TranscriptFormatError(_CUT)
            self._read()

    def _take(self, mark: str) -> None:
        if self._next() != mark:
            raise self._damaged()
        self._at += 1

    def _read(self, size: int = _CHUNK) -> None:
        """Read on; what was used up is forgotten."""
        data = self._file.read(size)
        self._size += len(data)
        if self._size > LARGEST_FILE:
            raise TranscriptFormatError(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
        self._is_at_end = not data
        data = self._left + data
        if not self._is_begun and data:
            data, self._is_begun = data.removeprefix(b"\xef\xbb\xbf"), True
        try:
            text, self._left = data.decode(), b""
        except UnicodeDecodeError as error:
            # A character may be cut by the end of the piece, but only there.
            if self._is_at_end or error.start < len(data) - 3 or error.reason != "unexpected end of data":
                raise TranscriptFormatError("The file is no text in UTF-8.") from None
            text, self._left = data[: error.start].decode(), data[error.start :]
        self._text, self._at = self._text[self._at :] + text, 0

    @staticmethod
    def _damaged() -> TranscriptFormatError:
        return TranscriptFormatError("The file is damaged, or it is no export of Desktop Agent.")

    @staticmethod
    def _too_deep() -> TranscriptFormatError:
        return TranscriptFormatError("The file is nested too deeply.")


def depth_exceeds(value: Any, deepest: int) -> bool:
    """Whether lists and objects are nested in more than `deepest` levels."""
    level = [value]
    for _ in range(deepest + 1):
        level = [
            each
            for one in level
            if isinstance(one, dict | list)
            for each in (one.values() if isinstance(one, dict) else one)
            if isinstance(each, dict | list)
        ]
        if not level:
            return False
    return True
