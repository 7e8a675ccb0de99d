"""A field for a folder: typed as a whole path, or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.button_field import ButtonField


class FolderField(ButtonField):
    """A field for the path of a folder, or for none.

    Args:
        name: What screen readers call it.
        appearance: Theme and zoom.
        parent: Where it stands.

    Attributes:
        dialog: Asks for a folder; None when it is closed.

    Signals:
        entered: Another folder was entered; carries its whole path, "" for none.
        refused: What was typed is no whole path; carries a sentence, "" when it is one again.
    """

    entered = Signal(str)
    refused = Signal(str)

    def __init__(self, name: str, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(name, ("folder", self.tr("Choose a folder")), appearance, parent)
        self._folder = ""
        self.dialog: QFileDialog | None = None
        self.setPlaceholderText(self.tr("None"))
        self.editingFinished.connect(self._enter)
        self.button.clicked.connect(self.choose)

    def show_folder(self, folder: str) -> None:
        """Show a folder, "" for none."""
        self._folder = folder
        if self.text() != folder:
            self.setText(folder)
        self._mark("")
        self.setModified(False)

    def flush(self) -> None:
        """Tell what is typed and not told yet."""
        if self.isModified():
            self._enter()

    def choose(self) -> None:
        """Ask for a folder."""
        dialog = self.dialog = QFileDialog(self.window(), self.button.accessibleName(), self._folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _take(self, folder: str) -> None:
        self.setText(str(Path(folder).absolute()))
        self._enter()

    def _enter(self) -> None:
        text = self.text().strip()
        if text and not Path(text).is_absolute():
            self._mark(self.tr("Enter the whole path of a folder, or nothing."))
            return
        self._mark("")
        self.setModified(False)
        if text != self._folder:
            self._folder = text
            self.entered.emit(text)

    def _mark(self, sentence: str) -> None:
        self.set_invalid(bool(sentence))
        self.refused.emit(sentence)
