"""Long paragraphs: how far the text of one that grows is settled, so that its inline markup is read once."""

from __future__ import annotations

import re
from typing import NamedTuple

from desktop_agent.markdown.grammar import settles

_LEAST = 320  # shorter text is not divided
_KEPT = 80  # so much at the end is not settled
_FORCED = 2_400  # longer text is divided wherever it is, and read again at the end
_STEP = 120  # an attempt after so many more characters
_TO_BLANK = re.compile(r"(?s:.*)[ \n](?=[^ \t\n])")


class ProseCut(NamedTuple):
    """A place where a paragraph's text is divided.

    Attributes:
        end: How many characters are before it.
        is_exact: Whether nothing after it can change how they read.
    """

    end: int
    is_exact: bool


class Prose:
    """Looks for places where the open paragraph can be divided.

    Attributes:
        is_exact: Whether all places so far were exact.
    """

    def __init__(self) -> None:
        self.is_exact = True
        self._tried = 0

    def cut(self, text: str, complete: int) -> ProseCut | None:
        """The next place, if there is one.

        Args:
            text: The paragraph's text that is not settled, as it was typed.
            complete: How many of its characters are complete lines.
        """
        if len(text) < max(_LEAST, self._tried):
            return None
        self._tried = len(text) + _STEP
        end = self._end(text, complete)
        if end is None:
            return None
        is_exact = settles(text[:end])
        if not is_exact and len(text) < _FORCED:
            return None
        self._tried = 0
        self.is_exact &= is_exact
        return ProseCut(end, is_exact)

    def _end(self, text: str, complete: int) -> int | None:
        last_line = text.rfind("\n", 0, max(0, complete - 1)) + 1  # a row of dashes would make it a table
        limit = len(text) - _KEPT
        found = _TO_BLANK.match(text, 0, limit)
        end = found.end() if found else 0
        if end > last_line:
            line = text.rfind("\n", 0, end) + 1
            if "|" in text[line:] or text[line:end].isspace() or (complete and end <= complete):
                end = last_line
        if end < _LEAST // 2 and len(text) >= 2 * _FORCED and "|" not in text[last_line:]:
            end = limit if limit > complete else last_line  # text without blanks
        return end if end >= _LEAST // 4 else None
