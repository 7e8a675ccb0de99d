"""The parts of the sidebar and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import placed_in
from desktop_agent.gui.sidebar.bin_page import BinPage
from desktop_agent.gui.sidebar.command_row import CommandRow
from desktop_agent.gui.sidebar.conversation_list import ConversationList
from desktop_agent.gui.sidebar.hit_list import HitList
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import GUTTER, PADDING
from desktop_agent.gui.sidebar.search_field import SearchField
from desktop_agent.gui.sidebar.undo_bar import UndoBar
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, BarButton

NEW_CHAT_KEYS = "Ctrl+N"
SETTINGS_KEYS = "Ctrl+,"
TITLE_HEIGHT = 48
_BUTTON_RIGHT = 10  # from the collapse button to the sidebar's border
_TOP_GAP = 4  # below the title row
_GAP = 6
_FOOTER_PADDING = 8


class SidebarFrame(QWidget):
    """Title, New chat and search above, one of three pages in the middle, bin and settings below.

    Attributes:
        appearance: Theme, zoom and motion.
        page: The page that is shown: the conversations, what was found, or the bin.
    """

    def __init__(
        self, appearance: Appearance, parent: QWidget | None, clock: Callable[[], datetime] | None
    ) -> None:
        super().__init__(parent)
        self.appearance = appearance
        self._build_ui(clock)
        self.show_page(self.conversations)
        appearance.changed.connect(self._arrange)

    def _build_ui(self, clock: Callable[[], datetime] | None) -> None:
        appearance = self.appearance
        self.collapse_button = BarButton("sidebar", self.tr("Hide sidebar"), appearance, self)
        self.new_chat_row = CommandRow("compose", self.tr("New chat"), appearance, self, keys=NEW_CHAT_KEYS)
        self.search_field = SearchField(appearance, self)
        self.conversations = ConversationList(appearance, self, clock=clock)
        self.hits = HitList(appearance, self)
        self.bin = BinPage(appearance, self)
        self.bin_row = CommandRow("bin", self.tr("Bin"), appearance, self)
        self.settings_row = CommandRow("sliders", self.tr("Settings"), appearance, self, keys=SETTINGS_KEYS)
        self.undo_bar = UndoBar(appearance, self)
        self.page: QWidget = self.conversations
        for first, second in pairwise(self.focus_chain()):
            self.setTabOrder(first, second)

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order; hidden parts are passed by."""
        return [
            self.collapse_button,
            self.new_chat_row,
            self.search_field.editor,
            self.conversations,
            self.hits,
            self.bin.back_row,
            self.bin.list,
            self.undo_bar.button,
            self.bin_row,
            self.settings_row,
        ]

    def show_page(self, page: QWidget) -> None:
        """Show one of the three pages; the keyboard goes with it."""
        had_focus = self.page.isAncestorOf(QApplication.focusWidget() or self) and page is not self.page
        self.page = page
        for each in (self.conversations, self.hits, self.bin):
            each.setVisible(each is page)
        self._arrange()
        if had_focus:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        inner = self.inner()
        button = self.collapse_button.sizeHint()
        edge = _BUTTON_RIGHT - RING_MARGIN
        self._place(
            self.collapse_button,
            QRect(
                inner.right() + 1 - edge - button.width(),
                (TITLE_HEIGHT - button.height()) // 2,
                button.width(),
                button.height(),
            ),
        )
        rows = inner.adjusted(GUTTER - RING_MARGIN, 0, -(GUTTER - RING_MARGIN), 0)
        command = self.new_chat_row.sizeHint().height()
        top = TITLE_HEIGHT + _TOP_GAP - RING_MARGIN
        self._place(self.new_chat_row, QRect(rows.left(), top, rows.width(), command))
        fields = inner.adjusted(GUTTER, 0, -GUTTER, 0)
        field = self.search_field.sizeHint().height()
        top += command - RING_MARGIN + _GAP
        self._place(self.search_field, QRect(fields.left(), top, fields.width(), field))
        top += field + _GAP
        line = self.footer_top()
        above = line - _GAP + RING_MARGIN - command
        self._place(self.bin_row, QRect(rows.left(), above, rows.width(), command))
        bottom = above
        self._place(self.page, QRect(inner.left(), top, inner.width(), max(0, bottom - top)))
        footer = line + 1 + _FOOTER_PADDING - RING_MARGIN
        self._place(self.settings_row, QRect(rows.left(), footer, rows.width(), command))
        height = self.undo_bar.height_for(fields.width())
        self._place(self.undo_bar, QRect(fields.left(), bottom - GUTTER - height, fields.width(), height))
        self.update()

    def _place(self, part: QWidget, rect: QRect) -> None:
        part.setGeometry(placed_in(self.inner(), rect, self.layoutDirection()))

    def inner(self) -> QRect:
        """The sidebar without its border towards the conversation."""
        is_mirrored = self.isRightToLeft()
        return self.rect().adjusted(1 if is_mirrored else 0, 0, 0 if is_mirrored else -1, 0)

    def footer_top(self) -> int:
        """Where the line above the lowest row is."""
        row = self.settings_row.body_size().height()
        return self.height() - 1 - row - 2 * _FOOTER_PADDING

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 400)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.appearance.theme
        inner = self.inner()
        painter = QPainter(self)
        painter.setLayoutDirection(self.layoutDirection())
        painter.fillRect(self.rect(), theme.border)
        painter.fillRect(inner, theme.window)
        painter.fillRect(inner.left(), self.footer_top(), inner.width(), 1, theme.border)
        margin = GUTTER + PADDING
        title = QRectF(inner.left() + margin, 0, inner.width() - 2 * margin, TITLE_HEIGHT)
        draw_line(
            painter,
            title,
            Line(QApplication.applicationDisplayName(), TextStyle.UI_STRONG, "text"),
            self.appearance,
        )
        painter.end()
