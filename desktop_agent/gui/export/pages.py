"""Pages: paper that parts of a transcript are laid on, one below the other, cut where they may be."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QLocale, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPageSize, QPainter, QPdfWriter

from desktop_agent.gui.theme import LIGHT
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
_HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
_WHITE = LIGHT.surface
_OVERHANG = 24.0  # letters and bars may stand out sideways


class Paper(Protocol):
    """What pages are written on.

    Attributes:
        painter: Draws on the page in pixels of the window.
        size: That of a page, in these.
    """

    painter: QPainter
    size: QSizeF

    def turn(self) -> None:
        """Begin another page."""

    def close(self) -> None:
        """Nothing more is written."""


class PdfPaper:
    """Pages of a PDF: A4, or Letter where that is used.

    Args:
        device: What is written to; it is open.
        title: Of the document.
    """

    def __init__(self, device: QIODevice, title: str) -> None:
        self._writer = QPdfWriter(device)
        self._writer.setTitle(title)
        self._writer.setCreator("Desktop Agent")
        self._writer.setResolution(_RESOLUTION)
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        self._writer.setPageSize(QPageSize(_page_size()))
        self.size = _size_in_pixels()
        self.painter = QPainter(self._writer)
        scale = _POINTS * _RESOLUTION / 72
        self.painter.scale(scale, scale)
        self.painter.setRenderHints(_HINTS)

    def turn(self) -> None:
        """Begin another page."""
        self._writer.newPage()

    def close(self) -> None:
        """End the document."""
        self.painter.end()


class LastPageError(Exception):
    """No more pages are wanted."""


class PicturePaper:
    """The first pages as pictures.

    Args:
        width: Of a picture, in logical pixels.
        ratio: Device pixels per logical pixel.
        most: How many pages are wanted.

    Attributes:
        pictures: The pages so far.
    """

    def __init__(self, width: int, ratio: float, most: int) -> None:
        self.size = _size_in_pixels()
        self._scale, self._ratio, self._most = width / self.size.width(), ratio, most
        self.pictures: list[QImage] = []
        self.painter = QPainter()
        self.turn()

    def turn(self) -> None:
        """Begin another page.

        Raises:
            LastPageError: There are enough.
        """
        if len(self.pictures) == self._most:
            raise LastPageError
        if self.pictures:
            self.painter.end()
        pixels = (self.size * self._scale * self._ratio).toSize()
        picture = QImage(pixels, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(_WHITE)
        self.pictures.append(picture)
        self.painter.begin(picture)
        self.painter.scale(self._scale, self._scale)
        self.painter.setRenderHints(_HINTS)

    def close(self) -> None:
        """Nothing more is written."""
        self.painter.end()


def _page_size() -> QPageSize.PageSizeId:
    uses_inches = QLocale().measurementSystem() != QLocale.MeasurementSystem.MetricSystem
    return QPageSize.PageSizeId.Letter if uses_inches else QPageSize.PageSizeId.A4


def _size_in_pixels() -> QSizeF:
    return QPageSize.size(_page_size(), QPageSize.Unit.Point) / _POINTS


class Pages:
    """Writes pages, from the second on with the title above.

    Args:
        paper: What they are written on.
        title: Of the document.
        style: How text looks on paper.

    Attributes:
        number: That of the page that is written.
    """

    def __init__(self, paper: Paper, title: str, style: BlockStyle) -> None:
        self._paper, self._title, self._style = paper, title, style
        self._left = (paper.size.width() - WIDTH) / 2
        self._end = paper.size.height() - _BOTTOM
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

    def _draw(self, part: Part, left: float, top: float, end: float) -> None:
        painter = self._paper.painter
        painter.save()
        painter.translate(self._left + left, self._y - top)
        if top > 0 or end < part.height:
            width = part.width + 2 * _OVERHANG
            painter.setClipRect(QRectF(-_OVERHANG, top, width, end - top))
        part.paint(painter, QRectF(-_OVERHANG, top, WIDTH + 2 * _OVERHANG, end - top - _SLACK))
        painter.restore()

    def _turn(self) -> None:
        self._paper.turn()
        self.number += 1
        self._y = _TOP
        self._write_head()

    def _write_head(self) -> None:
        painter, font = self._paper.painter, self._style.font(TextStyle.SMALL_FIGURES)
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
