"""Part: what a block is made of. A part lays itself out for a width, paints itself, and answers the mouse."""

from __future__ import annotations

import bisect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPainter

    from desktop_agent.gui.transcript.inline_runs import Link


@dataclass(frozen=True)
class CopyCode:
    """The Copy button of a code block.

    Attributes:
        code: What it copies.
    """

    code: str


@dataclass(frozen=True)
class ToggleFold:
    """The "Show all … lines" row of a long code block: a click shows all lines, or folds them again."""


Range = tuple[int, int]
"""A range of characters: its first offset and the one after its last."""


class Part(ABC):
    """A rectangle of content; points and rectangles count from its top left corner.

    Offsets count in what the part says as plain text: see `desktop_agent.markdown.plain_text`.

    Attributes:
        width: The width it is laid out for, in logical pixels.
        height: What it needs below each other at that width.
    """

    width = 0.0
    height = 0.0

    @abstractmethod
    def set_width(self, width: float) -> None:
        """Lay out for a width."""

    @abstractmethod
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        """Draw at the painter's origin what `clip` touches, the selected range on the selection's ground."""

    def breaks(self) -> Iterator[float]:
        """Where a page may end in it, from top to bottom; its own end is the last."""
        yield self.height

    @property
    def text_length(self) -> int:
        """How many characters the part says."""
        return 0

    def position_at(self, point: QPointF) -> int:
        """The offset that is nearest to a point."""
        return 0

    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        """The rectangles that a range of characters takes, from top to bottom."""
        return []

    def caret_rect(self) -> QRectF:
        """Where the streaming caret stands: after the last glyph."""
        return QRectF(0, 0, 2, 17)

    def action_at(self, point: QPointF) -> Link | CopyCode | ToggleFold | None:
        """What a click there does."""
        return None

    def code_at(self, point: QPointF) -> Part | None:
        """The code block there."""
        return None

    def set_hover(self, point: QPointF | None) -> bool:
        """Take where the mouse is; the answer is whether the part must be painted again."""
        return False

    def set_copied(self, copied: bool) -> bool:
        """Show on the Copy button used last that it has copied; False when there is none."""
        return False

    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        """Scroll what is under a point by `dx` pixels; the answer is whether it moved."""
        return False

    def panels(self) -> Iterator[Part]:
        """The parts inside that hold code or a table, from top to bottom."""
        return iter(())


@dataclass
class Placed:
    """A part and where it stands inside another."""

    part: Part
    x: float = 0.0
    y: float = 0.0

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.part.height

    @property
    def rect(self) -> QRectF:
        """The rectangle it takes."""
        return QRectF(self.x, self.y, self.part.width, self.part.height)


class Group(Part):
    """A part made of parts below each other: paints them and passes the mouse on to the one under it."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self._starts: list[int] = []  # where the text of each begins; a line feed is before it
        self._hovered: Placed | None = None
        self._copied: Placed | None = None

    def add(self, part: Part) -> None:
        """Append a part; `set_width` or `place_from` gives it its place."""
        self._starts.append(self.text_length + 1 if self.placed else 0)
        self.placed.append(Placed(part))

    def truncate(self, count: int) -> None:
        """Take away the parts after the first `count`."""
        del self.placed[count:], self._starts[count:]
        self._hovered = self._copied = None

    def place_from(self, index: int) -> None:
        """Place the parts from one on, which have been laid out, below those before it."""

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        for index in range(self._first_at(clip.top()), len(self.placed)):
            placed = self.placed[index]
            if placed.y > clip.bottom():
                break
            if placed.bottom <= clip.top():
                continue
            painter.translate(placed.x, placed.y)
            within = self._within(selected, index)
            placed.part.paint(painter, clip.translated(-placed.x, -placed.y), within)
            painter.translate(-placed.x, -placed.y)

    @override
    def breaks(self) -> Iterator[float]:
        for placed in self.placed:
            for y in placed.part.breaks():
                yield placed.y + y

    @property
    @override
    def text_length(self) -> int:
        return self._starts[-1] + self.placed[-1].part.text_length if self.placed else 0

    @override
    def position_at(self, point: QPointF) -> int:
        if not self.placed:
            return 0
        index = self._first_at(point.y())
        placed = self.placed[index]
        return self._starts[index] + placed.part.position_at(point - QPointF(placed.x, placed.y))

    @override
    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        found: list[QRectF] = []
        for index in range(max(0, bisect.bisect_right(self._starts, start) - 1), len(self.placed)):
            within = self._within((start, end), index)
            if self._starts[index] >= end:
                break
            if within is not None:
                placed = self.placed[index]
                rects = placed.part.selection_rects(*within)
                found += [rect.translated(placed.x, placed.y) for rect in rects]
        return found

    @override
    def caret_rect(self) -> QRectF:
        if not self.placed:
            return super().caret_rect()
        last = self.placed[-1]
        return last.part.caret_rect().translated(last.x, last.y)

    @override
    def action_at(self, point: QPointF) -> Link | CopyCode | ToggleFold | None:
        placed = self._at(point)
        if placed is None:
            return None
        action = placed.part.action_at(point - QPointF(placed.x, placed.y))
        if isinstance(action, CopyCode):
            self._copied = placed
        return action

    @override
    def code_at(self, point: QPointF) -> Part | None:
        placed = self._at(point)
        return placed.part.code_at(point - QPointF(placed.x, placed.y)) if placed is not None else None

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        placed = self._at(point) if point is not None else None
        changed = False
        if self._hovered is not None and self._hovered is not placed:
            changed = self._hovered.part.set_hover(None)
        self._hovered = placed
        if placed is not None and point is not None:
            changed |= placed.part.set_hover(point - QPointF(placed.x, placed.y))
        return changed

    @override
    def set_copied(self, copied: bool) -> bool:
        return self._copied is not None and self._copied.part.set_copied(copied)

    @override
    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        placed = self._at(point)
        return placed is not None and placed.part.scroll_horizontally(dx, point - QPointF(placed.x, placed.y))

    @override
    def panels(self) -> Iterator[Part]:
        for placed in self.placed:
            yield from placed.part.panels()

    def _first_at(self, y: float) -> int:
        """The last part that begins at or above `y`, the first one when there is none."""
        return max(0, bisect.bisect_right(self.placed, y, key=lambda placed: placed.y) - 1)

    def _at(self, point: QPointF) -> Placed | None:
        placed = self.placed[self._first_at(point.y())] if self.placed else None
        return placed if placed is not None and placed.rect.contains(point) else None

    def _within(self, selected: Range | None, index: int) -> Range | None:
        """What of a selected range is in one of the parts."""
        if selected is None:
            return None
        start, length = self._starts[index], self.placed[index].part.text_length
        begin, end = max(0, selected[0] - start), min(length, selected[1] - start)
        return (begin, end) if begin < end else None
