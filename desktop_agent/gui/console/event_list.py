"""The list of the Console: it paints the rows that are seen, however many there are."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget
from typing_extensions import override

from desktop_agent.chat.stream_log import StreamLog, clock
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.console.rows import ABOVE_HEADER, ROW, Row, Rows
from desktop_agent.gui.sidebar.overlay_bar import OverlayBar
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS, draw_icon

_PADDING = 6  # above the first row
_LEFT, _NAME_LEFT = 16, 66
_GROUND = 8  # from the edge to the ground of the selected row
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
}


class EventList(QAbstractScrollArea):
    """One tab stop; arrows go through the rows, Right, Left and Enter fold and unfold runs of pieces.

    Attributes:
        rows: What it shows.
        paints: How many times it was painted: exact, for tests.

    Signals:
        selected: Another row is selected; carries it, or None.
        copy_requested: The selected row is to be copied.
    """

    selected = Signal(object)
    copy_requested = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.rows = Rows()
        self.paints = 0
        self._selected: Row | None = None
        self._shows_ring = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._bar = OverlayBar(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Events"))
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(ROW)
        appearance.changed.connect(self._fit)

    @property
    def _zoom(self) -> float:
        return self._appearance.zoom

    @property
    def selected_row(self) -> Row | None:
        """The row that is selected."""
        return self._selected

    def show_log(self, log: StreamLog | None) -> None:
        """Show another log, from its end."""
        self.rows.show(log)
        self._select(None)
        self._fit()
        self._go_to_end()

    def filter(self, needle: str) -> None:
        """Show only what has this text."""
        self.rows.filter(needle)
        self._fit()

    def refresh(self) -> None:
        """Show what came since the last time; the end stays in view if it is."""
        bar = self.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - ROW
        self.rows.refresh()
        self._fit()
        if is_at_end:
            self._go_to_end()

    def select_call(self, call_id: str) -> None:
        """Select the request for a call of a tool."""
        index = self.rows.find_call(call_id)
        if index >= 0:
            self._select(self.rows[index])
            self._show(index)

    def _go_to_end(self) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _fit(self) -> None:
        height = round((self.rows.height + 2 * _PADDING) * self._zoom)
        self.verticalScrollBar().setRange(0, max(0, height - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.viewport().update()

    def _select(self, row: Row | None) -> None:
        if row == self._selected:
            return
        self._selected = row
        self.setAccessibleDescription(row.text if row is not None else "")
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.viewport().update()
        self.selected.emit(row)

    def _show(self, index: int) -> None:
        bar, zoom = self.verticalScrollBar(), self._zoom
        top = round((self.rows.top(index) + _PADDING) * zoom)
        if top < bar.value():
            bar.setValue(top)
        elif top + 2 * ROW * zoom > bar.value() + self.viewport().height():
            bar.setValue(round(top + 2 * ROW * zoom) - self.viewport().height())

    def _index_at(self, y: float) -> int:
        return self.rows.at((y + self.verticalScrollBar().value()) / self._zoom - _PADDING)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._shows_ring = event.reason() in KEYBOARD_REASONS
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.viewport().update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().y())
        self._shows_ring = False
        if index >= 0 and self.rows[index].entry.kind != "header":
            self._select(self.rows[index])

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._toggle(self._index_at(event.position().y()))

    def _toggle(self, index: int) -> None:
        if index >= 0 and self.rows.toggle(index):
            self._fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        index = self.rows.index_of(self._selected) if self._selected is not None else -1
        if key in _STEPS:
            self._step(index, _STEPS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._step(-1 if key == Qt.Key.Key_Home else len(self.rows), 1 if key == Qt.Key.Key_Home else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle(index)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Left) and index >= 0:
            if self.rows.is_unfolded(self.rows[index]) == (key == Qt.Key.Key_Left):
                self._toggle(index)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        else:
            super().keyPressEvent(event)

    def _step(self, index: int, step: int) -> None:
        """Select the next row in a direction that is no header."""
        if not len(self.rows):
            return
        self._shows_ring = True
        at = max(0, min(len(self.rows) - 1, index + step))
        while 0 <= at < len(self.rows) and self.rows[at].entry.kind == "header":
            at += 1 if step > 0 else -1
        if 0 <= at < len(self.rows):
            self._select(self.rows[at])
            self._show(at)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        zoom, offset = self._zoom, self.verticalScrollBar().value()
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(event.rect(), self._appearance.theme.window)
        first = max(0, self.rows.at(max(0.0, (event.rect().top() + offset) / zoom - _PADDING)))
        for index in range(first, len(self.rows)):
            top = (self.rows.top(index) + _PADDING) * zoom - offset
            if top > event.rect().bottom():
                break
            self._paint_row(painter, self.rows[index], top)
        painter.end()

    def _paint_row(self, painter: QPainter, row: Row, top: float) -> None:
        theme, zoom, entry = self._appearance.theme, self._zoom, row.entry
        width = self.viewport().width()
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        font = self._appearance.text_font(TextStyle.CODE_SMALL)
        painter.setFont(font)
        if entry.kind == "header":
            painter.setPen(theme.text3)
            box = QRectF(_LEFT, top + ABOVE_HEADER * zoom, width - 2 * _LEFT, ROW * zoom)
            line = QFontMetricsF(font).elidedText(entry.name, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(mirrored(box, self.viewport()), flags, line)
            return
        box = QRectF(_LEFT, top, width - 2 * _LEFT, ROW * zoom)
        if row == self._selected:
            self._paint_ground(painter, top)
        painter.setPen(theme.text3)
        seconds = entry.seconds if row.piece < 0 else entry.times[row.piece]
        small = self._appearance.text_font(TextStyle.CODE_TINY)
        painter.setFont(small)
        painter.drawText(mirrored(box, self.viewport()), flags, clock(seconds))
        detail = entry.detail if row.piece < 0 else ""
        wide = QFontMetricsF(small).horizontalAdvance(detail)
        place = QRectF(width - _LEFT - wide, top, wide + 1, ROW * zoom)
        painter.drawText(mirrored(place, self.viewport()), flags, detail)
        left = _NAME_LEFT * zoom + (12 if row.piece >= 0 else 0)
        words = QRectF(left, top, max(0.0, place.left() - left - 22), ROW * zoom)
        if row.piece < 0:
            font.setWeight(font.Weight.Medium)
        painter.setFont(font)
        painter.setPen(theme.text if row.piece < 0 else theme.text2)
        name = entry.name if row.piece < 0 else row.content
        name = QFontMetricsF(font).elidedText(name, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(mirrored(words, self.viewport()), flags, name)
        if entry.kind == "pieces" and row.piece < 0 and (row == self._selected or self.rows.is_unfolded(row)):
            icon = QRectF(place.left() - 18, top + ROW * zoom / 2 - 7, 14, 14)
            onward = "chevron-left" if self.isRightToLeft() else "chevron-right"
            chevron = "chevron-down" if self.rows.is_unfolded(row) else onward
            draw_icon(painter, chevron, "text3", self._appearance, mirrored(icon, self.viewport()))

    def _paint_ground(self, painter: QPainter, top: float) -> None:
        theme = self._appearance.theme
        ground = QRectF(_GROUND, top, self.viewport().width() - 2 * _GROUND, ROW * self._zoom)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent_soft)
        painter.drawRoundedRect(ground, 6, 6)
        if self.hasFocus() and self._shows_ring:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), 5, 5)
