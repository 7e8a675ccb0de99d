"""The card of one call of a tool: what is called and with what, how it stands, and more when it is opened."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.transcript.tool_details import ToolDetails
from desktop_agent.gui.transcript.tool_words import (
    icon_of,
    running_seconds,
    spoken_call,
    status_of,
    summary_of,
)
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton, draw_icon

HEAD_HEIGHT = 42
RADIUS = 10.0
_TICK = 50  # milliseconds between two pictures of the ring
_TURN = 0.9  # seconds
_ICONS = {"done": ("check", "ok"), "failed": ("alert", "err"), "denied": ("cross", "text2")}
_STOPPED = ("cross", "text2")


class CardHead(PaintedButton):
    """The row that is always seen; it opens and closes the rest."""

    radius = RADIUS

    def __init__(self, call: ToolCall, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self.setCheckable(True)
        self._call = call
        self._count = ""
        self._summary = ""
        self._tick = QTimer(self, interval=_TICK)
        self._tick.timeout.connect(self.update)
        self.show_call(call)

    def show_call(self, call: ToolCall) -> None:
        """Show a call as it stands."""
        self._call = call
        from desktop_agent.toolbox.results import count_of  # the toolbox need not be there at the start

        self._count = count_of(call.name, call.result) if call.state == "done" else ""
        self._summary = summary_of(call.arguments)
        self._say()
        self._turn()
        self.update()

    @property
    def count(self) -> str:
        """How much the call gave, in words."""
        return self._count

    @property
    def status(self) -> str:
        """How the call stands, in words."""
        return status_of(self._call, "" if self.isChecked() else self._count)

    def _say(self) -> None:
        name = spoken_call(self._call, self._count, is_open=self.isChecked())
        if name != self.accessibleName():
            self.setAccessibleName(name)
            self.setAccessibleDescription(self._summary)

    def _turn(self) -> None:
        if self._call.state == "running" and self.isVisible():
            self._tick.start()
        else:
            self._tick.stop()

    @override
    def nextCheckState(self) -> None:
        super().nextCheckState()
        self._say()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._turn()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()

    @override
    def body_size(self) -> QSize:
        return QSize(120, round(HEAD_HEIGHT * self.appearance.zoom))

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme, zoom = self.appearance.theme, self.appearance.zoom
        if not self.isChecked():
            painter.setBrush(theme.hover if self.underMouse() else theme.surface)
            painter.setPen(QPen(theme.border, 1))
            painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        middle = body.center().y()
        icon = mirrored(QRectF(body.left() + 13, middle - 8, 16, 16), self)
        draw_icon(painter, icon_of(self._call.name), "text2", self.appearance, icon)
        right = self._paint_status(painter, body)
        name_font = self.appearance.text_font(TextStyle.UI_MEDIUM)
        room = QRectF(body.left() + 39, middle - 12 * zoom, right - 14 - body.left() - 39, 24 * zoom)
        name = QFontMetricsF(name_font).elidedText(
            self._call.name, Qt.TextElideMode.ElideRight, max(40.0, room.width())
        )
        _draw(painter, name, name_font, theme.text, room, self)
        room.setLeft(room.left() + QFontMetricsF(name_font).horizontalAdvance(name) + 10)
        if room.width() > 30:
            font = self.appearance.text_font(TextStyle.UI)
            words = QFontMetricsF(font).elidedText(self._summary, Qt.TextElideMode.ElideRight, room.width())
            _draw(painter, words, font, theme.text2, room, self)

    def _paint_status(self, painter: QPainter, body: QRectF) -> float:
        """Draw chevron, words and icon at the right; returns where they begin."""
        theme, zoom, call = self.appearance.theme, self.appearance.zoom, self._call
        middle, right = body.center().y(), body.right() - 13
        chevron = QRectF(right - 14, middle - 7, 14, 14)
        onward = "chevron-left" if self.isRightToLeft() else "chevron-right"
        draw_icon(
            painter,
            "chevron-down" if self.isChecked() else onward,
            "text2",
            self.appearance,
            mirrored(chevron, self),
        )
        font = self.appearance.text_font(TextStyle.SMALL_FIGURES)
        words = self.status
        width = math.ceil(QFontMetricsF(font).horizontalAdvance(words))
        place = QRectF(chevron.left() - 6 - width, middle - 12 * zoom, width + 1, 24 * zoom)
        color = theme.err if call.state == "failed" else theme.text2
        _draw(painter, words, font, color, place, self)
        box = mirrored(QRectF(place.left() - 21, middle - 7, 14, 14), self)
        if call.state == "running":
            self._paint_ring(painter, box)
        elif not call.is_open:
            icon, token = _ICONS.get(call.state, _STOPPED)
            draw_icon(painter, icon, token, self.appearance, box)
        return place.left() - 21

    def _paint_ring(self, painter: QPainter, box: QRectF) -> None:
        theme = self.appearance.theme
        if self.appearance.look.reduced_motion:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            for step in range(3):
                painter.drawEllipse(QRectF(box.left() + 1 + 5 * step, box.center().y() - 1, 3, 3))
            return
        ring = box.adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.pressed, 1.75))
        painter.drawEllipse(ring)
        pen = QPen(theme.accent, 1.75)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        turned = (running_seconds(self._call) / _TURN) % 1.0
        painter.drawArc(ring, round((90 - 360 * turned) * 16), -110 * 16)


class ToolCard(QWidget):
    """One call. The widget is `RING_MARGIN` larger on each side than the card that is seen.

    Attributes:
        head: The row that opens and closes it.
        call: The call as it stands.

    Signals:
        height_changed: It needs another height.
        link_pressed: A link of the result was clicked; carries its address and its words.
        console_requested: The call is to be shown in the Console; carries its id.
        cancel_requested: The call is to be ended; carries its id.
    """

    height_changed = Signal()
    link_pressed = Signal(str, str)
    console_requested = Signal(str)
    cancel_requested = Signal(str)

    def __init__(self, call: ToolCall, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.call = call
        self.details: ToolDetails | None = None
        self.head = CardHead(call, appearance, self)
        self.head.clicked.connect(lambda: self.open(is_open=self.head.isChecked()))

    @property
    def is_open(self) -> bool:
        """Whether more than the head is seen."""
        return self.head.isChecked()

    def show_call(self, call: ToolCall) -> None:
        """Show the call as it stands."""
        self.call = call
        self.head.show_call(call)
        if self.details is not None:
            self.details.show_call(call, self.head.count)

    def open(self, *, is_open: bool) -> None:
        """Show what the call got and gave, or hide it."""
        self.head.setChecked(is_open)
        self.head._say()
        if is_open and self.details is None:
            self.details = ToolDetails(self._appearance, self)
            self.details.link_pressed.connect(self.link_pressed)
            self.details.console_requested.connect(lambda: self.console_requested.emit(self.call.call_id))
            self.details.cancel_requested.connect(lambda: self.cancel_requested.emit(self.call.call_id))
            self.details.show_call(self.call, self.head.count)
            self.details.height_changed.connect(self.height_changed)
        if self.details is not None:
            self.details.setVisible(is_open)
        self.height_changed.emit()

    def show_buttons(self, *, is_shown: bool) -> None:
        """Show what can be done with the call: while the keyboard is in its message."""
        if self.details is not None:
            self.details.show_buttons(is_shown=is_shown)

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        if self.details is not None:
            self.details.apply_appearance()
        self.update()

    def height_for(self, width: int) -> int:
        """How high the card is at a width of its own, without the room for the ring."""
        height = round(HEAD_HEIGHT * self._appearance.zoom)
        if self.is_open and self.details is not None:
            height += self.details.height_for(width - 2) + 1
        return height

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        head = round(HEAD_HEIGHT * self._appearance.zoom)
        self.head.setGeometry(0, 0, self.width(), head + 2 * RING_MARGIN)
        if self.details is not None:
            width, top = self.width() - 2 * RING_MARGIN - 2, RING_MARGIN + head
            self.details.setGeometry(RING_MARGIN + 1, top, width, self.height() - RING_MARGIN - 1 - top)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_open:
            return
        theme = self._appearance.theme
        card = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        head = round(HEAD_HEIGHT * self._appearance.zoom)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(theme.sunken)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setClipRect(QRectF(card.left(), card.top(), card.width(), head))
        painter.setBrush(theme.surface)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.fillRect(QRectF(card.left() + 1, card.top() + head - 1, card.width() - 2, 1), theme.border)
        painter.end()


def _draw(painter: QPainter, text: str, font: QFont, color: QColor, room: QRectF, within: QWidget) -> None:
    painter.setFont(font)
    painter.setPen(color)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(mirrored(room, within), flags, text)
