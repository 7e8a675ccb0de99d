"""TableGrid: a table without vertical lines; wider than its place, it scrolls sideways."""

from __future__ import annotations

import bisect
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from typing_extensions import override

from desktop_agent.gui.transcript.parts import Part, Placed, Range
from desktop_agent.gui.transcript.text_flow import FlowStyle, TextFlow
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown import inline_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.transcript.inline_runs import Link
    from desktop_agent.gui.transcript.parts import CopyCode, ToggleFold
    from desktop_agent.markdown import Token

_COLUMN_GAP, _TIGHT_COLUMN_GAP = 10, 16  # the first one grows with the columns
_LOOSE = 1.15
_ABOVE_CELL, _BELOW_CELL = 8, 8
_ABOVE_HEAD, _BELOW_HEAD = 6, 7
_LEAST_COLUMN = 48
_THUMB, _THUMB_MARGIN, _LEAST_THUMB = 6, 1, 24
_MEASURED = 1_000  # rows whose cells are laid out for their width; of the others it is estimated
_ABOUT = 9.0  # the width of a character in those, rather too much
_OFTEN, _RARELY = 16, 1.25  # an open table of more rows fits its columns when so many times more have come
_FLOWS_KEPT = 400
_TALL = 12  # lines; a row of more may be cut between pages
_NUMBER = re.compile(r"[~≈<>]?\s*[-+\N{MINUS SIGN}]?[$€£¥]?\d[\d.,   ]*\s?(?:%|[A-Za-zµ°$€£¥/]{1,6})?")


