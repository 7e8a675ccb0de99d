"""A change to a file before it is made: what stands there, what will, and the difference."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_CONTEXT: Final = 3
_LARGEST_COMPARISON: Final = 4_000_000
_START: Final = re.compile(r"([-+])(\d+)")
_NO_NEWLINE: Final = "\\ No newline at end of file"


@dataclass(frozen=True)
class Change:
    """What is to happen to one file.

    Attributes:
        path: The file, in the spelling of the workspace.
        before: What stands in it; None if it is not there yet.
        after: What will stand in it.
        difference: The unified difference, whole.
    """

    path: str
    before: bytes | None
    after: bytes
    difference: str


def difference_of(path: str, before: str | None, after: str) -> str:
    """The unified difference of two texts; "" if they are the same.

    Lines end at line feeds alone: every other character that some programs take for an end stays in its line,
    to be seen.
    """
    if before == after:
        return ""
    old, new = _lines(before or ""), _lines(after)
    head = [f"--- {'/dev/null' if before is None else 'a/' + path}", f"+++ b/{path}"]
    body = list(_hunks(old, new))
    return "\n".join([*head, *body])


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\n{_NO_NEWLINE}"]


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    start, end = _common(old, new)
    changed_old, changed_new = len(old) - start - end, len(new) - start - end
    first, tail = max(0, start - _CONTEXT), min(end, _CONTEXT)
    if changed_old * changed_new <= _LARGEST_COMPARISON:
        # Only what differs is compared: a long file of lines that repeat would take hours.
        parts = old[first : len(old) - end + tail], new[first : len(new) - end + tail]
        for number, line in enumerate(difflib.unified_diff(*parts, n=_CONTEXT, lineterm="")):
            if number >= 2:
                yield _moved(line, first) if line.startswith("@@") else line
        return
    # Comparing each line with each other takes too long: what differs is shown as one piece.
    context = start - first + tail
    yield f"@@ -{first + 1},{changed_old + context} +{first + 1},{changed_new + context} @@"
    yield from (" " + line for line in old[first:start])
    yield from ("-" + line for line in old[start : len(old) - end])
    yield from ("+" + line for line in new[start : len(new) - end])
    yield from (" " + line for line in old[len(old) - end : len(old) - end + tail])


def _moved(head: str, lines: int) -> str:
    """The head of a piece, as many lines further down."""
    return _START.sub(lambda found: f"{found[1]}{int(found[2]) + lines}", head)


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning and, apart from them, at the end."""
    most = min(len(old), len(new))
    start = 0
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end
