"""Names of files for conversations, safe on every system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60

# Letters and digits of every script, and a few that no system and no shell minds.
_UNSAFE = re.compile(r"[^\w .,()+'-]+")


def file_name(number: int, title: str, suffix: str) -> str:
    """A name that is unique by `number` and readable by `title`, e.g. "12 Why the sky is blue.json".

    It is one part of a path, is none of the names that Windows keeps for itself, as it begins with a digit,
    and is no longer than systems allow.

    Args:
        number: The conversation's.
        title: Its title, whatever it holds.
        suffix: With the dot.
    """
    composed = unicodedata.normalize("NFC", title[: 4 * LONGEST])
    words = " ".join(_UNSAFE.sub(" ", composed).split())[:LONGEST]
    return f"{number} {words}".rstrip(" .") + suffix
