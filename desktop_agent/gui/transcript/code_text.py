"""CodeText: the lines of a code block, laid out when they are seen; long ones in pieces."""

from __future__ import annotations

import bisect
import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption

from desktop_agent.gui.transcript.inline_runs import utf16_length
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown.code_colors import CodeColors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.transcript.parts import Range

_TAB_COLUMNS = 4
_PIECE = 1_000  # characters of a long line that are laid out together
_LAYOUTS_KEPT = 400
_UNBOUNDED = 1e7
# What changes the order or the look of other characters without being seen, and what has no look at all.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_SHOWN = "\ufffd"


class _Piece(NamedTuple):
    """A part of a line as it is drawn: in one layout, in one row."""

    line: int
    start: int
    end: int
    x: float
    y: float


class CodeText:
    """Lines of code. A new line costs the same however many there are.

    Attributes:
        lines: The lines.
        colors: Their colours.
        layouts_made: How many pieces were laid out so far.
    """

    def __init__(self, language: str, style: BlockStyle, lead: str, indent: str) -> None:
        self._style = style
        self._lead, self._indent = len(lead), len(indent)
        self.lines: list[str] = []
        self.colors = CodeColors(language)
        self.layouts_made = 0
        self._starts: list[int] = []  # where each line begins in what the code says
        self._layouts: dict[tuple[int, int], QTextLayout] = {}
        self._widest = 0.0
        self._columns = 0  # of a row when lines are wrapped, else 0
        self._rows: list[int] = []  # the first row of each line when lines are wrapped
        self._font = style.font(TextStyle.CODE)
        self._advance = style.code_metrics.advance
        self._complete = 0
        self.line_height = style.px(TextStyle.CODE.line_height)

    @property
    def settled_lines(self) -> int:
        """How many lines stay."""
        return self._complete

    def grow(self, lines: Sequence[str], last: Sequence[str], *, is_open: bool) -> int:
        """Append lines that stay, and replace those after them, which more code may change.

        Returns:
            The first line that has changed.
        """
        first = self._complete
        for index in range(self._complete, len(self.lines)):
            self._forget(index)
        del self.lines[self._complete :], self._starts[self._complete :], self._rows[self._complete :]
        for line in [*lines, *last]:
            self._append(line)
        self._complete += len(lines)
        for line in lines:
            self._widest = max(self._widest, self.width_of(line))
        if is_open:
            self.colors.grow(self.lines, self._complete)
        else:
            self.colors.close(self.lines)
        return min([first, *self._color()])

    def color_more(self) -> bool:
        """Go on colouring for about 2 ms; True when something has changed."""
        return bool(self._color())

    def _color(self) -> list[int]:
        changed = self.colors.work() if self.colors.is_busy else []
        for index in changed:
            self._forget(index)
        return changed

    def wrap(self, width: float | None) -> None:
        """Break lines that are wider than a width; None: do not."""
        columns = 0 if width is None else max(8, int(width // self._advance))
        if columns != self._columns:
            self._columns = columns
            self._layouts.clear()
            lines, self.lines = self.lines, []
            self._starts, self._rows = [], []
            for line in lines:
                self._append(line)

    @property
    def width(self) -> float:
        """The width of the widest line."""
        if self._columns:
            return 0.0
        return max([self._widest, *map(self.width_of, self.lines[self._complete :])])

    @property
    def text_length(self) -> int:
        """How many characters the code says."""
        return self._starts[-1] + len(self.lines[-1]) if self.lines else self._lead

    def height_of(self, lines: int) -> float:
        """The height of the first so many lines; without lines that of one."""
        if not self._columns or not lines:
            return max(1, lines) * self.line_height
        return (self._rows[lines - 1] + self._row_count(self.lines[lines - 1])) * self.line_height

    def width_of(self, line: str) -> float:
        """The width of a line that is not wrapped."""
        if line.isascii():
            return len(line.expandtabs(_TAB_COLUMNS)) * self._advance
        if len(line) > _PIECE:
            return len(line) * 2 * self._advance
        return QFontMetricsF(self._font).horizontalAdvance(_visible(line.expandtabs(_TAB_COLUMNS)))

    def draw(self, painter: QPainter, clip: QRectF, lines: int, selected: Range | None) -> None:
        """Draw what `clip` touches of the first so many lines; the origin is the first line's."""
        if selected is not None:
            for rect in self.selection_rects(*selected, lines, clip):
                painter.fillRect(rect, self._style.theme.accent_soft)
        painter.setPen(self._style.theme.text)
        for piece in self._pieces(clip, lines):
            self._layout(piece).draw(painter, QPointF(piece.x, piece.y))

    def position_at(self, point: QPointF, lines: int) -> int:
        """The offset that is nearest to a point, in the first so many lines."""
        if not self.lines:
            return self._lead
        y = max(0.0, min(point.y(), self.height_of(lines) - 1))
        row = [*self._pieces(QRectF(point.x(), y, 1, 0.1), lines)]
        if not row:
            line = self._line_at(y, lines)
            return self._starts[line] + len(self.lines[line])
        piece = next((each for each in reversed(row) if each.x <= point.x()), row[0])
        units = self._layout(piece).lineAt(0).xToCursor(point.x() - piece.x)
        text = self.lines[piece.line][piece.start : piece.end]
        count = units if text.isascii() else len(text.encode("utf-16-le", "replace")[: 2 * units]) // 2
        if not text.isascii():
            count = len(text.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore"))
        return self._starts[piece.line] + piece.start + count

    def selection_rects(self, start: int, end: int, lines: int, clip: QRectF | None = None) -> list[QRectF]:
        """The rectangles of a range in the first so many lines; those that `clip` touches."""
        if not self.lines:
            return []
        first = max(0, bisect.bisect_right(self._starts, start) - 1)
        last = bisect.bisect_left(self._starts, end)
        if clip is not None:
            first = max(first, self._line_at(clip.top(), lines))
            last = min(last, self._line_at(clip.bottom(), lines) + 1)
        found: list[QRectF] = []
        for index in range(first, min(last, lines)):
            begin = max(0, start - self._starts[index])
            found += self._line_rects(index, begin, min(len(self.lines[index]), end - self._starts[index]))
        return found

    # Lines and pieces.

    def _append(self, line: str) -> None:
        if self._starts:
            before = self._starts[-1] + len(self.lines[-1])
            self._starts.append(before + 1 + self._indent)
        else:
            self._starts.append(self._lead)
        if self._columns:
            self._rows.append(self._rows[-1] + self._row_count(self.lines[-1]) if self._rows else 0)
        self.lines.append(line)

    def _row_count(self, line: str) -> int:
        return max(1, -(-len(line) // self._row_length(line)))

    def _row_length(self, line: str) -> int:
        """How many characters of a line go into a row."""
        return self._columns if line.isascii() and "\t" not in line else max(4, self._columns // 2)

    def _line_at(self, y: float, lines: int) -> int:
        row = max(0, int(y // self.line_height))
        line = bisect.bisect_right(self._rows, row) - 1 if self._columns else row
        return max(0, min(line, lines - 1))

    def _pieces(self, clip: QRectF, lines: int) -> Iterator[_Piece]:
        if not self.lines or clip.bottom() < 0 or not lines:
            return
        for index in range(self._line_at(clip.top(), lines), self._line_at(clip.bottom(), lines) + 1):
            for piece in self._pieces_of(index, clip.left(), clip.right()):
                if piece.y <= clip.bottom() and piece.y + self.line_height > clip.top():
                    yield piece

    def _pieces_of(self, index: int, left: float, right: float) -> Iterator[_Piece]:
        line = self.lines[index]
        if self._columns:
            length, row = self._row_length(line), self._rows[index]
            for number, start in enumerate(range(0, max(1, len(line)), length)):
                end = min(len(line), start + length)
                yield _Piece(index, start, end, 0.0, (row + number) * self.line_height)
            return
        y = index * self.line_height
        if len(line) <= 2 * _PIECE:
            yield _Piece(index, 0, len(line), 0.0, y)
            return
        is_even = line.isascii() and "\t" not in line
        x, start = 0.0, 0
        if is_even:
            start = max(0, int(left // (_PIECE * self._advance))) * _PIECE
            x = start * self._advance
        while start < len(line) and x <= right:
            piece = _Piece(index, start, min(len(line), start + _PIECE), x, y)
            yield piece
            width = _PIECE * self._advance if is_even else self._layout(piece).lineAt(0).naturalTextWidth()
            x, start = x + width, start + _PIECE

    def _line_rects(self, index: int, start: int, end: int) -> list[QRectF]:
        """The rectangles of a range of a line."""
        found = []
        for piece in self._pieces_of(index, 0.0, _UNBOUNDED):
            low, high = max(start, piece.start), min(end, piece.end)
            if low < high:
                left, right = self._x_of(piece, low), self._x_of(piece, high)
                found.append(QRectF(piece.x + left, piece.y, right - left, self.line_height))
            if piece.end >= end:
                break
        return found

    def _x_of(self, piece: _Piece, position: int) -> float:
        units = utf16_length(self.lines[piece.line][piece.start : position])
        found = self._layout(piece).lineAt(0).cursorToX(units)
        return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]

    # Layouts.

    def _forget(self, line: int) -> None:
        pieces = (
            range(0, len(self.lines[line]) + 1, self._columns or _PIECE) if line < len(self.lines) else (0,)
        )
        for start in pieces:
            self._layouts.pop((line, start), None)

    def _layout(self, piece: _Piece) -> QTextLayout:
        found = self._layouts.get((piece.line, piece.start))
        if found is None:
            if len(self._layouts) >= _LAYOUTS_KEPT:
                self._layouts.clear()
            found = self._lay_out(piece)
            self._layouts[piece.line, piece.start] = found
        return found

    def _lay_out(self, piece: _Piece) -> QTextLayout:
        self.layouts_made += 1
        self._style.work.layouts += 1
        text = self.lines[piece.line][piece.start : piece.end]
        layout = QTextLayout(_visible(text), self._font)
        layout.setCacheEnabled(True)
        layout.setTextOption(_option(_TAB_COLUMNS * self._advance))
        layout.setFormats(self._formats(piece, text))
        layout.beginLayout()
        line = layout.createLine()
        if line.isValid():
            line.setLineWidth(_UNBOUNDED)
            line.setPosition(QPointF(0, self._style.code_metrics.baseline(self.line_height) - line.ascent()))
        layout.endLayout()
        return layout

    def _formats(self, piece: _Piece, text: str) -> list[QTextLayout.FormatRange]:
        spans = self.colors.spans[piece.line] if piece.line < len(self.colors.spans) else ()
        theme, found = self._style.theme, []
        for start, length, color in spans:
            low, high = max(start, piece.start) - piece.start, min(start + length, piece.end) - piece.start
            if low < high:
                found.append(_range(text, low, high, getattr(theme, f"syntax_{color}")))
        found += [_range(text, *hidden.span(), theme.err) for hidden in _HIDDEN.finditer(text)]
        return found


@functools.cache
def _option(tab: float) -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    option.setTabStopDistance(tab)
    return option


def _visible(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_SHOWN, text)


def _range(text: str, start: int, end: int, color: QColor) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start = utf16_length(text[:start])
    found.length = utf16_length(text[start:end])
    found.format = _colored(color.rgba())
    return found


@functools.cache
def _colored(rgba: int) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor.fromRgba(rgba))
    return made
