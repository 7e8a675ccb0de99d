"""The list of conversations: what is done with one by mouse, keyboard and menu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QLineEdit, QMenu, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.conversation_model import ConversationModel, Dot, Role, record_of
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import GUTTER, PADDING, Index, RowButton, RowDelegate
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.title_field import TitleField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from desktop_agent.storage import ConversationSummary

_DOT = 7
_DOT_COLORS = {"streaming": "accent", "waiting": "warn", "failed": "err"}
_HEADING_TOP = 12  # room above the text of a heading
_HEADING_BOTTOM = 4
_IS_MACOS = sys.platform == "darwin"
_RENAMING = {Qt.Key.Key_F2, *((Qt.Key.Key_Return, Qt.Key.Key_Enter) if _IS_MACOS else ())}


class _ConversationDelegate(RowDelegate):
    """Draws titles with their dots, and headings; makes the field in which a title is changed."""

    title_edited = Signal(int, str)

    def __init__(self, view: ConversationList) -> None:
        super().__init__(view)
        self._list = view

    @override
    def is_open(self, index: Index) -> bool:
        record = record_of(index)
        return record is not None and record.id == self._list.current_id

    @override
    def paint_content(self, painter: QPainter, box: QRectF, index: Index) -> None:
        record = record_of(index)
        if record is None:
            below = box.adjusted(0, _HEADING_TOP, 0, -_HEADING_BOTTOM)
            draw_line(painter, below, Line(index.data(), TextStyle.MICRO_STRONG, "text3"), self.appearance)
            return
        dot: Dot = index.data(Role.DOT)
        if dot:
            box = self._paint_dot(painter, box, dot)
        style = TextStyle.UI_MEDIUM if self.is_open(index) else TextStyle.UI
        style = TextStyle.UI_STRONG if record.is_unread else style
        draw_line(painter, box, Line(index.data(), style, "text"), self.appearance)

    def _paint_dot(self, painter: QPainter, box: QRectF, dot: Dot) -> QRectF:
        """Draw the dot at the end of `box`.

        Returns:
            What it leaves.
        """
        circle = QRectF(box.right() - _DOT, box.center().y() - _DOT / 2, _DOT, _DOT)
        rest = box.adjusted(0, 0, -_DOT - PADDING, 0)
        if self.view.isRightToLeft():
            circle.moveLeft(box.left())
            rest = box.adjusted(_DOT + PADDING, 0, 0, 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(getattr(self.appearance.theme, _DOT_COLORS[dot]))
        painter.drawEllipse(circle)
        return rest

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        return TitleField(self.appearance, TextStyle.UI, parent, is_zoomed=True)

    @override
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # Qt calls it again whenever the row changes; what was typed since must stay.
        if isinstance(editor, QLineEdit) and not editor.isModified() and not editor.text():
            editor.setText(index.data(Qt.ItemDataRole.EditRole))
            editor.selectAll()

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        record = record_of(index)
        if isinstance(editor, TitleField) and record is not None:
            title = editor.title()
            if title and title != index.data(Qt.ItemDataRole.EditRole):
                self.title_edited.emit(record.id, title)

    @override
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect.adjusted(GUTTER, 0, -GUTTER, 0))


class ConversationList(RowList):
    """Conversations under their headings.

    Attributes:
        can_export: Whether the menu offers Export.
        current_id: The conversation that is open in the window; None for a new one.

    Signals:
        conversation_chosen, rename_requested, pin_requested, duplicate_requested, export_requested,
        delete_requested: What the user wants done with a conversation; carry its id.
        undo_requested: Ctrl+Z was pressed.
    """

    conversation_chosen = Signal(int)
    rename_requested = Signal(int, str)
    pin_requested = Signal(int, bool)
    duplicate_requested = Signal(int)
    export_requested = Signal(int)
    delete_requested = Signal(int)
    undo_requested = Signal()

    def __init__(
        self,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(appearance, parent)
        self.can_export = False
        self.current_id: int | None = None
        self._model = ConversationModel(clock, self) if clock else ConversationModel(parent=self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Conversations"))
        delegate = _ConversationDelegate(self)
        self.setItemDelegate(delegate)
        delegate.title_edited.connect(self.rename_requested)
        self.row_chosen.connect(self._choose)
        self.doubleClicked.connect(self.rename)
        self.button_pressed.connect(self._press_button)
        self.menu_requested.connect(self._open_menu)

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Show these conversations; cursor, open field and what is seen stay with their rows."""
        bar = self.verticalScrollBar()
        first = self._first_seen()
        top, offset = QPersistentModelIndex(first), self.visualRect(first).top()
        cursor = QPersistentModelIndex(self.currentIndex())
        cursor_row = cursor.row()
        self._model.set_conversations(summaries)
        self.say_empty("" if summaries else self.tr("Your conversations appear here."))
        self._select_current()
        if cursor_row >= 0 and not cursor.isValid():
            row = min(cursor_row, self._model.rowCount() - 1)
            after = self.next_choosable(row, 1)
            self.put_cursor(after if after.isValid() else self.next_choosable(row, -1))
        if bar.value() > 0 and top.isValid():
            self.executeDelayedItemsLayout()
            bar.setValue(bar.value() + self.visualRect(self._model.index(top.row())).top() - offset)

    def set_current(self, conversation_id: int | None) -> None:
        """Show which conversation is open in the window; None for a new one."""
        self.current_id = conversation_id
        self._select_current()
        index = self._model.index_of(conversation_id)
        if index.isValid():
            self.put_cursor(index)
            self.scrollTo(index)

    def set_dot(self, conversation_id: int, dot: Dot) -> None:
        """Show what a conversation does."""
        self._model.set_dot(conversation_id, dot)

    def choose_neighbour(self, step: int) -> None:
        """Choose the conversation after (1) or before (-1) the open one; the first if none is open."""
        ids = self._model.ids()
        if self.current_id in ids:
            place = ids.index(self.current_id) + step
            if 0 <= place < len(ids):
                self.conversation_chosen.emit(ids[place])
        elif ids:
            self.conversation_chosen.emit(ids[0])

    def rename(self, index: QModelIndex) -> None:
        """Turn a row into a field."""
        if record_of(index) is not None:
            self.scrollTo(index)
            self.edit(index)

    def _first_seen(self) -> QModelIndex:
        """The first conversation of which something is seen."""
        first = self.indexAt(QPoint(self.width() // 2, 0))
        return self.next_choosable(first.row(), 1) if first.isValid() else first

    def _select_current(self) -> None:
        index = self._model.index_of(self.current_id)
        if index.isValid():
            self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            self.clearSelection()

    def _choose(self, index: QModelIndex) -> None:
        record = record_of(index)
        if record is not None:
            self.conversation_chosen.emit(record.id)

    # What is done with a row

    @override
    def buttons_of(self, index: Index) -> tuple[RowButton, ...]:
        record = record_of(index)
        if record is None:
            return ()
        pin = self.tr("Unpin") if record.is_pinned else self.tr("Pin")
        return RowButton("pin", "pin", pin), RowButton("more", "more", self.tr("More"))

    def _press_button(self, index: QModelIndex, key: str) -> None:
        record = record_of(index)
        if record is not None and key == "pin":
            self.pin_requested.emit(record.id, not record.is_pinned)
        elif key == "more":
            self.ask_menu(index)

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        record = record_of(index)
        if record is None:
            return
        number, is_pinned = record.id, record.is_pinned
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(self.tr("Rename") + "\tF2")
        rename.triggered.connect(lambda: self.rename(self._model.index_of(number)))
        pin = menu.addAction(self.tr("Unpin") if is_pinned else self.tr("Pin"))
        pin.triggered.connect(lambda: self.pin_requested.emit(number, not is_pinned))
        duplicate = menu.addAction(self.tr("Duplicate"))
        duplicate.triggered.connect(lambda: self.duplicate_requested.emit(number))
        if self.can_export:
            menu.addAction(self.tr("Export")).triggered.connect(lambda: self.export_requested.emit(number))
        menu.addSeparator()
        key = QKeySequence(Qt.Key.Key_Delete).toString(QKeySequence.SequenceFormat.NativeText)
        delete = menu.addAction(self.tr("Delete") + f"\t{key}")
        delete.triggered.connect(lambda: self.delete_requested.emit(number))
        menu.popup(place)

    @override
    def event(self, event: QEvent) -> bool:
        is_ours = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F2
        if event.type() == QEvent.Type.ShortcutOverride and is_ours:
            event.accept()  # here F2 is for the row with the cursor, elsewhere for the header's title
            return True
        return super().event(event)

    @override
    def press_key(self, event: QKeyEvent) -> bool:
        index = self.currentIndex()
        record = record_of(index)
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif record is not None and event.key() in _RENAMING:
            self.rename(index)
        elif record is not None and _deletes(event):
            self.delete_requested.emit(record.id)
        else:
            return super().press_key(event)
        return True

    @override
    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        # Tab would go on to change the title of another row.
        super().closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.follow_day()


def _deletes(event: QKeyEvent) -> bool:
    """Whether a key means Delete; never Backspace alone, which is pressed by mistake."""
    is_command = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    is_macos_delete = _IS_MACOS and is_command and event.key() == Qt.Key.Key_Backspace
    return event.matches(QKeySequence.StandardKey.Delete) or is_macos_delete
