"""Under which heading a conversation stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from desktop_agent.gui.sidebar.groups import Group, Span, group_conversations
from gui.sidebar.sidebar_pictures import summary

NOON = datetime(2026, 3, 18, 12, 0).astimezone()


@pytest.mark.parametrize(
    ("ago", "group"),
    [
        (timedelta(), Group(Span.TODAY)),
        (timedelta(hours=12), Group(Span.TODAY)),
        (timedelta(hours=12, seconds=1), Group(Span.YESTERDAY)),
        (timedelta(days=1, hours=12), Group(Span.YESTERDAY)),
        (timedelta(days=2), Group(Span.WEEK)),
        (timedelta(days=7, hours=11), Group(Span.WEEK)),
        (timedelta(days=8), Group(Span.MONTH)),
        (timedelta(days=30), Group(Span.MONTH)),
        (timedelta(days=31), Group(Span.EARLIER, date(2026, 2, 1))),
        (timedelta(days=100), Group(Span.EARLIER, date(2025, 12, 1))),
        (timedelta(days=-400), Group(Span.TODAY)),  # the clock was set back since
    ],
)
def test_a_conversation_stands_where_its_last_change_was(ago: timedelta, group: Group) -> None:
    assert [found for found, _ in group_conversations([summary(1, "a", NOON - ago)], NOON)] == [group]


def test_pinned_ones_come_first_and_all_are_newest_first() -> None:
    rows = [
        summary(1, "a", NOON - timedelta(days=40)),
        summary(2, "b", NOON - timedelta(days=50), is_pinned=True),
        summary(3, "c", NOON - timedelta(minutes=5)),
        summary(4, "d", NOON, is_pinned=True),
        summary(5, "e", NOON),
        summary(6, "f", NOON - timedelta(days=400)),
        summary(7, "g", NOON - timedelta(days=401)),
    ]
    groups = [(group.span, [row.id for row in members]) for group, members in group_conversations(rows, NOON)]
    assert groups == [
        (Span.PINNED, [4, 2]),
        (Span.TODAY, [5, 3]),
        (Span.EARLIER, [1]),
        (Span.EARLIER, [6, 7]),
    ]


def test_no_conversations_have_no_headings() -> None:
    assert group_conversations([], NOON) == []


@pytest.mark.parametrize("year", [1, 1601, 1970, 9999])
def test_an_absurd_clock_breaks_nothing(year: int) -> None:
    moment = datetime(year, 1, 1, 12, tzinfo=UTC)
    groups = group_conversations([summary(1, "a", moment)], NOON)
    assert [row.id for _, members in groups for row in members] == [1]
