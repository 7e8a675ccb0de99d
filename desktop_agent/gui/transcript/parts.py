"""Part: what a block is made of. A part lays itself out for a width, paints itself, and answers the mouse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from typing_extensions import override

if TYPE_CHECKING:
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

    def set_hover(self, point: QPointF | None) -> bool:
        """Take where the mouse is; the answer is whether the part must be painted again."""
        return False

    def set_copied(self, copied: bool) -> bool:
        """Show on the Copy button used last that it has copied; False when there is none."""
        return False

    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        """Scroll what is under a point by `dx` pixels; the answer is whether it moved."""
        return False


@dataclass
class Placed:
    """A part and where it stands inside another."""

    part: Part
    x: float = 0.0
    y: float = 0.0

    @property
    def rect(self) -> QRectF:
        """The rectangle it takes."""
        return QRectF(self.x, self.y, self.part.width, self.part.height)


class Group(Part):
    """A part made of parts: paints them and passes the mouse on to the one that is under it."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self._hovered: Placed | None = None
        self._copied: Placed | None = None

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        for placed in self.placed:
            if placed.y + placed.part.height >= clip.top() and placed.y <= clip.bottom():
                painter.translate(placed.x, placed.y)
                placed.part.paint(painter, clip.translated(-placed.x, -placed.y))
                painter.translate(-placed.x, -placed.y)

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

    def _at(self, point: QPointF) -> Placed | None:
        return next((placed for placed in self.placed if placed.rect.contains(point)), None)
