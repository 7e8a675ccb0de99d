"""The page Data: where the conversations are, their backups, and the bin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_agent.config.paths import FolderError, log_folder
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.card import ButtonRow, Card, SettingRow
from desktop_agent.gui.settings.page import SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.question import ask_first
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.widgets.buttons import TextButton
from desktop_agent.storage import ConversationStore, NotInStoreError, StorageError

_UNITS = QLocale.DataSizeFormat.DataSizeSIFormat
OpenFolder = Callable[[Path], object]


def open_folder(folder: Path) -> bool:
    """Show a folder in the system's own program for files; whether that was possible."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


@dataclass(frozen=True)
class _Standing:
    """How the files stand.

    Attributes:
        size: Bytes of the conversations.
        backups: How many there are.
        newest: When the newest of them was made, in seconds since 1970.
        in_bin: How many conversations are in the bin.
    """

    size: int
    backups: int
    newest: float | None
    in_bin: int


class DataPage(SettingsPage):
    """Where the conversations are.

    Args:
        store: Keeps them.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: Where it stands.
        open_folder: Shows a folder to the person.

    Attributes:
        backup_button: Makes a backup now.
        empty_button: Empties the bin, after a question.

    Signals:
        bin_emptied: What was in the bin is gone for good.
        refreshed: The page shows how the files stand now.
    """

    bin_emptied = Signal()
    refreshed = Signal()

    def __init__(
        self,
        store: ConversationStore,
        scope: TaskScope,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        open_folder: OpenFolder = open_folder,
    ) -> None:
        super().__init__(PageKind.DATA, appearance, parent)
        self._store = store
        self._scope = scope
        self._open_folder = open_folder
        self._backups: Path | None = None
        self._build_rows()
        self.shown.connect(self.refresh)

    def _build_rows(self) -> None:
        self.folder_button = self._button(self.tr("Open folder"), self._open_data)
        self.backup_button = self._button(self.tr("Back up now"), self._back_up)
        self.backups_button = self._button(self.tr("Open folder"), self._open_backups)
        self.backups_button.setAccessibleName(self.tr("Open the folder of the backups"))
        self.empty_button = self._button(self.tr("Empty the bin"), self._ask_empty)
        self.log_button = self._button(self.tr("Open folder"), self._open_log)
        self.log_button.setAccessibleName(self.tr("Open the folder of the log"))
        appearance = self.appearance
        self.folder_row = SettingRow(self.tr("Conversations"), "", ButtonRow(self.folder_button), appearance)
        self.backup_row = SettingRow(
            self.tr("Backups"), "", ButtonRow(self.backups_button, self.backup_button), appearance
        )
        self.bin_row = SettingRow(self.tr("Bin"), "", ButtonRow(self.empty_button), appearance)
        self.log_row = SettingRow(
            self.tr("Log"),
            self.tr("What the program did, without keys, and without what you or a model wrote."),
            ButtonRow(self.log_button),
            appearance,
        )
        card = Card(appearance, self)
        for row in (self.folder_row, self.backup_row, self.bin_row, self.log_row):
            card.add(row)
        self.body.addWidget(card)
        self.body.addStretch(1)
        self.backups_button.setEnabled(False)
        self.empty_button.setEnabled(False)

    def _button(self, text: str, reaction: Callable[[], object]) -> TextButton:
        button = TextButton(text, self.appearance, small=True, parent=self)
        button.clicked.connect(lambda: reaction())
        return button

    # How the files stand

    def refresh(self) -> None:
        """Look how the files stand, and show it."""
        self._run(self._look(), self.folder_row)

    async def _look(self) -> None:
        in_bin = await self._store.conversations(in_bin=True)
        backups = await self._store.backups()
        self._backups = backups[0].parent if backups else None
        self._show(await asyncio.to_thread(_measure, self._store.path, backups, len(in_bin)))

    def _show(self, standing: _Standing) -> None:
        locale = QLocale()
        self.folder_row.show_hint(
            self.tr("{size} in {folder}").format(
                size=locale.formattedDataSize(standing.size, 1, _UNITS), folder=self._store.path.parent
            )
        )
        if standing.newest is None:
            words = self.tr("None yet. One is made on each day of use.")
        else:
            when = QDateTime.fromSecsSinceEpoch(round(standing.newest))
            words = self.tr("{count}, the newest of {time}. One is made on each day of use.")
            shown = locale.toString(when, QLocale.FormatType.ShortFormat)
            words = words.format(count=locale.toString(standing.backups), time=shown)
        self.backup_row.show_hint(words)
        words = self.tr("Empty. What you delete stays here for 30 days.")
        if standing.in_bin:
            words = self.tr("{count} deleted conversations. Each goes for good after 30 days.")
            words = words.format(count=locale.toString(standing.in_bin))
        self.bin_row.show_hint(words)
        self.backups_button.setEnabled(self._backups is not None)
        self.empty_button.setEnabled(standing.in_bin > 0)
        self.refreshed.emit()

    # What the person does

    def _open_data(self) -> None:
        self._open(self._store.path.parent, self.folder_row)

    def _open_backups(self) -> None:
        if self._backups is not None:
            self._open(self._backups, self.backup_row)

    def _open_log(self) -> None:
        try:
            self._open(log_folder(), self.log_row)
        except FolderError as error:
            self.log_row.show_error(str(error))

    def _open(self, folder: Path, row: SettingRow) -> None:
        is_open = folder.is_dir() and self._open_folder(folder)
        sentence = self.tr("{folder} can't be opened. Look for it in your own program for files.")
        row.show_error("" if is_open else sentence.format(folder=folder))

    def _back_up(self) -> None:
        async def back_up() -> None:
            try:
                await self._store.backup()
            finally:
                self.backup_button.setEnabled(True)
            await self._look()

        self.backup_button.setEnabled(False)
        self._run(back_up(), self.backup_row)

    def _ask_empty(self) -> None:
        ask_first(
            self,
            self.tr("Delete everything in the bin for good?"),
            self.tr("These conversations can't be had back."),
            self.tr("Empty the bin"),
            self._empty,
        )

    def _empty(self) -> None:
        async def empty() -> None:
            for each in await self._store.conversations(in_bin=True):
                try:
                    await self._store.purge(each.id)
                except NotInStoreError:
                    continue  # it went meanwhile
            self.bin_emptied.emit()
            await self._look()

        self.empty_button.setEnabled(False)
        self._run(empty(), self.bin_row)

    def _run(self, work: Coroutine[Any, Any, None], row: SettingRow) -> None:
        async def guarded() -> None:
            try:
                await work
            except StorageError as error:
                row.show_error(str(error))
            else:
                row.show_error("")

        self._scope.spawn(guarded(), "settings: data")


def _measure(path: Path, backups: list[Path], in_bin: int) -> _Standing:
    """How the files stand; it waits for the disk."""

    def size_of(file: Path) -> int:
        try:
            return file.stat().st_size
        except OSError:
            return 0

    newest: float | None = None
    if backups:
        try:
            newest = backups[0].stat().st_mtime
        except OSError:
            backups = backups[1:]
    files = [path, path.with_name(f"{path.name}-wal")]
    return _Standing(sum(map(size_of, files)), len(backups), newest, in_bin)
