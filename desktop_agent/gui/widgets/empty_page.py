"""What a new chat shows: a question, who answers, and prompts to start with."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import column_rect, mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, StarterCard

_CARD_GAP = 12
_CARD_HEIGHT = 91
_CARDS_TOP = 85
_RAISED = 15  # the block stands this far above the middle


class EmptyPage(QWidget):
    """The page of an empty conversation.

    Signals:
        prompt_chosen: A starter was pressed; carries its prompt.
    """

    prompt_chosen = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._heading = self.tr("What are you working on?")
        self._subtitle = ""
        self._notice: QWidget | None = None
        starters = (
            ("globe", self.tr("Look something up"), self.tr("Share information about azure ai search.")),
            ("bulb", self.tr("Understand something"), self.tr("Explain CRDTs simply, with an example.")),
            ("code", self.tr("Write some code"), self.tr("Parse a CSV file with polars, with tests.")),
        )
        self.cards = [StarterCard(*starter, appearance) for starter in starters]
        for card in self.cards:
            card.setParent(self)
            card.clicked.connect(lambda _checked=False, chosen=card: self.prompt_chosen.emit(chosen.prompt))
        self.setAccessibleName(self._heading)
        appearance.changed.connect(self.update)

    def show_provider(self, agent: str, model: str) -> None:
        """Say who answers."""
        self._subtitle = self.tr("{agent} uses {model}.").format(agent=agent, model=model)
        self.setAccessibleDescription(self._subtitle)
        self.update()

    @property
    def notice(self) -> QWidget | None:
        """What `set_notice` was given."""
        return self._notice

    def set_notice(self, notice: QWidget | None) -> None:
        """Show `notice` below the cards, or nothing."""
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
        self._notice = notice
        if notice is not None:
            notice.setParent(self)
            notice.show()
        self._arrange()

    def _block(self) -> QRect:
        """Heading, subtitle and cards: where they stand."""
        beside = self.parentWidget()
        column = column_rect(self.width(), beside.width() if beside is not None else 0)
        height = _CARDS_TOP + self._cards_height(column.width())
        top = max(16, (self.height() - height) // 2 - _RAISED)
        return QRect(column.left(), top, column.width(), height)

    def _cards_height(self, width: int) -> int:
        if self._stacks(width):
            return len(self.cards) * (_CARD_HEIGHT + _CARD_GAP) - _CARD_GAP
        return _CARD_HEIGHT

    def _stacks(self, width: int) -> bool:
        return width < 560

    def _arrange(self) -> None:
        block = self._block()
        count = len(self.cards)
        stacks = self._stacks(block.width())
        has_room = block.height() <= self.height() - 32
        width = (block.width() - (count - 1) * _CARD_GAP) / count
        for index, card in enumerate(self.cards):
            if stacks:
                y = block.top() + _CARDS_TOP + index * (_CARD_HEIGHT + _CARD_GAP)
                body = QRect(block.left(), y, block.width(), _CARD_HEIGHT)
            else:
                left = math.floor(block.left() + index * (width + _CARD_GAP) + 0.5)
                right = math.floor(block.left() + index * (width + _CARD_GAP) + width + 0.5)
                body = QRect(left, block.top() + _CARDS_TOP, right - left, _CARD_HEIGHT)
            body = mirrored(body, self)
            card.setGeometry(body.adjusted(-RING_MARGIN, -RING_MARGIN, RING_MARGIN, RING_MARGIN))
            card.setVisible(has_room)
        if self._notice is not None:
            # Where there is room for one of them only, it is the notice: it says what matters.
            height = self._notice.heightForWidth(block.width())
            fits = block.bottom() + 24 + height <= self.height() - 16
            top = block.bottom() + 24 if has_room and fits else block.top() + _CARDS_TOP - 8
            self._notice.setGeometry(block.left(), top, block.width(), height)
            self._notice.show()
            for card in self.cards:
                card.setVisible(has_room and fits)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        block = QRectF(self._block())
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        painter.setPen(theme.text)
        painter.setFont(self._appearance.font(TextStyle.DISPLAY))
        line = QRectF(block.left(), block.top(), block.width(), 32)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self._heading)
        painter.setPen(theme.text2)
        painter.setFont(self._appearance.font(TextStyle.BODY))
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(self._subtitle, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line.translated(0, 33), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()
