"""The title of a conversation."""

from __future__ import annotations

LONGEST = 60


def title_of(text: str) -> str:
    """The first words of `text` as a title: one line of at most `LONGEST` characters."""
    words = " ".join(text[: 4 * LONGEST].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"
