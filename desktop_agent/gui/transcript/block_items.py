"""BlockItem: what paints one Markdown block of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from desktop_agent.gui.transcript.block_building import BlockBuilder
from desktop_agent.gui.transcript.block_style import BlockStyle
from desktop_agent.gui.transcript.code_choices import CodeChoices
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.inline_runs import Link
from desktop_agent.gui.transcript.parts import CopyCode, Part, Range, ToggleFold
from desktop_agent.gui.transcript.stacks import gap_of
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

    def __init__(self, block: Block, style: BlockStyle, choices: CodeChoices | None = None) -> None:
        self.block = block
        self._style = style
        self._choices = choices or CodeChoices()
        self._width = 0.0
        self._hovered: QPointF | None = None
        self._is_rebuilt = False
        self._rewrites = block.rewrites
        self._builder = BlockBuilder(style)
        self._take()
        if not block.open:
            self.fold_code()

    @property
    def height(self) -> float:
        """The height at the width that was set last."""
        return self._part.height

    @property
    def part(self) -> Part:
        """What the item is made of now; for tests."""
        return self._part

    @property
    def _part(self) -> Part:
        return self._builder.part

    def update(self, block: Block) -> None:
        """Show what the block has become: what is settled stays, the rest is made anew.

        An item that has grown is not folded by itself; the view does that when the reply has ended.
        """
        self.block, self._is_rebuilt = block, False
        if block.rewrites != self._rewrites:
            self._rebuild()
        else:
            self._take()
            self._part.set_hover(self._hovered)

    def set_width(self, width: float) -> None:
        """Lay out for a width."""
        self._width = max(1.0, width)  # 0 is none yet
        self._builder.set_width(self._width)

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

    @property
    def changed_from(self) -> float:
        """The top of what the last `update` has changed: what is above it need not be painted again."""
        return 0.0 if self._is_rebuilt else self._builder.changed_from

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

    # Code and tables.

    def code_at(self, point: QPointF) -> CodePanel | None:
        """The code block under a point."""
        found = self._part.code_at(point)
        return found if isinstance(found, CodePanel) else None

    @property
    def panels(self) -> list[CodePanel]:
        """Its code blocks, from top to bottom."""
        return self._builder.panels

    @property
    def folded(self) -> bool:
        """Whether lines of code are hidden behind "Show all … lines"."""
        return any(panel.is_folded for panel in self._builder.panels)

    def fold_code(self) -> bool:
        """Fold long code, but for what the reader has opened; True when the height has changed."""
        changed = False
        for number, panel in enumerate(self._builder.panels):
            if self._choices.of(self.block.start, number).folded is None:
                changed |= panel.set_folded(True)
        return self._lay_out_again(changed)

    def set_folded(self, folded: bool, panel: CodePanel) -> bool:
        """Show all lines of a long code block, or its first ones; True when the height has changed."""
        if panel not in self._builder.panels:
            return False  # what was clicked has become something else
        self._choices.fold(self.block.start, self._builder.panels.index(panel), folded)
        return self._lay_out_again(panel.set_folded(folded))

    def set_wrap(self, wrap: bool, panel: CodePanel) -> bool:
        """Wrap long lines of a code block, or scroll them; True when the height may have changed."""
        if panel not in self._builder.panels:
            return False
        self._choices.wrap(self.block.start, self._builder.panels.index(panel), wrap)
        return self._lay_out_again(panel.set_wrap(wrap))

    def _lay_out_again(self, changed: bool) -> bool:
        if changed and self._width:
            self._builder.set_width(self._width)
        return changed

    @property
    def needs_color(self) -> bool:
        """Whether code still waits for its colours: `color_more` goes on with them."""
        return any(panel.needs_color for panel in self._builder.panels)

    def color_more(self) -> bool:
        """Go on colouring code for about 2 ms; True when the item must be repainted."""
        return any(panel.needs_color and panel.color_more() for panel in self._builder.panels)

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

    def _take(self) -> None:
        """Give the part what the block says, and new code what was chosen for it."""
        before = self._builder.panels[:]
        self._builder.update(self.block.settled, self.block.live, self._width)
        for number, panel in enumerate(self._builder.panels):
            if number < len(before) and panel is before[number]:
                continue
            choice = self._choices.of(self.block.start, number)
            changed = panel.set_wrap(choice.wraps)
            changed |= choice.folded is True and panel.set_folded(True)
            self._lay_out_again(changed)

    def _rebuild(self) -> None:
        were_folded, self._is_rebuilt = [panel.is_folded for panel in self._builder.panels], True
        self._rewrites = self.block.rewrites
        self._builder = BlockBuilder(self._style)
        self._take()
        changed = False
        for panel, was_folded in zip(self._builder.panels, were_folded, strict=False):
            changed |= panel.set_folded(was_folded)
        self._lay_out_again(changed)
        self._part.set_hover(self._hovered)


def make_item(block: Block, style: BlockStyle, choices: CodeChoices | None = None) -> BlockItem:
    """The item for a block; it is laid out when it gets a width.

    Args:
        block: What it shows.
        style: How it looks.
        choices: What the reader has chosen for the code of its text.
    """
    return BlockItem(block, style, choices)


def gap_between(previous: Block | None, block: Block, zoom: float = 1.0) -> float:
    """The distance of a block from the one above it, in logical pixels; none above the first."""
    if previous is None:
        return 0.0
    return float(round(gap_of((previous.kind, previous.tag), (block.kind, block.tag)) * zoom))
