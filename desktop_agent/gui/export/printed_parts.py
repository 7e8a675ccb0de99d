"""What stands on paper beside the blocks of a text: names, bubbles, thoughts, tool calls, endings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter
from typing_extensions import override

from desktop_agent.chat.notices import Notice, Remark, Severity
from desktop_agent.gui.icons import paint_icon
from desktop_agent.gui.transcript.parts import Part, Range
from desktop_agent.gui.transcript.text_flow import FlowStyle, TextFlow
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.notice import LOOKS, translate
from desktop_agent.markdown import plain_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QColor

    from desktop_agent.gui.transcript.block_style import BlockStyle

BUBBLE_WIDTH = 560
_PADDING_X, _PADDING_Y, _BUBBLE_RADIUS = 16, 10, 14
_MEASURED = 1_000  # characters; a longer text is as wide as it may be
_NOTE_RADIUS, _NOTE_PADDING, _NOTE_LEFT, _NOTE_ICON = 10, 12, 42, 16
_BAR, _BAR_LEFT = 2, 6
THOUGHT_INDENT = 23
LOOKS_OF_CALLS = {"done": ("check", "ok"), "failed": ("alert", "err"), "neutral": ("info", "text2")}
"""The icon of a tool call and its colour."""


def line_of(text: str, style: BlockStyle, base: TextStyle, color: QColor, width: float) -> TextFlow:
    """Plain text in lines of a width."""
    flow = TextFlow(FlowStyle(style, base, color), plain_tokens(text))
    flow.set_width(width)
    return flow


class Byline(Part):
    """Who says it, and at the end of the line when, or with which model."""

    def __init__(self, name: str, note: str, style: BlockStyle, width: float) -> None:
        self._name, self._note, self._style = name, note, style
        self.width = width
        self.height = style.px(TextStyle.UI_STRONG.line_height)

    @override
    def set_width(self, width: float) -> None:
        self.width = width

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        box = QRectF(0, 0, self.width, self.height)
        painter.setFont(self._style.font(TextStyle.UI_STRONG))
        painter.setPen(self._style.theme.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._name)
        painter.setFont(self._style.font(TextStyle.SMALL_FIGURES))
        painter.setPen(self._style.theme.text3)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._note)


class Bubble(Part):
    """What the user said, as it was typed, on its ground at the end of the line.

    It grows by `append`, so that a long text is laid out piece by piece.
    """

    def __init__(self, style: BlockStyle, width: float) -> None:
        self._style = style
        self._flow = TextFlow(FlowStyle(style, style.body, style.color))
        self._length = 0
        self._box = QRectF()
        self.width = width

    def append(self, text: str) -> None:
        """Take in more of the text."""
        self._flow.append(plain_tokens(text), settled=True)
        self._length += len(text)
        self.set_width(self.width)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        room: float = min(BUBBLE_WIDTH, width) - 2 * _PADDING_X
        if self._length <= _MEASURED:
            room = min(room, math.ceil(self._flow.measure().natural) + 1)
        self._flow.set_width(room)
        self.height = self._flow.height + 2 * _PADDING_Y
        is_mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = 0.0 if is_mirrored else width - room - 2 * _PADDING_X
        self._box = QRectF(left, 0, room + 2 * _PADDING_X, self.height)

    @override
    def breaks(self) -> Iterator[float]:
        *inner, _ = self._flow.breaks()
        for y in inner:
            yield y + _PADDING_Y
        yield self.height

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.bubble)
        painter.drawRoundedRect(self._box, _BUBBLE_RADIUS, _BUBBLE_RADIUS)
        left = self._box.left() + _PADDING_X
        painter.translate(left, _PADDING_Y)
        self._flow.paint(painter, clip.translated(-left, -_PADDING_Y))
        painter.translate(-left, -_PADDING_Y)


class Barred(Part):
    """A block of a thought behind the thought's bar, which reaches up to the block before."""

    def __init__(self, part: Part, gap: float, style: BlockStyle) -> None:
        self._part, self._gap, self._style = part, gap, style
        self.set_width(part.width + THOUGHT_INDENT)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._part.set_width(width - THOUGHT_INDENT)
        self.height = self._gap + self._part.height

    @override
    def breaks(self) -> Iterator[float]:
        for y in self._part.breaks():
            yield y + self._gap

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        painter.fillRect(QRectF(_BAR_LEFT, 0, _BAR, self.height), self._style.theme.border)
        painter.translate(THOUGHT_INDENT, self._gap)
        self._part.paint(painter, clip.translated(-THOUGHT_INDENT, -self._gap))
        painter.translate(-THOUGHT_INDENT, -self._gap)


