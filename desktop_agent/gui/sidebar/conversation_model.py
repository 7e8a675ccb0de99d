"""The conversations under their headings, as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, cast

from PySide6.QtCore import (
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QStringListModel,
    Qt,
    QTimer,
)
from typing_extensions import override

from desktop_agent.gui.plain_text import one_line, tool_tip
from desktop_agent.gui.sidebar.groups import Group, Span, group_conversations, local_time

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationSummary

Dot = Literal["", "streaming", "waiting", "failed"]
"""What the dot at the end of a row says; empty for no dot."""

_LONGEST_SLEEP = 3_600_000  # milliseconds; a computer that slept over midnight is noticed by then

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a row is asked for beside Qt's own roles."""

    RECORD = Qt.ItemDataRole.UserRole
    """The record of a row, None for a heading."""
    DOT = Qt.ItemDataRole.UserRole + 1


def _now() -> datetime:
    return datetime.now(UTC)


class ConversationModel(QStringListModel):
    """Conversations newest first, each group below its heading.

    What is set anew keeps the identity of its rows: Qt's selection, cursor and open editor go with them.
    To lay a list out Qt asks for its length several times a row, which is too slow in Python: the base class
    counts the rows, as empty strings.

    Args:
        clock: What time it is, aware.
        parent: The owner.
    """

    def __init__(self, clock: Callable[[], datetime] = _now, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._summaries: Sequence[ConversationSummary] = ()
        self._rows: list[ConversationSummary | Group] = []
        self._keys: list[int | Group] = []
        self._row_of: dict[int | Group, int] = {}
        self._dots: dict[int, Dot] = {}
        self._day = local_time(clock()).date()
        self._midnight = QTimer(self, singleShot=True)
        self._midnight.timeout.connect(self.follow_day)
        self.follow_day()

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Show these conversations, in any order."""
        self._summaries = tuple(summaries)
        self._day = local_time(self._clock()).date()
        rows: list[ConversationSummary | Group] = []
        keys: list[int | Group] = []
        for group, members in group_conversations(self._summaries, self._clock()):
            rows += [group, *members]
            keys += [group, *[row.id for row in members]]
        if keys != self._keys:
            self._rearrange(rows, keys)
        elif keys:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def follow_day(self) -> None:
        """Group anew if it is another day than at the last time, and look again at midnight."""
        now = local_time(self._clock())
        if now.date() != self._day:
            self.set_conversations(self._summaries)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        until = (midnight - now) // timedelta(milliseconds=1) + 1
        self._midnight.start(max(1, min(until, _LONGEST_SLEEP)))

    def set_dot(self, conversation_id: int, dot: Dot) -> None:
        """Show at the end of a row what its conversation does; also of one that is not listed yet."""
        self._dots[conversation_id] = dot
        index = self.index_of(conversation_id)
        if index.isValid():
            self.dataChanged.emit(index, index)

    def index_of(self, conversation_id: int | None) -> QModelIndex:
        """Where a conversation stands; not valid if it is not listed."""
        row = -1 if conversation_id is None else self._row_of.get(conversation_id, -1)
        return self.index(row) if row >= 0 else QModelIndex()

    def ids(self) -> list[int]:
        """The conversations in the order of the rows."""
        return [key for key in self._keys if isinstance(key, int)]

    def _rearrange(self, rows: list[ConversationSummary | Group], keys: list[int | Group]) -> None:
        """Show other rows: new ones come at the end, all find their places, old ones go from the end."""
        row_of = {key: row for row, key in enumerate(keys)}
        gone = [row for row, key in zip(self._rows, self._keys, strict=True) if key not in row_of]
        new = [key for key in keys if key not in self._row_of]
        known = len(self._rows)
        if new:
            self._rows = self._rows + [rows[row_of[key]] for key in new]
            self._keys = self._keys + new
            self.insertRows(known, len(new))
        self.layoutAboutToBeChanged.emit()
        places = row_of | {_key(row): len(rows) + place for place, row in enumerate(gone)}
        before = self.persistentIndexList()
        after = [self.index(places[self._keys[index.row()]]) for index in before]
        self._rows, self._keys, self._row_of = rows + gone, keys, row_of
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()
        if gone:
            self.removeRows(len(rows), len(gone))
            self._rows = rows

    def _dot(self, summary: ConversationSummary) -> Dot:
        """What was said last of a conversation, else how its last reply ended."""
        return self._dots.get(summary.id, "failed" if summary.outcome == "failed" else "")

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._rows[index.row()], Group):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, Group):
            is_name = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return heading(row) if is_name else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return shown_title(row.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(", ".join(filter(None, (shown_title(row.title), dot_word(self._dot(row))))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            unread = self.tr("unread") if row.is_unread else ""
            return ", ".join(filter(None, (shown_title(row.title), dot_word(self._dot(row)), unread)))
        if role == Role.RECORD:
            return row
        return self._dot(row) if role == Role.DOT else None


def _key(row: ConversationSummary | Group) -> int | Group:
    return row if isinstance(row, Group) else row.id


def shown_title(title: str) -> str:
    """A title as it is shown: one line, never blank."""
    return one_line(title) or QCoreApplication.translate("Sidebar", "Untitled")


def dot_word(dot: Dot) -> str:
    """The dot in a word."""
    return {
        "": "",
        "streaming": QCoreApplication.translate("Sidebar", "streaming"),
        "waiting": QCoreApplication.translate("Sidebar", "waiting for approval"),
        "failed": QCoreApplication.translate("Sidebar", "failed"),
    }[dot]


def heading(group: Group) -> str:
    """The text of a heading; a month of another year has the year with it."""
    if group.month is not None:
        name = QLocale().standaloneMonthName(group.month.month)
        is_this_year = group.month.year == local_time(_now()).year
        return name if is_this_year else f"{name} {group.month.year}"
    return {
        Span.PINNED: QCoreApplication.translate("Sidebar", "Pinned"),
        Span.TODAY: QCoreApplication.translate("Sidebar", "Today"),
        Span.YESTERDAY: QCoreApplication.translate("Sidebar", "Yesterday"),
        Span.WEEK: QCoreApplication.translate("Sidebar", "Previous 7 days"),
        Span.MONTH: QCoreApplication.translate("Sidebar", "Previous 30 days"),
    }[group.span]


def record_of(index: Index) -> ConversationSummary | None:
    """The conversation at `index`, None for a heading and for no row."""
    return cast("ConversationSummary | None", index.data(Role.RECORD))
