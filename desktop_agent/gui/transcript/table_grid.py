"""TableGrid: a table without vertical lines; wider than its place, it scrolls sideways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from typing_extensions import override

from desktop_agent.gui.transcript.inline_runs import inline_runs
from desktop_agent.gui.transcript.parts import Group, Placed, Range
from desktop_agent.gui.transcript.text_flow import FlowStyle, TextFlow
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown import inline_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_NUMBER = re.compile(r"[~≈<>]?\s*[-+\N{MINUS SIGN}]?[$€£¥]?\d[\d.,   ]*\s?(?:%|[A-Za-zµ°$€£¥/]{1,6})?")


class TableGrid(Group):
    """Rows of cells; the first row is the head."""

    def __init__(self, tokens: Sequence[Token], style: BlockStyle) -> None:
        super().__init__()
        self._style = style
        rows, aligned = _read(tokens)
        self._alignments = _alignments(rows, aligned)
        self._rows = [
            [self._cell(tokens, column, is_head=index == 0) for column, tokens in enumerate(row)]
            for index, row in enumerate(rows)
        ]
        self._natural = self._widths(TextFlow.natural_width)
        self._least = self._widths(TextFlow.least_width)
        self._columns: list[float] = []
        self._lines: list[float] = []  # the y of the line below each row
        self._grid_width = 0.0
        self._shift = 0.0
        self._is_hovered = False

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._columns, gap = self._fit(width)
        self._grid_width = max(width, sum(self._columns) + gap * max(0, len(self._columns) - 1))
        self.placed, self._lines = [], []
        y = 0.0
        for index, row in enumerate(self._rows):
            above, below = (_ABOVE_HEAD, _BELOW_HEAD) if index == 0 else (_ABOVE_CELL, _BELOW_CELL)
            x = 0.0
            for cell, column in zip(row, self._columns, strict=False):
                cell.set_width(column)
                self.placed.append(Placed(cell, x, y + self._style.px(above)))
                x += column + gap
            y += self._style.px(above) + max((cell.height for cell in row), default=0) + self._style.px(below)
            self._lines.append(y)
            y += 1
        self.height = y
        self._shift = min(self._shift, self._hidden_width())

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme = self._style.theme
        painter.save()
        if self._hidden_width():
            painter.setClipRect(QRectF(0, 0, self.width, self.height), Qt.ClipOperation.IntersectClip)
        painter.translate(-self._shift, 0)
        super().paint(painter, clip.translated(self._shift, 0))
        painter.translate(self._shift, 0)
        for index, y in enumerate(self._lines):
            painter.fillRect(QRectF(0, y, self.width, 1), theme.border if index else theme.border_input)
        if self._hidden_width() and self._is_hovered:
            self._paint_thumb(painter)
        painter.restore()

    @override
    def caret_rect(self) -> QRectF:
        cells = [
            placed for placed in self.placed if isinstance(placed.part, TextFlow) and placed.part.has_text
        ]
        if not cells:
            return super().caret_rect()
        return cells[-1].part.caret_rect().translated(cells[-1].x - self._shift, cells[-1].y)

    @override
    def action_at(self, point: QPointF) -> Link | CopyCode | ToggleFold | None:
        return super().action_at(point + QPointF(self._shift, 0))

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        entered = self._is_hovered != (point is not None)
        self._is_hovered = point is not None
        changed = super().set_hover(point + QPointF(self._shift, 0) if point is not None else None)
        return changed or (entered and self._hidden_width() > 0)

    @override
    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        before = self._shift
        self._shift = max(0.0, min(self._shift + dx, self._hidden_width()))
        return self._shift != before

    def _hidden_width(self) -> float:
        return max(0.0, self._grid_width - self.width)

    def _cell(self, tokens: Sequence[Token], column: int, *, is_head: bool) -> TextFlow:
        base = TextStyle.TABLE_HEAD if is_head else TextStyle.TABLE
        flow = FlowStyle(self._style, base, self._style.color, self._alignments[column])
        return TextFlow(inline_runs(tokens, self._style, base), flow)

    def _widths(self, measure: Callable[[TextFlow], float]) -> list[float]:
        count = max(map(len, self._rows), default=0)
        return [
            max((measure(row[column]) for row in self._rows if column < len(row)), default=0.0)
            for column in range(count)
        ]

    def _fit(self, width: float) -> tuple[list[float], float]:
        """The width of each column, and the gap between them.

        Columns share the width in proportion to their text, the gap before a column growing with it as a
        browser's padding does. In a narrow place they shrink, but never below their longest word.
        """
        natural, count = self._natural, len(self._natural)
        gap = self._style.px(_COLUMN_GAP)
        factor = width / (sum(natural) + gap * (count - 1) or 1)
        if factor >= _LOOSE:
            lead = [gap if index else 0.0 for index in range(count)]
            return [
                (text + before) * factor - before for text, before in zip(natural, lead, strict=True)
            ], gap
        gap = self._style.px(_TIGHT_COLUMN_GAP)
        least = [min(text, max(word, _LEAST_COLUMN)) for text, word in zip(natural, self._least, strict=True)]
        spare = width - gap * (count - 1) - sum(least)
        wanted = [text - low for text, low in zip(natural, least, strict=True)]
        share = max(0.0, spare) / (sum(wanted) or 1)
        return [low + want * share for low, want in zip(least, wanted, strict=True)], gap

    def _paint_thumb(self, painter: QPainter) -> None:
        length = max(_LEAST_THUMB, self.width * self.width / self._grid_width)
        x = (self.width - length) * self._shift / self._hidden_width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.scroll_thumb)
        y = self.height - _THUMB_MARGIN - _THUMB
        painter.drawRoundedRect(QRectF(x, y, length, _THUMB), _THUMB / 2, _THUMB / 2)


def _read(tokens: Sequence[Token]) -> tuple[list[list[Sequence[Token]]], list[str]]:
    """The rows of a table, each cell as inline tokens, and the alignment that each column asks for."""
    rows: list[list[Sequence[Token]]] = []
    aligned: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "th_open":
            aligned.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
        elif token.type == "inline" and rows:
            rows[-1].append(token.children or [])
    return rows, aligned


def _alignments(rows: Sequence[Sequence[Sequence[Token]]], aligned: Sequence[str]) -> list[Qt.AlignmentFlag]:
    """What the source asks for; where it does not, columns of numbers stand at the right."""
    asked = {
        "left": Qt.AlignmentFlag.AlignLeft,
        "center": Qt.AlignmentFlag.AlignHCenter,
        "right": Qt.AlignmentFlag.AlignRight,
    }
    found = []
    for column, wish in enumerate(aligned):
        if wish in asked:
            found.append(asked[wish])
            continue
        texts = [inline_text(row[column]).strip() for row in rows[1:] if column < len(row)]
        filled = [text for text in texts if text]
        is_number = bool(filled) and all(_NUMBER.fullmatch(text) for text in filled)
        found.append(Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft)
    return found
