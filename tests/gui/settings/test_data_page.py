"""The page Data: what is on the disk, a backup now, and the bin; with the real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QLabel, QMessageBox

from desktop_agent.config.paths import log_folder
from desktop_agent.gui.settings.card import SettingRow
from desktop_agent.gui.settings.data_page import DataPage
from desktop_agent.gui.settings.page_kind import PageKind
from gui.settings.conftest import Opens, Visit
from qt_signals import upcoming


def words(row: SettingRow) -> str:
    return " ".join(label.text() for label in row.findChildren(QLabel) if label.text())


async def show(here: Visit) -> DataPage:
    refreshed = upcoming(refreshed=here.data.refreshed)
    here.window.open(PageKind.DATA)
    await refreshed
    return here.data


def test_a_backup_is_made_now(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        await here.parts.store.create_conversation("One")
        before = len(await here.parts.store.backups())
        page = await show(here)
        assert str(here.parts.store.path.parent) in words(page.folder_row)
        refreshed = upcoming(refreshed=page.refreshed)
        page.backup_button.click()
        assert not page.backup_button.isEnabled()
        await refreshed
        assert page.backup_button.isEnabled()
        assert len(await here.parts.store.backups()) == before + 1
        assert f"{before + 1}, the newest of" in words(page.backup_row)
        assert page.backups_button.isEnabled()

    visit(steps)


def test_the_bin_is_emptied_after_a_question(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        store = here.parts.store
        numbers = [await store.create_conversation(title) for title in ("One", "Two", "Three")]
        for number in numbers[:2]:
            await store.delete(number)
        page = await show(here)
        assert "2 deleted conversations" in words(page.bin_row)
        page.empty_button.click()
        box = page.findChild(QMessageBox)
        assert box is not None
        assert len(await store.conversations(in_bin=True)) == 2
        buttons = {each.text(): each for each in box.findChildren(QAbstractButton)}
        emptied = upcoming(emptied=page.bin_emptied)
        refreshed = upcoming(refreshed=page.refreshed)
        buttons["Empty the bin"].click()
        await emptied
        await refreshed
        assert await store.conversations(in_bin=True) == []
        assert [each.id for each in await store.conversations()] == [numbers[2]]
        assert not page.empty_button.isEnabled()

    visit(steps)


def test_folders_are_opened_and_a_missing_one_is_told(visit: Opens) -> None:
    opened: list[Path] = []

    async def steps(here: Visit) -> None:
        page = DataPage(
            here.parts.store, here.parts.scope, here.parts.appearance, open_folder=_opening(opened)
        )
        try:
            page.folder_button.click()
            assert opened == [here.parts.store.path.parent]
            page.log_button.click()
            assert opened[1:] == ([log_folder()] if log_folder().is_dir() else [])
            assert bool(page.log_row.error) != log_folder().is_dir()
        finally:
            page.deleteLater()

    visit(steps)


def _opening(opened: list[Path]) -> Callable[[Path], bool]:
    def note(folder: Path) -> bool:
        opened.append(folder)
        return True

    return note
