"""One line of text in a row: cut where it is too long, in its own direction, with stretches in bold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextLayout,
    QTextOption,
)

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle

_BEFORE_MATCH = 12  # characters that stay in front of the first match when the line is cut there
_WIDEST = 1e6

Span = tuple[int, int]
"""Where a stretch of a text begins and ends, in characters."""


@dataclass(frozen=True)
class Line:
    """A text and how it is drawn.

    Attributes:
        text: What stands there, plain.
        style: Its type.
        color: The name of its colour token.
        bold: Stretches in 600 and in the primary text's colour.
    """

    text: str
    style: TextStyle
    color: str
    bold: Sequence[Span] = ()


def draw_line(painter: QPainter, box: QRectF, line: Line, appearance: Appearance) -> float:
    """Draw `line` in the vertical middle of `box`, at the edge where the painter's direction begins.

    Returns:
        The width that it took, in logical pixels.
    """
    font = appearance.text_font(line.style)
    strong = font
    if line.bold:
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
    text, bold = fit(line.text, line.bold, QFontMetricsF(strong), box.width())
    layout = QTextLayout(text, font)
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(option)
    if bold:
        layout.setFormats([_format(text, span, strong, appearance.theme.text) for span in bold])
    layout.beginLayout()
    row = layout.createLine()
    row.setLineWidth(_WIDEST)
    width = row.naturalTextWidth()
    row.setLineWidth(width)
    layout.endLayout()
    is_mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
    left = box.right() - width if is_mirrored else box.left()
    painter.setPen(getattr(appearance.theme, line.color))
    layout.draw(painter, QPointF(left, box.center().y() - row.height() / 2))
    return width


def draw_two_lines(painter: QPainter, box: QRectF, first: Line, second: Line, appearance: Appearance) -> None:
    """Draw `first` over `second`, both in the vertical middle of `box`."""
    heights = [line.style.line_height * appearance.zoom for line in (first, second)]
    upper = QRectF(box.left(), box.center().y() - sum(heights) / 2, box.width(), heights[0])
    draw_line(painter, upper, first, appearance)
    lower = QRectF(box.left(), upper.bottom(), box.width(), heights[1])
    draw_line(painter, lower, second, appearance)


def fit(text: str, bold: Sequence[Span], metrics: QFontMetricsF, width: float) -> tuple[str, list[Span]]:
    """Cut `text` to `width`: at its end, and before the first bold stretch where that would not be seen.

    Args:
        text: One line.
        bold: Stretches of it in order, in characters.
        metrics: Of the widest font in it.
        width: Logical pixels.

    Returns:
        What remains, with an ellipsis where something is missing, and where the stretches are in it.
    """
    spans = list(bold)
    if spans and metrics.horizontalAdvance(text[: spans[0][1]]) > width * 0.8:
        cut = max(0, spans[0][0] - _BEFORE_MATCH)
        space = text.find(" ", cut, spans[0][0])
        cut = space + 1 if space >= 0 else cut
        text = "…" + text[cut:]
        spans = [(start - cut + 1, end - cut + 1) for start, end in spans]
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    kept = len(shown) - 1 if shown != text else len(text)
    return shown, [(start, min(end, kept)) for start, end in spans if start < kept]


def _format(text: str, span: Span, font: QFont, color: QColor) -> QTextLayout.FormatRange:
    """The stretch as Qt has it: in UTF-16 units."""
    from PySide6.QtGui import QTextCharFormat  # not for the first frame: it has 2 ms of enumerations

    characters = QTextCharFormat()
    characters.setFont(font)
    characters.setForeground(color)
    stretch = QTextLayout.FormatRange()
    stretch.start = _units(text[: span[0]])
    stretch.length = _units(text[span[0] : span[1]])
    stretch.format = characters
    return stretch


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
