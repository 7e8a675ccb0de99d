"""Long texts in segments of whole lines, so that appended text is laid out alone."""

from __future__ import annotations

import bisect
import functools
import itertools
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QTextLayout, QTextLine, QTextOption

from desktop_agent.gui.transcript.inline_runs import utf16_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from desktop_agent.gui.transcript.inline_runs import FormatSpan, InlineRuns

_SEGMENT = 400  # characters
_HAIRLINE = 0.5  # pixels; what stands closer together is one rectangle
_FIRST_LEFTWARDS = "\u0590"  # below are only characters that are written from left to right, or neutral
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
        mixes_directions: Whether some of it is written from right to left: how that stands may depend on what
            is before it.
    """

    def __init__(self, runs: InlineRuns, start: int, end: int, width: float, style: LineStyle) -> None:
        self.start, self.end = start, end
        self._text = runs.text[start:end]
        highest = "" if self._text.isascii() else max(self._text)
        self._is_wide = highest > "\uffff"
        self.mixes_directions = _mixes_directions(highest, self._text)
        self._style = style
        self._layout = QTextLayout(self._text, style.font)
        self._layout.setCacheEnabled(True)
        self._layout.setTextOption(_option(style.alignment, style.is_mirrored))
        if runs.formats:
            self._layout.setFormats(self._formats(runs))
        self._known_starts: list[int] = []
        self.first_line = 0
        self._layout.beginLayout()
        y = style.baseline
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y - line.ascent()))
            y += style.line_height
        self._layout.endLayout()
        self.line_count = self._laid_out = self._layout.lineCount()

    def keep_lines(self, count: int) -> None:
        """Leave the lines after the first so many to the next segment."""
        self.end = self.start + self._characters(self._starts()[count])
        self.line_count = count

    @property
    def line_ends(self) -> list[int]:
        """Where each line ends, in characters of the text."""
        return [self.start + self._characters(end) for end in self._starts()[1 : self.line_count + 1]]

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
        starts = self._starts()
        for index in range(max(0, bisect.bisect_right(starts, first) - 1), self.line_count):
            low, high = max(first, starts[index]), min(after, starts[index + 1])
            if low >= after:
                break
            if low < high:
                top = (self.first_line + index) * height
                line = self._layout.lineAt(index)
                found += [
                    QRectF(left, top, right - left, height) for left, right in self._extents(line, low, high)
                ]
        return found

    def _starts(self) -> list[int]:
        """Where each line begins in the segment, in UTF-16 units, and the end of the last."""
        if not self._known_starts:
            lines = [self._layout.lineAt(index) for index in range(1, self._laid_out)]
            end = utf16_length(self._text) if self._is_wide else len(self._text)
            self._known_starts = [0, *(line.textStart() for line in lines), end]
        return self._known_starts

    def _extents(self, line: QTextLine, low: int, high: int) -> list[tuple[float, float]]:
        """From where to where the characters of a line stand; neighbours in the text may stand apart."""
        if not self.mixes_directions:
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
    """The lines of a text at a width. Lines that the text has kept since the last layout stay as they are.

    Attributes:
        segments: They follow each other.
        kept: How many lines the last layout has left as they were.
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.kept = 0
        self._style: LineStyle | None = None
        self._fixed = 0  # so many segments no text that comes later can change
        self._text = ""  # what was laid out after them
        self._formats: list[FormatSpan] = []

    @property
    def line_count(self) -> int:
        """How many lines the text takes."""
        return self.segments[-1].first_line + self.segments[-1].line_count if self.segments else 0

    def lay_out(self, runs: InlineRuns, settled: int, width: float, style: LineStyle) -> int:
        """Lay out what is not yet; the answer is how many layouts were made.

        Args:
            runs: The text.
            settled: How many of its characters stay when more comes.
            width: The width of the lines, always the same.
            style: How they stand; where it is another one than before, all lines are laid out.
        """
        if style != self._style:
            self.segments, self._fixed, self._style = [], 0, style
        self._drop_changed(runs)
        self.kept = self.line_count
        start, length, made = self.segments[-1].end if self.segments else 0, _SEGMENT, 0
        while start < len(runs.text) or not self.segments:
            end = min(len(runs.text), start + length)
            segment = Segment(runs, start, end, width, style)
            made += 1
            if end < len(runs.text):
                if segment.line_count < 2:
                    length *= 4
                    continue
                segment.keep_lines(segment.line_count - 1)
            segment.first_line = self.line_count
            self.segments.append(segment)
            start, length = segment.end, _SEGMENT
        self._fix(settled)
        self._text, self._formats = self._rest_of(runs)
        return made

    def _rest_of(self, runs: InlineRuns) -> tuple[str, list[FormatSpan]]:
        """What of a text may change."""
        begin = self.segments[self._fixed - 1].end if self._fixed else 0
        first = bisect.bisect_right(runs.formats, begin, key=lambda span: span.end)
        return runs.text[begin:], runs.formats[first:]

    def _fix(self, settled: int) -> None:
        """A segment is fixed when the line after it is settled: where it ends depends on that line alone."""
        while self._fixed + 1 < len(self.segments):
            if self.segments[self._fixed + 1].line_ends[0] > settled:
                break
            self._fixed += 1

    def _drop_changed(self, runs: InlineRuns) -> None:
        """Drop the lines that have changed, and the one before them: it may hold more or less now."""
        loose = self.segments[self._fixed :]
        if not loose:
            return
        same = loose[0].start + self._same_length(*self._rest_of(runs))
        if any(segment.mixes_directions for segment in loose):
            same = 0
        ends = [end for segment in loose for end in segment.line_ends]
        count = max(0, bisect.bisect_right(ends, same) - 1)
        del self.segments[self._fixed :]
        for segment in loose:
            kept = min(count, segment.line_count)
            if not kept:
                break
            if kept < segment.line_count:
                segment.keep_lines(kept)
            self.segments.append(segment)
            count -= kept

    def _same_length(self, text: str, formats: Sequence[FormatSpan]) -> int:
        """How many characters look as they did, of those that are not fixed."""
        begin = self.segments[self._fixed - 1].end if self._fixed else 0
        low, high = 0, min(len(text), len(self._text))
        while low < high:
            middle = (low + high + 1) // 2
            if text.startswith(self._text[low:middle], low):
                low = middle
            else:
                high = middle - 1
        for before, now in itertools.zip_longest(self._formats, formats):
            if before != now:
                starts = [span.start for span in (before, now) if span is not None]
                return max(0, min(low, min(starts) - begin))
        return low

    def at_line(self, line: int) -> Segment:
        """The segment with a line."""
        index = bisect.bisect_right(self.segments, line, key=lambda segment: segment.first_line)
        return self.segments[max(0, index - 1)]

    def between(self, start: int, end: int) -> list[Segment]:
        """The segments that a range of characters touches."""
        first = bisect.bisect_right(self.segments, start, key=lambda segment: segment.end)
        last = bisect.bisect_left(self.segments, end, key=lambda segment: segment.start)
        return self.segments[first : max(last, first)]


def _mixes_directions(highest: str, text: str) -> bool:
    if highest < _FIRST_LEFTWARDS:
        return False
    return not _LEFTWARDS.isdisjoint(map(unicodedata.bidirectional, set(text)))


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
