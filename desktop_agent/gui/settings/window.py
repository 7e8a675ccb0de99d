"""The window of the settings: pages in a list at its side, applied at once."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QStyleOptionViewItem, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.chat.notices import describe_trouble
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page import PADDING_X, SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import GUTTER, PADDING, Index, RowDelegate, row_height
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import draw_icon
from desktop_agent.gui.widgets.notice import NoticeBox

_NAV = 204
_NAV_TOP = 13
_ROW_GAP = 2
_ICON = 16
_ICON_GAP = 10
_KIND_ROLE = Qt.ItemDataRole.UserRole


class _NavDelegate(RowDelegate):
    """Draws the icon and the title of a page."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, row_height(self.appearance.zoom) + _ROW_GAP)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shrunk = QStyleOptionViewItem(option)
        shrunk.rect = option.rect.adjusted(0, _ROW_GAP // 2, 0, -_ROW_GAP // 2)
        super().paint(painter, shrunk, index)

    @override
    def is_open(self, index: Index) -> bool:
        return self.view.currentIndex() == index

    @override
    def paint_content(self, painter: QPainter, box: QRectF, index: Index) -> None:
        kind: PageKind = index.data(_KIND_ROLE)
        is_mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = box.right() - _ICON if is_mirrored else box.left()
        icon = QRectF(left, round(box.center().y()) - _ICON / 2, _ICON, _ICON)
        draw_icon(painter, kind.value, "text2", self.appearance, icon)
        step = _ICON + _ICON_GAP
        words = box.adjusted(0, 0, -step, 0) if is_mirrored else box.adjusted(step, 0, 0, 0)
        style = TextStyle.UI_MEDIUM if self.is_open(index) else TextStyle.UI
        draw_line(painter, words, Line(kind.title, style, "text"), self.appearance)


class SettingsNav(RowList):
    """The list of pages: one tab stop, and the arrows show the page at once.

    Signals:
        page_chosen: Another page was chosen; carries its `PageKind`.
    """

    page_chosen = Signal(object)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self._rows = QStandardItemModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(_NavDelegate(self))
        self.setAccessibleName(self.tr("Pages of the settings"))
        self.selectionModel().currentChanged.connect(self._choose)

    def add(self, kind: PageKind) -> None:
        """List a page, at its place."""
        item = QStandardItem(kind.title)
        item.setData(kind, _KIND_ROLE)
        places = [self._rows.item(row).data(_KIND_ROLE).place for row in range(self._rows.rowCount())]
        self._rows.insertRow(sum(place < kind.place for place in places), item)

    def needed_width(self) -> int:
        """How wide it must be for the longest title, in logical pixels."""
        metrics = QFontMetricsF(self.appearance.text_font(TextStyle.UI_MEDIUM))
        titles = (kind.title for kind in PageKind)
        longest = math.ceil(max(metrics.horizontalAdvance(title) for title in titles))
        return max(_NAV - 1, 2 * (GUTTER + PADDING) + _ICON + _ICON_GAP + longest + 1)

    def show_kind(self, kind: PageKind) -> None:
        """Mark the page that is shown."""
        for row in range(self._rows.rowCount()):
            if self._rows.item(row).data(_KIND_ROLE) is kind:
                self.put_cursor(self._rows.index(row, 0))

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            self.viewport().update()
            self.page_chosen.emit(current.data(_KIND_ROLE))


class SettingsWindow(QWidget):
    """The settings in a window of their own. Every change counts at once; there is nothing to confirm.

    Args:
        live: The settings.
        appearance: Theme and zoom.
        parent: The window that it belongs to.

    Attributes:
        nav: The list of pages.
        pages: The pages that were shown so far, by what they are; each is made as it is shown first.
        trouble: What is said above the page; empty for nothing.

    Signals:
        closed: The window was closed.
        bin_emptied: What was in the bin is gone for good.
    """

    closed = Signal()
    bin_emptied = Signal()

    def __init__(self, live: LiveSettings, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.appearance = appearance
        self._live = live
        self.pages: dict[PageKind, SettingsPage] = {}
        self._makers: dict[PageKind, Callable[[], SettingsPage]] = {}
        self._banner: NoticeBox | None = None
        self._opener: QWidget | None = None
        self.trouble = ""
        self._build_ui()
        self.nav.page_chosen.connect(self._show)
        self.nav.dismissed.connect(self.close)
        live.failed.connect(self.show_trouble)
        live.saved.connect(self._show_notes)
        appearance.changed.connect(self._apply_appearance)
        self._show_notes()

    def _build_ui(self) -> None:
        self.setWindowTitle(self.tr("Settings"))
        self.resize(880, 620)
        self.setMinimumSize(720, 520)
        self.nav = SettingsNav(self.appearance, self)
        self._stack = QStackedWidget(self)
        self._right = QVBoxLayout()
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(0)
        self._banner_frame = QVBoxLayout()
        self._right.addLayout(self._banner_frame)
        self._right.addWidget(self._stack, 1)
        side = QVBoxLayout()
        side.setContentsMargins(0, _NAV_TOP, 0, 0)
        side.addWidget(self.nav)
        self.nav.setFixedWidth(self.nav.needed_width())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addLayout(side)
        layout.addLayout(self._right, 1)

    def _apply_appearance(self) -> None:
        self.nav.setFixedWidth(self.nav.needed_width())
        self.update()

    def offer_page(self, kind: PageKind, make: Callable[[], SettingsPage]) -> None:
        """List a page, at its place; it is made as it is shown first, since each takes a few frames."""
        self._makers[kind] = make
        self.nav.add(kind)

    def page(self, kind: PageKind) -> SettingsPage:
        """A page that was offered; it is made if it was not shown yet."""
        if kind not in self.pages:
            self.pages[kind] = self._makers[kind]()
            self._stack.addWidget(self.pages[kind])
        return self.pages[kind]

    @property
    def current(self) -> PageKind | None:
        """The page that is shown."""
        page = self._stack.currentWidget()
        return page.kind if isinstance(page, SettingsPage) else None

    def open(self, kind: PageKind | None = None) -> None:
        """Show the window, or bring it to the front, with a page; by default the one of the last time."""
        opener = self.parentWidget()
        if self.isHidden() and opener is not None:
            self._opener = opener.window().focusWidget()
        self.show_page(kind or self.current or PageKind.GENERAL)
        self.show()
        self.raise_()
        self.activateWindow()
        self.nav.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_page(self, kind: PageKind) -> None:
        """Show a page."""
        self.nav.show_kind(kind)
        self._show(kind)

    def _show(self, kind: PageKind) -> None:
        self._stack.setCurrentWidget(self.page(kind))

    def _show_notes(self) -> None:
        """Say what was wrong with the file when the program started."""
        self.show_trouble(" ".join(self._live.notes))

    def show_trouble(self, sentence: str) -> None:
        """Say above the page what does not work; empty for nothing."""
        if sentence == self.trouble:
            return
        self.trouble = sentence
        if self._banner is not None:
            self._banner.hide()
            self._banner.deleteLater()
        self._banner = NoticeBox(describe_trouble(sentence), self.appearance, self) if sentence else None
        self._banner_frame.setContentsMargins(PADDING_X, 12 if sentence else 0, PADDING_X, 0)
        if self._banner is not None:
            self._banner_frame.addWidget(self._banner)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_close = event.key() == Qt.Key.Key_W and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape or is_close:
            self.close()
        else:
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        opener, self._opener = self._opener, None
        if opener is not None:
            QTimer.singleShot(0, opener, lambda: opener.setFocus(Qt.FocusReason.OtherFocusReason))
        self.closed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.appearance.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        is_mirrored = self.isRightToLeft()
        width = self.nav.width() + 1
        left = self.width() - width if is_mirrored else 0
        painter.fillRect(left, 0, width, self.height(), theme.window)
        painter.fillRect(left if is_mirrored else width - 1, 0, 1, self.height(), theme.border)
        painter.end()
