"""The rows of a picker's menu: choices below headings, found as one types."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QModelIndex, QObject, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.pickers.choices import Choice, CommandRow, Menu, Section
from desktop_agent.gui.plain_text import tool_tip
from desktop_agent.gui.sidebar.line_painting import Line, Span, draw_line
from desktop_agent.gui.sidebar.row_delegate import Index
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import draw_icon

_PADDING = 8
_ICON = 16
_ICON_COLUMN = _PADDING + _ICON + 8
_NOTE_GAP = 16
_NOTE_SHARE = 0.5  # of a row, at most
_RADIUS = 6.0
_HEADING_DROP = 3  # a heading stands nearer to what is below it
_MEASURED = 50  # rows; a longer list is as wide as its first ones need

Row = Choice | Section


def choice_row_height(zoom: float) -> int:
    """The height of a row at a text zoom: 30 at 100 %."""
    return round(20 * zoom) + 10


class ChoiceModel(QStringListModel):
    """The rows of a menu. As Qt asks for their number all the time, the base class counts them.

    Args:
        menu: What is offered.
        parent: The owner.
    """

    def __init__(self, menu: Menu, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = menu
        self._words: list[str] = []
        self._sought: dict[int, list[str]] = {}
        self.rows: list[Row] = []
        self.filter("")

    def filter(self, text: str) -> None:
        """Show the choices in which every word of `text` occurs; all and the commands if it is blank."""
        self._words = text.casefold().split()
        rows: list[Row] = []
        for place, section in enumerate(self._menu.sections):
            found = self._found_in(place, section)
            if found:
                rows += [section, *found] if section.title else found
        if not self._words:
            rows += self._menu.commands
        self.rows = rows
        self.setStringList([""] * len(rows))

    def _found_in(self, place: int, section: Section) -> list[Choice]:
        if not self._words:
            return list(section.rows)
        if place not in self._sought:
            self._sought[place] = [row.sought for row in section.rows]
        pairs = list(zip(section.rows, self._sought[place], strict=True))
        for word in self._words:
            pairs = [pair for pair in pairs if word in pair[1]]
        return [row for row, _ in pairs]

    def index_of(self, choice: Choice | None) -> QModelIndex:
        """Where a choice stands; not valid if it is not shown."""
        place = next((at for at, row in enumerate(self.rows) if row is choice), -1)
        return self.index(place) if place >= 0 else QModelIndex()

    def is_chosen(self, row: Row) -> bool:
        """Whether it is picked at present."""
        return any(row is each for each in self._menu.chosen)

    def matches(self, text: str) -> list[Span]:
        """Where the words that are searched stand in `text`, in order and apart."""
        folded = text.casefold()
        if len(folded) != len(text):
            return []  # the places would be others
        spans: list[Span] = []
        found = ((folded.find(word), word) for word in self._words)
        for start, end in sorted((at, at + len(word)) for at, word in found if at >= 0):
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.rows[index.row()], Section):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if isinstance(row, Section):
            is_name = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return row.title if is_name else None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            chosen = self.tr("chosen") if self.is_chosen(row) else ""
            return ", ".join(part for part in (row.text, row.note, chosen) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(", ".join(part for part in (row.text, row.details) if part))
        return None


class _ChoiceDelegate(QStyledItemDelegate):
    """Draws a row: a check before what is picked, its name, and a note at its end."""

    def __init__(self, view: ChoiceList) -> None:
        super().__init__(view)
        self._view = view
        self._appearance = view.appearance

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, choice_row_height(self._appearance.zoom))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._view.choices.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self._view.layoutDirection())
        body = QRectF(cast(Any, option).rect)
        if isinstance(row, Section):
            self._paint_heading(painter, body, row)
        else:
            self._paint_choice(painter, body, row, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, body: QRectF, section: Section) -> None:
        box = body.adjusted(_PADDING, _HEADING_DROP, -_PADDING, _HEADING_DROP)
        left = self._paint_note(painter, box, section.note, TextStyle.MICRO)
        draw_line(painter, left, Line(section.title, TextStyle.MICRO_STRONG, "text3"), self._appearance)

    def _paint_choice(self, painter: QPainter, body: QRectF, row: Choice, index: Index) -> None:
        view, theme = self._view, self._appearance.theme
        has_mouse = view.mouse is not None and body.contains(view.mouse)
        is_current = view.currentIndex() == index
        if isinstance(row, CommandRow) and index.row() > 0:
            above = view.choices.rows[index.row() - 1]
            if not isinstance(above, CommandRow):
                painter.fillRect(QRectF(body.left(), body.top(), body.width(), 1), theme.border)
        if has_mouse or is_current:
            painter.setPen(theme.marking_pen())
            painter.setBrush(theme.raised_hover)
            painter.drawRoundedRect(body, _RADIUS, _RADIUS)
        if view.choices.is_chosen(row):
            icon = QRectF(body.left() + _PADDING, body.center().y() - _ICON / 2, _ICON, _ICON)
            if view.isRightToLeft():
                icon.moveRight(body.right() - _PADDING)
            draw_icon(painter, "check", "text", self._appearance, icon)
        box = body.adjusted(_ICON_COLUMN, 0, -_PADDING, 0)
        if view.isRightToLeft():
            box = body.adjusted(_PADDING, 0, -_ICON_COLUMN, 0)
        left = self._paint_note(painter, box, row.note, TextStyle.SMALL_FIGURES)
        line = Line(row.text, TextStyle.UI, "text", view.choices.matches(row.text))
        draw_line(painter, left, line, self._appearance)
        if is_current and view.shows_ring:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(body.adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)

    def _paint_note(self, painter: QPainter, box: QRectF, note: str, style: TextStyle) -> QRectF:
        """Draw what stands at the end of `box`.

        Returns:
            What it leaves of it.
        """
        if not note:
            return box
        metrics = QFontMetricsF(self._appearance.text_font(style))
        width = min(metrics.horizontalAdvance(note) + 1, box.width() * _NOTE_SHARE)
        end, rest = QRectF(box), QRectF(box)
        if self._view.isRightToLeft():
            end.setWidth(width)
            rest.setLeft(end.right() + _NOTE_GAP)
        else:
            end.setLeft(box.right() - width)
            rest.setRight(end.left() - _NOTE_GAP)
        draw_line(painter, end, Line(note, style, "text3"), self._appearance)
        return rest


class ChoiceList(RowList):
    """The list in a picker's menu.

    Attributes:
        choices: Its rows.
    """

    def __init__(self, menu: Menu, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self.choices = ChoiceModel(menu, self)
        self.setModel(self.choices)
        self.setItemDelegate(_ChoiceDelegate(self))
        self.setAccessibleName(menu.name)

    def needed_width(self) -> int:
        """How wide it is with its first rows uncut."""
        names = QFontMetricsF(self.appearance.text_font(TextStyle.UI))
        notes = QFontMetricsF(self.appearance.text_font(TextStyle.SMALL_FIGURES))
        widest = 0.0
        for row in self.choices.rows[:_MEASURED]:
            text = row.title if isinstance(row, Section) else row.text
            width = names.horizontalAdvance(text)
            if row.note:
                note = notes.horizontalAdvance(row.note) + _NOTE_GAP
                width = max(width + note, note / _NOTE_SHARE)
            widest = max(widest, width)
        return round(widest) + _ICON_COLUMN + _PADDING + 2
