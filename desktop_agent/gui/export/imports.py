"""The import and the window: from its menu, by a file that is dropped, or one that the program was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog
from typing_extensions import override

from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.opened_files import OpenedFiles
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore

if TYPE_CHECKING:
    from desktop_agent.gui.export.import_dialog import ImportDialog

_SUFFIX = ".json"


class Imports(QObject):
    """Opens the import for a file.

    Args:
        window: The window, which takes files that are dropped on it.
        desk: The conversations.
        store: Where they are kept.
        files: Files that the desktop or the command line hands over.
        scope: Owns the tasks.

    Attributes:
        dialog: The import while it is open.
        file_dialog: The one that asks for a file, while it is open.

    Signals:
        opened: The import is open.
        imported: Conversations were added.
    """

    opened = Signal()
    imported = Signal()

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        store: ConversationStore,
        files: OpenedFiles,
        scope: TaskScope,
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._store, self._files, self._scope = window, desk, store, files, scope
        self._waiting: list[str] = []
        self.dialog: ImportDialog | None = None
        self.file_dialog: QFileDialog | None = None
        window.import_requested.connect(self.choose_file)
        files.opened.connect(self.open)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def choose_file(self) -> None:
        """Ask for a file, in the system's own dialog."""
        dialog = self.file_dialog = QFileDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget_file_dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Exported conversations (*.json)"))
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog.setDirectory(documents)
        dialog.fileSelected.connect(self.open)
        dialog.open()

    def open(self, path: str) -> None:
        """Say what importing a file would do, and offer it; several files one after the other."""
        from desktop_agent.gui.export.import_dialog import ImportDialog

        if self.dialog is not None:
            self._waiting.append(path)
            return
        appearance = self._window.appearance
        self.dialog = ImportDialog(self._store, Path(path), self._scope, appearance, self._window)
        self.dialog.imported.connect(self._show)
        self.dialog.finished.connect(self._open_next)
        self.dialog.show()
        self.opened.emit()

    def _open_next(self) -> None:
        self.dialog = None
        if self._waiting:
            self.open(self._waiting.pop(0))

    def _forget_file_dialog(self) -> None:
        self.file_dialog = None

    def _show(self, added: list[int]) -> None:
        """Go to the first conversation that was added."""
        if added:
            self._desk.open(added[0])
        self.imported.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and _exports_in(event.mimeData()):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            paths = _exports_in(event.mimeData())
            if paths:
                event.acceptProposedAction()
                self._files.open(paths)
                return True
        return False


def _exports_in(data: QMimeData) -> list[str]:
    """The files of a drag that may be exports."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(_SUFFIX)]
