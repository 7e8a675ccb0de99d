"""Under which heading a conversation stands: pinned, or how long ago it last changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationSummary


class Span(Enum):
    """How long ago."""

    PINNED = "pinned"
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "previous 7 days"
    MONTH = "previous 30 days"
    EARLIER = "a month"


@dataclass(frozen=True, slots=True)
class Group:
    """A heading.

    Attributes:
        span: How long ago.
        month: The first day of the month, of a group that is one.
    """

    span: Span
    month: date | None = None


def group_conversations(
    rows: Sequence[ConversationSummary], now: datetime
) -> list[tuple[Group, list[ConversationSummary]]]:
    """The conversations under their headings, newest first, pinned ones before all.

    A conversation from the future (the clock was set back) is one of today.

    Args:
        rows: The conversations, in any order.
        now: The time, aware; its local day is today.
    """
    ordered = sorted(rows, key=attrgetter("updated_at"), reverse=True)
    groups: list[tuple[Group, list[ConversationSummary]]] = []
    pinned = [row for row in ordered if row.is_pinned]
    if pinned:
        groups.append((Group(Span.PINNED), pinned))
        ordered = [row for row in ordered if not row.is_pinned]
    spans = _spans(local_time(now).date())
    place = 0
    while place < len(ordered):
        group, begin = _heading_of(ordered[place].updated_at, spans)
        end = _first_before(begin, ordered, place)
        groups.append((group, ordered[place:end]))
        place = end
    return groups


def _first_before(moment: datetime, ordered: Sequence[ConversationSummary], start: int) -> int:
    """The place of the first row, from `start` on, that changed before `moment`."""
    return bisect_left(ordered, True, lo=start, key=lambda row: row.updated_at < moment)


def local_time(moment: datetime) -> datetime:
    """`moment` in the time zone of this computer; as it is where the system can't tell (before 1970)."""
    try:
        return moment.astimezone()
    except (OSError, OverflowError, ValueError):
        return moment


def _spans(today: date) -> list[tuple[Group, datetime]]:
    """The spans before the months, the latest first, each with the moment at which it begins."""
    days = {Span.TODAY: 0, Span.YESTERDAY: 1, Span.WEEK: 7, Span.MONTH: 30}
    return [(Group(span), _start_of(today - timedelta(days=count))) for span, count in days.items()]


def _heading_of(moment: datetime, spans: Sequence[tuple[Group, datetime]]) -> tuple[Group, datetime]:
    """The heading for `moment`, and the moment at which that begins."""
    for group, begin in spans:
        if moment >= begin:
            return group, begin
    first = local_time(moment).date().replace(day=1)
    return Group(Span.EARLIER, first), _start_of(first)


def _start_of(day: date) -> datetime:
    try:
        return datetime.combine(day, time()).astimezone()
    except (OSError, OverflowError, ValueError):
        return datetime.combine(day, time(), UTC)
