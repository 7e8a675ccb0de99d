"""TextFlow: running text in lines of exact height, with links, inline code and the streaming caret."""

from __future__ import annotations

import bisect
import math
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from typing_extensions import override

from desktop_agent.gui.transcript.inline_runs import InlineRuns, Link, RunsStyle, Span, append_runs
from desktop_agent.gui.transcript.line_segments import LineStyle, Segment, SegmentedText
from desktop_agent.gui.transcript.parts import Part, Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PySide6.QtGui import QColor

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.typography import TextStyle
    from desktop_agent.markdown import Token

_CARET_WIDTH, _CARET_HEIGHT, _CARET_GAP = 2, 17, 3
_BOX_RADIUS = 4
_UNBOUNDED = 1e6
_WORD = re.compile("[^ \t\n\N{LINE SEPARATOR}]+")  # a no-break space is part of one
_LONGEST_WORDS = 3  # so many are measured
_SEARCHED = 2_000  # characters in which the direction of a text is looked for


class FlowStyle(NamedTuple):
    """How a flow's text stands.

    Attributes:
        style: The style of the block.
        base: The style of type.
        color: The colour of text that has no other.
        alignment: Where lines shorter than the width stand.
        lead: What is before the first line as plain text: the marker of a list item.
        indent: What is before the other ones.
    """

    style: BlockStyle
    base: TextStyle
    color: QColor
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    lead: str = ""
    indent: str = ""


class Measure(NamedTuple):
    """What width a text asks for, in logical pixels.

    Attributes:
        natural: To stand on one line.
        least: So that no word is broken, about.
    """

    natural: float
    least: float


