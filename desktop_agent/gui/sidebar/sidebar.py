"""The sidebar: new chat, search, conversations, bin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStyle, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.bin_page import BinPage
from desktop_agent.gui.sidebar.command_row import CommandRow
from desktop_agent.gui.sidebar.conversation_list import ConversationList
from desktop_agent.gui.sidebar.conversation_model import Dot
from desktop_agent.gui.sidebar.hit_list import HitList
from desktop_agent.gui.sidebar.line_painting import Line, draw_line
from desktop_agent.gui.sidebar.row_delegate import GUTTER, PADDING
from desktop_agent.gui.sidebar.search_field import SearchField
from desktop_agent.gui.sidebar.undo_bar import UndoBar
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, BarButton

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationSummary, SearchHit

NEW_CHAT_KEYS = "Ctrl+N"
TITLE_HEIGHT = 48
_BUTTON_RIGHT = 10  # from the collapse button to the sidebar's border
_TOP_GAP = 4  # below the title row
_GAP = 6
_FOOTER_PADDING = 8


class Sidebar(QWidget):
    """What a user sees beside a conversation: all the others.

    It asks for what it shows and for what is to be done, and changes nothing by itself.

    Attributes:
        is_overlay: Whether it lies over the conversation, so that Esc closes it.

    Signals:
        new_chat_requested: New chat was pressed.
        conversation_chosen: A conversation was chosen; carries its id.
        hit_chosen: A hit was chosen; carries conversation, message (None: the title) and the searched text.
        rename_requested: A title was changed; carries conversation and new title, one line, not blank.
        pin_requested: Pin (True) or Unpin was pressed for a conversation.
        duplicate_requested, delete_requested, export_requested: Carry the conversation.
        undo_requested: The last deletion is taken back; carries the conversation.
        search_changed: The searched text is another one; empty ends the search.
        bin_requested: The bin was opened; `show_bin` fills it.
        restore_requested, purge_requested: A conversation in the bin shall come back, or go for good.
        collapse_requested: The button that closes the sidebar was pressed.
        typed: A character was typed on a list; carries it.
        dismissed: Esc was pressed, and nothing in here was left to close.
    """

    new_chat_requested = Signal()
    conversation_chosen = Signal(int)
    hit_chosen = Signal(int, object, str)
    rename_requested = Signal(int, str)
    pin_requested = Signal(int, bool)
    duplicate_requested = Signal(int)
    delete_requested = Signal(int)
    export_requested = Signal(int)
    undo_requested = Signal(int)
    search_changed = Signal(str)
    bin_requested = Signal()
    restore_requested = Signal(int)
    purge_requested = Signal(int)
    collapse_requested = Signal()
    typed = Signal(str)
    dismissed = Signal()

    def __init__(
        self,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.is_overlay = False
        self._build_ui(clock)
        self._connect_signals()
        self._show_page(self.conversations)

    def _build_ui(self, clock: Callable[[], datetime] | None) -> None:
        appearance = self._appearance
        self.collapse_button = BarButton("sidebar", self.tr("Hide sidebar"), appearance, self)
        self.new_chat_row = CommandRow("compose", self.tr("New chat"), appearance, self, keys=NEW_CHAT_KEYS)
        self.search_field = SearchField(appearance, self)
        self.conversations = ConversationList(appearance, self, clock=clock)
        self.hits = HitList(appearance, self)
        self.bin = BinPage(appearance, self)
        self.bin_row = CommandRow("bin", self.tr("Bin"), appearance, self)
        self.undo_bar = UndoBar(appearance, self)
        self._page: QWidget = self.conversations
        for first, second in pairwise(self.focus_chain()):
            self.setTabOrder(first, second)

    def _connect_signals(self) -> None:
        self.collapse_button.clicked.connect(self.collapse_requested)
        self.new_chat_row.clicked.connect(self.new_chat_requested)
        self.bin_row.clicked.connect(self.open_bin)
        self.search_field.text_changed.connect(self._search)
        self.search_field.left_downwards.connect(self.focus_list)
        self.search_field.accepted.connect(self._accept_search)
        self.search_field.dismissed.connect(self.dismissed)
        for view in (self.conversations, self.hits, self.bin.list):
            view.typed.connect(self.typed)
        for view in (self.conversations, self.hits):
            view.left_upwards.connect(self.focus_search)
        self.conversations.dismissed.connect(self.dismissed)
        self.hits.dismissed.connect(self._end_search)
        self.hits.hit_chosen.connect(self.hit_chosen)
        self.bin.left.connect(self._leave_bin)
        self.bin.list.restore_requested.connect(self.restore_requested)
        self.bin.list.purge_requested.connect(self.purge_requested)
        self.undo_bar.undo_requested.connect(self._undo)
        for name in ("conversation_chosen", "rename_requested", "pin_requested", "duplicate_requested"):
            getattr(self.conversations, name).connect(getattr(self, name))
        self.conversations.delete_requested.connect(self.delete_requested)
        self.conversations.export_requested.connect(self.export_requested)
        self.conversations.undo_requested.connect(self.undo_bar.undo)
        self._appearance.changed.connect(self._arrange)

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
        ]

    # What it shows

    def set_conversations(self, rows: Sequence[ConversationSummary]) -> None:
        """Show these conversations, in any order; cursor, scroll position and an open field stay."""
        self.conversations.set_conversations(rows)

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the conversation that is open in the window; None for a new chat."""
        self.conversations.set_current(conversation_id)

    def set_dot(self, conversation_id: int, dot: Dot) -> None:
        """Show that a conversation streams, waits for an approval, has failed, or none of it ("")."""
        self.conversations.set_dot(conversation_id, dot)

    def offer_export(self) -> None:
        """Have Export in the menu of a conversation."""
        self.conversations.can_export = True

    def show_hits(self, text: str, hits: Sequence[SearchHit]) -> None:
        """Show what was found for `text`, unless another text is searched by now."""
        if text == self.search_field.text and text.strip():
            self.hits.show_hits(text, hits)
            self._show_page(self.hits)

    def show_undo(self, conversation_id: int) -> None:
        """Offer for ten seconds to take a deletion back."""
        self.undo_bar.offer(conversation_id)
        self._arrange()

    def show_bin(self, rows: Sequence[ConversationSummary]) -> None:
        """Fill the bin, which `open_bin` has opened."""
        self.bin.list.set_rows(rows)

    def open_bin(self) -> None:
        """Go to the bin and ask for what is in it."""
        self.search_field.clear()
        self._show_page(self.bin)
        self.bin.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.bin_requested.emit()

    def choose_neighbour(self, step: int) -> None:
        """Choose the next conversation (1) or the one before (-1)."""
        self.conversations.choose_neighbour(step)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search_field.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.editor.selectAll()

    def focus_target(self) -> QWidget:
        """What takes the keyboard: the list that is shown."""
        return self._page

    def focus_list(self) -> None:
        """Give the keyboard to the list that is shown."""
        self._page.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_page(self, page: QWidget) -> None:
        had_focus = self._page.isAncestorOf(QApplication.focusWidget() or self) and page is not self._page
        self._page = page
        for each in (self.conversations, self.hits, self.bin):
            each.setVisible(each is page)
        self._arrange()
        if had_focus:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _search(self, text: str) -> None:
        if not text.strip():
            self._show_page(self.conversations)
        self.search_changed.emit(text.strip() and text)

    def _accept_search(self) -> None:
        if self._page is self.hits:
            self.hits.choose_first()

    def _end_search(self) -> None:
        self.search_field.clear()
        self.focus_search()

    def _leave_bin(self) -> None:
        self._show_page(self.conversations)
        self.focus_list()

    def _undo(self, conversation_id: int) -> None:
        self.focus_list()
        self.undo_requested.emit(conversation_id)

    # How it looks

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
        bottom = self.footer_top()
        self._place(self._page, QRect(inner.left(), top, inner.width(), max(0, bottom - top)))
        footer = bottom + 1 + _FOOTER_PADDING - RING_MARGIN
        self._place(self.bin_row, QRect(rows.left(), footer, rows.width(), command))
        height = self.undo_bar.height_for(fields.width())
        self._place(self.undo_bar, QRect(fields.left(), bottom - GUTTER - height, fields.width(), height))
        self.update()

    def _place(self, part: QWidget, rect: QRect) -> None:
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), self.inner(), rect))

    def inner(self) -> QRect:
        """The sidebar without its border towards the conversation."""
        is_mirrored = self.isRightToLeft()
        return self.rect().adjusted(1 if is_mirrored else 0, 0, 0 if is_mirrored else -1, 0)

    def footer_top(self) -> int:
        """Where the line above the lowest row is."""
        row = self.bin_row.body_size().height()
        return self.height() - 1 - row - 2 * _FOOTER_PADDING

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._closes_on(event):
            event.accept()  # what can be closed in here is closed before Esc stops a reply
            return True
        return super().event(event)

    def _closes_on(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        return is_escape and (self.is_overlay or self._page is not self.conversations)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave_bin() if self._page is self.bin else self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 400)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
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
            self._appearance,
        )
        painter.end()
