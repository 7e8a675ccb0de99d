"""Markdown that grows: a parser, where each block stands, and painted items for the blocks that are seen."""

from __future__ import annotations

import bisect

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, gap_between, make_item
from desktop_agent.gui.transcript.code_choices import CodeChoices
from desktop_agent.gui.transcript.selection import Span, range_in
from desktop_agent.markdown import Block, StreamParser

KEPT_ITEMS = 64
"""How many items of one text are kept beyond those that are seen."""


class _Placed:
    """A block, its item when it was seen, and where it stands."""

    __slots__ = ("block", "height", "item", "revision", "top")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.item: BlockItem | None = None
        self.revision = -1
        self.top = 0.0
        self.height = 0.0


class MarkdownColumn:
    """The blocks of one text, one below the other. Blocks that were never seen have estimated heights.

    The text may have sections: what one of them leaves open ends with it, and there may be room between two.

    Attributes:
        height: The height of all blocks, in logical pixels.
        items_made: How many items were made so far: exact, for tests.
        edits: How many items were made or updated so far: exact, for tests.
        section_starts: The first block of each section.
    """

    def __init__(self, style: BlockStyle, choices: CodeChoices | None = None) -> None:
        """Begin without text.

        Args:
            style: How it looks.
            choices: What the reader has chosen for its code; whoever gives them keeps them for the next
                column of the same text.
        """
        self._style = style
        self._choices = choices or CodeChoices()
        self._parser = StreamParser()
        self._placed: list[_Placed] = []
        self._alive: set[_Placed] = set()  # those with an item
        self._final = 0  # so many blocks change no more, unless the parser says so
        self._rewrites = 0
        self._tops: list[float] = []
        self._width = 0.0
        self._seen = (0, 0)
        self._rooms: dict[int, float] = {}
        self.section_starts = [0]
        self.height = 0.0
        self.edits = 0
        self.items_made = 0
        self._dirty_top = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be seen."""
        return not self._placed

    @property
    def blocks(self) -> list[Block]:
        """The blocks, from top to bottom."""
        return [placed.block for placed in self._placed]

    def append(self, text: str) -> None:
        """Take in what arrived since the last frame."""
        self._parser.feed(text)
        self._update_items()

    def begin_section(self) -> None:
        """What is appended from now on is a text of its own."""
        self._parser.finish()
        self._update_items()
        self._parser = StreamParser()
        self._rewrites, self._final = 0, len(self._placed)
        self.section_starts.append(len(self._placed))

    def set_rooms(self, rooms: dict[int, float]) -> None:
        """Leave room for something else above some blocks, in place of the usual distance.

        Args:
            rooms: By the index of the block, how high each is; below the last block there is none.
        """
        if rooms != self._rooms:
            moved = min(at for at in rooms | self._rooms if rooms.get(at) != self._rooms.get(at))
            self._rooms = dict(rooms)
            self._dirty_top = min(self._dirty_top, self.end_above(moved))
            self._place_from(min(moved, len(self._placed)))

    def end_above(self, index: int) -> float:
        """Where what stands above block `index` ends, whether or not that block is there yet."""
        if not index or not self._placed:
            return 0.0
        last = self._placed[min(index, len(self._placed)) - 1]
        return last.top + last.height

    def take_dirty_top(self) -> float:
        """The top of what has changed since the last call."""
        top, self._dirty_top = min(self._dirty_top, self.height), self.height
        return top

    def item_changed(self, item: BlockItem) -> None:
        """An item of this column, or of another one, has another height now."""
        for index, placed in enumerate(self._placed):
            if placed.item is item:
                placed.height = item.height
                self._dirty_top = min(self._dirty_top, placed.top)
                self._place_from(index)
                return

    def finish(self, *, folds_seen: bool = True) -> None:
        """The text is complete: long code is folded, but not under the eyes of a reader.

        Args:
            folds_seen: Whether blocks that are seen now are folded too.
        """
        self._parser.finish()
        self._update_items()
        first, last = self._seen
        for index, placed in enumerate(self._placed):
            may_fold = folds_seen or not first <= index < last
            if may_fold and placed.item is not None and placed.item.fold_code():
                placed.height = placed.item.height
        self._place_from(0)

    def color_more(self) -> tuple[bool, bool]:
        """Go on colouring code that is seen, for about 2 ms.

        Returns:
            Whether something must be painted again, and whether there is more to colour.
        """
        first, last = self._seen
        for placed in self._placed[first:last]:
            if placed.item is not None and placed.item.needs_color:
                return placed.item.color_more(), True
        return False, False

    def set_width(self, width: float) -> None:
        """Lay out for `width` logical pixels: what has items; the rest keeps its height until it is seen."""
        if width != self._width:
            self._width = width
            for placed in self._placed:
                if placed.item is not None:
                    placed.item.set_width(width)
                    placed.height = placed.item.height
                elif not placed.height:
                    placed.height = self._estimate(placed.block)
            self._place_from(0)

    def set_style(self, style: BlockStyle) -> None:
        """Draw with other colours or another zoom."""
        self._style = style
        for placed in self._placed:
            if placed.item is not None:
                placed.item.set_style(style)
                placed.height = placed.item.height
        self._place_from(0)

    def show_range(self, top: float, bottom: float) -> None:
        """Make the items between `top` and `bottom`, which may change heights, and drop those far away."""
        index = first = self.block_index_at(top)
        moved = len(self._placed)
        while index < len(self._placed) and self._placed[index].top <= bottom:
            placed = self._placed[index]
            if placed.item is None:
                self._make(placed)
                moved = min(moved, index)
                self._place_from(index)
            index += 1
        self._seen = (first, index)
        self._drop_far_items()

    def paint(
        self, painter: QPainter, clip: QRectF, span: Span | None = None, first_segment: int = 0
    ) -> None:
        """Draw the blocks that `clip` touches; the painter's origin is the column's top left.

        Args:
            painter: It draws.
            clip: What must be drawn.
            span: What is selected in the message.
            first_segment: The segment that the column's first block is.
        """
        for index in range(self.block_index_at(clip.top()), len(self._placed)):
            placed = self._placed[index]
            if placed.top > clip.bottom():
                break
            if placed.item is None:
                continue  # it comes with the next layout
            selected = None
            if span is not None:
                selected = range_in(span, first_segment + index, placed.item.text_length)
            painter.translate(0, placed.top)
            placed.item.paint(painter, clip.translated(0, -placed.top), selected)
            painter.translate(0, -placed.top)

    def caret_rect(self) -> QRectF:
        """Where the streaming caret stands: after the last glyph of the last section."""
        if len(self._placed) == self.section_starts[-1]:
            return QRectF(0, self.height + 4, 2, 17)
        last = self._placed[-1]
        if last.item is None:
            self._make(last)
        assert last.item is not None
        return last.item.caret_rect().translated(0, last.top)

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The item below `point`, and the point in the item's own coordinates."""
        if not self._placed or not 0 <= point.y() < self.height:
            return None
        placed = self._placed[self.block_index_at(point.y())]
        inside = placed.item is not None and point.y() < placed.top + placed.height
        return (placed.item, point - QPointF(0, placed.top)) if inside and placed.item is not None else None

    def position_at(self, point: QPointF) -> tuple[int, int]:
        """The block and the offset in its plain text that are nearest to `point`."""
        if not self._placed:
            return 0, 0
        index = self.block_index_at(point.y())
        placed = self._placed[index]
        if placed.item is None:
            self._make(placed)
        assert placed.item is not None
        return index, placed.item.position_at(point - QPointF(0, placed.top))

    def caret_place(self, index: int, offset: int) -> QRectF:
        """Where a caret before character `offset` of block `index` stands."""
        placed = self._placed[index]
        if placed.item is None:
            self._make(placed)
        assert placed.item is not None
        item = placed.item
        if offset < item.text_length and (rects := item.selection_rects(offset, offset + 1)):
            return QRectF(rects[0].left(), rects[0].top() + placed.top, 1, rects[0].height())
        if rects := item.selection_rects(max(0, offset - 1), offset):
            return QRectF(rects[-1].right(), rects[-1].top() + placed.top, 1, rects[-1].height())
        return QRectF(0, placed.top, 1, 20)

    def block_top(self, index: int) -> float:
        """Where block `index` begins; 0 for one that is not there."""
        return self._placed[index].top if 0 <= index < len(self._placed) else 0.0

    def block_index_at(self, y: float) -> int:
        """The last block that begins at or above `y`; 0 if there is none."""
        return max(0, bisect.bisect_right(self._tops, y) - 1)

    def first_made_from(self, y: float) -> int | None:
        """The first block at or below `y` that has an item, so that its height is known."""
        for index in range(self.block_index_at(y), len(self._placed)):
            if self._placed[index].item is not None:
                return index
        return None

    def _make(self, placed: _Placed) -> None:
        placed.item = make_item(placed.block, self._style, self._choices)
        placed.item.set_width(self._width)
        self._alive.add(placed)
        placed.revision = placed.block.revision
        placed.height = placed.item.height
        self.items_made += 1
        self.edits += 1

    def _update_items(self) -> None:
        blocks, start = self._parser.blocks, self.section_starts[-1]
        moved = len(self._placed)
        if self._parser.rewrites != self._rewrites:
            self._rewrites, self._final = self._parser.rewrites, start
        for index in range(self._final, start + len(blocks)):
            block = blocks[index - start]
            if index < len(self._placed) and self._placed[index].block is block:
                placed = self._placed[index]
                if placed.revision == block.revision:
                    continue
                if placed.item is not None:
                    placed.item.update(block)
                    placed.height = placed.item.height
                    self.edits += 1
                    self._dirty_top = min(self._dirty_top, placed.top + placed.item.changed_from)
                else:
                    placed.height = self._estimate(block)
                placed.revision = block.revision
            else:
                self._cut(index)
                placed = _Placed(block)
                placed.height = self._estimate(block)
                placed.revision = block.revision
                self._placed.append(placed)
            moved = min(moved, index)
        if start + len(blocks) < len(self._placed):
            self._cut(start + len(blocks))
            moved = min(moved, start + len(blocks))
        if moved < len(self._tops) and self._placed[moved:] and self._placed[moved].item is None:
            self._dirty_top = min(self._dirty_top, self._tops[moved])
        elif moved >= len(self._tops):
            self._dirty_top = min(self._dirty_top, self.height)
        self._place_from(moved)
        while self._final < start + len(blocks) and not blocks[self._final - start].open:
            self._final += 1

    def _cut(self, count: int) -> None:
        """Take away what is placed after the first `count` blocks."""
        self._alive.difference_update(self._placed[count:])
        del self._placed[count:]

    def _place_from(self, index: int) -> None:
        del self._tops[index:]
        previous = self._placed[index - 1] if index else None
        y = previous.top + previous.height if previous else 0.0
        for at, placed in enumerate(self._placed[index:], index):
            if at in self._rooms:
                y += self._rooms[at]
            else:
                y += gap_between(previous.block if previous else None, placed.block, self._style.zoom)
            placed.top = y
            self._tops.append(y)
            y += placed.height
            previous = placed
        self.height = y

    def _estimate(self, block: Block) -> float:
        """About how high a block will be: lines of 24 with as many characters as the width holds."""
        line = self._style.body.line_height * self._style.zoom
        per_line = max(8.0, self._width / (7.3 * self._style.zoom))
        return line * max(1.0, round((block.end - block.start) / per_line))

    def _drop_far_items(self) -> None:
        first, last = self._seen
        if len(self._alive) <= last - first + KEPT_ITEMS:
            return
        near = KEPT_ITEMS // 4
        for placed in list(self._alive):
            if not first - near <= self.block_index_at(placed.top) < last + near and not placed.block.open:
                placed.item = None
                self._alive.remove(placed)

    def items_alive(self) -> int:
        """How many items are held at the moment."""
        return len(self._alive)
