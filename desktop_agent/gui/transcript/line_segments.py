"""Long texts in segments of whole lines, so that appended text is laid out alone."""

from __future__ import annotations

import bisect
import functools
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QTextLayout, QTextLine, QTextOption

from desktop_agent.gui.transcript.inline_runs import utf16_length

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from desktop_agent.gui.transcript.inline_runs import InlineRuns

_SEGMENT = 400  # characters
_HAIRLINE = 0.5  # pixels; what stands closer together is one rectangle
_LEFTWARDS = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})


class LineStyle(NamedTuple):
    """How lines stand.

    Attributes:
        font: The font.
        line_height: The height of every line.
        baseline: Where the base line is in it.
        alignment: Where lines shorter than the width stand.
        is_mirrored: Whether the text is written from right to left.
    """

    font: QFont
    line_height: float
    baseline: float
    alignment: Qt.AlignmentFlag
    is_mirrored: bool


class Segment:
    """Lines of a text.

    Attributes:
        start: The first of its characters in the text.
        end: The one after its last.
        first_line: The number of its first line.
        line_count: How many lines it has.
        is_fixed: Whether text that comes later leaves it as it is.
    """

    def __init__(self, runs: InlineRuns, start: int, end: int, width: float, style: LineStyle) -> None:
        self.start, self.end = start, end
        self._text = runs.text[start:end]
        self._is_wide = bool(self._text) and not self._text.isascii() and max(self._text) > "\uffff"
        self._mixes_directions = not self._text.isascii() and not _LEFTWARDS.isdisjoint(
            map(unicodedata.bidirectional, self._text)
        )
        self._style = style
        self._layout = QTextLayout(self._text, style.font)
        self._layout.setCacheEnabled(True)
        self._layout.setTextOption(_option(style.alignment, style.is_mirrored))
        if runs.formats:
            self._layout.setFormats(self._formats(runs))
        self.first_line = 0
        self.is_fixed = False
        self._layout.beginLayout()
        y = style.baseline
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y - line.ascent()))
            y += style.line_height
        self._layout.endLayout()
        self.line_count = self._laid_out = self._layout.lineCount()

    def drop_last_line(self) -> None:
        """Leave the last line to the next segment."""
        self.line_count -= 1
        self.end = self.start + self._characters(self._layout.lineAt(self.line_count).textStart())

    @property
    def natural_width(self) -> float:
        """The width of the widest line."""
        lines = (self._layout.lineAt(index) for index in range(self.line_count))
        return max((line.naturalTextWidth() for line in lines), default=0.0)

    def draw(self, painter: QPainter, top: float, bottom: float) -> None:
        """Draw the lines that are between two heights, which count from the first segment's top."""
        height = self._style.line_height
        y = self.first_line * height
        first = max(0, int((top - y) // height))
        last = min(self.line_count, int((bottom - y) // height) + 1)
        if last - first == self._laid_out:
            self._layout.draw(painter, QPointF(0, y))
            return
        for index in range(first, last):
            self._layout.lineAt(index).draw(painter, QPointF(0, y))

    def position_at(self, line: int, x: float) -> int:
        """The character of the text that is nearest to `x` in a line of the segment."""
        found = self._layout.lineAt(line)
        position = found.xToCursor(x)
        end = found.textStart() + found.textLength()
        is_last = line + 1 == self._layout.lineCount()
        return self.start + self._characters(min(position, end if is_last else max(end - 1, 0)))

    def rects(self, start: int, end: int) -> list[QRectF]:
        """The rectangles of a range of the text, as high as the lines: several where directions mix."""
        first, after = self._units(max(start, self.start)), self._units(min(end, self.end))
        found = []
        height = self._style.line_height
        for index in range(self.line_count):
            line = self._layout.lineAt(index)
            begin, stop = line.textStart(), line.textStart() + line.textLength()
            low, high = max(first, begin), min(after, stop)
            if low < high:
                top = (self.first_line + index) * height
                found += [
                    QRectF(left, top, right - left, height) for left, right in self._extents(line, low, high)
                ]
        return found

    def _extents(self, line: QTextLine, low: int, high: int) -> list[tuple[float, float]]:
        """From where to where the characters of a line stand; neighbours in the text may stand apart."""
        if not self._mixes_directions:
            left, right = sorted((_x_of(line, low), _x_of(line, high)))
            return [(left, right)]
        # Not by `cursorToX`: where the direction turns it gives one of the two places a character could mean.
        runs = (run.boundingRect() for run in line.glyphRuns(low, high - low))
        joined: list[tuple[float, float]] = []
        for left, right in sorted((rect.left(), rect.right()) for rect in runs):
            if joined and left <= joined[-1][1] + _HAIRLINE:
                joined[-1] = joined[-1][0], max(joined[-1][1], right)
            else:
                joined.append((left, right))
        return joined

    def end_of_text(self) -> tuple[float, float]:
        """Where the last line ends, and where its middle is."""
        line = self._layout.lineAt(self.line_count - 1)
        return _x_of(line, line.textStart() + line.textLength()), line.naturalTextRect().center().x()

    def _units(self, position: int) -> int:
        length = max(0, position - self.start)
        return utf16_length(self._text[:length]) if self._is_wide else length

    def _characters(self, units: int) -> int:
        if not self._is_wide:
            return units
        return len(self._text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))

    def _formats(self, runs: InlineRuns) -> list[QTextLayout.FormatRange]:
        index = bisect.bisect_right(runs.formats, self.start, key=lambda span: span.end)
        found = []
        for span in runs.formats[index:]:
            if span.start >= self.end:
                break
            made = QTextLayout.FormatRange()
            made.start = self._units(span.start)
            made.length = self._units(min(span.end, self.end)) - made.start
            made.format = span.format
            found.append(made)
        return found


class SegmentedText:
    """The lines of a text at a width.

    Attributes:
        segments: They follow each other.
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    @property
    def line_count(self) -> int:
        """How many lines the text takes."""
        return self.segments[-1].first_line + self.segments[-1].line_count if self.segments else 0

    def lay_out(self, runs: InlineRuns, settled: int, width: float, style: LineStyle) -> int:
        """Lay out what is not yet; the answer is how many layouts were made.

        Args:
            runs: The text.
            settled: How many of its characters stay when more comes.
            width: The width of the lines.
            style: How they stand.
        """
        while self.segments and not self.segments[-1].is_fixed:
            self.segments.pop()
        start, length, made = self.segments[-1].end if self.segments else 0, _SEGMENT, 0
        while start < len(runs.text) or not self.segments:
            end = min(len(runs.text), start + length)
            segment = Segment(runs, start, end, width, style)
            made += 1
            if end < len(runs.text):
                if segment.line_count < 2:
                    length *= 4
                    continue
                segment.drop_last_line()
                segment.is_fixed = segment.end <= settled
            segment.first_line = self.line_count
            self.segments.append(segment)
            start, length = segment.end, _SEGMENT
        return made

    def at_line(self, line: int) -> Segment:
        """The segment with a line."""
        index = bisect.bisect_right(self.segments, line, key=lambda segment: segment.first_line)
        return self.segments[max(0, index - 1)]

    def between(self, start: int, end: int) -> list[Segment]:
        """The segments that a range of characters touches."""
        first = bisect.bisect_right(self.segments, start, key=lambda segment: segment.end)
        last = bisect.bisect_left(self.segments, end, key=lambda segment: segment.start)
        return self.segments[first : max(last, first)]


@functools.cache
def _option(alignment: Qt.AlignmentFlag, is_mirrored: bool) -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    mirrored = Qt.LayoutDirection.RightToLeft
    option.setTextDirection(mirrored if is_mirrored else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(alignment)
    return option


def _x_of(line: QTextLine, position: int) -> float:
    found = line.cursorToX(position)
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]
