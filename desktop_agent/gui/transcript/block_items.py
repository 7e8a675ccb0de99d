"""BlockItem: what paints one Markdown block of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from desktop_agent.gui.transcript.block_style import BlockStyle
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.inline_runs import Link
from desktop_agent.gui.transcript.parts import CopyCode, Part, Range, ToggleFold
from desktop_agent.gui.transcript.stacks import gap_of, make_part
from desktop_agent.markdown import plain_text, word_at

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from desktop_agent.markdown import Block

__all__ = ["BlockItem", "BlockStyle", "CopyCode", "Link", "ToggleFold", "gap_between", "make_item"]


class BlockItem:
    """Paints one block. It holds no widget and loads nothing: it is layouts of text.

    Points and rectangles count from the item's top left corner, in logical pixels.

    Attributes:
        block: What it shows.
    """

    def __init__(self, block: Block, style: BlockStyle) -> None:
        self.block = block
        self._style = style
        self._width = 0.0
        self._hovered: QPointF | None = None
        self._part = self._make()

    @property
    def height(self) -> float:
        """The height at the width that was set last."""
        return self._part.height

    @property
    def part(self) -> Part:
        """What the item is made of now; for tests."""
        return self._part

    def update(self, block: Block) -> None:
        """Show what the block has become. An open fence only takes its new lines."""
        self.block = block
        if isinstance(self._part, CodePanel) and block.kind == "code" and self._part.takes(block.language):
            self._grow(self._part)
        else:
            self._rebuild()

    def set_width(self, width: float) -> None:
        """Lay out for a width."""
        self._width = width
        self._part.set_width(width)

    def set_style(self, style: BlockStyle) -> None:
        """Draw in another style; the width stays."""
        if style != self._style:
            self._style = style
            self._rebuild()

    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        """Draw what `clip` touches; the painter's origin is the item's top left corner.

        Args:
            painter: It draws.
            clip: What must be drawn.
            selected: The range of `plain_text` that stands on the selection's ground.
        """
        self._part.paint(painter, clip, selected)

    # Characters. Offsets count in `plain_text`, markers of lists and tabs between cells included.

    @property
    def text_length(self) -> int:
        """The length of `plain_text`."""
        return len(self.plain_text())

    def position_at(self, point: QPointF) -> int:
        """The offset into `plain_text` that is nearest to a point, inside the item or not."""
        return self._part.position_at(point)

    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        """The rectangles that a range of `plain_text` takes, from top to bottom."""
        return self._part.selection_rects(start, end)

    def word_at(self, offset: int) -> Range:
        """The range of the word around an offset: what a double click selects."""
        return word_at(self.plain_text(), offset)

    def line_at(self, offset: int) -> Range:
        """The range of the line of `plain_text` around an offset, a paragraph for example: a triple click."""
        text = self.plain_text()
        end = text.find("\n", offset)
        return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end

    # Code and tables.

    @property
    def folded(self) -> bool:
        """Whether lines of code are hidden behind "Show all … lines"."""
        return False

    def set_folded(self, folded: bool) -> bool:
        """Show all lines of a long code block, or its first ones; True when the height has changed."""
        return False

    @property
    def wraps(self) -> bool:
        """Whether long lines of code are wrapped."""
        return False

    def set_wrap(self, wrap: bool) -> bool:
        """Wrap long lines of code, or scroll them; True when the height may have changed."""
        return False

    @property
    def needs_color(self) -> bool:
        """Whether code still waits for its colours: `color_more` goes on with them."""
        return False

    def color_more(self, seconds: float = 0.002) -> bool:
        """Colour code for about that long; True when the item must be repainted."""
        return False

    def caret_rect(self) -> QRectF:
        """Where the streaming caret stands: a bar after the last glyph."""
        return self._part.caret_rect()

    def action_at(self, point: QPointF) -> Link | CopyCode | ToggleFold | None:
        """What a click at a point does: follow a link, copy the code, or nothing."""
        return self._part.action_at(point)

    def set_hover(self, point: QPointF | None) -> bool:
        """Take where the mouse is, None when it is elsewhere; True when the item must be repainted."""
        self._hovered = point
        return self._part.set_hover(point)

    def set_copied(self, copied: bool) -> bool:
        """Show a check on the Copy button that `action_at` gave last, or take it away."""
        return self._part.set_copied(copied)

    def scroll_horizontally(self, dx: float, point: QPointF | None = None) -> bool:
        """Scroll the code or table under a point, by default under the mouse; True when it moved."""
        at = point if point is not None else self._hovered
        return at is not None and self._part.scroll_horizontally(dx, at)

    def plain_text(self) -> str:
        """What the block says, without markup."""
        return plain_text(self.block)

    def _make(self) -> Part:
        if self.block.kind != "code":
            return make_part(self.block.tokens, self._style)
        panel = CodePanel(self.block.language, self._style)
        self._grow(panel)
        return panel

    def _rebuild(self) -> None:
        self._part = self._make()
        self._part.set_width(self._width)
        self._part.set_hover(self._hovered)

    def _grow(self, panel: CodePanel) -> None:
        lines = self.block.code_lines
        if lines is None:
            content = self.block.tokens[0].content.removesuffix("\n")
            lines = content.split("\n") if content else []
        panel.grow(lines[panel.complete_lines :], self.block.partial_line, is_open=self.block.open)
        panel.set_width(self._width)


def make_item(block: Block, style: BlockStyle) -> BlockItem:
    """The item for a block; it is laid out when it gets a width."""
    return BlockItem(block, style)


def gap_between(previous: Block | None, block: Block, zoom: float = 1.0) -> float:
    """The distance of a block from the one above it, in logical pixels; none above the first."""
    if previous is None:
        return 0.0
    return float(round(gap_of((previous.kind, previous.tag), (block.kind, block.tag)) * zoom))
