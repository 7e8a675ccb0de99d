"""Where the sidebar stands: beside the conversation, or over it where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.columns import placed_in
from desktop_agent.gui.sidebar.sidebar import Sidebar

OVERLAY_BELOW = 900
"""The width of sidebar and conversation below which the sidebar lies over the conversation."""
NARROWEST = 200
WIDEST = 360
USUAL = 260
DURATION = 180
"""Milliseconds in which the sidebar opens and closes."""
_GRIP = 6


class _Grip(QWidget):
    """The edge of the sidebar that the mouse moves; a double click gives it its usual width again."""

    dragged = Signal(int)
    double_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._offset = 0

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._offset = event.position().toPoint().x() - self.width() // 2

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.dragged.emit(self.mapToParent(event.position().toPoint()).x() - self._offset)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()


class _Veil(QWidget):
    """Lies under the sidebar where that is an overlay: a click beside the sidebar closes it."""

    clicked = Signal()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


class SidebarPlacement(QObject):
    """Opens, closes and resizes a sidebar inside a pane.

    Signals:
        moved: The room that is left for the conversation is another one.
        toggled: The sidebar is open (True) or closed by now; the movement may still be under way.
        settled: The movement has ended.
        resized: The user gave the sidebar another width.
    """

    moved = Signal()
    toggled = Signal(bool)
    settled = Signal()
    resized = Signal(int)

    def __init__(self, sidebar: Sidebar, pane: QWidget) -> None:
        super().__init__(pane)
        self._sidebar = sidebar
        self._pane = pane
        self._width = USUAL
        self._is_docked_open = True
        self._is_overlay_open = False
        self._is_overlay = False
        self._veil = _Veil(pane)
        self._veil.hide()
        self._grip = _Grip(pane)
        sidebar.raise_()
        self._grip.raise_()
        self._slide = QVariantAnimation(self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._shown = 1.0
        self._connect_signals()

    def _connect_signals(self) -> None:
        self._slide.valueChanged.connect(self._move)
        self._slide.finished.connect(self._settle)
        self._veil.clicked.connect(self._close_overlay)
        self._grip.dragged.connect(self._drag)
        self._grip.double_clicked.connect(lambda: self._resize(USUAL))
        self._sidebar.collapse_requested.connect(self.close)
        self._sidebar.dismissed.connect(self._close_overlay)
        for chosen in (
            self._sidebar.conversation_chosen,
            self._sidebar.hit_chosen,
            self._sidebar.new_chat_requested,
        ):
            chosen.connect(self._close_overlay)

    @property
    def is_open(self) -> bool:
        """Whether the sidebar is seen."""
        return self._is_overlay_open if self._is_overlay else self._is_docked_open

    @property
    def is_docked_open(self) -> bool:
        """Whether it is seen where there is room for it beside the conversation."""
        return self._is_docked_open

    @property
    def width(self) -> int:
        """How wide the sidebar is when it is open, in logical pixels."""
        return self._width

    def restore(self, width: int, *, is_open: bool) -> None:
        """Take over width and state of an earlier time, at once; an overlay stays closed."""
        self._width = max(NARROWEST, min(width, WIDEST))
        self._is_docked_open = is_open
        self._jump()

    def toggle(self) -> None:
        """Open the sidebar, or close it."""
        self.close() if self.is_open else self.open()

    def open(self) -> None:
        """Open the sidebar; as an overlay it takes the keyboard."""
        if not self.is_open:
            self._set_open(is_open=True)
            if self._is_overlay:
                self._sidebar.focus_list()

    def close(self) -> None:
        """Close the sidebar."""
        if self.is_open:
            self._set_open(is_open=False)

    def arrange(self, room: QRect) -> QRect:
        """Place the sidebar.

        Args:
            room: What sidebar and conversation have together.

        Returns:
            What is left for the conversation.
        """
        is_overlay = room.width() < OVERLAY_BELOW
        if is_overlay != self._is_overlay:
            self._is_overlay = self._sidebar.is_overlay = is_overlay
            self._is_overlay_open = False
            self._jump()
        width = min(self._width, room.width())
        seen = round(width * self._shown)
        mirror = self._sidebar.layoutDirection()
        sidebar = QRect(room.left() + seen - width, room.top(), width, room.height())
        grip = QRect(room.left() + seen - _GRIP // 2 - 1, room.top(), _GRIP, room.height())
        self._sidebar.setGeometry(placed_in(room, sidebar, mirror))
        self._grip.setGeometry(placed_in(room, grip, mirror))
        self._veil.setGeometry(room)
        rest = room if is_overlay else room.adjusted(seen, 0, 0, 0)
        return placed_in(room, rest, mirror)

    def _set_open(self, *, is_open: bool) -> None:
        if self._is_overlay:
            self._is_overlay_open = is_open
        else:
            self._is_docked_open = is_open
        self._show_parts(is_seen=True)
        self._slide.stop()
        self._slide.setStartValue(self._shown)
        self._slide.setEndValue(1.0 if is_open else 0.0)
        self._slide.setDuration(self._sidebar.appearance.duration(DURATION))
        self._slide.start()
        self.toggled.emit(is_open)

    def _jump(self) -> None:
        """Be open or closed without a movement."""
        self._slide.stop()
        self._shown = 1.0 if self.is_open else 0.0
        self._show_parts(is_seen=self.is_open)
        self.toggled.emit(self.is_open)
        self.moved.emit()

    def _move(self, shown: float) -> None:
        self._shown = shown
        self.moved.emit()

    def _settle(self) -> None:
        self._show_parts(is_seen=self.is_open)
        self.settled.emit()

    def _show_parts(self, *, is_seen: bool) -> None:
        self._sidebar.setVisible(is_seen)
        self._grip.setVisible(is_seen)
        self._veil.setVisible(is_seen and self._is_overlay and self.is_open)
        for part in (self._veil, self._sidebar, self._grip):
            part.raise_()

    def _close_overlay(self) -> None:
        if self._is_overlay:
            self.close()

    def _drag(self, x: int) -> None:
        is_mirrored = self._sidebar.isRightToLeft()
        self._resize(self._pane.width() - x if is_mirrored else x + 1)

    def _resize(self, width: int) -> None:
        self._width = max(NARROWEST, min(width, WIDEST))
        self.moved.emit()
        self.resized.emit(self._width)
