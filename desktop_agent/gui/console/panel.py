"""The Console: the events of a run, live, and the JSON of the one that is selected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.stream_log import StreamLog, text_of
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.console.event_list import EventList
from desktop_agent.gui.console.rows import Row
from desktop_agent.gui.json_lines import json_lines
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, BarButton
from desktop_agent.gui.widgets.fields import TextField
from desktop_agent.gui.widgets.message_footer import COPIED_MILLISECONDS
from desktop_agent.gui.widgets.reading_pane import Line, ReadingPane, Run

WIDTH = 400
NARROWEST, WIDEST = 320, 640
REFRESH_EVERY = 200
"""Milliseconds between two looks at the log: runs of pieces are counted at most five times a second."""
_HEADER = 48
_FILTER = 44
_LEAST = 120  # of list and JSON
_GRIP = 5
_JSON_HEAD = 36
_LONGEST_LIVE = 1_000  # pieces of a run whose JSON is followed while it grows
_LONGEST_VALUE = 200_000  # characters of JSON that are shown


class Grip(QWidget):
    """An edge that is dragged.

    Signals:
        dragged: The mouse went so far since the last time.
    """

    dragged = Signal(int)

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_horizontal = orientation is Qt.Orientation.Horizontal
        shape = Qt.CursorShape.SplitHCursor if self._is_horizontal else Qt.CursorShape.SplitVCursor
        self.setCursor(QCursor(shape))
        self._at = 0

    def _place(self, event: QMouseEvent) -> int:
        point = event.globalPosition()
        return round(point.x() if self._is_horizontal else point.y())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._at = self._place(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        now = self._place(event)
        self.dragged.emit(now - self._at)
        self._at = now


class ConsolePanel(QWidget):
    """The panel beside the conversation; it looks at its log only while it is seen.

    Attributes:
        events: The list.
        width_wanted: How wide it wants to be.

    Signals:
        closed: The user closed it.
        resized: Its edge was dragged; `width_wanted` is another one.
        save_requested: The log is to be saved.
    """

    closed = Signal()
    resized = Signal()
    save_requested = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._log: StreamLog | None = None
        self._split = 0.0  # the share of the list; 0 until it was dragged
        self.width_wanted = WIDTH
        self.setMinimumWidth(NARROWEST)
        self.resize(WIDTH, 600)
        self._build_ui()
        self._connect_signals()
        self._show_row(None)

    def _build_ui(self) -> None:
        appearance = self._appearance
        self.setWindowTitle(self.tr("Console"))
        self.setAccessibleName(self.tr("Console"))
        self.filter_button = BarButton("filter", self.tr("Filter events"), appearance, self)
        self.filter_button.setCheckable(True)
        self.copy_button = BarButton("copy", self.tr("Copy all events"), appearance, self)
        self.save_button = BarButton("save", self.tr("Save events"), appearance, self)
        self.close_button = BarButton("cross", self.tr("Close Console"), appearance, self)
        self.filter_field = TextField(self.tr("Filter events"), appearance, self)
        self.filter_field.setPlaceholderText(self.tr("Filter"))
        self.filter_field.hide()
        self.events = EventList(appearance, self)
        self.json_copy_button = BarButton("copy", self.tr("Copy JSON"), appearance, self)
        self.json = ReadingPane(appearance, self)
        self.json.setAccessibleName(self.tr("JSON of the event"))
        self._edge = Grip(Qt.Orientation.Horizontal, self)
        self._middle = Grip(Qt.Orientation.Vertical, self)
        self._timer = QTimer(self, interval=REFRESH_EVERY)

    def _connect_signals(self) -> None:
        self.filter_button.clicked.connect(self._show_filter)
        self.copy_button.clicked.connect(self._copy_all)
        self.save_button.clicked.connect(self.save_requested)
        self.close_button.clicked.connect(self.closed)
        self.filter_field.textChanged.connect(self.events.filter)
        self.events.selected.connect(self._show_row)
        self.events.copy_requested.connect(self._copy_row)
        self.json_copy_button.clicked.connect(self._copy_row)
        self._edge.dragged.connect(self._drag_edge)
        self._middle.dragged.connect(self._drag_middle)
        self._timer.timeout.connect(self._look)
        self._appearance.changed.connect(self._apply_appearance)

    # What it shows

    @property
    def log(self) -> StreamLog | None:
        """The run that is shown."""
        return self._log

    def show_log(self, log: StreamLog | None) -> None:
        """Show another run."""
        self._log = log
        self.events.show_log(log)
        self.update()

    def show_call(self, call_id: str) -> None:
        """Select the request for a call of a tool."""
        self.filter_field.clear()
        self.events.refresh()
        self.events.select_call(call_id)

    def _look(self) -> None:
        if self._log is not None:
            self.events.refresh()
            row = self.events.selected_row
            if row is not None and row.entry.kind == "pieces" and len(row.entry.data) < _LONGEST_LIVE:
                self._show_row(row)

    def _show_row(self, row: Row | None) -> None:
        value = row.value() if row is not None else None
        self.json_copy_button.setVisible(value is not None)
        self.json.setVisible(value is not None)
        lines = json_lines(value) if value is not None else []
        text = sum(len(run.text) for line in lines for run in line.runs)
        if text > _LONGEST_VALUE:
            said = self.tr("Too long to show. Copy takes all of it.")
            lines = [Line((Run(said, "text3"),), 18)]
        bar = self.json.verticalScrollBar()
        place = bar.value()
        self.json.show_lines(lines)
        bar.setValue(place)
        self.update()

    def _copy_row(self) -> None:
        row = self.events.selected_row
        if row is not None:
            text = json.dumps(row.value(), indent=2, ensure_ascii=False)
            _copy(text, self.json_copy_button)

    def _copy_all(self) -> None:
        if self._log is not None:
            _copy("\n".join(text_of(entry) for entry in self._log.entries), self.copy_button)

    def save_to(self, path: Path) -> None:
        """Write the run as lines of JSON.

        Raises:
            OSError: The file can't be written.
        """
        lines: Iterator[str] = iter(()) if self._log is None else self._log.json_lines()
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _show_filter(self, is_shown: bool) -> None:
        self.filter_field.setVisible(is_shown)
        self._arrange()
        if is_shown:
            self.filter_field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.filter_field.clear()

    # Look

    def focus_target(self) -> QWidget:
        """What takes the keyboard when F6 comes here."""
        return self.events

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order."""
        buttons = (self.filter_button, self.copy_button, self.save_button, self.close_button)
        return [*buttons, self.filter_field, self.events, self.json_copy_button, self.json]

    def _apply_appearance(self) -> None:
        self.json.apply_appearance()
        self._arrange()

    def set_width(self, width: int) -> None:
        """Want to be so wide, within bounds; 0 for as wide as usual."""
        self.width_wanted = max(NARROWEST, min(WIDEST, width or WIDTH))

    def _drag_edge(self, pixels: int) -> None:
        self.set_width(self.width_wanted + (pixels if self.isRightToLeft() else -pixels))
        self.resized.emit()

    def _drag_middle(self, pixels: int) -> None:
        room = self.height() - self._top
        self._split = (self._list_height + pixels) / max(1, room)
        self._arrange()

    @property
    def _top(self) -> int:
        return _HEADER + (0 if self.filter_field.isHidden() else _FILTER)

    @property
    def _list_height(self) -> int:
        room = self.height() - self._top
        wanted = round(room * (self._split or 0.354))
        return max(min(_LEAST, room), min(wanted, room - _LEAST))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        right = self.width() - 8
        for button in (self.close_button, self.copy_button, self.filter_button, self.save_button):
            side = button.body_size().width()
            right -= side
            self._put(button, QRect(right, (_HEADER - 1 - side) // 2, side, side))
        self.filter_field.setGeometry(mirrored(QRect(17, _HEADER + 6, self.width() - 33, 32), self))
        height, top = self._list_height, self._top
        self.events.setGeometry(mirrored(QRect(1, top, self.width() - 1, height), self))
        below = top + height + 1
        side = self.json_copy_button.body_size().width()
        self._put(self.json_copy_button, QRect(self.width() - 8 - side, below + 3, side, side))
        self.json.setGeometry(
            mirrored(
                QRect(17, below + _JSON_HEAD - 1, self.width() - 21, self.height() - below - _JSON_HEAD),
                self,
            )
        )
        self._edge.setGeometry(mirrored(QRect(0, 0, _GRIP, self.height()), self))
        self._middle.setGeometry(0, below - _GRIP // 2 - 1, self.width(), _GRIP)
        self._edge.raise_()
        self._middle.raise_()
        self.update()

    def _put(self, button: QWidget, body: QRect) -> None:
        button.setGeometry(
            mirrored(body.adjusted(-RING_MARGIN, -RING_MARGIN, RING_MARGIN, RING_MARGIN), self)
        )

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._look()
        self._timer.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.closed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        below = self._top + self._list_height
        painter.fillRect(0, below, self.width(), self.height() - below, theme.surface)
        for line in (QRect(0, _HEADER - 1, self.width(), 1), QRect(0, below, self.width(), 1)):
            painter.fillRect(line, theme.border)
        painter.fillRect(mirrored(QRect(0, 0, 1, self.height()), self), theme.border)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setPen(theme.text)
        painter.setFont(self._appearance.font(TextStyle.UI_STRONG))
        title = QRectF(17, 0, self.width() - 150, _HEADER - 1)
        painter.drawText(mirrored(title, self), flags, self.tr("Console"))
        row = self.events.selected_row
        if row is not None:
            font = self._appearance.font(TextStyle.CODE_SMALL)
            font.setWeight(font.Weight.Medium)
            painter.setFont(font)
            name = QRectF(17, below + 1, self.width() - 70, _JSON_HEAD)
            painter.drawText(mirrored(name, self), flags, row.entry.name)
        elif self._log is None:
            painter.setPen(theme.text3)
            painter.setFont(self._appearance.font(TextStyle.UI))
            hint = QRectF(17, self._top + 6, self.width() - 33, 24)
            painter.drawText(mirrored(hint, self), flags, self.tr("The events of a run appear here."))
        painter.end()


def _copy(text: str, button: BarButton) -> None:
    QGuiApplication.clipboard().setText(text)
    button.set_icon("check", "ok")
    QTimer.singleShot(COPIED_MILLISECONDS, button, lambda: button.set_icon("copy"))
