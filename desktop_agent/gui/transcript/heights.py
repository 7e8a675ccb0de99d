"""Heights of many things one below the other: where each begins, and which one is at a place, in O(log n)."""

from __future__ import annotations

from collections.abc import Iterable


class HeightIndex:
    """A Fenwick tree of heights. Indices count from 0, heights and offsets are logical pixels.

    Source: P. M. Fenwick, "A new data structure for cumulative frequency tables", 1994.
    """

    def __init__(self, heights: Iterable[float] = ()) -> None:
        self._heights: list[float] = []
        self._tree: list[float] = [0.0]
        self.extend(heights)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> float:
        return self._heights[index]

    def append(self, height: float) -> None:
        """Add one at the end."""
        self._heights.append(height)
        position = len(self._heights)
        total = height
        step = 1
        while position & step == 0:
            total += self._tree[position - step]
            step <<= 1
        self._tree.append(total)

    def extend(self, heights: Iterable[float]) -> None:
        """Add several at the end."""
        self._heights.extend(heights)
        self._tree = [0.0, *self._heights]
        for position in range(1, len(self._tree)):
            above = position + (position & -position)
            if above < len(self._tree):
                self._tree[above] += self._tree[position]

    def pop(self) -> None:
        """Remove the last one."""
        self._heights.pop()
        self._tree.pop()

    def set(self, index: int, height: float) -> None:
        """Change one."""
        change = height - self._heights[index]
        if change:
            self._heights[index] = height
            position = index + 1
            while position < len(self._tree):
                self._tree[position] += change
                position += position & -position

    def offset(self, index: int) -> float:
        """The sum of all heights before `index`; with `len(self)`, of all."""
        total = 0.0
        while index:
            total += self._tree[index]
            index &= index - 1
        return total

    @property
    def total(self) -> float:
        """The sum of all heights."""
        return self.offset(len(self._heights))

    def find(self, offset: float) -> int:
        """The last one that begins at or before `offset`; 0 for an empty index or a negative offset."""
        position, rest = 0, offset
        step = 1 << max(0, len(self._heights).bit_length() - 1)
        while step:
            following = position + step
            if following < len(self._tree) and self._tree[following] <= rest:
                position = following
                rest -= self._tree[following]
            step >>= 1
        return max(0, min(position, len(self._heights) - 1))

    def clear(self) -> None:
        """Remove all."""
        self._heights.clear()
        del self._tree[1:]
