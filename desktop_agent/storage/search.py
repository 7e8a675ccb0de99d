"""Search over titles and all messages, newest first."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from desktop_agent.storage.encoding import from_json, text_of, to_time
from desktop_agent.storage.records import SearchHit
from desktop_agent.storage.words import is_dense, match_query, query_words

_BEFORE: Final = 40
_AFTER: Final = 120
"""Characters of the context before and after the first match."""

_MESSAGES: Final = """
    SELECT messages.id, conversation_id, title, body, messages.created_at
    FROM message_index JOIN messages ON messages.id = message_index.rowid
    JOIN conversations ON conversations.id = conversation_id
    WHERE message_index MATCH ? AND conversations.deleted_at IS NULL AND messages.deleted_at IS NULL
    ORDER BY message_index.rowid DESC LIMIT ?
"""
_TITLES: Final = """
    SELECT touched, conversations.id, title, updated_at
    FROM title_index JOIN conversations ON conversations.id = title_index.rowid
    WHERE title_index MATCH ? AND deleted_at IS NULL
    ORDER BY touched DESC LIMIT ?
"""


def search(
    connection: sqlite3.Connection, text: str, limit: int, is_stale: Callable[[], bool]
) -> list[SearchHit]:
    """Where the words of `text` are; the last word may be the beginning of one.

    Args:
        connection: Reads.
        text: What a person typed; anything.
        limit: At most so many hits.
        is_stale: Whether nobody waits any more; asked now and then.
    """
    query = match_query(text)
    if not query or limit < 1:
        return []
    marker = Marker(text)
    found: list[tuple[int, SearchHit]] = []
    for touched, conversation_id, title, updated_at in connection.execute(_TITLES, (query, limit)).fetchall():
        hit = SearchHit(conversation_id, title, None, title, marker.matches(title), to_time(updated_at))
        found.append((touched, hit))
    if is_stale():
        return []
    for message_id, conversation_id, title, body, created_at in connection.execute(_MESSAGES, (query, limit)):
        if is_stale():
            return []
        context, matches = marker.context(text_of(from_json(body)))
        hit = SearchHit(conversation_id, title, message_id, context, matches, to_time(created_at))
        found.append((message_id, hit))
    found.sort(key=lambda each: -each[0])
    return [hit for _, hit in found[:limit]]


class _Folding(dict[int, int]):
    """For `str.translate`: each character as its base letter in lower case; the length stays the same."""

    def __missing__(self, code: int) -> int:
        base = unicodedata.normalize("NFD", chr(code))[0]
        lower = base.lower()
        self[code] = folded = ord(lower) if len(lower) == 1 else code
        return folded


_folding: Final = _Folding()
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_MARKS: Final = "[\u0300-\u036f]*"


class Marker:
    """Finds the words of a query in texts, to show where they are.

    Args:
        query: What a person typed.
    """

    def __init__(self, query: str) -> None:
        words = query_words(query)
        patterns = [_pattern(word, is_last=i == len(words)) for i, word in enumerate(words, 1)]
        self._pattern = re.compile("|".join(sorted(filter(None, patterns), key=len, reverse=True)) or r"(?!)")

    def matches(self, text: str) -> tuple[tuple[int, int], ...]:
        """[start, end) of each match."""
        return tuple(match.span() for match in self._pattern.finditer(text.translate(_folding)))

    def context(self, text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The line around the first match, and the matches in it."""
        match = self._pattern.search(text.translate(_folding))
        place = match.start() if match else 0
        start, end = _whole_words(text, max(0, place - _BEFORE), min(len(text), place + _AFTER), place)
        line = _SPACES.sub(" ", re.sub("[\ud800-\udfff]", "\ufffd", text[start:end])).strip()
        line = ("\u2026" if start else "") + line + ("\u2026" if end < len(text) else "")
        return line, self.matches(line)


def _whole_words(text: str, start: int, end: int, place: int) -> tuple[int, int]:
    """Move both ends to the nearest space within, if there is one near."""
    if start and (space := _SPACES.search(text, start, place)):
        start = space.end()
    if end < len(text) and (space := _SPACES.search(text, max(place, end - 20), end)):
        end = space.start()
    return start, end


def _pattern(word: str, *, is_last: bool) -> str:
    """A word as a regular expression over folded text."""
    parts = re.findall(r"[^\W_]+|[^\w\s]", word.translate(_folding).replace("_", " "))
    letters: Sequence[str] = [
        part for part in parts if part.isalnum() or is_dense(part) or ord(part[0]) > 0x25FF
    ]
    if not letters:
        return ""
    spelled = [_MARKS.join(map(re.escape, part)) + _MARKS for part in letters]
    start = "" if is_dense(letters[0][0]) or not letters[0][0].isalnum() else r"(?<![^\W_])"
    open_end = is_last or is_dense(letters[-1][-1]) or not letters[-1][-1].isalnum()
    return start + r"[\W_]*".join(spelled) + ("" if open_end else r"(?![^\W_])")
