"""What is selected: two places in the text of a conversation, whether or not it is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

EVERYTHING = 1 << 62
"""More than any index or offset: the end of whatever there is."""


class TextPosition(NamedTuple):
    """A place between two characters; positions compare in reading order.

    Attributes:
        message: The index of the message.
        segment: The index of the block in the message.
        offset: Characters before it in the block's plain text.
    """

    message: int
    segment: int
    offset: int


Span = tuple[tuple[int, int], tuple[int, int]]
"""A range inside one message: its first and last place as (segment, offset)."""

WHOLE: Span = ((0, 0), (EVERYTHING, EVERYTHING))


@dataclass
class Selection:
    """A range of a conversation. `anchor` is where it began, `focus` the end that moves."""

    anchor: TextPosition | None = None
    focus: TextPosition | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is selected."""
        return self.anchor is None or self.focus is None or self.anchor == self.focus

    @property
    def bounds(self) -> tuple[TextPosition, TextPosition] | None:
        """Its ends in reading order; None when it is empty."""
        if self.anchor is None or self.focus is None or self.anchor == self.focus:
            return None
        return min(self.anchor, self.focus), max(self.anchor, self.focus)

    def set(self, anchor: TextPosition | None, focus: TextPosition | None) -> None:
        """Select from `anchor` to `focus`."""
        self.anchor, self.focus = anchor, focus

    def clear(self) -> None:
        """Select nothing."""
        self.set(None, None)

    def select_all(self, end: TextPosition) -> None:
        """Select everything up to `end`: no text before it is looked at."""
        self.set(TextPosition(0, 0, 0), end)

    def extend_to(self, focus: TextPosition) -> None:
        """Move the end; without a selection, one begins and ends there."""
        if self.anchor is None:
            self.anchor = focus
        self.focus = focus

    def span_in(self, message: int) -> Span | None:
        """What of the message with this index is selected."""
        bounds = self.bounds
        if bounds is None:
            return None
        start, end = bounds
        if not start.message <= message <= end.message:
            return None
        first = (start.segment, start.offset) if message == start.message else WHOLE[0]
        last = (end.segment, end.offset) if message == end.message else WHOLE[1]
        return (first, last) if first < last else None


def range_in(span: Span, segment: int, length: int) -> tuple[int, int] | None:
    """What of one segment, `length` characters long, a span covers; None for nothing."""
    (first, first_offset), (last, last_offset) = span
    if not first <= segment <= last:
        return None
    start = first_offset if segment == first else 0
    end = min(length, last_offset) if segment == last else length
    return (start, end) if start < end else None
