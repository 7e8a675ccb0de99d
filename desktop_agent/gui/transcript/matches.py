"""Where the words of a search stand in a message."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def find_match(segments: Sequence[str], wanted: str) -> tuple[int, int, int] | None:
    """The first place of `wanted` as a whole, else of the first of its words that is there.

    Case and accents do not count, as in the store's search.

    Args:
        segments: The plain texts of a message, block by block.
        wanted: What was searched for.

    Returns:
        The segment, and the match in it: [start, end). None if nothing of it is there.
    """
    folded = [_fold(segment) for segment in segments]
    for words in (" ".join(wanted.split()), *wanted.split()):
        sought = _fold(words)
        for index, segment in enumerate(folded):
            start = segment.find(sought) if sought else -1
            if start >= 0:
                return index, start, start + len(sought)
    return None


def _fold(text: str) -> str:
    """`text` without case and accents, character by character, so that places stay what they are."""
    if text.isascii():
        return text.lower()
    return "".join(_folded_character(character) for character in text)


def _folded_character(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].casefold()
    return base if len(base) == 1 else character
