"""Pages: paper that parts of a transcript are laid on, one below the other, cut where they may be."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPageSize, QPainter, QPdfWriter

from desktop_agent.gui.typography import TextStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QIODevice

    from desktop_agent.gui.transcript.block_style import BlockStyle
    from desktop_agent.gui.transcript.parts import Part

WIDTH = 712
"""The width of a line, as in the window."""
_POINTS = 0.68  # a pixel of the window on paper: text of 15 px has 10.2 pt
_RESOLUTION = 1200  # dots per inch: where letters stand is rounded to these
_TOP, _BOTTOM = 92, 76
_HEAD = 40
_SLACK = 0.5  # what ends at the edge of a slice is not in the next one
_OVERHANG = 24.0  # letters and bars may stand out sideways


class Pages:
    """Writes pages of A4, or of Letter where that is used, from the second on with the title above.

    Args:
        device: What is written to; it is open.
        title: Of the document.
        style: How text looks on paper.

    Attributes:
        number: That of the page that is written.
    """

    def __init__(self, device: QIODevice, title: str, style: BlockStyle) -> None:
        self._writer = QPdfWriter(device)
        self._writer.setTitle(title)
        self._writer.setCreator("Desktop Agent")
        self._writer.setResolution(_RESOLUTION)
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        uses_inches = QLocale().measurementSystem() != QLocale.MeasurementSystem.MetricSystem
        size = QPageSize.PageSizeId.Letter if uses_inches else QPageSize.PageSizeId.A4
        self._writer.setPageSize(QPageSize(size))
        page = QPageSize.size(size, QPageSize.Unit.Point)
        self._left = (page.width() / _POINTS - WIDTH) / 2
        self._end = page.height() / _POINTS - _BOTTOM
        self._title, self._style = title, style
        self._painter = QPainter(self._writer)
        scale = _POINTS * _RESOLUTION / 72
        self._painter.scale(scale, scale)
        self._painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self._y: float = _TOP
        self.number = 1
        self._write_head()

    @property
    def is_at_top(self) -> bool:
        """Whether nothing stands on the page yet."""
        return self._y == _TOP

    def add(self, part: Part, gap: float = 0.0, *, left: float = 0.0, keep: float = 0.0) -> Iterator[None]:
        """Lay a part below what is there; it goes on to further pages where it has to.

        Args:
            part: What is added; it has its width.
            gap: The distance to what is above; none at the top of a page.
            left: Where it begins.
            keep: How much of it, and of what follows, has to stand on the same page.

        Yields:
            After each page's share, so that whoever draws may rest.
        """
        ends = list(part.breaks())
        self._y += 0 if self.is_at_top else gap
        if not self.is_at_top and self._y + max(ends[0], keep) > self._end:
            self._turn()
        top = 0.0
        while top < part.height:
            place = bisect.bisect_right(ends, top + self._end - self._y) - 1
            end = ends[place] if place >= 0 else top
            if end <= top:  # nothing of it fits
                if not self.is_at_top:
                    self._turn()
                    continue
                end = min(part.height, top + self._end - self._y)
            self._draw(part, left, top, end)
            self._y += end - top
            top = end
            if top < part.height:
                self._turn()
            yield

    def close(self) -> None:
        """End the document."""
        self._painter.end()

    def _draw(self, part: Part, left: float, top: float, end: float) -> None:
        painter = self._painter
        painter.save()
        painter.translate(self._left + left, self._y - top)
        if top > 0 or end < part.height:
            width = part.width + 2 * _OVERHANG
            painter.setClipRect(QRectF(-_OVERHANG, top, width, end - top))
        part.paint(painter, QRectF(-_OVERHANG, top, WIDTH + 2 * _OVERHANG, end - top - _SLACK))
        painter.restore()

    def _turn(self) -> None:
        self._writer.newPage()
        self.number += 1
        self._y = _TOP
        self._write_head()

    def _write_head(self) -> None:
        painter, font = self._painter, self._style.font(TextStyle.SMALL_FIGURES)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(self._style.theme.text3)
        number = QLocale().toString(self.number)
        width = metrics.horizontalAdvance(number)
        baseline = _HEAD + metrics.ascent()
        painter.drawText(QPointF(self._left + WIDTH - width, baseline), number)
        if self.number > 1:
            words = " ".join(self._title.split())
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, WIDTH - width - _OVERHANG)
            painter.drawText(QPointF(self._left, baseline), shown)
