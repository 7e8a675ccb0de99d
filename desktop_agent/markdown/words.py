"""Words of a plain text, as a double click selects them."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]+|[^\S\n]+|\n")
_FARTHEST = 1_000  # characters before an offset in which its word may begin


def word_at(text: str, offset: int) -> tuple[int, int]:
    """The range of the word, the run of marks or the run of blanks at an offset.

    Args:
        text: A plain text.
        offset: A place between two characters; the one after it counts, at the end the one before it.
    """
    offset = max(0, min(offset, len(text)))
    if not text:
        return 0, 0
    at = offset - 1 if offset == len(text) or (text[offset] == "\n" and offset) else offset
    begin = max(text.rfind("\n", 0, at), at - _FARTHEST, 0)
    for found in _WORD.finditer(text, begin, at + _FARTHEST):
        if found.end() > at:
            return found.span()
    return at, at + 1
