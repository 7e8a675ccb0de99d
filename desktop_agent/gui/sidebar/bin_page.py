"""The bin: what was deleted, since when, and how to have it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import isolated, tool_tip
from desktop_agent.gui.sidebar.command_row import CommandRow
from desktop_agent.gui.sidebar.conversation_model import Role, record_of, shown_title
from desktop_agent.gui.sidebar.groups import local_time
from desktop_agent.gui.sidebar.line_painting import Line, draw_two_lines
from desktop_agent.gui.sidebar.row_delegate import GUTTER, Index, RowButton, RowDelegate
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationSummary


class _BinModel(QAbstractListModel):
    """One row for each deleted conversation, the latest deletion first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: Sequence[ConversationSummary] = ()

    def set_rows(self, rows: Sequence[ConversationSummary]) -> None:
        """Show other conversations."""
        self.beginResetModel()
        self._rows = sorted(rows, key=deletion_of, reverse=True)
        self.endResetModel()

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        title = shown_title(row.title)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}, {_since(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(title)
        return row if role == Role.RECORD else None


class _BinDelegate(RowDelegate):
    """Draws the title over how long ago it was deleted."""

    lines = 2

    @override
    def paint_content(self, painter: QPainter, box: QRectF, index: Index) -> None:
        record = record_of(index)
        if record is not None:
            title = Line(index.data(), TextStyle.UI, "text")
            draw_two_lines(
                painter, box, title, Line(_since(record), TextStyle.SMALL, "text3"), self.appearance
            )


class BinList(RowList):
    """What is in the bin.

    Signals:
        restore_requested: A conversation shall come back.
        purge_requested: A conversation shall go for good, and the user said so twice.
    """

    restore_requested = Signal(int)
    purge_requested = Signal(int)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._model = _BinModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_BinDelegate(self))
        self.setAccessibleName(self.tr("Bin"))
        self.row_chosen.connect(self.ask_menu)
        self.button_pressed.connect(self._press_button)
        self.menu_requested.connect(self._open_menu)

    def set_rows(self, rows: Sequence[ConversationSummary]) -> None:
        """Show these conversations."""
        row = self.currentIndex().row()
        self._model.set_rows(rows)
        if row >= 0:
            self.put_cursor(self._model.index(min(row, len(rows) - 1)))
        self.say_empty("" if rows else self.tr("The bin is empty."))

    @override
    def buttons_of(self, index: Index) -> tuple[RowButton, ...]:
        if not index.isValid():
            return ()
        return (
            RowButton("restore", "restore", self.tr("Restore")),
            RowButton("purge", "bin", self.tr("Delete for good")),
        )

    def _press_button(self, index: QModelIndex, key: str) -> None:
        record = record_of(index)
        if record is not None and key == "restore":
            self.restore_requested.emit(record.id)
        elif record is not None:
            self._ask(record)

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        record = record_of(index)
        if record is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        restore = menu.addAction(self.tr("Restore"))
        restore.triggered.connect(lambda: self.restore_requested.emit(record.id))
        menu.addSeparator()
        menu.addAction(self.tr("Delete for good…")).triggered.connect(lambda: self._ask(record))
        menu.popup(place)

    def _ask(self, record: ConversationSummary) -> None:
        """Ask once more: what goes now can't be had back."""
        from PySide6.QtWidgets import QMessageBox  # not for the first frame

        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr('Delete "{title}" for good?').format(title=isolated(shown_title(record.title))))
        box.setInformativeText(self.tr("Its messages can't be had back."))
        purge = box.addButton(self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        purge.clicked.connect(lambda: self.purge_requested.emit(record.id))
        box.open()

    @override
    def press_key(self, event: QKeyEvent) -> bool:
        record = record_of(self.currentIndex())
        if record is not None and event.matches(QKeySequence.StandardKey.Delete):
            self._ask(record)
            return True
        return super().press_key(event)


class BinPage(QWidget):
    """The bin with the way back above it.

    Signals:
        left: The user goes back to the conversations.
    """

    left = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = "chevron-right" if self.isRightToLeft() else "chevron-left"
        self.back_row = CommandRow(icon, self.tr("Back to conversations"), appearance, self)
        self.list = BinList(appearance, self)
        self.setFocusProxy(self.list)
        self.back_row.clicked.connect(self.left)
        self.list.dismissed.connect(self.left)
        self.list.left_upwards.connect(lambda: self.back_row.setFocus(Qt.FocusReason.ShortcutFocusReason))
        appearance.changed.connect(self._arrange)

    def _arrange(self) -> None:
        height = self.back_row.sizeHint().height()
        self.back_row.setGeometry(GUTTER - RING_MARGIN, 0, self.width() - 2 * (GUTTER - RING_MARGIN), height)
        self.list.setGeometry(0, height, self.width(), max(0, self.height() - height))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()


def deletion_of(record: ConversationSummary) -> datetime:
    """When a conversation was deleted."""
    return record.deleted_at or record.updated_at


def _since(record: ConversationSummary) -> str:
    today = local_time(datetime.now(UTC)).date()
    days = (today - local_time(deletion_of(record)).date()).days
    if days <= 0:
        return QCoreApplication.translate("Sidebar", "Deleted today")
    if days == 1:
        return QCoreApplication.translate("Sidebar", "Deleted yesterday")
    return QCoreApplication.translate("Sidebar", "Deleted {count} days ago").format(count=days)
