"""TextFlow: running text in lines of exact height, with links, inline code and the streaming caret."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextLine, QTextOption
from typing_extensions import override

from desktop_agent.gui.transcript.block_style import FontMetrics
from desktop_agent.gui.transcript.inline_runs import InlineRuns, Link, Span
from desktop_agent.gui.transcript.parts import Part, Range
from desktop_agent.gui.typography import font_for

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.typography import TextStyle

_CARET_WIDTH, _CARET_HEIGHT, _CARET_GAP = 2, 17, 3
_BOX_RADIUS = 4


@dataclass(frozen=True)
class FlowStyle:
    """How a flow's text stands.

    Attributes:
        style: The style of the block.
        base: The style of type.
        color: The colour of text that has no other.
        alignment: Where lines shorter than the width stand.
    """

    style: BlockStyle
    base: TextStyle
    color: QColor
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft


class _Box(NamedTuple):
    left: float
    right: float


class TextFlow(Part):
    """Lines of text. Every line has the same height, whatever fonts its characters need."""

    def __init__(self, runs: InlineRuns, flow: FlowStyle) -> None:
        self._flow = flow
        self._font = font_for(flow.base, flow.style.zoom)
        self.line_height = flow.style.px(flow.base.line_height)
        self._baseline = FontMetrics.of(self._font).baseline(self.line_height)
        self._layout = QTextLayout()
        self._layout.setFont(self._font)
        self._layout.setCacheEnabled(True)
        self._hovered: Link | None = None
        self.set_runs(runs)

    @property
    def baseline(self) -> float:
        """Where the base line of the first line is."""
        return self._baseline

    @property
    def has_text(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._runs.text)

    def set_runs(self, runs: InlineRuns) -> None:
        """Replace the text; it is laid out again when a width was given before."""
        self._runs = runs
        self._layout.setText(runs.text)
        self._layout.setTextOption(self._option())
        self._layout.setFormats(runs.formats)
        if self.width:
            self.set_width(self.width)

    def natural_width(self) -> float:
        """The width that the text takes on one line. The flow must be laid out again afterwards."""
        self._lay_out(1e6)
        return max(
            (self._line(index).naturalTextWidth() for index in range(self._layout.lineCount())), default=0.0
        )

    def least_width(self) -> float:
        """The width of the longest word, about."""
        metrics = QFontMetricsF(self._font)
        return max((metrics.horizontalAdvance(word) for word in self._runs.text.split()), default=0.0)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._lay_out(max(1.0, width))
        self.height = self.line_height * max(1, self._layout.lineCount())

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        for box in self._runs.boxes:
            self._paint_box(painter, box)
        painter.setPen(self._flow.color)
        self._layout.draw(painter, QPointF(0, 0), [], clip)
        if self._hovered is not None:
            self._paint_underline(painter, self._hovered)

    @override
    def caret_rect(self) -> QRectF:
        height = self._flow.style.px(_CARET_HEIGHT)
        count = self._layout.lineCount()
        top = self.line_height * max(0, count - 1) + math.floor((self.line_height - height) / 2)
        if not self._layout.text() or not count:
            return QRectF(0, top, _CARET_WIDTH, height)
        line = self._line(count - 1)
        x = _x_of(line, line.textStart() + line.textLength())
        if x < line.naturalTextRect().center().x():  # right to left: the text grows to the left
            return QRectF(math.floor(x - _CARET_GAP - _CARET_WIDTH), top, _CARET_WIDTH, height)
        return QRectF(math.floor(x + _CARET_GAP + 0.5), top, _CARET_WIDTH, height)

    @override
    def action_at(self, point: QPointF) -> Link | None:
        for span in self._runs.links:
            if any(rect.contains(point) for rect in self._rects(span)):
                return span.link
        return None

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        hovered = self.action_at(point) if point is not None else None
        changed = hovered is not self._hovered
        self._hovered = hovered
        return changed

    def _option(self) -> QTextOption:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        alignment = self._flow.alignment
        if alignment == Qt.AlignmentFlag.AlignLeft and _is_right_to_left(self._runs.text):
            alignment = Qt.AlignmentFlag.AlignRight
        option.setAlignment(alignment)
        return option

    def _lay_out(self, width: float) -> None:
        self._layout.beginLayout()
        y = 0.0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y + self._baseline - line.ascent()))
            y += self.line_height
        self._layout.endLayout()

    def _line(self, index: int) -> QTextLine:
        return self._layout.lineAt(index)

    def _rects(self, span: Span) -> list[QRectF]:
        """The rectangles of a range: one in each line that it touches, as high as the line."""
        found = []
        for index in range(self._layout.lineCount()):
            box = self._box(self._line(index), span)
            if box is not None:
                found.append(
                    QRectF(box.left, index * self.line_height, box.right - box.left, self.line_height)
                )
        return found

    def _box(self, line: QTextLine, span: Span) -> _Box | None:
        start = max(span.start, line.textStart())
        end = min(span.end, line.textStart() + line.textLength())
        if start >= end:
            return None
        left, right = sorted((_x_of(line, start), _x_of(line, end)))
        return _Box(left, right)

    def _paint_box(self, painter: QPainter, span: Span) -> None:
        font: QFont = self._flow.style.formats.code_font(self._flow.base)
        metrics = FontMetrics.of(font)
        radius = self._flow.style.px(_BOX_RADIUS)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._flow.style.theme.bubble)
        for rect in self._rects(span):
            top = rect.top() + self._baseline - metrics.ascent - 1
            height = metrics.ascent + metrics.descent + 2
            painter.drawRoundedRect(QRectF(rect.left(), top, rect.width(), height), radius, radius)
        painter.restore()

    def _paint_underline(self, painter: QPainter, link: Link) -> None:
        thickness = max(1.0, self._flow.style.px(1))
        for span in self._runs.links:
            if span.link is link:
                for rect in self._rects(span):
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


def _x_of(line: QTextLine, position: int) -> float:
    found = line.cursorToX(position)
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]
