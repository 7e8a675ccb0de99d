"""What stands below an answer from the web: the pages that it names and that tools really met."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.sources import Source
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import one_line, tool_tip
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.transcript.tool_deeds import FollowLink
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton
from desktop_agent.markdown import host_of

_GAP = 12
_BETWEEN = 12
_LINE = 20
_LINE_GAP = 4
_WIDEST = 240
_SHOWN = 12  # the text has the others, too


class SourceLink(PaintedButton):
    """The title of a page, underlined under the mouse and when reached by the keyboard.

    Attributes:
        target: Where it leads.
    """

    radius = 4.0

    def __init__(self, source: Source, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        host = host_of(source.address)
        title = one_line(source.title)
        if title == source.address:
            title = ""
        self.setText(title or host)
        self.target = FollowLink(source.address, self.text())
        how = self.tr("Read by the agent") if source.is_read else self.tr("Found by a search")
        self.setToolTip(tool_tip(title, source.address, how))
        named = ", ".join(filter(None, (title, host, how)))
        self.setAccessibleName(self.tr("Source: {page}").format(page=named))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def body_size(self) -> QSize:
        zoom = self.appearance.zoom
        words = QFontMetricsF(self.appearance.text_font(TextStyle.SMALL)).horizontalAdvance(self.text())
        return QSize(math.ceil(min(words + 1, _WIDEST * zoom)), round(_LINE * zoom))

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        font = self.appearance.text_font(TextStyle.SMALL)
        font.setUnderline(self.underMouse() or self.hasFocus())
        words = QFontMetricsF(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, body.width())
        painter.setFont(font)
        painter.setPen(self.appearance.theme.accent)
        painter.drawText(body, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class SourcesRow(QWidget):
    """The word "Sources" and the pages after it, on as many lines as they need.

    Args:
        sources: The pages.
        follow: Is called with the link that was pressed.
        appearance: Theme and zoom.
        parent: What it lies on.

    Attributes:
        links: Those that are shown.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        follow: Callable[[FollowLink], None],
        appearance: Appearance,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._name = self.tr("Sources")
        self._rest = ""
        if len(sources) > _SHOWN:
            self._rest = self.tr("and {count} more").format(
                count=self.locale().toString(len(sources) - _SHOWN)
            )
        self.setAccessibleName(self._name)
        appearance.changed.connect(self.update)
        self.links: list[SourceLink] = []
        for source in sources[:_SHOWN]:
            link = SourceLink(source, appearance, self)
            link.clicked.connect(lambda _=False, to=link.target: follow(to))
            self.links.append(link)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._places(width)[-1].bottom() + 1 + RING_MARGIN

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        margin = RING_MARGIN
        for link, place in zip(self.links, self._places(self.width())[1:], strict=False):
            link.setGeometry(self._turned(place).adjusted(-margin, -margin, margin, margin))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._appearance.text_font(TextStyle.SMALL))
        painter.setPen(self._appearance.theme.text3)
        places = self._places(self.width())
        where = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._turned(places[0]), where, self._name)
        if self._rest:
            painter.drawText(self._turned(places[-1]), where, self._rest)
        painter.end()

    def _places(self, width: int) -> list[QRect]:
        """Where its words stand, one after the other: the name, the links, what is left out."""
        metrics = QFontMetricsF(self._appearance.text_font(TextStyle.SMALL))
        zoom, end = self._appearance.zoom, width - RING_MARGIN
        words = [self._name, self._rest] if self._rest else [self._name]
        own = [math.ceil(metrics.horizontalAdvance(text)) + 1 for text in words]
        widths = [own[0], *(link.body_size().width() for link in self.links), *own[1:]]
        x, y, height = RING_MARGIN, RING_MARGIN, round(_LINE * zoom)
        places: list[QRect] = []
        for each in widths:
            fitting = min(each, end - RING_MARGIN)
            if places and x + fitting > end:
                x, y = RING_MARGIN, y + height + round(_LINE_GAP * zoom)
            places.append(QRect(x, y, fitting, height))
            x += fitting + round(_BETWEEN * zoom)
        return places

    def _turned(self, place: QRect) -> QRect:
        if self.isRightToLeft():
            place = QRect(place)
            place.moveRight(self.width() - 1 - place.left())
        return place


class SourcesPart:
    """The row of one reply, while the reply is laid out.

    Attributes:
        widget: The row.
        top: Where it begins in the message.
        gap: The distance from the text above it.
    """

    gap = float(_GAP - RING_MARGIN)

    def __init__(
        self,
        sources: Sequence[Source],
        follow: Callable[[FollowLink], None],
        appearance: Appearance,
        parent: QWidget,
    ) -> None:
        self.widget = SourcesRow(sources, follow, appearance, parent)
        self.top = 0.0
        take_from_tab_order(self.widget)
        self.widget.show()

    def height(self, width: float) -> float:
        """What it needs at the width of the message."""
        return self.widget.heightForWidth(round(width) + 2 * RING_MARGIN) - RING_MARGIN

    def place(self, left: int, top: float, width: float) -> None:
        """Stand in the viewport, where the message's origin is at `left`, `top`."""
        outer = round(width) + 2 * RING_MARGIN
        y = round(top + self.top)
        self.widget.setGeometry(left - RING_MARGIN, y, outer, self.widget.heightForWidth(outer))
