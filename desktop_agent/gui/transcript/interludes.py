"""What stands between the texts of a reply: thoughts and calls of tools, one below the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.approval_card import ApprovalCard
from desktop_agent.gui.transcript.block_items import BlockItem
from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.transcript.reply_text import ReplyText
from desktop_agent.gui.transcript.thought import Thought
from desktop_agent.gui.transcript.tool_calls import ToolCalls
from desktop_agent.gui.transcript.tool_deeds import Deed

_TEXT_GAP = 12

Part = Thought | ToolCalls


@dataclass
class _Interlude:
    """The parts before a section of the text, from top to bottom."""

    parts: list[Part] = field(default_factory=list)

    def lay_out(self, y: float) -> float:
        """Stand at `y`; returns where the text below begins."""
        for part in self.parts:
            y = part.lay_out(y)
        return y


class Interludes:
    """The parts before and between the sections of a text, which they begin.

    Args:
        text: What the reply says.
        appearance: Theme and zoom.
    """

    def __init__(self, text: ReplyText, appearance: Appearance) -> None:
        self._text = text
        self._appearance = appearance
        self._interludes = [_Interlude([Thought(appearance)])]
        self._keeps_thoughts_open = False
        self._parent: QWidget | None = None
        self._width = 0.0
        self._do: Callable[[Deed], None] = lambda _deed: None
        self._changed: Callable[[], None] = lambda: None

    @property
    def parts(self) -> Iterator[Part]:
        """All of them, from top to bottom."""
        return (part for interlude in self._interludes for part in interlude.parts)

    @property
    def thoughts(self) -> list[Thought]:
        """The thoughts among them."""
        return [part for part in self.parts if isinstance(part, Thought)]

    @property
    def calls(self) -> list[ToolCalls]:
        """The calls of tools among them."""
        return [part for part in self.parts if isinstance(part, ToolCalls)]

    # What arrives

    def keep_thoughts_open(self) -> None:
        """Leave thoughts as they are when the answer begins."""
        self._keeps_thoughts_open = True
        for thought in self.thoughts:
            thought.stays_open = True

    def open_thought(self) -> Thought:
        """The thought that grows now: a new one after calls of tools."""
        last = self._last_part
        if self._text.has_section and not isinstance(last, Thought):
            self._begin_section()
            last = None
        if isinstance(last, Thought):
            return last
        thought = Thought(self._appearance)
        thought.stays_open = self._keeps_thoughts_open
        self._add(thought)
        return thought

    def end_thought(self) -> None:
        """No thought grows any more."""
        for thought in self.thoughts:
            thought.end()

    def show_call(self, call: ToolCall) -> None:
        """A call of a tool begins, or is in another state."""
        calls = next((part for part in self.calls if part.has(call.call_id)), None)
        if calls is None:
            self.end_thought()
            if self._text.has_section:
                self._begin_section()
            calls = self._open_calls()
        calls.show_call(call)

    def _open_calls(self) -> ToolCalls:
        last = self._last_part
        if isinstance(last, ToolCalls):
            return last
        calls = ToolCalls(self._appearance)
        self._add(calls)
        return calls

    def finish(self) -> None:
        """Nothing more arrives."""
        self.end_thought()
        for calls in self.calls:
            calls.finish()

    @property
    def _last_part(self) -> Part | None:
        parts = self._interludes[-1].parts
        return parts[-1] if parts else None

    def _begin_section(self) -> None:
        self._text.begin_section()
        self._interludes.append(_Interlude())

    def _add(self, part: Part) -> None:
        self._interludes[-1].parts.append(part)
        if self._parent is not None:
            self._realise_part(part, self._parent)

    # Life

    def realise(
        self, parent: QWidget, width: float, do: Callable[[Deed], None], changed: Callable[[], None]
    ) -> None:
        """Make what is seen of them.

        Args:
            parent: The widget that they lie on.
            width: That of the message.
            do: Is called with what a card asks for.
            changed: Is called when a part needs another height.
        """
        self._parent, self._width = parent, width
        self._do, self._changed = do, changed
        for part in self.parts:
            self._realise_part(part, parent)

    def _realise_part(self, part: Part, parent: QWidget) -> None:
        if isinstance(part, ToolCalls):
            part.deed_chosen = self._do
        part.realise(parent, self._width, self._changed)

    def release(self) -> None:
        """Drop what is seen."""
        for part in self.parts:
            part.release()
        self._parent = None

    def set_width(self, width: float) -> None:
        """Lay out in a message of `width`."""
        self._width = width
        for part in self.parts:
            part.set_width(width)

    # Layout

    def lay_out_first(self, y: float) -> float:
        """Place what stands before the text at `y`; returns where the text begins."""
        return self._interludes[0].lay_out(y)

    def lay_out_others(self, body: MarkdownColumn, body_top: float) -> float:
        """Place what stands between the sections of the text; returns where the last of it all ends."""
        others, starts = self._interludes[1:], body.section_starts[1:]
        gap = _TEXT_GAP * self._appearance.zoom
        rooms: dict[int, float] = {}
        for start, interlude in zip(starts, others, strict=True):
            rooms[start] = interlude.lay_out(rooms.get(start, gap if start else 0.0))
        body.set_rooms(rooms)
        bottoms: dict[int, float] = {}
        for start, interlude in zip(starts, others, strict=True):
            above = body_top + body.end_above(start) + (gap if start else 0.0)
            bottoms[start] = interlude.lay_out(bottoms.get(start, above))
        return bottoms.get(len(body.blocks), body_top + body.height)

    @property
    def gap_below(self) -> float:
        """The distance from the last part to a text that is still to come."""
        last = self._last_part
        return 0.0 if last is None else last.gap_below

    @property
    def has_open_calls(self) -> bool:
        """Whether more becomes of one of the calls."""
        return any(calls.is_open for calls in self.calls)

    # What stands where

    @property
    def cards(self) -> list[QWidget]:
        """The cards of the calls, while they are realised."""
        return [card for calls in self.calls for card in calls.cards]

    def find_pending(self) -> tuple[ApprovalCard, float] | None:
        """The first card that waits for an answer, and where it begins in the message."""
        return next(filter(None, (calls.pending for calls in self.calls)), None)

    def widgets(self) -> list[QWidget]:
        """Their controls, from top to bottom, while they are realised."""
        return [widget for part in self.parts for widget in part.widgets()]

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The block of a thought below a point of the message, and the point in its own coordinates."""
        return next(filter(None, (thought.item_at(point) for thought in self.thoughts)), None)
