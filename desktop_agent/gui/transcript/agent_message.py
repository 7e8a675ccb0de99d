"""What an agent said: name, thought, Markdown body with the streaming caret, what ended it, footer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.notices import Notice, Sentence
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle
from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.transcript.message_view import MessageView, Owner
from desktop_agent.gui.transcript.selection import Span, range_in
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton
from desktop_agent.gui.widgets.message_footer import MessageFooter
from desktop_agent.gui.widgets.notice import NoticeBox, StoppedRow
from desktop_agent.markdown import Block, StreamParser, plain_text

_NAME_HEIGHT = 20
_NAME_GAP = 10
_THOUGHT_ROW = 28
_THOUGHT_INDENT = 15
_BLOCK_GAP = 12
FOOTER_GAP = 6
FOOTER_HEIGHT = 28
_AROUND_TEXT = _NAME_HEIGHT + _NAME_GAP + FOOTER_GAP + FOOTER_HEIGHT


@dataclass
class Ending:
    """What ended a reply, where it did not end by itself.

    Attributes:
        what: A notice with its buttons, or a sentence with Regenerate.
        is_retired: Whether what it offers has been done, so that its buttons are gone.
    """

    what: Notice | Sentence
    is_retired: bool = False


class AgentMessage(MessageView):
    """A reply that streams, or that did.

    Attributes:
        is_streaming: Whether more text may arrive.
        waiting_text: What is being waited for, shown beside the caret before the first token.
        figures: Its figures in words, for the footer.
        ending: What ended it, if it did not end by itself.
        is_last: Whether it is the last message, whose footer always shows.
        thinking_seconds: How long the thought took.
    """

    def __init__(
        self, author: str, appearance: Appearance, text: str = "", created: datetime | None = None
    ) -> None:
        super().__init__(author, appearance, created)
        self._pieces = [text] if text else []
        self._thought_pieces: list[str] = []
        self._plain: str | None = None
        self._body: MarkdownColumn | None = None
        self._thought: MarkdownColumn | None = None
        self._parent: QWidget | None = None
        self._owner: Owner | None = None
        self._thought_button: DisclosureButton | None = None
        self._footer: MessageFooter | None = None
        self._ending_widget: NoticeBox | StoppedRow | None = None
        self._counted_blocks = self._counted_units = 0
        self._thinking_since = 0.0
        self._is_thinking = False
        self._thought_is_open = False
        self._body_top = self._thought_top = self._ending_top = 0.0
        self._painted_body_top = -1.0
        self.thinking_seconds = 0.0
        self.is_streaming = False
        self.is_last = False
        self.waiting_text = ""
        self.figures = ""
        self.ending: Ending | None = None

    # What arrives

    def append(self, text: str) -> None:
        """More of the answer."""
        self._end_thought()
        self._pieces.append(text)
        self._plain = None
        if self._body is not None:
            self._body.append(text)

    def append_thought(self, text: str) -> None:
        """More of the thought."""
        if not self._is_thinking:
            self._begin_thought()
        self._thought_pieces.append(text)
        if self._thought is not None:
            self._thought.append(text)
        elif self._parent is not None:
            self._make_thought(self._parent)

    def _begin_thought(self) -> None:
        """A thought begins, or goes on after something was said."""
        self._thinking_since = time.perf_counter()
        self._is_thinking = True
        if not self._thought_pieces:
            self._thought_is_open = True
            return
        self._thought_pieces.append("\n\n")
        if self._thought is not None and self._thought_button is not None:
            self._thought = self._new_thought_column()  # the one before has finished
            self._label_thought(self._thought_button)

    def finish(self, figures: str, ending: Ending | None, *, folds_seen: bool = True) -> None:
        """Nothing more arrives.

        Args:
            figures: Its figures in words.
            ending: What ended it, if it did not end by itself.
            folds_seen: Whether long code that is seen now may be folded; not while somebody reads it.
        """
        self._end_thought()
        self.is_streaming = False
        self.waiting_text = ""
        self.figures, self.ending = figures, ending
        if self._body is not None:
            self._body.finish(folds_seen=folds_seen)
        if self._parent is not None:
            self._make_ending(self._parent)
            self._make_footer(self._parent)

    def retire_ending(self) -> None:
        """What the ending offers has been done."""
        if self.ending is not None:
            self.ending.is_retired = True
            if self._ending_widget is not None:
                self._ending_widget.retire()

    def _end_thought(self) -> None:
        if not self._is_thinking:
            return
        self._is_thinking = self._thought_is_open = False
        self.thinking_seconds += time.perf_counter() - self._thinking_since
        if self._thought is not None and self._thought_button is not None:
            self._thought.finish()
            self._label_thought(self._thought_button)
            self._thought_button.setChecked(False)

    # What it says

    @property
    def thought_source(self) -> str:
        """The thought as it came."""
        return "".join(self._thought_pieces)

    @property
    def thought_button(self) -> DisclosureButton | None:
        """The row that opens and closes the thought, while the message is realised."""
        return self._thought_button

    @property
    def ending_widget(self) -> NoticeBox | StoppedRow | None:
        """The notice or the row below the text, while the message is realised."""
        return self._ending_widget

    @property
    def footer(self) -> MessageFooter | None:
        """The footer, while the message is realised and complete."""
        return self._footer

    @property
    def body(self) -> MarkdownColumn | None:
        """The painted Markdown, while the message is realised."""
        return self._body

    @override
    def source(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @override
    def plain_text(self) -> str:
        if self._plain is None:
            self._plain = "\n\n".join(self.segment_texts())
        return self._plain

    @override
    def beginning(self, length: int) -> str:
        return "\n\n".join(plain_text(block) for block in _parse(self.source()[:length]))

    @override
    def segment_texts(self) -> list[str]:
        return [plain_text(block) for block in self._blocks()]

    @override
    def text_in(self, span: Span) -> str:
        parts = []
        for index, text in enumerate(self.segment_texts()):
            covered = range_in(span, index, len(text))
            if covered is not None:
                parts.append(text[covered[0] : covered[1]])
        return "\n\n".join(parts)

    @override
    def source_in(self, span: Span) -> str:
        blocks = self._blocks()
        (first, start), (last, end) = span
        last = min(last, len(blocks) - 1)
        if first == last and blocks:
            length = len(plain_text(blocks[first]))
            if (start, min(end, length)) != (0, length):
                return self.text_in(span)
        touched = blocks[first : last + 1]
        return self.source()[touched[0].start : touched[-1].end].rstrip("\n") if touched else ""

    def tail(self, first: int | None = None) -> tuple[int, int, str]:
        """The end of the text that may still change, without looking at what went before.

        Args:
            first: The block to begin with; by default the first that is open.

        Returns:
            That block, how many UTF-16 units the text before it takes, and the plain text from there on.
        """
        blocks = self._blocks()
        if first is None:
            first = self._counted_blocks
            while first < len(blocks) and not blocks[first].open:
                text = plain_text(blocks[first])
                self._counted_units += len(text.encode("utf-16-le", "surrogatepass")) // 2 + 2
                first += 1
            self._counted_blocks = first
        return first, self._counted_units, "\n\n".join(plain_text(block) for block in blocks[first:])

    def _blocks(self) -> list[Block]:
        return self._body.blocks if self._body is not None else _parse(self.source())

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
        self._body = MarkdownColumn(self._body_style())
        self._body.set_width(self.width)
        text = self.source()
        if text:
            self._body.append(text)
        if self._thought_pieces:
            self._make_thought(parent)
        if not self.is_streaming:
            self._body.finish()
            self._make_ending(parent)
            self._make_footer(parent)
        self._lay_out()

    @override
    def release(self) -> None:
        for widget in (self._thought_button, self._ending_widget, self._footer):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._body = self._thought = self._parent = self._owner = None
        self._thought_button = self._ending_widget = self._footer = None

    def _new_thought_column(self) -> MarkdownColumn:
        column = MarkdownColumn(self._thought_style())
        column.set_width(self.width - _THOUGHT_INDENT)
        column.append(self.thought_source)
        return column

    def _make_thought(self, parent: QWidget) -> None:
        self._thought = self._new_thought_column()
        if not self._is_thinking:
            self._thought.finish()
        self._thought_button = DisclosureButton(self.appearance, parent)
        self._thought_button.setChecked(self._thought_is_open)
        self._label_thought(self._thought_button)
        self._thought_button.clicked.connect(self._open_thought)
        self._thought_button.show()

    def _label_thought(self, button: DisclosureButton) -> None:
        text = QCoreApplication.translate("Transcript", "Thinking")
        if not self._is_thinking:
            seconds = QLocale().toString(max(1, round(self.thinking_seconds)))
            text = QCoreApplication.translate("Transcript", "Thought for {seconds} s").format(seconds=seconds)
        button.set_label(text)

    def _open_thought(self, is_open: bool) -> None:
        self._thought_is_open = is_open
        if self._owner is not None:
            self._owner.reveal(self)

    def _make_ending(self, parent: QWidget) -> None:
        if self.ending is None:
            return
        what = self.ending.what
        widget = (
            NoticeBox(what, self.appearance, parent)
            if isinstance(what, Notice)
            else StoppedRow(what, self.appearance, parent)
        )
        if self.ending.is_retired:
            widget.retire()
        widget.retry_requested.connect(self._ask_again)
        if isinstance(widget, NoticeBox):
            widget.details_toggled.connect(self._tell_change)
        widget.show()
        self._ending_widget = widget

    def _tell_change(self) -> None:
        if self._owner is not None:
            self._owner.reveal(self)

    def _ask_again(self) -> None:
        if self._owner is not None:
            self._owner.retry(self)

    def _make_footer(self, parent: QWidget) -> None:
        self._footer = MessageFooter(self.source(), self.figures, self.appearance, parent)
        self._footer.setVisible(self.is_last)

    # Layout

    @override
    def estimate(self, per_line: float, line_height: float) -> float:
        text = self._pieces[0] if len(self._pieces) == 1 else self.source()
        # Headings, lists and code leave lines half empty: a third more than running text takes.
        self.height = (1 + 1.3 * len(text) / per_line) * line_height + _AROUND_TEXT
        return self.height

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        if self._body is None:
            return
        self._body.set_width(width)
        if self._thought is not None:
            self._thought.set_width(width - _THOUGHT_INDENT)
        self._lay_out()

    @override
    def show_range(self, top: float, bottom: float) -> None:
        if self._body is None:
            return
        if self._thought is not None and self._thought_is_open:
            self._thought.show_range(top - self._thought_top, bottom - self._thought_top)
            self._lay_out()
        self._body.show_range(top - self._body_top, bottom - self._body_top)
        self._lay_out()

    def _lay_out(self) -> None:
        """Place the parts one below the other, after one of them changed."""
        assert self._body is not None
        y = float(round((_NAME_HEIGHT + _NAME_GAP) * self.appearance.zoom))
        if self._thought is not None:
            y += _THOUGHT_ROW
            self._thought_top = y + 4
            if self._thought_is_open:
                y = self._thought_top + self._thought.height
            y += _BLOCK_GAP
        self._body_top = y
        has_body = not self._body.is_empty
        line = TextStyle.BODY.line_height * self.appearance.zoom
        y += self._body.height if has_body else (line if self.is_streaming else 0)
        if self._ending_widget is not None:
            y += _BLOCK_GAP if has_body else 0
            self._ending_top = y
            y += self._ending_height()
        self.height = y + FOOTER_GAP + FOOTER_HEIGHT

    def _ending_height(self) -> float:
        if isinstance(self._ending_widget, NoticeBox):
            return max(62, self._ending_widget.heightForWidth(round(self.width)))
        return 28 + 2 * RING_MARGIN

    @override
    def item_changed(self, item: BlockItem) -> None:
        for column in (self._body, self._thought):
            if column is not None:
                column.item_changed(item)
        if self._body is not None:
            self._lay_out()

    @override
    def color_more(self) -> tuple[bool, bool]:
        return self._body.color_more() if self._body is not None else (False, False)

    @override
    def dirty_top(self) -> float:
        """Nothing above the body changes while the answer streams; a thought changes all below the name."""
        if self._body is None or self._is_thinking or self._body_top != self._painted_body_top:
            self._painted_body_top = self._body_top
            return 0.0
        top, self._body.dirty_top = self._body.dirty_top, self._body.height
        return self._body_top + min(top, self._body.height)

    @override
    def apply_appearance(self) -> None:
        if self._body is not None:
            self._body.set_style(self._body_style())
            if self._thought is not None:
                self._thought.set_style(self._thought_style())
            self._lay_out()

    @override
    def widgets(self) -> list[QWidget]:
        parts: list[QWidget | None] = [self._thought_button, self._ending_widget, self._footer]
        return [part for part in parts if part is not None]

    @override
    def place_widgets(self, left: float, top: float) -> None:
        x, width = round(left), round(self.width)
        if self._thought_button is not None:
            y = round(top + (_NAME_HEIGHT + _NAME_GAP) * self.appearance.zoom) - RING_MARGIN
            self._thought_button.move(x - RING_MARGIN, y)
        if self._ending_widget is not None:
            y = round(top + self._ending_top)
            self._ending_widget.setGeometry(x, y, width, round(self._ending_height()))
        if self._footer is not None:
            y = round(top + self.height - FOOTER_HEIGHT) - RING_MARGIN
            height = FOOTER_HEIGHT + 2 * RING_MARGIN
            self._footer.setGeometry(x - 7 - RING_MARGIN, y, width + 7 + RING_MARGIN, height)

    @override
    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        if self._thought is not None and self._thought_is_open and point.y() < self._body_top:
            return self._thought.item_at(point - QPointF(_THOUGHT_INDENT, self._thought_top))
        if self._body is None:
            return None
        return self._body.item_at(point - QPointF(0, self._body_top))

    @override
    def position_at(self, point: QPointF) -> tuple[int, int]:
        if self._body is None:
            return 0, 0
        if point.y() < self._body_top:
            return 0, 0
        return self._body.position_at(point - QPointF(0, self._body_top))

    @override
    def caret_place(self, segment: int, offset: int) -> QRectF:
        if self._body is None or self._body.is_empty:
            return QRectF(0, self._body_top, 1, 20)
        return self._body.caret_place(segment, offset).translated(0, self._body_top)

    @override
    def is_text_at(self, point: QPointF) -> bool:
        found = self.item_at(point)
        return found is not None and 0 <= point.x() <= self.width

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
        theme = self.appearance.theme
        painter.setPen(theme.text)
        painter.setFont(self.appearance.text_font(TextStyle.UI_STRONG))
        name = QRectF(0, 0, self.width, _NAME_HEIGHT * self.appearance.zoom)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.author)
        if self._thought is not None and self._thought_is_open:
            painter.fillRect(QRectF(0, self._thought_top, 2, self._thought.height), theme.border)
            origin = QPointF(_THOUGHT_INDENT, self._thought_top)
            self._paint_column(self._thought, origin, painter, clip, None)
        self._paint_column(self._body, QPointF(0, self._body_top), painter, clip, span)
        if self.is_streaming:
            self._paint_caret(painter, self._body)

    def _paint_column(
        self, column: MarkdownColumn, origin: QPointF, painter: QPainter, clip: QRectF, span: Span | None
    ) -> None:
        painter.translate(origin)
        column.paint(painter, clip.translated(-origin), span)
        painter.translate(-origin)

    def _paint_caret(self, painter: QPainter, body: MarkdownColumn) -> None:
        theme = self.appearance.theme
        if self._is_thinking and self._thought is not None and self._thought_is_open:
            caret = self._thought.caret_rect().translated(_THOUGHT_INDENT, self._thought_top)
        else:
            caret = body.caret_rect().translated(0, self._body_top)
        bar = QRectF(round(caret.left()), round(caret.top()), caret.width(), caret.height())
        painter.fillRect(bar, theme.accent)
        if self.waiting_text and body.is_empty and not self._is_thinking:
            painter.setPen(theme.text3)
            painter.setFont(self.appearance.text_font(TextStyle.UI))
            height = TextStyle.BODY.line_height * self.appearance.zoom
            line = QRectF(12, self._body_top, self.width - 12, height)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.waiting_text)

    def _body_style(self) -> BlockStyle:
        return BlockStyle(self.appearance.theme, self.appearance.zoom)

    def _thought_style(self) -> BlockStyle:
        return BlockStyle(self.appearance.theme, self.appearance.zoom, is_quiet=True)


def _parse(text: str) -> list[Block]:
    parser = StreamParser()
    parser.feed(text)
    parser.finish()
    return list(parser.blocks)
