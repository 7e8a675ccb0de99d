"""The messages of a transcript as they are drawn: a user's bubble, an agent's reply."""

from __future__ import annotations

import math
import time
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, QSizeF, Qt, QTime
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QGuiApplication,
    QPainter,
    QPalette,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle
from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton
from desktop_agent.gui.widgets.message_footer import MessageFooter
from desktop_agent.gui.widgets.notice import NoticeBox, StoppedRow

_NAME_HEIGHT = 20
_NAME_GAP = 10
_THOUGHT_INDENT = 15
_BLOCK_GAP = 12
FOOTER_GAP = 6
FOOTER_HEIGHT = 28


class MessageView:
    """One message: laid out for a width, painted at its own origin.

    Attributes:
        author: Who says it.
        created: When, in local time.
        height: Its height in logical pixels, without the space to its neighbours.
        top: Where the transcript placed it.
    """

    def __init__(self, author: str, appearance: Appearance) -> None:
        self.author = author
        self.appearance = appearance
        self.created = datetime.now().astimezone()
        self.height = 0.0
        self.top = 0.0

    @property
    def time_text(self) -> str:
        """The time of day, in the user's locale."""
        time_of_day = QTime(self.created.hour, self.created.minute)
        return QLocale().toString(time_of_day, QLocale.FormatType.ShortFormat)

    def plain_text(self) -> str:
        """What the message says, without markup."""
        raise NotImplementedError

    def source(self) -> str:
        """What the message says, as it was written."""
        raise NotImplementedError

    def set_width(self, width: float) -> None:
        """Lay out for `width`."""
        raise NotImplementedError

    def apply_appearance(self) -> None:
        """Take over another theme or zoom; `set_width` follows."""
        raise NotImplementedError

    def paint(self, painter: QPainter, clip: QRectF) -> None:
        """Draw what `clip` touches."""
        raise NotImplementedError

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The painted block below `point`, with the point in its own coordinates."""
        return None

    def items(self) -> list[BlockItem]:
        """All painted blocks."""
        return []

    def widgets(self) -> list[QWidget]:
        """The controls that belong to the message, from top to bottom."""
        return []

    def place_widgets(self, left: float, top: float) -> None:
        """Move the controls so that the message's origin is at `left`, `top` of the viewport."""

    def block_at(self, y: float) -> int:
        """The block at `y`, as an anchor for `block_y`."""
        return 0

    def block_y(self, block: int) -> float:
        """Where that block begins."""
        return 0.0


class UserMessage(MessageView):
    """A bubble at the right, at most 560 wide. Its text is plain: a user's Markdown stays as it was typed."""

    _WIDEST = 560
    _PADDING_X = 16
    _PADDING_Y = 10

    def __init__(self, text: str, appearance: Appearance) -> None:
        super().__init__(QCoreApplication.translate("Transcript", "You"), appearance)
        self._text = text
        self._width = 0.0
        self._bubble = QRectF()
        self._document = QTextDocument()
        self._document.setUndoRedoEnabled(False)
        self._document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._document.setDefaultTextOption(option)
        self._document.setPlainText(text)
        self.apply_appearance()

    @override
    def plain_text(self) -> str:
        return self._text

    @override
    def source(self) -> str:
        return self._text

    @override
    def apply_appearance(self) -> None:
        self._document.setDefaultFont(self.appearance.font(TextStyle.BODY))
        cursor = QTextCursor(self._document)
        cursor.select(QTextCursor.SelectionType.Document)
        lines = QTextBlockFormat()
        height = TextStyle.BODY.line_height * self.appearance.zoom
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(lines)

    @override
    def set_width(self, width: float) -> None:
        self._width = width
        room = min(self._WIDEST, width) - 2 * self._PADDING_X
        self._document.setTextWidth(-1)
        wanted = math.ceil(self._document.idealWidth())
        self._document.setTextWidth(min(room, wanted))
        size: QSizeF = self._document.size()
        bubble_width = min(room, wanted) + 2 * self._PADDING_X
        bubble_height = size.height() + 2 * self._PADDING_Y
        left = 0.0 if self._is_mirrored() else width - bubble_width
        self._bubble = QRectF(left, 0, bubble_width, bubble_height)
        self.height = bubble_height

    @override
    def paint(self, painter: QPainter, clip: QRectF) -> None:
        theme = self.appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.bubble)
        painter.drawRoundedRect(self._bubble, 14, 14)
        origin = self._bubble.topLeft() + QPointF(self._PADDING_X, self._PADDING_Y)
        painter.translate(origin)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, theme.text)
        context.clip = clip.translated(-origin)
        self._document.documentLayout().draw(painter, context)
        painter.translate(-origin)

    def _is_mirrored(self) -> bool:
        return QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft


class AgentMessage(MessageView):
    """A reply: name line, thought, Markdown body with the streaming caret, what ended it, footer."""

    def __init__(self, author: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(author, appearance)
        self._parent = parent
        self._width = 0.0
        self.body = MarkdownColumn(self._body_style())
        self.thought = MarkdownColumn(self._thought_style())
        self._thought_button: DisclosureButton | None = None
        self._thinking_since = 0.0
        self._is_thinking = False
        self.is_streaming = True
        self.waiting_text = ""
        self.ending: NoticeBox | StoppedRow | None = None
        self.footer: MessageFooter | None = None
        self._body_top = 0.0
        self._thought_top = 0.0
        self._ending_top = 0.0

    # What arrives

    def append(self, text: str) -> None:
        """More of the answer."""
        self._end_thought()
        self.body.append(text)

    def append_thought(self, text: str) -> None:
        """More of the thought."""
        if self._thought_button is None:
            self._thinking_since = time.perf_counter()
            self._thought_button = DisclosureButton(self.appearance, self._parent)
            self._thought_button.setChecked(True)
            self._thought_button.set_label(QCoreApplication.translate("Transcript", "Thinking"))
            self._thought_button.show()
        self._is_thinking = True
        self.thought.append(text)

    def finish(self) -> None:
        """Nothing more arrives."""
        self._end_thought()
        self.body.finish()
        self.is_streaming = False
        self.waiting_text = ""

    def _end_thought(self) -> None:
        if self._is_thinking and self._thought_button is not None:
            self._is_thinking = False
            self.thought.finish()
            seconds = max(1, round(time.perf_counter() - self._thinking_since))
            text = QCoreApplication.translate("Transcript", "Thought for {seconds} s")
            self._thought_button.set_label(text.format(seconds=QLocale().toString(seconds)))
            self._thought_button.setChecked(False)

    @property
    def thought_button(self) -> DisclosureButton | None:
        """The row that opens and closes the thought, if there is a thought."""
        return self._thought_button

    # What it says

    @override
    def plain_text(self) -> str:
        return self.body.plain_text()

    @override
    def source(self) -> str:
        return self.body.source

    # Layout

    @override
    def set_width(self, width: float) -> None:
        self._width = width
        self.body.set_width(width)
        self.thought.set_width(width - _THOUGHT_INDENT)
        self.lay_out()

    def lay_out(self) -> None:
        """Place the parts one below the other, after one of them changed."""
        y = float(_NAME_HEIGHT + _NAME_GAP)
        if self._thought_button is not None:
            y += 28
            self._thought_top = y + 4
            if self._thought_button.isChecked():
                y = self._thought_top + self.thought.height
            y += _BLOCK_GAP
        self._body_top = y
        has_body = not self.body.is_empty
        line = TextStyle.BODY.line_height * self.appearance.zoom
        y += self.body.height if has_body else (line if self.is_streaming else 0)
        if self.ending is not None:
            y += _BLOCK_GAP if has_body else 0
            self._ending_top = y
            y += self._ending_height()
        self.height = y + FOOTER_GAP + FOOTER_HEIGHT

    def _ending_height(self) -> float:
        if isinstance(self.ending, NoticeBox):
            return max(62, self.ending.heightForWidth(round(self._width)))
        return 28 + 2 * RING_MARGIN

    def end_of_text(self) -> float:
        """Where the last line ends: what has to stay in view while following."""
        return self.height - FOOTER_GAP - FOOTER_HEIGHT

    @override
    def apply_appearance(self) -> None:
        self.body.set_style(self._body_style())
        self.thought.set_style(self._thought_style())

    @override
    def widgets(self) -> list[QWidget]:
        parts: list[QWidget | None] = [self._thought_button, self.ending, self.footer]
        return [part for part in parts if part is not None]

    @override
    def place_widgets(self, left: float, top: float) -> None:
        x, width = round(left), round(self._width)
        if self._thought_button is not None:
            y = round(top + _NAME_HEIGHT + _NAME_GAP) - RING_MARGIN
            self._thought_button.move(x - RING_MARGIN, y)
        if self.ending is not None:
            self.ending.setGeometry(x, round(top + self._ending_top), width, round(self._ending_height()))
        if self.footer is not None:
            y = round(top + self.height - FOOTER_HEIGHT) - RING_MARGIN
            self.footer.setGeometry(
                x - 7 - RING_MARGIN, y, width + 7 + RING_MARGIN, FOOTER_HEIGHT + 2 * RING_MARGIN
            )

    @override
    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        if self._shows_thought() and point.y() < self._body_top:
            return self.thought.item_at(point - QPointF(_THOUGHT_INDENT, self._thought_top))
        return self.body.item_at(point - QPointF(0, self._body_top))

    @override
    def items(self) -> list[BlockItem]:
        return [*self.thought.items(), *self.body.items()]

    @override
    def block_at(self, y: float) -> int:
        return self.body.block_index_at(y - self._body_top)

    @override
    def block_y(self, block: int) -> float:
        return self._body_top + self.body.block_top(block)

    # Painting

    @override
    def paint(self, painter: QPainter, clip: QRectF) -> None:
        theme = self.appearance.theme
        painter.setPen(theme.text)
        painter.setFont(self.appearance.font(TextStyle.UI_STRONG))
        painter.drawText(QRectF(0, 0, self._width, _NAME_HEIGHT), Qt.AlignmentFlag.AlignVCenter, self.author)
        if self._shows_thought():
            painter.fillRect(QRectF(0, self._thought_top, 2, self.thought.height), theme.border)
            origin = QPointF(_THOUGHT_INDENT, self._thought_top)
            self._paint_column(self.thought, origin, painter, clip)
        self._paint_column(self.body, QPointF(0, self._body_top), painter, clip)
        if self.is_streaming:
            self._paint_caret(painter)

    def _paint_column(self, column: MarkdownColumn, origin: QPointF, painter: QPainter, clip: QRectF) -> None:
        painter.translate(origin)
        column.paint(painter, clip.translated(-origin))
        painter.translate(-origin)

    def _paint_caret(self, painter: QPainter) -> None:
        theme = self.appearance.theme
        if self._is_thinking:
            caret = self.thought.caret_rect().translated(_THOUGHT_INDENT, self._thought_top)
        else:
            caret = self.body.caret_rect().translated(0, self._body_top)
        painter.fillRect(
            QRectF(round(caret.left()), round(caret.top()), caret.width(), caret.height()), theme.accent
        )
        if self.waiting_text and self.body.is_empty and not self._is_thinking:
            painter.setPen(theme.text3)
            painter.setFont(self.appearance.font(TextStyle.UI))
            line = QRectF(
                12, self._body_top, self._width - 12, TextStyle.BODY.line_height * self.appearance.zoom
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.waiting_text)

    def _shows_thought(self) -> bool:
        return self._thought_button is not None and self._thought_button.isChecked()

    def _body_style(self) -> BlockStyle:
        return BlockStyle(self.appearance.theme, self.appearance.zoom)

    def _thought_style(self) -> BlockStyle:
        return BlockStyle(self.appearance.theme, self.appearance.zoom, is_quiet=True)