class ToolLine(Part):
    """A tool call in a line: what was called, and what came of it."""

    def __init__(self, name: str, outcome: str, look: tuple[str, str], style: BlockStyle) -> None:
        self._name, self._outcome, self._style = name, outcome, style
        self._icon, self._color = look
        self.height = style.px(TextStyle.UI.line_height)

    @override
    def set_width(self, width: float) -> None:
        self.width = width

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme = self._style.theme
        color: QColor = getattr(theme, self._color)
        icon = QRectF(0, (self.height - _NOTE_ICON) / 2, _NOTE_ICON, _NOTE_ICON)
        paint_icon(painter, self._icon, color, icon)
        font = self._style.font(TextStyle.UI_MEDIUM)
        box = QRectF(_NOTE_ICON + 8, 0, self.width - _NOTE_ICON - 8, self.height)
        painter.setFont(font)
        painter.setPen(theme.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._name)
        painter.setFont(self._style.font(TextStyle.SMALL))
        painter.setPen(theme.err if self._color == "err" else theme.text2)
        box.setLeft(box.left() + QFontMetricsF(font).horizontalAdvance(self._name) + 10)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._outcome)


class EndingNote(Part):
    """What ended a reply that did not end by itself, on the ground that the window gives it."""

    def __init__(self, ending: Notice | Remark, style: BlockStyle, width: float) -> None:
        theme = style.theme
        self._style = style
        self._icon, severity = "info", Severity.INFO
        if isinstance(ending, Notice):
            self._icon, severity = ending.icon, ending.severity
        self._fill, self._color = LOOKS[severity]
        if isinstance(ending, Notice):
            lines = [
                (ending.title, TextStyle.UI_MEDIUM, theme.text),
                (ending.body, TextStyle.UI, theme.text2),
            ]
        else:
            lines = [(ending.sentence, TextStyle.UI, theme.text2)]
            self._fill, self._color = "bubble", "text2"
        self._flows = [
            TextFlow(FlowStyle(style, base, color), plain_tokens(words))
            for sentence, base, color in lines
            if (words := translate(sentence))
        ]
        self.set_width(width)

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        for flow in self._flows:
            flow.set_width(width - _NOTE_LEFT - _NOTE_PADDING)
        self.height = sum(flow.height for flow in self._flows) + 2 * _NOTE_PADDING

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme = self._style.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(getattr(theme, self._fill))
        painter.drawRoundedRect(QRectF(0, 0, self.width, self.height), _NOTE_RADIUS, _NOTE_RADIUS)
        icon = QRectF(15, _NOTE_PADDING + 2, _NOTE_ICON, _NOTE_ICON)
        paint_icon(painter, self._icon, getattr(theme, self._color), icon)
        y = float(_NOTE_PADDING)
        for flow in self._flows:
            painter.translate(_NOTE_LEFT, y)
            flow.paint(painter, QRectF(0, 0, flow.width, flow.height))
            painter.translate(-_NOTE_LEFT, -y)
            y += flow.height


def tool_outcome(*, is_failed: bool, is_missing: bool) -> str:
    """What came of a call, in a word."""
    if is_missing:
        return QCoreApplication.translate("Pdf", "No result")
    return QCoreApplication.translate("Pdf", "Failed" if is_failed else "Done")