class TextFlow(Part):
    """Lines of text. Every line has the same height, whatever fonts its characters need.

    The text is laid out in segments that end with a line, so text that is appended costs the same however
    long the text is.
    """

    def __init__(self, flow: FlowStyle, tokens: Sequence[Token] = ()) -> None:
        self._flow = flow
        self._runs_style = RunsStyle(flow.style, flow.base, flow.color, flow.indent)
        self._font, self.line_height, self._baseline = flow.style.formats.lines(flow.base)
        self._hovered: Link | None = None
        self._runs = InlineRuns()
        self._settled = self._runs.checkpoint()
        self._lines = SegmentedText()
        self._is_changed = True
        self._measured: float | None = None  # the width that the lines ask for which are laid out now
        self.changed_from = 0.0  # the top of what `set_width` has changed last
        if tokens:
            self.append(tokens, settled=True)

    @property
    def baseline(self) -> float:
        """Where the base line of the first line is."""
        return self._baseline

    @property
    def has_text(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._runs.text)

    @property
    def is_right_to_left(self) -> bool:
        """Whether the first character that has a direction is written from right to left."""
        return _is_right_to_left(self._runs.text[:_SEARCHED])

    @property
    def style(self) -> FlowStyle:
        """How the text stands."""
        return self._flow

    def take_lines(self, other: TextFlow) -> None:
        """Take the lines of another text of the same style, as far as this one begins with them."""
        self._lines, self.width, self._is_changed = other._lines, other.width, True

    def settle(self) -> None:
        """Let all text so far stay."""
        self._settled = self._runs.checkpoint()

    def truncate(self) -> None:
        """Take away the text that is not settled."""
        self._runs.truncate(self._settled)
        self._is_changed, self._measured = True, None

    def append(self, tokens: Iterable[Token], *, settled: bool) -> None:
        """Append text, which `set_width` lays out.

        Args:
            tokens: The children of an inline token.
            settled: Whether it stays; otherwise `truncate` takes it away.
        """
        append_runs(self._runs, tokens, self._runs_style)
        self._is_changed, self._measured = True, None
        if settled:
            self.settle()

    def align(self, alignment: Qt.AlignmentFlag) -> None:
        """Let lines that are shorter than the width stand at another side."""
        if alignment != self._flow.alignment:
            self._flow = self._flow._replace(alignment=alignment)
            self._lines = SegmentedText()
            self._is_changed, self._measured = True, None

    def measure(self, least: float = 0.0) -> Measure:
        """What width the text asks for; it is laid out for that.

        Args:
            least: A width that no text needs to be narrower than: of such a one no word is measured.
        """
        self._lines = SegmentedText()
        self._lay_out(_UNBOUNDED)
        natural = max((segment.natural_width for segment in self._lines.segments), default=0.0)
        self.width, self._is_changed = natural, False
        self._measured = natural
        self.height = self.line_height * max(1, self._lines.line_count)
        return Measure(natural, self._widest_word() if natural > least else natural)

    def _widest_word(self) -> float:
        words = sorted(_WORD.finditer(self._runs.text), key=lambda word: word.end() - word.start())
        widths = [rect.width() for word in words[-_LONGEST_WORDS:] for rect in self._rects(*word.span())]
        return math.ceil(max(widths, default=0.0)) + 1.0

    @override
    def set_width(self, width: float) -> None:
        if width == self.width and not self._is_changed:
            return
        if self._measured is not None and self._measured <= width and self._stands_anywhere():
            self.width = width
            return
        self._measured = None
        if width != self.width:
            self._lines = SegmentedText()
        self.width, self._is_changed = width, False
        self._lay_out(max(1.0, width))
        self.changed_from = self._lines.kept * self.line_height
        self.height = self.line_height * max(1, self._lines.line_count)

    @override
    def breaks(self) -> Iterator[float]:
        for line in range(2, self._lines.line_count - 1):  # no line stands alone on a page
            yield line * self.line_height
        yield self.height

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        shown = self._shown(clip)
        if not shown:
            return
        if self._runs.boxes:
            self._paint_boxes(painter, shown[0].start, shown[-1].end)
        if selected is not None:
            for rect in self.selection_rects(*selected):
                painter.fillRect(rect, self._flow.style.theme.accent_soft)
        painter.setPen(self._flow.color)
        for segment in shown:
            segment.draw(painter, clip.top(), clip.bottom())
        self._flow.style.work.paints += 1
        if self._hovered is not None:
            self._paint_underline(painter, self._hovered)

    @property
    @override
    def text_length(self) -> int:
        return len(self._flow.lead) + self._runs.said

    @override
    def position_at(self, point: QPointF) -> int:
        count = self._lines.line_count
        if not count:
            return 0
        line = max(0, min(int(point.y() // self.line_height), count - 1))
        segment = self._lines.at_line(line)
        return self._said_at(segment.position_at(line - segment.first_line, point.x()))

    @override
    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        return self._rects(self._laid_out_at(start), self._laid_out_at(end))

    @override
    def caret_rect(self) -> QRectF:
        height = self._flow.style.px(_CARET_HEIGHT)
        last = max(0, self._lines.line_count - 1)
        top = self.line_height * last + math.floor((self.line_height - height) / 2)
        if not self._runs.text or not self._lines.segments:
            return QRectF(0, top, _CARET_WIDTH, height)
        x, center = self._lines.segments[-1].end_of_text()
        if x < center:  # right to left: the text grows to the left
            return QRectF(math.floor(x - _CARET_GAP - _CARET_WIDTH), top, _CARET_WIDTH, height)
        return QRectF(math.floor(x + _CARET_GAP + 0.5), top, _CARET_WIDTH, height)

    @override
    def action_at(self, point: QPointF) -> Link | None:
        line = QRectF(point.x(), point.y(), 0.1, 0.1)
        for segment in self._shown(line):
            for span in self._within(self._runs.links, segment.start, segment.end):
                if any(rect.contains(point) for rect in self._rects(span.start, span.end)):
                    return span.link
        return None

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        hovered = self.action_at(point) if point is not None else None
        changed = hovered is not self._hovered
        self._hovered = hovered
        return changed

    # Layout.

    def _stands_anywhere(self) -> bool:
        """Whether the lines are the same in any width that holds them."""
        return self._flow.alignment == Qt.AlignmentFlag.AlignLeft and not self.is_right_to_left

    def _lay_out(self, width: float) -> None:
        alignment = self._flow.alignment
        is_mirrored = self.is_right_to_left
        if alignment == Qt.AlignmentFlag.AlignLeft and is_mirrored:
            alignment = Qt.AlignmentFlag.AlignRight
        style = LineStyle(self._font, self.line_height, self._baseline, alignment, is_mirrored)
        made = self._lines.lay_out(self._runs, self._settled[0], width, style)
        self._flow.style.work.layouts += made

    def _shown(self, clip: QRectF) -> list[Segment]:
        """The segments between the top and the bottom of a rectangle."""
        if len(self._lines.segments) <= 1:
            return self._lines.segments
        first = self._lines.at_line(max(0, int(clip.top() // self.line_height)))
        last = self._lines.at_line(max(0, int(clip.bottom() // self.line_height)))
        return self._lines.between(first.start, last.end) or [first]

    def _said_at(self, position: int) -> int:
        """The offset in what the flow says of a character that is laid out."""
        pieces = self._runs.pieces
        index = bisect.bisect_right(pieces, position, key=lambda piece: piece.at) - 1
        if index < 0:
            return len(self._flow.lead)
        piece = pieces[index]
        return len(self._flow.lead) + piece.start + min(position - piece.at, piece.length)

    def _laid_out_at(self, offset: int) -> int:
        """The character that is laid out for an offset in what the flow says."""
        offset -= len(self._flow.lead)
        pieces = self._runs.pieces
        index = bisect.bisect_right(pieces, offset, key=lambda piece: piece.start) - 1
        if index < 0:
            return 0
        end = pieces[index + 1].at if index + 1 < len(pieces) else len(self._runs.text)
        return min(pieces[index].at + min(offset - pieces[index].start, pieces[index].length), end)

    def _rects(self, start: int, end: int) -> list[QRectF]:
        """The rectangles of a range of what is laid out."""
        return [rect for segment in self._lines.between(start, end) for rect in segment.rects(start, end)]

    def _within(self, spans: list[Span], start: int, end: int) -> Iterator[Span]:
        index = bisect.bisect_right(spans, start, key=lambda span: span.end)
        while index < len(spans) and spans[index].start < end:
            yield spans[index]
            index += 1

    # Painting.

    def _paint_boxes(self, painter: QPainter, begin: int, end: int) -> None:
        boxes = list(self._within(self._runs.boxes, begin, end))
        if not boxes:
            return
        metrics = self._flow.style.formats.code_metrics(self._flow.base)
        radius = self._flow.style.px(_BOX_RADIUS)
        above, height = self._baseline - metrics.ascent - 1, metrics.ascent + metrics.descent + 2
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._flow.style.theme.bubble)
        for box in boxes:
            for rect in self._rects(box.start, box.end):
                place = QRectF(rect.left(), rect.top() + above, rect.width(), height)
                painter.drawRoundedRect(place, radius, radius)
        painter.restore()

    def _paint_underline(self, painter: QPainter, link: Link) -> None:
        thickness = max(1.0, self._flow.style.px(1))
        for span in self._runs.links:
            if span.link is link:
                for rect in self._rects(span.start, span.end):
                    y = rect.top() + self._baseline + 2
                    painter.fillRect(
                        QRectF(rect.left(), y, rect.width(), thickness), self._flow.style.theme.accent
                    )


def _is_right_to_left(text: str) -> bool:
    """The direction of the first character that has one."""
    if text.isascii():
        return False
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((found != "L" for found in directions if found in ("L", "R", "AL")), False)
