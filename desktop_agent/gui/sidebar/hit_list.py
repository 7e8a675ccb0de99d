"""What was found: a row with the title and one line around the match, for each place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QAbstractListModel, QDate, QLocale, QModelIndex, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import isolated, tool_tip
from desktop_agent.gui.sidebar.conversation_model import Role, shown_title
from desktop_agent.gui.sidebar.groups import local_time
from desktop_agent.gui.sidebar.line_painting import Line, draw_two_lines
from desktop_agent.gui.sidebar.row_delegate import Index, RowDelegate
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.typography import TextStyle

if TYPE_CHECKING:
    from desktop_agent.storage import SearchHit


class _HitModel(QAbstractListModel):
    """One row for each hit, in the order of the search."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._hits: Sequence[SearchHit] = ()

    def set_hits(self, hits: Sequence[SearchHit]) -> None:
        """Show other hits."""
        self.beginResetModel()
        self._hits = tuple(hits)
        self.endResetModel()

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._hits)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        hit = self._hits[index.row()]
        title = shown_title(hit.title)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}: {hit.context}" if hit.message_id is not None else title
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(title)
        return hit if role == Role.RECORD else None


class _HitDelegate(RowDelegate):
    """Draws the title over the line in which the match is; of a match in the title, over its date."""

    lines = 2

    @override
    def paint_content(self, painter: QPainter, box: QRectF, index: Index) -> None:
        hit = _hit_at(index)
        if hit.message_id is None:
            # The matches count in the title as it is stored, which may have more in it than is shown.
            is_whole = hit.title == index.data()
            title = Line(index.data(), TextStyle.UI, "text", hit.matches if is_whole else ())
            below = Line(_date_of(hit), TextStyle.SMALL, "text3")
        else:
            title = Line(index.data(), TextStyle.UI, "text")
            below = Line(hit.context, TextStyle.SMALL, "text2", hit.matches)
        draw_two_lines(painter, box, title, below, self.appearance)


class HitList(RowList):
    """What was found.

    Signals:
        hit_chosen: A hit was chosen; carries conversation, message (None: the title) and the searched text.
    """

    hit_chosen = Signal(int, object, str)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._text = ""
        self._model = _HitModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_HitDelegate(self))
        self.setAccessibleName(self.tr("Search results"))
        self.row_chosen.connect(self._choose)

    def show_hits(self, text: str, hits: Sequence[SearchHit]) -> None:
        """Show what was found for `text`."""
        self._text = text
        self._model.set_hits(hits)
        self.scrollToTop()
        nothing = self.tr('Nothing found for "{text}".').format(text=isolated(text))
        self.say_empty("" if hits else nothing)

    def choose_first(self) -> None:
        """Choose the first hit, if there is one."""
        self._choose(self._model.index(0))

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            hit = _hit_at(index)
            self.hit_chosen.emit(hit.conversation_id, hit.message_id, self._text)


def _hit_at(index: Index) -> SearchHit:
    return cast("SearchHit", index.data(Role.RECORD))


def _date_of(hit: SearchHit) -> str:
    day = local_time(hit.created_at).date()
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)
