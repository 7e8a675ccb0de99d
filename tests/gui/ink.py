"""Where something is drawn on a picture: rectangles of what is not the ground's colour."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QColor, QImage


class Ink(NamedTuple):
    """A rectangle by its first and last column and row."""

    left: int
    right: int
    top: int
    bottom: int


def ink_in(image: QImage, area: tuple[int, int, int, int], ground: QColor) -> Ink | None:
    """The smallest rectangle around all ink of an area (left, top, right, bottom); None without any."""
    left, top, right, bottom = area
    color = ground.rgb()
    rows = [y for y in range(top, bottom) if any(image.pixel(x, y) != color for x in range(left, right))]
    if not rows:
        return None
    first, last = rows[0], rows[-1]
    columns = [
        x for x in range(left, right) if any(image.pixel(x, y) != color for y in range(first, last + 1))
    ]
    return Ink(columns[0], columns[-1], first, last)


def rows_of(image: QImage, area: tuple[int, int, int, int], ground: QColor) -> list[Ink]:
    """The same for each group of rows that an empty row separates, from top to bottom."""
    left, top, right, bottom = area
    color = ground.rgb()
    found: list[Ink] = []
    first: int | None = None
    for y in range(top, bottom + 1):
        has_ink = y < bottom and any(image.pixel(x, y) != color for x in range(left, right))
        if has_ink and first is None:
            first = y
        elif not has_ink and first is not None:
            group = ink_in(image, (left, first, right, y), ground)
            assert group is not None
            found.append(group)
            first = None
    return found


def columns_of(image: QImage, area: tuple[int, int, int, int], ground: QColor, gap: int = 6) -> list[Ink]:
    """The same for each group of columns that `gap` empty ones separate, from left to right."""
    left, top, right, bottom = area
    color = ground.rgb()
    found: list[Ink] = []
    first, last = -1, -1
    for x in range(left, right + gap):
        has_ink = x < right and any(image.pixel(x, y) != color for y in range(top, bottom))
        if has_ink:
            first, last = (x if first < 0 else first), x
        elif first >= 0 and x - last >= gap:
            group = ink_in(image, (first, top, last + 1, bottom), ground)
            assert group is not None
            found.append(group)
            first = -1
    return found
