"""What does not work, said above the conversation and on the empty page, and the way out of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from desktop_agent.chat.notices import (
    DEMO,
    NO_MODEL,
    Action,
    Notice,
    describe_saved,
    describe_store_fault,
    describe_trouble,
)
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.rescue import RescueDialog
from desktop_agent.gui.widgets.notice import NoticeBox
from desktop_agent.storage import StorageError, StoreDamagedError


class Troubles(QObject):
    """Says what does not work.

    Args:
        window: Where it is said.

    Signals:
        store_recovered: The store takes something again after a fault.
        action_requested: A notice's button leads elsewhere; carries its `Action`.
    """

    store_recovered = Signal()
    action_requested = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._conversation: Conversation | None = None
        self._trouble: Notice | None = None
        self._store_fault: Notice | None = None
        self._standing: Notice | None = None
        self._is_demo = False
        self._has_nobody = False
        window.banner_action_chosen.connect(self._act)

    # Above the conversation

    def show_for(self, conversation: Conversation) -> None:
        """Say what holds for `conversation`, which is the one in the window."""
        self._conversation = conversation
        fault = conversation.fault
        notice = self._store_fault or self._trouble or (NO_MODEL if self._has_nobody else None)
        self._window.show_banner(notice if fault is None else describe_store_fault(str(fault)))

    def show(self, sentence: str) -> None:
        """Say what does not work, from now on."""
        self._trouble = describe_trouble(sentence)
        self._refresh()

    def show_store_fault(self, error: StorageError) -> None:
        """Say that the store failed, until it takes something again."""
        if isinstance(error, StoreDamagedError):
            self.show(str(error))  # only the next start mends it
            return
        self._store_fault = describe_trouble(str(error))
        self._refresh()

    def note_store_works(self) -> None:
        """The store took something."""
        if self._store_fault is not None:
            self._store_fault = None
            self.store_recovered.emit()
            self._refresh()

    def show_nobody(self, *, has_nobody: bool) -> None:
        """Say that no model is chosen yet, or no longer."""
        if has_nobody != self._has_nobody:
            self._has_nobody = has_nobody
            self._refresh()

    def _act(self, action: Action) -> None:
        if action is Action.EXPORT:
            self.save_elsewhere()
        else:
            self.action_requested.emit(action)

    def _refresh(self) -> None:
        if self._conversation is not None:
            self.show_for(self._conversation)

    # On the empty page

    def show_standing(self, sentence: str) -> None:
        """Say on the empty page what does not work from the start; empty for nothing."""
        self._standing = describe_trouble(sentence) if sentence else None
        self._show_on_empty_page()

    def show_demo(self, *, is_demo: bool) -> None:
        """Say on the empty page that replies are scripted, or no longer."""
        self._is_demo = is_demo
        self._show_on_empty_page()

    def _show_on_empty_page(self) -> None:
        notice = self._standing or (DEMO if self._is_demo else None)
        box = None if notice is None else NoticeBox(notice, self._window.appearance)
        if box is not None:
            box.action_chosen.connect(self.action_requested)
        self._window.empty_page.set_notice(box)

    # The way out

    def save_elsewhere(self) -> None:
        """Let the user save what is on the screen: the store does not take it."""
        if self._conversation is None:
            return
        dialog = RescueDialog(self._conversation.session, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._write_elsewhere(dialog, path))
        dialog.open()

    def _write_elsewhere(self, dialog: RescueDialog, path: str) -> None:
        try:
            dialog.write(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            sentence = self.tr("{path} can't be written: {reason}. Choose another place.")
            notice = describe_store_fault(sentence.format(path=path, reason=reason))
        else:
            notice = describe_saved(path)
        self._window.show_banner(notice)
