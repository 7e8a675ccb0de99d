"""A list of rows with one tab stop: arrows go through it, the mouse finds small buttons at a row's end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QToolTip, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.overlay_bar import OverlayBar, take_viewport
from desktop_agent.gui.sidebar.row_delegate import (
    GUTTER,
    PADDING,
    Index,
    PlacedButton,
    RowButton,
    place_buttons,
    row_height,
)
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS
from desktop_agent.gui.widgets.labels import color_label, plain_label

_CHOOSING = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})
_TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class RowList(QListView):
    """A list whose rows are chosen by click, Enter or Space, and which text typed on it passes by.

    What is selected is what is open in the window; the cursor of the keyboard goes its own way.

    Attributes:
        mouse: Where the mouse is over the rows, if it is.
        shows_ring: Whether the row with the cursor has the focus ring: after the keyboard was used.

    Signals:
        row_chosen: A row was clicked, or Enter or Space was pressed on it.
        button_pressed: A small button was clicked; carries the row and the button's key.
        menu_requested: The menu of a row was asked for; carries the row and where on the screen.
        left_upwards: Up was pressed on the first row.
        dismissed: Esc was pressed.
        typed: A character was typed; carries it.
    """

    row_chosen = Signal(QModelIndex)
    button_pressed = Signal(QModelIndex, str)
    menu_requested = Signal(QModelIndex, QPoint)
    left_upwards = Signal()
    dismissed = Signal()
    typed = Signal(str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self.mouse: QPoint | None = None
        self.shows_ring = False
        self._pressed_button = ""
        self._hot: tuple[int, str | None] = (-1, None)  # the row and the button under the mouse
        self._build_ui()
        self.apply_appearance()
        self.clicked.connect(self.row_chosen)
        appearance.changed.connect(self.apply_appearance)

    def _build_ui(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        take_viewport(self)
        self.viewport().setMouseTracking(True)
        self.empty_label = plain_label("", self)
        self.empty_label.hide()
        self._bar = OverlayBar(self)

    def apply_appearance(self) -> None:
        """Take over the theme and the zoom."""
        color_label(self.empty_label, self.appearance.theme.text3)
        self.empty_label.setFont(self.appearance.text_font(TextStyle.UI))
        self._place_label()
        self.verticalScrollBar().setSingleStep(row_height(self.appearance.zoom))
        self.scheduleDelayedItemsLayout()

    def say_empty(self, text: str) -> None:
        """Show `text` instead of rows; empty for none."""
        self.empty_label.setText(text)
        self.setAccessibleDescription(text)  # readers find rows in a list and nothing else
        self.empty_label.setVisible(bool(text))
        self._place_label()

    def _place_label(self) -> None:
        width = max(0, self.width() - 2 * (GUTTER + PADDING))
        self.empty_label.setGeometry(GUTTER + PADDING, 10, width, self.empty_label.heightForWidth(width))

    def buttons_of(self, index: Index) -> tuple[RowButton, ...]:
        """The small buttons of a row, from the middle to its end."""
        return ()

    def buttons_in(self, rect: QRect, index: Index) -> list[PlacedButton]:
        """The small buttons of a row that fills `rect`."""
        body = rect.adjusted(GUTTER, 0, -GUTTER, 0)
        return place_buttons(self.buttons_of(index), body, self.layoutDirection())

    def _button_at(self, place: QPoint) -> str | None:
        """The key of the small button at a place of the viewport, if there is one."""
        index = self.indexAt(place)
        for placed in self.buttons_in(self.visualRect(index), index) if index.isValid() else ():
            if placed.reach.contains(place):
                return placed.button.key
        return None

    # Keyboard

    def put_cursor(self, index: QModelIndex) -> None:
        """Let the keyboard go on from `index`."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def next_choosable(self, row: int, step: int) -> QModelIndex:
        """The first row from `row` on, in steps of `step`, that is no heading; not valid if there is none."""
        while 0 <= row < self.model().rowCount():
            index = self.model().index(row, 0)
            if index.flags() & Qt.ItemFlag.ItemIsEnabled:
                return index
            row += step
        return QModelIndex()

    @override
    def moveCursor(
        self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        action = QAbstractItemView.CursorAction
        row, last = self.currentIndex().row(), self.model().rowCount() - 1
        page = max(1, self.viewport().height() // max(1, self.sizeHintForRow(0)) - 1)
        start, step = {
            action.MoveUp: (row - 1, -1),
            action.MoveDown: (row + 1, 1),
            action.MovePageUp: (max(0, row - page), -1),
            action.MovePageDown: (min(last, row + page), 1),
            action.MoveHome: (0, 1),
            action.MoveEnd: (last, -1),
        }.get(cursorAction, (row, 1))
        found = self.next_choosable(start, step)
        return found if found.isValid() else self.next_choosable(start, -step)

    @override
    def selectionCommand(
        self, index: Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        return QItemSelectionModel.SelectionFlag.NoUpdate

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.shows_ring = True
        self.viewport().update()
        if not self.press_key(event):
            super().keyPressEvent(event)

    def press_key(self, event: QKeyEvent) -> bool:
        """React to a key.

        Returns:
            Whether it was one of the list's own keys.
        """
        index, key = self.currentIndex(), event.key()
        if key in _CHOOSING:
            if index.isValid():
                self.row_chosen.emit(index)
        elif key == Qt.Key.Key_Up and not self.next_choosable(index.row() - 1, -1).isValid():
            self.left_upwards.emit()
        elif key == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif key == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self.ask_menu(index)
        elif event.text() and event.text().isprintable() and not event.modifiers() & ~_TYPING:
            self.typed.emit(event.text())
        else:
            return False
        return True

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.shows_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            chosen = self.selectionModel().selectedIndexes()
            self.put_cursor(chosen[0] if chosen else self.next_choosable(0, 1))
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.shows_ring = False
        self.viewport().update()

    def ask_menu(self, index: QModelIndex) -> None:
        """Ask for the menu of a row, to open at its end."""
        place = self.visualRect(index).bottomRight() - QPoint(GUTTER, 0)
        self.menu_requested.emit(index, self.viewport().mapToGlobal(place))

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.ask_menu(self.currentIndex())
        else:
            index = self.indexAt(self.viewport().mapFromGlobal(event.globalPos()))
            self.menu_requested.emit(index, event.globalPos())

    # Mouse

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.shows_ring = False
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed_button = (self._button_at(event.position().toPoint()) or "") if is_left else ""
        if not self._pressed_button:
            super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed_button = self._pressed_button, ""
        place = event.position().toPoint()
        if not pressed:
            super().mouseReleaseEvent(event)
        elif self._button_at(place) == pressed:
            self.button_pressed.emit(self.indexAt(place), pressed)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._note_mouse(event.position().toPoint())
        elif event.type() == QEvent.Type.Leave:
            self._note_mouse(None)
        elif isinstance(event, QHelpEvent):
            key = self._button_at(event.pos())
            names = {button.key: button.name for button in self.buttons_of(self.indexAt(event.pos()))}
            if key in names:
                QToolTip.showText(event.globalPos(), names[key], self)
                return True
        return super().viewportEvent(event)

    def _note_mouse(self, place: QPoint | None) -> None:
        self.mouse = place
        hot = (self.indexAt(place).row(), self._button_at(place)) if place else (-1, None)
        if hot != self._hot:
            self._hot = hot
            self.viewport().update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_label()
