"""Markdown that grows: a parser, one painted item per block, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, gap_between, make_item
from desktop_agent.markdown import Block, StreamParser, plain_text


@dataclass
class _Placed:
    block: Block
    item: BlockItem
    revision: int
    top: float = 0.0


class MarkdownColumn:
    """The blocks of one text, one below the other.

    Attributes:
        height: The height of all blocks, in logical pixels.
        edits: How many documents were made or edited so far: exact, for tests.
    """

    def __init__(self, style: BlockStyle) -> None:
        self._style = style
        self._parser = StreamParser()
        self._pieces: list[str] = []
        self._placed: list[_Placed] = []
        self._width = 0.0
        self.height = 0.0
        self.edits = 0

    @property
    def source(self) -> str:
        """The Markdown that came in, character for character."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be seen."""
        return not self._placed

    def append(self, text: str) -> None:
        """Take in what arrived since the last frame."""
        self._pieces.append(text)
        self._parser.feed(text)
        self._update_items()

    def finish(self) -> None:
        """The text is complete."""
        self._parser.finish()
        self._update_items()

    def set_width(self, width: float) -> None:
        """Lay out for `width` logical pixels."""
        if width != self._width:
            self._width = width
            for placed in self._placed:
                placed.item.set_width(width)
            self._place_from(0)

    def set_style(self, style: BlockStyle) -> None:
        """Draw with other colours or another zoom."""
        self._style = style
        for placed in self._placed:
            placed.item.set_style(style)
        self._place_from(0)

    def paint(self, painter: QPainter, clip: QRectF) -> None:
        """Draw the blocks that `clip` touches; the painter's origin is the column's top left."""
        for placed in self._placed:
            if placed.top > clip.bottom():
                break
            if placed.top + placed.item.height >= clip.top():
                painter.translate(0, placed.top)
                placed.item.paint(painter, clip.translated(0, -placed.top))
                painter.translate(0, -placed.top)

    def caret_rect(self) -> QRectF:
        """Where the streaming caret stands: after the last glyph."""
        if not self._placed:
            return QRectF(0, 4, 2, 17)
        last = self._placed[-1]
        return last.item.caret_rect().translated(0, last.top)

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The item below `point`, and the point in the item's own coordinates."""
        for placed in self._placed:
            if placed.top <= point.y() < placed.top + placed.item.height:
                return placed.item, QPointF(point.x(), point.y() - placed.top)
        return None

    def items(self) -> list[BlockItem]:
        """All items, from top to bottom."""
        return [placed.item for placed in self._placed]

    def block_top(self, index: int) -> float:
        """Where block `index` begins; 0 for one that is not there."""
        return self._placed[index].top if 0 <= index < len(self._placed) else 0.0

    def block_index_at(self, y: float) -> int:
        """The last block that begins at or above `y`."""
        return max((index for index, placed in enumerate(self._placed) if placed.top <= y), default=0)

    def plain_text(self) -> str:
        """What the text says, without markup."""
        return "\n\n".join(plain_text(placed.block) for placed in self._placed)

    def _update_items(self) -> None:
        first_moved = len(self._placed)
        blocks = self._parser.blocks
        for index, block in enumerate(blocks):
            if index < len(self._placed) and self._placed[index].block is block:
                placed = self._placed[index]
                if placed.revision == block.revision:
                    continue
                placed.item.update(block)
                placed.revision = block.revision
            else:
                del self._placed[index:]
                item = make_item(block, self._style)
                item.set_width(self._width)
                self._placed.append(_Placed(block, item, block.revision))
            self.edits += 1
            first_moved = min(first_moved, index)
        if len(blocks) < len(self._placed):
            del self._placed[len(blocks) :]
            first_moved = min(first_moved, len(blocks))
        self._place_from(first_moved)

    def _place_from(self, index: int) -> None:
        previous = self._placed[index - 1] if index else None
        y = previous.top + previous.item.height if previous else 0.0
        for placed in self._placed[index:]:
            y += gap_between(previous.block if previous else None, placed.block, self._style.zoom)
            placed.top = y
            y += placed.item.height
            previous = placed
        self.height = y
