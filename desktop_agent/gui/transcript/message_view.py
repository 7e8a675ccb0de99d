"""What all messages have in common: data that is always there, and a look that is made when seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QLocale, QPointF, QRectF, QTime
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from desktop_agent.chat.notices import Action
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.block_items import BlockItem, Link
from desktop_agent.gui.transcript.message_controls import controls_in
from desktop_agent.gui.transcript.selection import EVERYTHING, Span
from desktop_agent.gui.transcript.tool_deeds import Deed

NAME_LENGTH = 80
_PREFIX = 400


class Revision(Enum):
    """What a reader can do with a message that was said."""

    EDIT = auto()
    REGENERATE = auto()
    REGENERATE_WITH = auto()  # by a model that is chosen for it
    DELETE = auto()


class Owner(Protocol):
    """Who shows a message, and hears what its controls do."""

    def reveal(self, message: MessageView) -> None:
        """Lay out again after the user opened or closed a part of `message`, which stays where it is."""

    def show_version(self, message: MessageView, step: int) -> None:
        """Show another version in place of `message`: the one before (-1) or the next (1)."""

    def choose(self, message: MessageView, action: Action) -> None:
        """Do what a button below `message` offers."""

    def revise(self, message: MessageView, revision: Revision) -> None:
        """Change `message`, or what follows it."""

    def do(self, message: MessageView, deed: Deed) -> None:
        """Do what a card of `message` asks for."""


class MessageView:
    """One message. Its text is always there, documents and controls between `realise` and `release`.

    Points and rectangles count from the message's own origin, in logical pixels. A message has segments
    (a bubble's text, each block of a reply), whose plain text selections count in.

    Attributes:
        author: Who says it.
        created: When, in local time.
        index: Its place in the transcript.
        height: Its height, without the space to its neighbours: an estimate until it is realised.
        is_hovered: Whether the mouse is over it.
        is_entered: Whether the keyboard is inside it.
    """

    def __init__(self, author: str, appearance: Appearance, created: datetime | None = None) -> None:
        self.author = author
        self.appearance = appearance
        self.created = created or datetime.now().astimezone()
        self.index = 0
        self.height = 0.0
        self.width = 0.0
        self.is_hovered = False
        self.is_entered = False

    @property
    def footer_height(self) -> float:
        """How much of its height is the place below its text that is empty until it is looked at."""
        return 0.0

    def step_version(self, step: int) -> None:
        """Ask for another version: the one before (-1) or the next (1); nothing if there is none."""

    @property
    def time_text(self) -> str:
        """The time of day, in the user's locale."""
        time_of_day = QTime(self.created.hour, self.created.minute)
        return QLocale().toString(time_of_day, QLocale.FormatType.ShortFormat)

    @property
    def accessible_name(self) -> str:
        """What a screen reader says first: author, time, the first words."""
        return f"{self.author}, {self.time_text}: {self.beginning(_PREFIX)[:NAME_LENGTH]}"

    @property
    def has_footer(self) -> bool:
        """Whether there is something to show in that place."""
        return False

    # Data

    def plain_text(self) -> str:
        """What the message says, without markup."""
        raise NotImplementedError

    def beginning(self, length: int) -> str:
        """The plain text of the first `length` characters or so of the source, without a look at the rest."""
        return self.plain_text()[:length]

    def source(self) -> str:
        """What the message says, as it was written."""
        raise NotImplementedError

    def text_in(self, span: Span) -> str:
        """The plain text of a range."""
        raise NotImplementedError

    def source_in(self, span: Span) -> str:
        """The source of a range: the words themselves inside one block, else all blocks that it touches."""
        raise NotImplementedError

    def pieces_in(self, span: Span) -> Iterator[str]:
        """The plain text of a range, piece by piece, so that whoever takes it may rest in between."""
        yield self.text_in(span)

    def segment_texts(self) -> list[str]:
        """The plain text of each segment."""
        raise NotImplementedError

    @property
    def end(self) -> tuple[int, int]:
        """The last segment and the offset at its end, as far as the text goes now."""
        return EVERYTHING, EVERYTHING

    # Life

    @property
    def is_realised(self) -> bool:
        """Whether documents and controls exist."""
        raise NotImplementedError

    @property
    def is_pinned(self) -> bool:
        """Whether it must stay realised, because text arrives or a control has the focus."""
        return self.is_entered or any(widget.hasFocus() or _holds_focus(widget) for widget in self.widgets())

    def realise(self, parent: QWidget, owner: Owner) -> None:
        """Make documents and controls; controls lie on `parent`, and `owner` hears of what they do."""
        raise NotImplementedError

    def release(self) -> None:
        """Drop documents and controls; the height stays."""
        raise NotImplementedError

    # Look

    def estimate(self, per_line: float, line_height: float) -> float:
        """Guess the height of a message that was never laid out, from the length of its text alone.

        Args:
            per_line: About how many characters a line of the column holds.
            line_height: The height of a line.
        """
        raise NotImplementedError

    def set_width(self, width: float) -> None:
        """Lay out for `width`, if the message is realised."""
        raise NotImplementedError

    def show_range(self, top: float, bottom: float) -> None:
        """Lay out what is seen between `top` and `bottom`; the height may change."""

    def item_changed(self, item: BlockItem) -> None:
        """An item has another height now: it was folded, unfolded or wrapped."""

    def color_more(self) -> tuple[bool, bool]:
        """Go on colouring code, for about 2 ms: whether to paint again, and whether there is more to do."""
        return False, False

    def dirty_top(self) -> float:
        """The top of what has changed since the last call."""
        return 0.0

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        raise NotImplementedError

    def paint(self, painter: QPainter, clip: QRectF, span: Span | None) -> None:
        """Draw what `clip` touches, with `span` selected."""
        raise NotImplementedError

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The painted block below `point`, with the point in its own coordinates."""
        return None

    def position_at(self, point: QPointF) -> tuple[int, int]:
        """The segment and the offset that are nearest to `point`."""
        raise NotImplementedError

    def caret_place(self, segment: int, offset: int) -> QRectF:
        """Where a caret at that place stands."""
        raise NotImplementedError

    def is_text_at(self, point: QPointF) -> bool:
        """Whether the mouse is over text there."""
        return False

    def remark_on(self, _link: Link) -> str:
        """A sentence about a link of its text, beside where it leads; "" for none."""
        return ""

    def widgets(self) -> list[QWidget]:
        """The controls that belong to the message, from top to bottom."""
        return []

    def controls(self) -> list[QWidget]:
        """What the keyboard can use in it, from top to bottom."""
        return [control for widget in self.widgets() for control in controls_in(widget)]

    def update_furniture(self) -> None:
        """Show what is only shown while the message is looked at, or hide it."""

    def place_widgets(self, left: float, top: float) -> None:
        """Move the controls so that the message's origin is at `left`, `top` of the viewport."""

    def block_at(self, y: float) -> int:
        """The block at `y`, as an anchor for `block_y`."""
        return 0

    def known_block_from(self, y: float) -> int | None:
        """The first block at or below `y` whose height is measured; None if all are estimates."""
        return 0

    def block_y(self, block: int) -> float:
        """Where that block begins."""
        return 0.0


def _holds_focus(widget: QWidget) -> bool:
    focused = widget.focusWidget()
    return focused is not None and focused.hasFocus()
