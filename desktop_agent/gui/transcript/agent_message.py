"""What an agent said: name, thoughts, calls of tools, text with the streaming caret, its end, footer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.notices import Action, Notice, Remark
from desktop_agent.chat.sources import Citations, KnownPages, citations_in
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.approval_card import ApprovalCard
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, Link
from desktop_agent.gui.transcript.code_choices import CodeChoices
from desktop_agent.gui.transcript.ending_part import EndingPart
from desktop_agent.gui.transcript.interludes import Interludes
from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.transcript.message_view import MessageView, Owner
from desktop_agent.gui.transcript.reply_text import ReplyText
from desktop_agent.gui.transcript.selection import Span
from desktop_agent.gui.transcript.sources_part import SourcesPart, SourcesRow
from desktop_agent.gui.transcript.tool_deeds import Deed
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton
from desktop_agent.gui.widgets.message_footer import ReplyFooter, row_height
from desktop_agent.gui.widgets.notice import NoticeBox, RemarkRow
from desktop_agent.markdown import Block, host_of, links_in

_NAME_HEIGHT = 20
_NAME_GAP = 10
_FOOTER_GAP = 6


@dataclass
class Ending:
    """What ended a reply, where it did not end by itself.

    Attributes:
        what: A notice or a quiet remark, each with its buttons.
        is_retired: Whether what it offers has been done, so that its buttons are gone.
    """

    what: Notice | Remark
    is_retired: bool = False


class AgentMessage(MessageView):
    """A reply that streams, or that did.

    Attributes:
        is_streaming: Whether more text may arrive.
        waiting_text: What is being waited for, shown beside the caret before the first token.
        figures: Its figures in words, for the footer.
        ending: What ended it, if it did not end by itself.
        pages: What tools had met when it was complete; None unless it looked into the web itself.
        versions: Which version of the reply it is, and of how many.
        is_last: Whether it is the last message, whose footer always shows.
    """

    def __init__(
        self, author: str, appearance: Appearance, text: str = "", created: datetime | None = None
    ) -> None:
        super().__init__(author, appearance, created)
        self._text = ReplyText(text)
        self._interludes = Interludes(self._text, appearance)
        self._body: MarkdownColumn | None = None
        self._choices = CodeChoices()
        self._parent: QWidget | None = None
        self._owner: Owner | None = None
        self._footer: ReplyFooter | None = None
        self._ending_part: EndingPart | None = None
        self._citations = Citations((), ())
        self._sources_part: SourcesPart | None = None
        self._body_top = self._end_top = 0.0
        self._painted_body_top = -1.0
        self.is_streaming = False
        self.is_last = False
        self.waiting_text = ""
        self.figures = ""
        self.pages: KnownPages | None = None
        self.versions = (1, 1)
        self.ending: Ending | None = None

    def keep_thought_open(self) -> None:
        """Leave thoughts as they are when the answer begins."""
        self._interludes.keep_thoughts_open()

    @property
    @override
    def footer_height(self) -> float:
        return _FOOTER_GAP + row_height(self.appearance.zoom)

    @property
    @override
    def has_footer(self) -> bool:
        return not self.is_streaming

    # What arrives

    def append(self, text: str) -> None:
        """More of the answer."""
        self._interludes.end_thought()
        self._text.append(text)

    def append_thought(self, text: str) -> None:
        """More of the thought."""
        self._interludes.open_thought().append(text)

    def restore_thought(self, text: str, seconds: float) -> None:
        """A thought of an earlier day, and how long it took; it follows what is there already."""
        self._interludes.open_thought().restore(text, seconds)

    def show_call(self, call: ToolCall) -> None:
        """A call of a tool begins, or is in another state."""
        self._interludes.show_call(call)

    def finish(self, figures: str, ending: Ending | None, *, folds_seen: bool = True) -> None:
        """Nothing more arrives.

        Args:
            figures: Its figures in words.
            ending: What ended it, if it did not end by itself.
            folds_seen: Whether long code that is seen now may be folded; not while somebody reads it.
        """
        self._interludes.finish()
        self.is_streaming = False
        self.waiting_text = ""
        self.figures, self.ending = figures, ending
        if self._body is not None:
            self._body.finish(folds_seen=folds_seen)
        if self._parent is not None:
            self._make_below(self._parent)

    def retire_ending(self) -> None:
        """What the ending offers has been done."""
        if self.ending is not None:
            self.ending.is_retired = True
            if self._ending_part is not None:
                self._ending_part.widget.retire()

    # What it says

    @property
    def thought_source(self) -> str:
        """What was thought, as it came."""
        return "\n\n".join(thought.source for thought in self._interludes.thoughts if thought.source)

    @property
    def thought_button(self) -> DisclosureButton | None:
        """The row that opens and closes the first thought, while the message is realised."""
        return next((thought.button for thought in self._interludes.thoughts), None)

    @property
    def cards(self) -> list[QWidget]:
        """The cards of its calls of tools, while the message is realised."""
        return self._interludes.cards

    @property
    def pending_card(self) -> ApprovalCard | None:
        """The first card that waits for an answer, while the message is realised."""
        found = self.find_pending()
        return found[0] if found is not None else None

    def find_pending(self) -> tuple[ApprovalCard, float] | None:
        """The first card that waits for an answer, and where it begins in the message."""
        return self._interludes.find_pending()

    def toggle_calls(self, *, is_open: bool) -> None:
        """Open or close what all its calls got and gave."""
        for calls in self._interludes.calls:
            calls.open_all(is_open=is_open)

    @property
    def ending_widget(self) -> NoticeBox | RemarkRow | None:
        """The notice or the row below the text, while the message is realised."""
        return self._ending_part.widget if self._ending_part is not None else None

    @property
    def footer(self) -> ReplyFooter | None:
        """The footer, while the message is realised and complete."""
        return self._footer

    @property
    def body(self) -> MarkdownColumn | None:
        """The painted Markdown, while the message is realised."""
        return self._body

    @property
    def blocks(self) -> list[Block]:
        """The blocks of its text, from top to bottom."""
        return self._text.blocks

    @property
    def links(self) -> list[Link]:
        """The links of its text that may be followed, from top to bottom."""
        found = (link for block in self.blocks for link in links_in(block))
        return [Link(href, host_of(href), words) for href, words in found]

    @property
    def sources(self) -> SourcesRow | None:
        """The row of the pages that it names and that tools met, while the message is realised."""
        return self._sources_part.widget if self._sources_part is not None else None

    @override
    def remark_on(self, link: Link) -> str:
        if link.href not in self._citations.unfounded:
            return ""
        return QCoreApplication.translate("Transcript", "Not among the pages that were found or read.")

    def items(self) -> list[BlockItem]:
        """Those of its blocks that are laid out, from top to bottom."""
        tops = [self.block_y(index) for index in range(len(self.blocks))] if self._body is not None else []
        found = [self.item_at(QPointF(0, top)) for top in tops]
        return [item for item, _ in filter(None, found)]

    @override
    def source(self) -> str:
        return self._text.source

    @override
    def plain_text(self) -> str:
        return self._text.plain

    @override
    def beginning(self, length: int) -> str:
        return self._text.beginning(length)

    @override
    def segment_texts(self) -> list[str]:
        return self._text.segments()

    @override
    def text_in(self, span: Span) -> str:
        return self._text.text_in(span)

    @override
    def pieces_in(self, span: Span) -> Iterator[str]:
        return self._text.pieces_in(span)

    @property
    @override
    def end(self) -> tuple[int, int]:
        return self._text.end if self.is_streaming else super().end

    @override
    def source_in(self, span: Span) -> str:
        return self._text.source_in(span)

    def tail(self, first: int | None = None) -> tuple[int, int, str]:
        """The end of the text that may still change: see `ReplyText.tail`."""
        return self._text.tail(first)

    # Life

    @property
    @override
    def is_realised(self) -> bool:
        return self._body is not None

    @property
    @override
    def is_pinned(self) -> bool:
        return self.is_streaming or super().is_pinned

    @override
    def realise(self, parent: QWidget, owner: Owner) -> None:
        self._parent, self._owner = parent, owner
        self._body = MarkdownColumn(self._body_style(), self._choices)
        self._body.set_width(self.width)
        self._text.fill(self._body)
        self._interludes.realise(parent, self.width, self._do, self._tell_change)
        if not self.is_streaming:
            self._body.finish()
            self._make_below(parent)
        self._lay_out()

    @override
    def release(self) -> None:
        self._interludes.release()
        for widget in self._widgets_below:
            widget.hide()
            widget.deleteLater()
        self._text.release()
        self._body = self._parent = self._owner = None
        self._sources_part = self._ending_part = self._footer = None

    def _make_below(self, parent: QWidget) -> None:
        """Make what stands below a complete text."""
        if self.pages is not None:
            self._citations = citations_in((link.href for link in self.links), self.pages)
        if self._citations.founded:
            self._sources_part = SourcesPart(self._citations.founded, self._do, self.appearance, parent)
        self._make_ending(parent)
        self._make_footer(parent)

    def _make_ending(self, parent: QWidget) -> None:
        if self.ending is None:
            return
        self._ending_part = EndingPart(self.ending.what, self.appearance, parent)
        self._ending_part.connect(self._choose, self._tell_change)
        if self.ending.is_retired:
            self._ending_part.widget.retire()

    def _make_footer(self, parent: QWidget) -> None:
        self._footer = ReplyFooter(self.source(), self.figures, self.appearance, parent)
        self._footer.show_versions(self.versions)
        self._footer.regenerate_requested.connect(lambda: self._choose(Action.REGENERATE))
        self._footer.version_requested.connect(self.step_version)
        take_from_tab_order(self._footer)
        self.update_furniture()

    @override
    def update_furniture(self) -> None:
        for calls in self._interludes.calls:
            calls.update_furniture(is_entered=self.is_entered)
        if self._footer is not None:
            self._footer.setVisible(self.is_last or self.is_hovered or self.is_entered)
            self._footer.offer_regenerate(is_offered=self.is_last and bool(self.source()))

    @override
    def step_version(self, step: int) -> None:
        number, count = self.versions
        if self._owner is not None and 1 <= number + step <= count:
            self._owner.show_version(self, step)

    def _tell_change(self) -> None:
        if self._owner is not None:
            self._owner.reveal(self)

    def _do(self, deed: Deed) -> None:
        if self._owner is not None:
            self._owner.do(self, deed)

    def _choose(self, action: Action) -> None:
        if self._owner is not None:
            self._owner.choose(self, action)

    # Layout

    @override
    def estimate(self, per_line: float, line_height: float) -> float:
        # Headings, lists and code leave lines half empty: a third more than running text takes.
        self.height = (1 + 1.3 * len(self.source()) / per_line) * line_height
        self.height += _NAME_HEIGHT + _NAME_GAP + self.footer_height
        self.height += sum(calls.estimated_height for calls in self._interludes.calls)
        return self.height

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        if self._body is not None:
            self._body.set_width(width)
            self._interludes.set_width(width)
            self._lay_out()

    @override
    def show_range(self, top: float, bottom: float) -> None:
        if self._body is None:
            return
        for thought in self._interludes.thoughts:
            if thought.column is not None:
                thought.show_range(top, bottom)
                self._lay_out()
        self._body.show_range(top - self._body_top, bottom - self._body_top)
        self._lay_out()

    def _lay_out(self) -> None:
        """Place the parts one below the other, after one of them changed."""
        assert self._body is not None
        interludes = self._interludes
        self._body_top = interludes.lay_out_first(self._thought_row_top)
        has_body, is_waiting = not self._body.is_empty, self.is_streaming and not self._text.has_section
        self._end_top = interludes.lay_out_others(self._body, self._body_top)
        y = self._end_top
        if is_waiting and not interludes.has_open_calls:
            y += TextStyle.BODY.line_height * self.appearance.zoom
        elif not self._text.has_section:
            y -= interludes.gap_below
        for part in self._parts_below:
            y += part.gap if has_body else 0
            part.top = y
            y += part.height(self.width)
        self.height = y + self.footer_height

    @property
    def _thought_row_top(self) -> float:
        return float(round((_NAME_HEIGHT + _NAME_GAP) * self.appearance.zoom))

    @override
    def item_changed(self, item: BlockItem) -> None:
        for thought in self._interludes.thoughts:
            thought.item_changed(item)
        if self._body is not None:
            self._body.item_changed(item)
            self._lay_out()

    @override
    def color_more(self) -> tuple[bool, bool]:
        return self._body.color_more() if self._body is not None else (False, False)

    @override
    def dirty_top(self) -> float:
        """Nothing above the body changes while the answer streams; a thought moves all below it."""
        has_moved, self._painted_body_top = self._body_top != self._painted_body_top, self._body_top
        live = next((thought for thought in self._interludes.thoughts if thought.is_live), None)
        if live is not None:
            return live.dirty_top()
        if self._body is None or has_moved:
            return 0.0
        return self._body_top + self._body.take_dirty_top()

    @override
    def apply_appearance(self) -> None:
        if self._body is not None:
            self._body.set_style(self._body_style())
            for part in self._interludes.parts:
                part.apply_appearance()
            self._lay_out()

    @override
    def widgets(self) -> list[QWidget]:
        return [*self._interludes.widgets(), *self._widgets_below]

    @property
    def _parts_below(self) -> list[SourcesPart | EndingPart]:
        return [part for part in (self._sources_part, self._ending_part) if part is not None]

    @property
    def _widgets_below(self) -> list[QWidget]:
        below: list[QWidget] = [part.widget for part in self._parts_below]
        return below if self._footer is None else [*below, self._footer]

    @override
    def place_widgets(self, left: float, top: float) -> None:
        x, width = round(left), round(self.width)
        for part in self._interludes.parts:
            part.place(x, top)
        for below in self._parts_below:
            below.place(x, top, self.width)
        if self._footer is not None:
            height = row_height(self.appearance.zoom)
            y = round(top + self.height - height) - RING_MARGIN
            outside = 7 + RING_MARGIN  # so that the icon, not its button, begins where the text does
            left_edge = x if self._footer.isRightToLeft() else x - outside
            self._footer.setGeometry(left_edge, y, width + outside, height + 2 * RING_MARGIN)

    # What stands where

    @override
    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        if self._body is None:
            return None
        in_thought = self._interludes.item_at(point)
        if in_thought is not None or point.y() < self._body_top:
            return in_thought
        return self._body.item_at(point - QPointF(0, self._body_top))

    @override
    def position_at(self, point: QPointF) -> tuple[int, int]:
        if self._body is None or point.y() < self._body_top:
            return 0, 0
        return self._body.position_at(point - QPointF(0, self._body_top))

    @override
    def caret_place(self, segment: int, offset: int) -> QRectF:
        if self._body is None or self._body.is_empty:
            return QRectF(0, self._body_top, 1, 20)
        return self._body.caret_place(segment, offset).translated(0, self._body_top)

    @override
    def is_text_at(self, point: QPointF) -> bool:
        return self.item_at(point) is not None and 0 <= point.x() <= self.width

    @override
    def block_at(self, y: float) -> int:
        return self._body.block_index_at(y - self._body_top) if self._body is not None else 0

    @override
    def known_block_from(self, y: float) -> int | None:
        return self._body.first_made_from(y - self._body_top) if self._body is not None else None

    @override
    def block_y(self, block: int) -> float:
        return self._body_top + self._body.block_top(block) if self._body is not None else 0.0

    # Painting

    @override
    def paint(self, painter: QPainter, clip: QRectF, span: Span | None) -> None:
        if self._body is None:
            return
        painter.setPen(self.appearance.theme.text)
        painter.setFont(self.appearance.text_font(TextStyle.UI_STRONG))
        name = QRectF(0, 0, self.width, _NAME_HEIGHT * self.appearance.zoom)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.author)
        for thought in self._interludes.thoughts:
            thought.paint(painter, clip)
        painter.translate(0, self._body_top)
        self._body.paint(painter, clip.translated(0, -self._body_top), span)
        painter.translate(0, -self._body_top)
        if self.is_streaming:
            self._paint_caret(painter, self._body)

    def _paint_caret(self, painter: QPainter, body: MarkdownColumn) -> None:
        theme, thoughts = self.appearance.theme, self._interludes.thoughts
        caret = thoughts[-1].caret_rect() if thoughts else None
        is_before_text = caret is None and not self._text.has_section
        if is_before_text and self._interludes.has_open_calls:
            return
        is_mirrored = self._parent is not None and self._parent.isRightToLeft()
        if is_before_text:
            caret = QRectF(0, self._end_top + 4, 2, 17)
            if is_mirrored:
                caret.moveRight(self.width)
        elif caret is None:
            caret = body.caret_rect().translated(0, self._body_top)
        bar = QRectF(round(caret.left()), round(caret.top()), caret.width(), caret.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(bar, 1, 1)
        if self.waiting_text and is_before_text:
            painter.setPen(theme.text3)
            painter.setFont(self.appearance.text_font(TextStyle.UI))
            height = TextStyle.BODY.line_height * self.appearance.zoom
            line = QRectF(0 if is_mirrored else 12, self._end_top, self.width - 12, height)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.waiting_text)

    def _body_style(self) -> BlockStyle:
        return BlockStyle(
            self.appearance.theme, self.appearance.zoom, face=self.appearance.look.interface_font
        )
