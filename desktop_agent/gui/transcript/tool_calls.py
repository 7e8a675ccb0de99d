"""The calls of tools that stand together in a reply: a card each, or one row that stands for all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QWidget

from desktop_agent.chat.approvals import Decision
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.approval_card import ApprovalCard
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.transcript.tool_card import HEAD_HEIGHT, ToolCard
from desktop_agent.gui.transcript.tool_deeds import (
    AnswerRequest,
    CancelCall,
    Deed,
    FollowLink,
    OpenInConsole,
)
from desktop_agent.gui.transcript.tool_words import elapsed_text
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton

_GAP = 18
_ROW_GAP = 6
_FOLDED_FROM = 3

Card = ToolCard | ApprovalCard


class ToolCalls:
    """Shows calls; three and more become one row when the reply is complete.

    Attributes:
        deed_chosen: Called with what a card asks for.
        gap_below: The distance to what stands below, in pixels.
    """

    def __init__(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._calls: dict[str, ToolCall] = {}
        self._opened: set[str] = set()
        self._cards: dict[str, Card] = {}
        self._tops: dict[str, float] = {}
        self._row: DisclosureButton | None = None
        self._row_top = 0.0
        self._parent: QWidget | None = None
        self._changed: Callable[[], None] = lambda: None
        self._width = 0.0
        self._is_finished = False
        self._is_unfolded = False
        self._is_quiet = False
        self.deed_chosen: Callable[[Deed], None] = lambda _deed: None

    # What is called

    def has(self, call_id: str) -> bool:
        """Whether it is one of these."""
        return call_id in self._calls

    @property
    def is_open(self) -> bool:
        """Whether more becomes of one of the calls."""
        return any(call.is_open for call in self._calls.values())

    def show_call(self, call: ToolCall) -> None:
        """A call is new, or in another state."""
        before = self._calls.get(call.call_id)
        self._calls[call.call_id] = call
        has_just_failed = call.state == "failed" and before is not None and before.is_open
        if has_just_failed and not self._is_finished:
            self._opened.add(call.call_id)
        if self._parent is not None:
            self._is_quiet = True  # whoever calls this lays out the message
            self._show(call, self._parent)
            self._is_quiet = False

    def finish(self) -> None:
        """The reply is complete: nothing becomes of the calls any more, and many of them fold."""
        self._is_finished = True
        if self.can_fold:
            self._opened.clear()
            if self._parent is not None:
                self._make_row(self._parent)

    @property
    def can_fold(self) -> bool:
        """Whether one row may stand for all."""
        return self._is_finished and len(self._calls) >= _FOLDED_FROM

    def open_all(self, *, is_open: bool) -> None:
        """Show what each call got and gave, or hide it."""
        self._is_unfolded = is_open
        self._opened = {name for name in self._calls if is_open}
        if self._row is not None:
            self._row.setChecked(is_open)
        self._is_quiet = True
        for card in self._cards.values():
            if isinstance(card, ToolCard):
                card.open(is_open=is_open)
        self._is_quiet = False
        self._show_cards()
        self._changed()

    # Life

    @property
    def cards(self) -> list[Card]:
        """The cards, while they are realised."""
        return list(self._cards.values())

    @property
    def pending(self) -> tuple[ApprovalCard, float] | None:
        """The first card that waits for an answer, and where it begins in the message."""
        for call_id, card in self._cards.items():
            if isinstance(card, ApprovalCard):
                return card, self._tops.get(call_id, 0.0)
        return None

    @property
    def row(self) -> DisclosureButton | None:
        """The row that stands for all, while it is realised."""
        return self._row

    def realise(self, parent: QWidget, width: float, changed: Callable[[], None]) -> None:
        """Make what is seen.

        Args:
            parent: The widget that it lies on.
            width: That of the message.
            changed: Is called when it needs another height.
        """
        self._parent, self._width, self._changed = parent, width, changed
        if self.can_fold:
            self._make_row(parent)
        for call in self._calls.values():
            self._show(call, parent)

    def release(self) -> None:
        """Drop what is seen."""
        for widget in (*self._cards.values(), self._row):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._cards.clear()
        self._row = self._parent = None

    def _show(self, call: ToolCall, parent: QWidget) -> None:
        card = self._cards.get(call.call_id)
        waits = call.request is not None
        if card is not None and isinstance(card, ApprovalCard) != waits:
            self._drop(call.call_id, card)
            card = None
        if card is None:
            self._cards[call.call_id] = self._make(call, parent)
            self._cards = {name: self._cards[name] for name in self._calls if name in self._cards}
        elif isinstance(card, ToolCard):
            card.show_call(call)
            if call.call_id in self._opened and not card.is_open:
                card.open(is_open=True)

    def _drop(self, call_id: str, card: Card) -> None:
        del self._cards[call_id]
        card.hide()
        card.deleteLater()
        for other in self._cards.values():
            if isinstance(other, ApprovalCard):
                other.guard()  # it moves to where the mouse may be about to click

    def _make(self, call: ToolCall, parent: QWidget) -> Card:
        card: Card
        if call.request is not None:
            card = ApprovalCard(call, call.request, self._appearance, parent)
            card.decided.connect(self._answer)
        else:
            card = ToolCard(call, self._appearance, parent)
            card.link_pressed.connect(lambda href, text: self.deed_chosen(FollowLink(href, text)))
            card.console_requested.connect(lambda name: self.deed_chosen(OpenInConsole(name)))
            card.cancel_requested.connect(lambda name: self.deed_chosen(CancelCall(name)))
            if call.call_id in self._opened:
                card.open(is_open=True)
            card.height_changed.connect(lambda: self._note_height(call.call_id))
        card.height_changed.connect(self._tell)
        take_from_tab_order(card)
        card.setVisible(not self.is_folded)
        return card

    def _note_height(self, call_id: str) -> None:
        card = self._cards.get(call_id)
        if isinstance(card, ToolCard):
            (self._opened.add if card.is_open else self._opened.discard)(call_id)
            take_from_tab_order(card)

    def _answer(self, request_id: str, decision: Decision, note: str) -> None:
        self.deed_chosen(AnswerRequest(request_id, decision, note))

    def _tell(self) -> None:
        if not self._is_quiet:
            self._changed()

    # The row that stands for all

    @property
    def is_folded(self) -> bool:
        """Whether only the row is seen."""
        return self.can_fold and not self._is_unfolded

    def _make_row(self, parent: QWidget) -> None:
        self._row = DisclosureButton(self._appearance, parent)
        self._row.setChecked(self._is_unfolded)
        self._row.set_label(self._words())
        self._row.clicked.connect(self._unfold)
        take_from_tab_order(self._row)
        self._row.show()
        self._show_cards()

    def _unfold(self, is_unfolded: bool) -> None:
        self._is_unfolded = is_unfolded
        self._show_cards()
        self._changed()

    def _show_cards(self) -> None:
        for call_id, card in self._cards.items():
            if isinstance(card, ToolCard) and not self._is_unfolded and card.is_open:
                card.open(is_open=call_id in self._opened)
            card.setVisible(not self.is_folded)

    def _words(self) -> str:
        calls = list(self._calls.values())
        seconds = sum(call.seconds or 0.0 for call in calls)
        text = QCoreApplication.translate("ToolCard", "Used {count} tools, {t}")
        words = text.format(count=QLocale().toString(len(calls)), t=elapsed_text(seconds))
        failed = sum(call.state == "failed" for call in calls)
        if failed:
            more = QCoreApplication.translate("ToolCard", ", {count} failed")
            words += more.format(count=QLocale().toString(failed))
        return words

    # Look

    @property
    def gap_below(self) -> float:
        """The distance to what stands below."""
        return (_ROW_GAP if self.is_folded else _GAP) * self._appearance.zoom

    @property
    def estimated_height(self) -> float:
        """About how high it is, before it was ever seen."""
        count = 1 if self.is_folded else len(self._calls)
        return (HEAD_HEIGHT + _GAP) * count * self._appearance.zoom

    def set_width(self, width: float) -> None:
        """Lay out in a message of `width`."""
        self._width = width

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        for card in self._cards.values():
            card.apply_appearance()

    def update_furniture(self, *, is_entered: bool) -> None:
        """Show what is only there while somebody is in the message."""
        for card in self._cards.values():
            if isinstance(card, ToolCard):
                card.show_buttons(is_shown=is_entered)

    def lay_out(self, y: float) -> float:
        """Stand at `y`; returns where the next thing begins."""
        self._row_top = y
        if self._row is not None:
            y += self._row.body_size().height() + _ROW_GAP * self._appearance.zoom
        if self.is_folded:
            return y
        for call_id, card in self._cards.items():
            self._tops[call_id] = y
            y += card.height_for(round(self._width)) + _GAP * self._appearance.zoom
        return y

    def widgets(self) -> list[QWidget]:
        """What is realised, from top to bottom."""
        cards = [] if self.is_folded else list(self._cards.values())
        return [*([self._row] if self._row is not None else []), *cards]

    def place(self, left: int, top: float) -> None:
        """Put everything where it belongs in a message whose origin is there in the viewport."""
        width = round(self._width)
        if self._row is not None:
            is_mirrored = self._row.isRightToLeft()
            x = left + width + RING_MARGIN - self._row.width() if is_mirrored else left - RING_MARGIN
            self._row.move(x, round(top + self._row_top) - RING_MARGIN)
        if self.is_folded:
            return
        for call_id, card in self._cards.items():
            y = round(top + self._tops.get(call_id, 0.0)) - RING_MARGIN
            height = card.height_for(width) + 2 * RING_MARGIN
            card.setGeometry(left - RING_MARGIN, y, width + 2 * RING_MARGIN, height)
