"""The index of heights says the same as a plain sum."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop_agent.gui.transcript.heights import HeightIndex

heights = st.lists(st.integers(0, 500).map(float), max_size=60)


def naive_find(values: list[float], offset: float) -> int:
    found, y = 0, 0.0
    for index, value in enumerate(values):
        if y <= offset:
            found = index
        y += value
    return found


@given(heights, st.lists(st.tuples(st.integers(0, 59), st.integers(0, 500))), heights)
def test_any_edits_give_the_plain_sums(
    first: list[float], edits: list[tuple[int, int]], more: list[float]
) -> None:
    index = HeightIndex(first)
    values = list(first)
    for height in more:
        index.append(height)
        values.append(height)
    for place, height in edits:
        if place < len(values):
            index.set(place, float(height))
            values[place] = float(height)
    assert len(index) == len(values)
    assert [index.offset(place) for place in range(len(values) + 1)] == [
        sum(values[:place]) for place in range(len(values) + 1)
    ]
    assert index.total == sum(values)


@given(st.lists(st.integers(1, 500).map(float), max_size=60), st.integers(-10, 30_000))
def test_find_gives_the_last_that_begins_at_or_before(values: list[float], offset: int) -> None:
    assert HeightIndex(values).find(offset) == (naive_find(values, offset) if values else 0)


def test_clear_empties_it() -> None:
    index = HeightIndex([1.0, 2.0])
    index.clear()
    assert (len(index), index.total, index.find(5)) == (0, 0.0, 0)
    index.append(3.0)
    assert index.total == 3.0
