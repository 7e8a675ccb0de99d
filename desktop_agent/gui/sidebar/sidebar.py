"""The sidebar: new chat, search, conversations, bin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.conversation_model import Dot
from desktop_agent.gui.sidebar.frame import SidebarFrame

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationSummary, SearchHit


class Sidebar(SidebarFrame):
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
        settings_requested: Settings was pressed.
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
    settings_requested = Signal()
    typed = Signal(str)
    dismissed = Signal()

    def __init__(
        self,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(appearance, parent, clock)
        self.is_overlay = False
        self._connect_signals()

    def _connect_signals(self) -> None:
        self.collapse_button.clicked.connect(self.collapse_requested)
        self.new_chat_row.clicked.connect(self.new_chat_requested)
        self.bin_row.clicked.connect(self.open_bin)
        self.settings_row.clicked.connect(self.settings_requested)
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
            self.show_page(self.hits)

    def show_undo(self, conversation_id: int) -> None:
        """Offer for ten seconds to take a deletion back."""
        self.undo_bar.offer(conversation_id)

    def show_bin(self, rows: Sequence[ConversationSummary]) -> None:
        """Fill the bin, which `open_bin` has opened."""
        self.bin.list.set_rows(rows)

    def open_bin(self) -> None:
        """Go to the bin and ask for what is in it."""
        self.search_field.clear()
        self.show_page(self.bin)
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
        return self.page

    def focus_list(self) -> None:
        """Give the keyboard to the list that is shown."""
        self.page.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _search(self, text: str) -> None:
        if not text.strip():
            self.show_page(self.conversations)
        self.search_changed.emit(text.strip() and text)

    def _accept_search(self) -> None:
        if self.page is self.hits:
            self.hits.choose_first()

    def _end_search(self) -> None:
        self.search_field.clear()
        self.focus_search()

    def _leave_bin(self) -> None:
        self.show_page(self.conversations)
        self.focus_list()

    def _undo(self, conversation_id: int) -> None:
        self.focus_list()
        self.undo_requested.emit(conversation_id)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._closes_on(event):
            event.accept()  # what can be closed in here is closed before Esc stops a reply
            return True
        return super().event(event)

    def _closes_on(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        return is_escape and (self.is_overlay or self.page is not self.conversations)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave_bin() if self.page is self.bin else self.dismissed.emit()
        else:
            super().keyPressEvent(event)
