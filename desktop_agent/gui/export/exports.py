"""The export and the window: from its menu, its header, the sidebar and the keyboard."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore, StorageError

if TYPE_CHECKING:
    from desktop_agent.gui.export.dialog import ExportDialog


def import_export() -> None:
    """Load what export and import need, so that they open at once: to be called in a worker thread."""
    import desktop_agent.gui.export.dialog
    import desktop_agent.gui.export.import_dialog  # noqa: F401


class Exports(QObject):
    """Opens the export for what is wanted.

    Args:
        window: The window.
        desk: The conversations.
        store: Where they are kept.
        scope: Owns the tasks.

    Attributes:
        dialog: The export while it is open.

    Signals:
        opened: The export is open.
        failed: The store failed; carries the `StorageError`.
    """

    opened = Signal()
    failed = Signal(object)

    def __init__(self, window: MainWindow, desk: Desk, store: ConversationStore, scope: TaskScope) -> None:
        super().__init__(window)
        self._window, self._desk, self._store, self._scope = window, desk, store, scope
        self.dialog: ExportDialog | None = None
        window.export_requested.connect(self.export_current)
        window.export_all_requested.connect(lambda: self._open(None))
        window.sidebar.export_requested.connect(self.export)
        window.sidebar.offer_export()

    def export_current(self) -> None:
        """Export the conversation in the window; one that the store does not have is rescued as it stands."""
        current = self._desk.current
        if current.is_empty:
            return
        if current.id is None or not (current.is_stored or current.is_streaming):
            self._desk.troubles.save_elsewhere()
            return
        title = self._desk.title_of(current)
        selected, last = _selected(current), _last(current)
        self._open(current.id, title, selected, last)

    def export(self, conversation_id: int) -> None:
        """Export a conversation of the sidebar."""
        if conversation_id == self._desk.current.id:
            self.export_current()
        else:
            self._scope.spawn(self._export_stored(conversation_id), "export")

    async def _export_stored(self, conversation_id: int) -> None:
        try:
            summary = await self._store.conversation(conversation_id)
        except StorageError as error:
            self.failed.emit(error)
            return
        self._open(conversation_id, summary.title)

    def _open(
        self,
        conversation_id: int | None,
        title: str = "",
        selected: Collection[int] = (),
        last: Collection[int] = (),
    ) -> None:
        from desktop_agent.gui.export.dialog import ExportDialog
        from desktop_agent.gui.export.export_source import ExportSource

        if self.dialog is not None:
            self.dialog.raise_()
            return
        source = ExportSource(self._store, conversation_id, title, selected, last)
        self.dialog = ExportDialog(source, self._scope, self._window.appearance, self._window)
        self.dialog.finished.connect(self._forget)
        self.dialog.destroyed.connect(self._forget)
        self.dialog.show()
        self.opened.emit()

    def _forget(self) -> None:
        self.dialog = None


def _selected(conversation: Conversation) -> list[int]:
    """The messages that the selection touches."""
    selection = conversation.transcript.selected_text.selection
    if selection.is_empty:
        return []
    history = enumerate(conversation.session.history)
    return [said.id for index, said in history if said.id is not None and selection.span_in(index)]


def _last(conversation: Conversation) -> list[int]:
    """The last question, and what followed it."""
    found: list[int] = []
    for said in reversed(conversation.session.history):
        if said.id is not None:
            found.append(said.id)
        if said.is_question:
            break
    return found
