"""The messages of a conversation one below the other: heights, what is laid out, what stands where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.heights import HeightIndex
from desktop_agent.gui.transcript.message_view import MessageView, Owner
from desktop_agent.gui.typography import TextStyle

TOP_PADDING = 28
MESSAGE_GAP = 26
END_PADDING = 24
"""Below the last line of text while the end is followed."""
_FOOTER_PADDING = 2  # below the last footer
KEPT_MESSAGES = 32
"""How many messages stay laid out beyond those that are seen."""
_CHARACTER_WIDTH = 7.3  # pixels, on average, of body text
_AHEAD = 200.0  # pixels above and below what is seen that are laid out too
_OUT_OF_SIGHT = -10_000


class Anchor(NamedTuple):
    """What must stay where it is on the screen.

    Attributes:
        message: A message.
        block: A block in it.
        distance: How far below the upper edge of the view that block begins.
    """

    message: MessageView
    block: int
    distance: float


class ReadingPlace(NamedTuple):
    """Where a conversation is read, so that it can be opened there again.

    Attributes:
        message: The number of a message.
        block: A block in it.
        distance: How far below the upper edge of the view that block begins.
        is_following: Whether the end is followed, wherever it is.
    """

    message: int = 0
    block: int = 0
    distance: float = 0.0
    is_following: bool = True


class Sight(NamedTuple):
    """The part of the conversation that is seen, from its beginning, in logical pixels."""

    top: float
    bottom: float

    @property
    def with_ahead(self) -> Sight:
        """A little more than what is seen, so that scrolling finds its lines laid out."""
        return Sight(self.top - _AHEAD, self.bottom + _AHEAD)


class MessageColumn:
    """Lays out messages that are seen; everything else is its text and an estimated height.

    Places count from the beginning of the conversation, in logical pixels.

    Attributes:
        messages: The messages, oldest first.
        width: The width of the column.
        room_for: The message that can be scrolled to the top, whatever follows it.
    """

    def __init__(self, owner: Owner, surface: QWidget, appearance: Appearance) -> None:
        """Make an empty column.

        Args:
            owner: Hears what the controls of messages do.
            surface: The widget that the controls lie on.
            appearance: Theme and zoom.
        """
        self._owner = owner
        self._surface = surface
        self._appearance = appearance
        self._heights = HeightIndex()
        self._realised: dict[MessageView, None] = {}  # in order of use, the oldest first
        self.messages: list[MessageView] = []
        self.width = 0
        self.room_for: MessageView | None = None

    # What is in it

    def extend(self, messages: Sequence[MessageView]) -> None:
        """Add messages at the end."""
        per_line, line_height = self._line_measures()
        heights = []
        for index, message in enumerate(messages, len(self.messages)):
            message.index = index
            heights.append(message.estimate(per_line, line_height) + MESSAGE_GAP)
        self.messages.extend(messages)
        if len(heights) == 1:
            self._heights.append(heights[0])
        else:
            self._heights.extend(heights)

    def drop_last(self) -> None:
        """Remove the last message."""
        message = self.messages.pop()
        self._heights.pop()
        if message in self._realised:
            del self._realised[message]
            message.release()
        if self.room_for is message:
            self.room_for = None

    def clear(self) -> None:
        """Remove all messages."""
        for message in self._realised:
            message.release()
        self._realised.clear()
        self.messages.clear()
        self._heights.clear()
        self.room_for = None

    def index_of(self, message: MessageView) -> int:
        """The place of `message` among the messages, or -1."""
        index = message.index
        return index if index < len(self.messages) and self.messages[index] is message else -1

    @property
    def realised_count(self) -> int:
        """How many messages are laid out at the moment."""
        return len(self._realised)

    def _line_measures(self) -> tuple[float, float]:
        """About how many characters a line of the column holds, and how high it is."""
        zoom = self._appearance.zoom
        per_line = self.width / (_CHARACTER_WIDTH * zoom)
        return max(8.0, per_line), TextStyle.BODY.line_height * zoom

    # Where things stand

    def top_of(self, message: MessageView) -> float:
        """Where a message begins."""
        return TOP_PADDING + self._heights.offset(message.index)

    def content_height(self, view_height: int) -> float:
        """How high everything is, with the room below the message in `room_for`."""
        if not self.messages:
            return 0.0
        last = self.messages[-1]
        text_bottom = last.height - last.footer_height
        shown_bottom = last.height if last.has_footer else text_bottom
        end = self.top_of(last) + max(text_bottom + END_PADDING, shown_bottom + _FOOTER_PADDING)
        room = 0.0
        if self.room_for is not None:
            room = self.top_of(self.room_for) - TOP_PADDING + view_height
        return max(end, room)

    def between(self, sight: Sight) -> Iterator[MessageView]:
        """The messages in a part of the conversation."""
        index = self._heights.find(sight.top - TOP_PADDING)
        while index < len(self.messages) and self.top_of(self.messages[index]) <= sight.bottom:
            yield self.messages[index]
            index += 1

    def nearest(self, y: float) -> MessageView | None:
        """The message at a height, or the one above it."""
        return self.messages[self._heights.find(y - TOP_PADDING)] if self.messages else None

    def anchor_at(self, y: float) -> Anchor | None:
        """The first block at a height."""
        message = self.nearest(y)
        if message is None:
            return None
        top = self.top_of(message)
        block = message.block_at(y - top)
        return Anchor(message, block, top + message.block_y(block) - y)

    def known_anchor_in(self, sight: Sight) -> Anchor | None:
        """What has been seen already and still is: it must not move while what comes up is measured."""
        for message in self.between(sight):
            top = self.top_of(message)
            block = message.known_block_from(sight.top - top) if message.is_realised else None
            if block is not None:
                return Anchor(message, block, top + message.block_y(block) - sight.top)
        message_there = self.nearest(sight.top)
        if message_there is None:
            return None
        distance = self.top_of(message_there) + message_there.block_y(0) - sight.top
        return Anchor(message_there, 0, distance)

    def view_top_for(self, anchor: Anchor) -> float:
        """Where the view must begin so that `anchor` stands where it stood."""
        return self.top_of(anchor.message) + anchor.message.block_y(anchor.block) - anchor.distance

    # Layout

    def lay_out(self, sight: Sight, dirty: MessageView | None) -> bool:
        """Lay out what is seen.

        Args:
            sight: What is seen.
            dirty: A message that has changed, whether it is seen or not.

        Returns:
            Whether a height has turned out another one.
        """
        ahead = sight.with_ahead
        has_changed = False
        for message in self.between(ahead):
            if not message.is_realised:
                message.width = self.width
                message.realise(self._surface, self._owner)
            elif message.width != self.width:
                message.set_width(self.width)
            y = self.top_of(message)
            message.show_range(ahead.top - y, ahead.bottom - y)
            self._realised.pop(message, None)
            self._realised[message] = None
            has_changed |= self.take_height(message)
        if dirty is not None:
            has_changed |= self.take_height(dirty)
        self.release_far(sight)
        return has_changed

    def set_width(self, width: int, sight: Sight) -> None:
        """Take over another width: what is seen is laid out for it, the rest when it is seen."""
        if width != self.width:
            self.width = width
            self.release_far(sight, 0)
        for message in self._realised:
            message.set_width(width)
            self.take_height(message)

    def apply_appearance(self, sight: Sight) -> None:
        """Take over another theme or zoom, in the same way."""
        self.release_far(sight, 0)
        for message in self._realised:
            message.apply_appearance()
            self.take_height(message)

    def release_far(self, sight: Sight, kept: int = KEPT_MESSAGES) -> None:
        """Drop the look of messages that are not seen, those used least recently first, down to `kept`."""
        near = set(self.between(sight.with_ahead))
        for message in list(self._realised):
            if len(self._realised) <= kept + len(near):
                break
            if message not in near and not message.is_pinned:
                message.release()
                del self._realised[message]

    def place_widgets(self, left: int, sight: Sight) -> None:
        """Move the controls of messages to where these are seen, and those of others out of sight."""
        seen = set(self.between(sight.with_ahead))
        for message in self._realised:
            if message in seen:
                message.place_widgets(left, self.top_of(message) - sight.top)
            else:
                for widget in message.widgets():
                    widget.move(0, _OUT_OF_SIGHT)

    def take_height(self, message: MessageView) -> bool:
        """Take over the height that a message has now, seen or not; True when it is another one."""
        height = message.height + MESSAGE_GAP
        if height == self._heights[message.index]:
            return False
        self._heights.set(message.index, height)
        return True
