"""A list in a frame, two lines to a row: what the entry is, and at the end how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS, draw_icon

_Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole.UserRole
_RADIUS = 10.0
_PADDING = 14
_ICON = 14
_ICON_GAP = 4


@dataclass(frozen=True)
class Standing:
    """What stands at the end of a row.

    Attributes:
        words: The words.
        tone: The colour token.
        icon: The icon before them, or "".
    """

    words: str
    tone: str = "text2"
    icon: str = ""


@dataclass(frozen=True)
class EntryRow:
    """What stands in a row."""

    id: str
    name: str
    subtitle: str
    standing: Standing


class _Rows(QAbstractListModel):
    """The rows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[EntryRow, ...] = ()

    def set_rows(self, rows: tuple[EntryRow, ...]) -> None:
        """Show these rows; those that stay in their places keep the keyboard's place."""
        if [row.id for row in rows] != [row.id for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        elif rows != self.rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    @override
    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (row.name, row.subtitle, row.standing.words)))
        return row if role == _ROLE else None


class _Delegate(QStyledItemDelegate):
    """Draws a row: the name over its line, and the standing at the end."""

    def __init__(self, view: EntryList) -> None:
        super().__init__(view)
        self._view = view

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, self._view.row_height)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(_ROLE)
        if not isinstance(row, EntryRow):
            return
        view, theme = self._view, self._view.appearance.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(view.outline())
        box = QRectF(option.rect)
        if index.row() == view.currentIndex().row():
            painter.setPen(theme.marking_pen())
            painter.setBrush(theme.selected)
            painter.drawRect(box)
        if index.row() < len(view.rows) - 1:
            painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), theme.border)
        inner = box.adjusted(_PADDING, 0, -_PADDING, -1)
        width = self._paint_standing(painter, inner, row.standing)
        words = inner.adjusted(0, 0, -width - _PADDING, 0)
        height = view.line_heights()
        top = inner.top() + (inner.height() - sum(height)) / 2 + 1
        for text, style, color, line in (
            (row.name, TextStyle.UI_MEDIUM, theme.text, height[0]),
            (row.subtitle, TextStyle.SMALL, theme.text2, height[1]),
        ):
            painter.setFont(view.appearance.text_font(style))
            painter.setPen(color)
            metrics = QFontMetricsF(painter.font())
            shown = metrics.elidedText(one_line(text), Qt.TextElideMode.ElideRight, words.width())
            place = mirrored(QRectF(words.left(), top, words.width(), line), view.viewport())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
            top += line - 2  # the lines of a row stand closer together than those of a text
        painter.restore()

    def _paint_standing(self, painter: QPainter, inner: QRectF, standing: Standing) -> float:
        """Draw words and icon at the end of a row; returns their width."""
        view = self._view
        painter.setFont(view.appearance.text_font(TextStyle.SMALL))
        painter.setPen(getattr(view.appearance.theme, standing.tone))
        width = QFontMetricsF(painter.font()).horizontalAdvance(standing.words) + 1
        place = QRectF(inner.right() - width, inner.top(), width, inner.height())
        painter.drawText(mirrored(place, view.viewport()), Qt.AlignmentFlag.AlignVCenter, standing.words)
        if not standing.icon:
            return width
        icon = QRectF(place.left() - _ICON_GAP - _ICON, inner.center().y() - _ICON / 2, _ICON, _ICON)
        icon.moveTop(round(icon.top()))
        icon.moveLeft(round(icon.left()))
        draw_icon(painter, standing.icon, standing.tone, view.appearance, mirrored(icon, view.viewport()))
        return width + _ICON_GAP + _ICON


class EntryList(QListView):
    """All entries in a frame; one tab stop, arrows inside. It is as high as its rows.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.

    Signals:
        row_chosen: Another row was chosen; carries the entry's id.
    """

    row_chosen = Signal(str)

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self._shows_ring = False
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.selectionModel().currentChanged.connect(self._tell)
        appearance.changed.connect(self._apply_appearance)
        self._apply_appearance()

    @property
    def rows(self) -> tuple[EntryRow, ...]:
        """What is shown."""
        return self._rows.rows

    @property
    def current_id(self) -> str:
        """The entry whose row is chosen, or ""."""
        index = self.currentIndex()
        return self.rows[index.row()].id if index.isValid() else ""

    @property
    def row_height(self) -> int:
        """The height of a row, the line above it included."""
        return sum(self.line_heights()) + 16

    def line_heights(self) -> tuple[int, int]:
        """The heights of the two lines of a row."""
        zoom = self.appearance.zoom
        return round(TextStyle.UI.line_height * zoom), round(TextStyle.SMALL.line_height * zoom)

    def set_rows(self, rows: Sequence[EntryRow]) -> None:
        """Show these rows; the chosen one stays so, if it is there."""
        chosen = self.current_id
        self._rows.set_rows(tuple(rows))
        if self.current_id != chosen:
            self.blockSignals(True)  # it is the same one as before
            self.choose(chosen)
            self.blockSignals(False)
        self._fit()

    def choose(self, entry_id: str) -> None:
        """Choose the row of an entry."""
        for place, row in enumerate(self.rows):
            if row.id == entry_id:
                self.setCurrentIndex(self._rows.index(place))

    def outline(self) -> QPainterPath:
        """What the rows are cut to, in the viewport."""
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.viewport().rect()), _RADIUS - 1, _RADIUS - 1)
        return path

    def _tell(self, current: QModelIndex) -> None:
        self.viewport().update()
        if current.isValid():
            self.row_chosen.emit(self.rows[current.row()].id)

    def _fit(self) -> None:
        self.setFixedHeight(len(self.rows) * self.row_height + 2)

    def _apply_appearance(self) -> None:
        self._fit()
        self._draw_frame()
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, len(self.rows) * self.row_height + 2)

    @property
    def _has_ring(self) -> bool:
        return self._shows_ring and self.hasFocus()

    def _draw_frame(self) -> None:
        edge = self.appearance.theme.accent if self._has_ring else self.appearance.theme.border
        self.setStyleSheet(
            "QListView { background: transparent; "
            f"border: 1px solid {edge.name()}; border-radius: {_RADIUS:.0f}px; }}"
        )

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._shows_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)
        self._draw_frame()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._draw_frame()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._has_ring:
            return
        painter = QPainter(self.viewport())  # the frame has the outer one of the ring's two pixels
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.appearance.theme.accent, 1))
        body = QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(body, _RADIUS - 1.5, _RADIUS - 1.5)
        painter.end()