@dataclass
class _Row:
    """One row: its cells as inline tokens, what they say, and where it stands."""

    cells: list[Sequence[Token]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    natural: list[float] = field(default_factory=list)
    start: int = 0  # of its text
    top: float = 0.0
    bottom: float = 0.0


@dataclass
class _Measures:
    """What the rows ask of each column."""

    natural: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    has_text: list[bool] = field(default_factory=list)
    has_words: list[bool] = field(default_factory=list)

    def copy(self) -> _Measures:
        return _Measures([*self.natural], [*self.least], [*self.has_text], [*self.has_words])

    def add(self, column: int, text: str, natural: float, least: float, *, is_head: bool) -> None:
        if column == len(self.natural):
            self.natural.append(0.0)
            self.least.append(0.0)
            self.has_text.append(False)
            self.has_words.append(False)
        self.natural[column] = max(self.natural[column], natural)
        self.least[column] = max(self.least[column], least)
        stripped = text.strip()
        if stripped and not is_head:
            self.has_text[column] = True
            self.has_words[column] |= not _NUMBER.fullmatch(stripped)


class TableGrid(Part):
    """Rows of cells; the first row is the head. Cells are laid out when they are measured or painted."""

    def __init__(self, style: BlockStyle, lead: str = "", indent: str = "") -> None:
        self._style, self._lead, self._indent = style, lead, indent
        self._asked: list[str] = []  # the alignment of each column in the source
        self._rows: list[_Row] = []
        self._flows: dict[int, list[TextFlow]] = {}
        self._wide = _Measures()
        self._settled = 0  # so many rows stay
        self._settled_wide = _Measures()
        self._is_closed = False
        self._aligned: list[Qt.AlignmentFlag] = []
        self._columns: list[float] = []
        self._gap = 0.0
        self._placed = 0  # so many rows have their place
        self._fitted = 0  # so many rows there were when the columns got their width
        self._grid_width = 0.0
        self._shift = 0.0
        self._is_hovered = False
        self._hovered: TextFlow | None = None
        self.changed_from = 0.0  # the top of what `set_width` has changed last

    # Rows.

    def truncate(self) -> None:
        """Take away the rows that are not settled."""
        del self._rows[self._settled :]
        for index in [index for index in self._flows if index >= self._settled]:
            del self._flows[index]
        self._wide = self._settled_wide.copy()
        self._placed = min(self._placed, self._settled)

    def ask_alignment(self, alignment: str) -> None:
        """Take what the source says of the next column: left, center, right or nothing."""
        self._asked.append(alignment)

    def add_row(self, cells: list[Sequence[Token]], *, settled: bool) -> None:
        """Append a row.

        Args:
            cells: The inline tokens of each cell.
            settled: Whether it stays; otherwise `truncate` takes it away.
        """
        before = self._rows[-1] if self._rows else None
        start = before.start + self._row_length(len(self._rows) - 1) + 1 if before else 0
        row = _Row(cells, [inline_text(cell) for cell in cells], start=start)
        index = len(self._rows)
        self._rows.append(row)
        if index < _MEASURED:
            measures = [flow.measure(_LEAST_COLUMN) for flow in self._make_flows(index)]
            row.natural = [measure.natural for measure in measures]
            least = [measure.least for measure in measures]
        else:
            row.natural = [_ABOUT * len(text) * self._style.zoom for text in row.texts]
            least = [0.0] * len(cells)
        for column, text in enumerate(row.texts):
            self._wide.add(column, text, row.natural[column], least[column], is_head=index == 0)
        if settled:
            self._settled = len(self._rows)
            self._settled_wide = self._wide.copy()

    def close(self) -> None:
        """No more rows come: the columns get the width that all rows ask for."""
        self._is_closed = True

    @override
    def set_width(self, width: float) -> None:
        aligned = self._alignments()
        if aligned != self._aligned:
            self._aligned = aligned
            self._placed = 0
        columns, gap = self._fit(width)
        count = len(self._rows)
        is_due = self._is_closed or count <= _OFTEN or count >= self._fitted * _RARELY
        if width != self.width or (columns != self._columns and is_due):
            self._columns, self._gap = columns, gap
            self._placed, self._fitted = 0, count
        self.width = width
        self._grid_width = max(width, sum(self._columns) + self._gap * max(0, len(self._columns) - 1))
        first = max(0, self._placed - 1)  # it may have been the last one
        for index in range(first, count):
            self._place(index)
        self.changed_from = self._rows[first].top if first < count else 0.0
        self._placed = count
        self.height = self._rows[-1].bottom + 1 if self._rows else 0.0
        self._shift = min(self._shift, self._hidden_width())

    @override
    def breaks(self) -> Iterator[float]:
        for index, row in enumerate(self._rows):
            base = TextStyle.TABLE if index else TextStyle.TABLE_HEAD
            line = self._style.px(base.line_height)
            if row.bottom - row.top > _TALL * line:
                first = row.top + self._style.px(_ABOVE_CELL if index else _ABOVE_HEAD)
                for count in range(2, int((row.bottom - first) // line) - 1):
                    yield first + count * line
            if index or len(self._rows) == 1:  # the head stays with the row below it
                yield row.bottom + 1

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme = self._style.theme
        painter.save()
        if self._hidden_width():
            painter.setClipRect(QRectF(0, 0, self.width, self.height), Qt.ClipOperation.IntersectClip)
        for index in range(self._row_at(clip.top()), len(self._rows)):
            row = self._rows[index]
            if row.top > clip.bottom():
                break
            for placed, start in self._cells(index):
                painter.translate(placed.x - self._shift, placed.y)
                within = _within(selected, start, placed.part.text_length)
                inside = clip.translated(self._shift - placed.x, -placed.y)
                placed.part.paint(painter, inside, within)
                painter.translate(self._shift - placed.x, -placed.y)
            line = theme.border if index else theme.border_input
            painter.fillRect(QRectF(0, row.bottom, self.width, 1), line)
        if self._hidden_width() and self._is_hovered:
            self._paint_thumb(painter)
        painter.restore()

    @property
    @override
    def text_length(self) -> int:
        return self._rows[-1].start + self._row_length(len(self._rows) - 1) if self._rows else 0

    @override
    def position_at(self, point: QPointF) -> int:
        if not self._rows:
            return 0
        cells = self._cells(self._row_at(point.y()))
        at = point + QPointF(self._shift, 0)
        column, x = 0, self._columns[0] + self._gap
        while column + 1 < len(cells) and x <= at.x():
            column += 1
            x += self._columns[column] + self._gap
        placed, start = cells[column]
        return start + placed.part.position_at(at - QPointF(placed.x, placed.y))

    @override
    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        found: list[QRectF] = []
        first = bisect.bisect_right(self._rows, start, key=lambda row: row.start) - 1
        for index in range(max(0, first), len(self._rows)):
            if self._rows[index].start >= end:
                break
            for placed, begin in self._cells(index):
                within = _within((start, end), begin, placed.part.text_length)
                if within is not None:
                    rects = placed.part.selection_rects(*within)
                    found += [rect.translated(placed.x - self._shift, placed.y) for rect in rects]
        return found

    @override
    def caret_rect(self) -> QRectF:
        for index in range(len(self._rows) - 1, -1, -1):
            cells = [placed for placed, _ in self._cells(index) if placed.part.text_length]
            if cells:
                return cells[-1].part.caret_rect().translated(cells[-1].x - self._shift, cells[-1].y)
        return super().caret_rect()

    @override
    def action_at(self, point: QPointF) -> Link | CopyCode | ToggleFold | None:
        placed = self._cell_at(point)
        if placed is None:
            return None
        return placed.part.action_at(point + QPointF(self._shift - placed.x, -placed.y))

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        entered = self._is_hovered != (point is not None)
        self._is_hovered = point is not None
        placed = self._cell_at(point) if point is not None else None
        changed = False
        flow = placed.part if placed is not None and isinstance(placed.part, TextFlow) else None
        if self._hovered is not None and self._hovered is not flow:
            changed = self._hovered.set_hover(None)
        self._hovered = flow
        if flow is not None and placed is not None and point is not None:
            changed |= flow.set_hover(point + QPointF(self._shift - placed.x, -placed.y))
        return changed or (entered and self._hidden_width() > 0)

    @override
    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        before = self._shift
        self._shift = max(0.0, min(self._shift + dx, self._hidden_width()))
        return self._shift != before

    @override
    def panels(self) -> Iterator[Part]:
        yield self

    # Where things are.

    def _hidden_width(self) -> float:
        return max(0.0, self._grid_width - self.width)

    def _row_length(self, index: int) -> int:
        texts = self._rows[index].texts
        return len(self._indent if index else self._lead) + sum(map(len, texts)) + max(0, len(texts) - 1)

    def _row_at(self, y: float) -> int:
        return max(0, bisect.bisect_right(self._rows, y, key=lambda row: row.top) - 1)

    def _cells(self, index: int) -> list[tuple[Placed, int]]:
        """The cells of a row with their places, and where the text of each begins."""
        row, found = self._rows[index], []
        x, start = 0.0, row.start + len(self._indent if index else self._lead)
        above = self._style.px(_ABOVE_CELL if index else _ABOVE_HEAD)
        for number, (flow, width) in enumerate(zip(self._flows_of(index), self._columns, strict=False)):
            spare = self._lay_out(flow, index, number)
            found.append((Placed(flow, x + spare, row.top + above), start))
            x += width + self._gap
            start += len(row.texts[number]) + 1
        return found

    def _lay_out(self, flow: TextFlow, index: int, column: int) -> float:
        """Lay out a cell; the answer is how far from the left of its column it stands.

        Text on one line is laid out once, wherever it stands.
        """
        natural, width, aligned = (
            self._rows[index].natural[column],
            self._columns[column],
            self._aligned[column],
        )
        if index >= _MEASURED or natural > width or flow.is_right_to_left:
            flow.align(aligned)
            flow.set_width(width)
            return 0.0
        flow.set_width(math.ceil(natural) + 1)  # one more, should it be laid out anew: nothing may wrap
        spare = width - natural
        return {Qt.AlignmentFlag.AlignRight: spare, Qt.AlignmentFlag.AlignHCenter: spare / 2}.get(
            aligned, 0.0
        )

    def _cell_at(self, point: QPointF) -> Placed | None:
        if not self._rows:
            return None
        at = point + QPointF(self._shift, 0)
        cells = self._cells(self._row_at(point.y()))
        return next((placed for placed, _ in cells if placed.rect.contains(at)), None)

    def _place(self, index: int) -> None:
        row = self._rows[index]
        row.top = self._rows[index - 1].bottom + 1 if index else 0.0
        if index and index == len(self._rows) - 1 and not any(row.texts):
            row.bottom = row.top - 1  # a table that was cut after the first "|" of a row
            return
        above, below = (_ABOVE_CELL, _BELOW_CELL) if index else (_ABOVE_HEAD, _BELOW_HEAD)
        base = TextStyle.TABLE if index else TextStyle.TABLE_HEAD
        height = self._style.px(base.line_height) if row.cells else 0.0
        for cell, (natural, column) in enumerate(zip(row.natural, self._columns, strict=False)):
            if natural > column and index < _MEASURED:
                flow = self._flows_of(index)[cell]
                self._lay_out(flow, index, cell)
                height = max(height, flow.height)
            elif natural > column > 0:
                height = max(height, math.ceil(natural / column) * self._style.px(base.line_height))
        row.bottom = row.top + self._style.px(above) + height + self._style.px(below)

    def _flows_of(self, index: int) -> list[TextFlow]:
        found = self._flows.get(index)
        return self._make_flows(index) if found is None else found

    def _make_flows(self, index: int) -> list[TextFlow]:
        base = TextStyle.TABLE if index else TextStyle.TABLE_HEAD
        if len(self._flows) >= _FLOWS_KEPT:
            self._flows.clear()
        style = FlowStyle(self._style, base, self._style.color)
        made = self._flows[index] = [TextFlow(style, cell) for cell in self._rows[index].cells]
        return made

    def _alignments(self) -> list[Qt.AlignmentFlag]:
        """What the source asks for; where it does not, columns of numbers stand at the right."""
        found = []
        for column in range(len(self._wide.natural)):
            asked = self._asked[column] if column < len(self._asked) else ""
            is_number = self._wide.has_text[column] and not self._wide.has_words[column]
            found.append(_ALIGNED.get(asked) or _ALIGNED["right" if is_number else "left"])
        return found

    def _fit(self, width: float) -> tuple[list[float], float]:
        """The width of each column, and the gap between them.

        Columns share the width in proportion to their text, the gap before a column growing with it as a
        browser's padding does. In a narrow place they shrink, but never below their longest word.
        """
        natural, count = self._wide.natural, len(self._wide.natural)
        gap = self._style.px(_COLUMN_GAP)
        factor = width / (sum(natural) + gap * (count - 1) or 1)
        if factor >= _LOOSE:
            lead = [gap if index else 0.0 for index in range(count)]
            return [
                (text + before) * factor - before for text, before in zip(natural, lead, strict=True)
            ], gap
        gap = self._style.px(_TIGHT_COLUMN_GAP)
        least = [
            min(text, max(word, _LEAST_COLUMN)) for text, word in zip(natural, self._wide.least, strict=True)
        ]
        spare = width - gap * (count - 1) - sum(least)
        wanted = [text - low for text, low in zip(natural, least, strict=True)]
        share = max(0.0, spare) / (sum(wanted) or 1)
        if self._style.is_printed and spare < 0:  # paper does not scroll: long words are broken
            return _shared(natural, max(1.0, width - gap * (count - 1))), gap
        return [low + want * share for low, want in zip(least, wanted, strict=True)], gap

    def _paint_thumb(self, painter: QPainter) -> None:
        length = max(_LEAST_THUMB, self.width * self.width / self._grid_width)
        x = (self.width - length) * self._shift / self._hidden_width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.scroll_thumb)
        y = self.height - _THUMB_MARGIN - _THUMB
        painter.drawRoundedRect(QRectF(x, y, length, _THUMB), _THUMB / 2, _THUMB / 2)


_ALIGNED = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}


def _shared(wanted: Sequence[float], width: float) -> list[float]:
    """A width for each column that are `width` together: none takes more than it wants or than its share."""
    rest, left, widths = width, len(wanted), [0.0] * len(wanted)
    for column in sorted(range(len(wanted)), key=lambda each: wanted[each]):
        widths[column] = min(wanted[column], rest / left)
        rest, left = rest - widths[column], left - 1
    return widths


def _within(selected: Range | None, start: int, length: int) -> Range | None:
    """What of a selected range is in a cell."""
    if selected is None:
        return None
    begin, end = max(0, selected[0] - start), min(length, selected[1] - start)
    return (begin, end) if begin < end else None
