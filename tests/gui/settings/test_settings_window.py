"""The window of the settings: its pages, its keys, what counts at once and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAccessible, QAccessibleInterface, QFontDatabase, QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from typing_extensions import override

from desktop_agent.config.paths import settings_folder
from desktop_agent.gui.settings.about_page import AboutPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.what_leaves import open_what_leaves, paragraphs
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import TextButton
from desktop_agent.gui.widgets.fields import SelectField, Switch
from gui.settings.conftest import Opens, Visit, saved_settings
from qt_signals import upcoming

CONTROLS = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.ListItem,
    QAccessible.Role.StaticText,
}


def walk(node: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield node
    if node.role() == QAccessible.Role.ComboBox:
        return  # its list is Qt's own
    for index in range(node.childCount()):
        child = node.child(index)
        if child is not None:
            yield from walk(child)


def focus_of(window: QWidget) -> QWidget:
    found = window.focusWidget()
    assert found is not None
    return found


# Pages and keys


def test_every_control_of_every_page_has_a_name(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        for kind in PageKind:
            here.window.open(kind)
            tree = QAccessible.queryAccessibleInterface(here.window)
            found = [node for node in walk(tree) if node.role() in CONTROLS and not node.state().invisible]
            assert len(found) > 5
            nameless = [node.object() for node in found if not node.text(QAccessible.Text.Name)]
            # A label without words is room for an icon or for something to be said later.
            assert not [each for each in nameless if not (isinstance(each, QLabel) and not each.text())], kind
            for button in here.window.pages[kind].findChildren(QAbstractButton):
                assert button.accessibleName()

    visit(steps)


def test_the_list_shows_a_page_as_the_arrows_go_through_it(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.window.open()
        assert focus_of(here.window) is here.window.nav
        seen = [here.window.current]
        for _ in range(len(PageKind) - 1):
            QTest.keyClick(here.window.nav, Qt.Key.Key_Down)
            seen.append(here.window.current)
        assert seen == [*PageKind]
        QTest.keyClick(here.window.nav, Qt.Key.Key_Home)
        assert here.window.current is PageKind.GENERAL

    visit(steps)


def test_esc_closes_and_gives_the_keyboard_back(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        composer = here.parts.window.composer.editor
        composer.setFocus()
        here.window.open(PageKind.APPEARANCE)
        closed = upcoming(closed=here.window.closed)
        QTest.keyClick(here.window.nav, Qt.Key.Key_Escape)
        await closed
        assert here.window.isHidden()
        assert here.parts.window.focusWidget() is composer
        here.window.open()
        assert here.window.current is PageKind.APPEARANCE

    visit(steps)


def test_tab_goes_down_a_page(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        page = here.described(PageKind.APPEARANCE)
        here.live.change("appearance", reduced_motion=True)  # so that there is something to reset
        here.window.nav.setFocus()
        visited: list[QWidget] = []
        for _ in range(len(page.rows) + 2):
            visited.append(focus_of(here.window))
            QTest.keyClick(visited[-1], Qt.Key.Key_Tab)
        assert visited == [here.window.nav, *(row.control for row in page.rows.values()), page.reset_button]

    visit(steps)


def test_pages_stand_where_the_design_has_them(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.described(PageKind.APPEARANCE)
        here.parts.appearance.fix_theme(LIGHT)
        picture = here.window.grab().toImage()

        def edges(x: int, color: str) -> list[int]:
            return [y for y in range(picture.height()) if picture.pixelColor(x, y).name().upper() == color]

        row = edges(15, LIGHT.selected.name().upper())  # the second row: 34 further than the first
        assert (row[0], row[-1]) in {(48, 79), (49, 78)}
        line = [x for x in range(230) if picture.pixelColor(x, 300).name().upper() == "#E6E4E0"]
        assert line[0] == 203
        card = edges(500, LIGHT.border.name().upper())
        assert card[0] == 66
        across = [x for x in range(210, 880) if picture.pixelColor(x, 300).name().upper() == "#E6E4E0"]
        assert (across[0], across[-1]) == (232, 851)
        button = edges(250, LIGHT.border.name().upper())
        assert (button[-2], button[-1]) == (568, 599)

    visit(steps)


def test_from_right_to_left_all_is_mirrored(visit: Opens, qapp: QApplication) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:

        async def steps(here: Visit) -> None:
            page = here.described(PageKind.APPEARANCE)
            assert here.window.nav.geometry().right() == 879
            select = page.rows["theme"].control
            assert select is not None
            assert select.mapTo(here.window, select.rect().topLeft()).x() == 880 - 837

        visit(steps)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


class _Marks(QTranslator):
    """Marks each text that goes through the translator."""

    @override
    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"«{sourceText}»"


def test_every_text_can_be_translated(visit: Opens, qapp: QApplication) -> None:
    marks = _Marks()
    qapp.installTranslator(marks)
    try:

        async def steps(here: Visit) -> None:
            own = ("Desktop Agent ", "Python ", "Qt ", "assistant", "https://")  # names, not words
            texts = []
            for page in map(here.window.page, PageKind):
                texts += [label.text() for label in page.findChildren(QLabel)]
                texts += [button.text() for button in page.findChildren(TextButton)]
                texts += [box.itemText(0) for box in page.findChildren(QComboBox)]
                texts += [field.placeholderText() for field in page.findChildren(QLineEdit)]
            texts = [text for text in texts if text and not text.startswith(own)]
            assert len(texts) > 60
            assert [text for text in texts if "«" not in text and "%" not in text] == []

        visit(steps)
    finally:
        qapp.removeTranslator(marks)


# What counts at once


def test_a_choice_counts_at_once_and_is_kept(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        page = here.described(PageKind.GENERAL)
        select = page.rows["send_key"].control
        assert isinstance(select, SelectField)
        assert not page.reset_button.isEnabled()
        saved = upcoming(saved=here.live.saved)
        select.setFocus()
        QTest.keyClick(select, Qt.Key.Key_Down)
        assert here.live.settings.general.send_key == "ctrl_enter"
        await saved
        assert saved_settings().general.send_key == "ctrl_enter"
        saved = upcoming(saved=here.live.saved)
        QTest.keyClick(page.reset_button, Qt.Key.Key_Space)
        assert select.value == "enter"
        assert not page.reset_button.isEnabled()
        await saved
        assert saved_settings().general.send_key == "enter"

    visit(steps)


def test_the_theme_changes_in_place(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        page = here.described(PageKind.APPEARANCE)
        appearance = here.parts.appearance
        theme = page.rows["theme"].control
        contrast = page.rows["high_contrast"].control
        assert isinstance(theme, SelectField)
        assert isinstance(contrast, Switch)
        for name, expected in (("dark", DARK), ("light", LIGHT)):
            theme.choose(name)
            theme.activated.emit(theme.currentIndex())
            assert appearance.theme == expected
            corner = here.window.grab().toImage().pixelColor(870, 610)
            assert corner == expected.surface
            corner = here.parts.window.grab().toImage().pixelColor(3, 300)
            assert corner == expected.window
        contrast.click()
        assert appearance.theme == LIGHT.with_high_contrast()
        contrast.click()
        assert appearance.theme == LIGHT

    visit(steps)


def test_size_font_and_motion_change_in_place(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        appearance, change = here.parts.appearance, here.live.change
        page = here.described(PageKind.APPEARANCE)
        before = page.rows["theme"].height()
        change("appearance", text_size=2.0)
        assert appearance.zoom == 2.0
        assert page.rows["theme"].minimumHeight() > before
        change("appearance", text_size=1.0, interface_font="system")
        system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        assert appearance.font(TextStyle.UI).families()[0] == system.families()[0]
        assert QFontInfo(appearance.font(TextStyle.CODE)).family() == "JetBrains Mono"
        change("appearance", interface_font="inter", reduced_motion=True)
        assert QFontInfo(appearance.font(TextStyle.UI)).family() == "Inter"
        placement = here.parts.window.sidebar_placement
        settled = upcoming(settled=placement.settled)
        moves: list[int] = []
        placement.moved.connect(lambda: moves.append(1))
        placement.toggle()
        await settled
        assert len(moves) <= 2

    visit(steps)


def test_the_text_size_of_the_keys_is_kept_too(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        page = here.described(PageKind.APPEARANCE)
        saved = upcoming(saved=here.live.saved)
        here.parts.appearance.set_zoom(1.25)
        await saved
        assert saved_settings().appearance.text_size == 1.25
        select = page.rows["text_size"].control
        assert isinstance(select, SelectField)
        assert select.currentText() == "125 %"
        select.choose(1.1)
        select.activated.emit(select.currentIndex())
        assert here.parts.appearance.zoom == 1.1
        assert select.findText("125 %") < 0

    visit(steps)


def test_what_cannot_be_saved_is_said_and_counts_nevertheless(visit: Opens, tmp_path: Path) -> None:
    async def steps(here: Visit) -> None:
        here.window.open(PageKind.GENERAL)
        folder = settings_folder()
        aside = folder.with_name("aside")
        folder.rename(aside)
        folder.write_text("in the way")
        failed = upcoming(failed=here.live.failed)
        here.live.change("general", send_key="ctrl_enter")
        await failed
        assert here.window.trouble.startswith("The settings can't be saved.")
        assert here.live.settings.general.send_key == "ctrl_enter"
        folder.unlink()
        aside.rename(folder)
        saved = upcoming(saved=here.live.saved)
        here.live.change("general", thoughts="open")
        await saved
        assert here.window.trouble == ""
        assert saved_settings().general.send_key == "ctrl_enter"

    visit(steps)


def test_a_damaged_file_is_told(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        assert "damaged" in here.window.trouble

    visit(steps, saved="{")


# What leaves this computer, and About


def test_what_leaves_this_computer_opens_and_closes_by_keyboard(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.window.open(PageKind.PRIVACY)
        labels = here.window.pages[PageKind.PRIVACY].findChildren(QLabel)
        words = [label.accessibleName() for label in labels]
        for heading, text in paragraphs():
            assert heading in words
            assert text in words
        leaves = open_what_leaves(here.window, here.parts.appearance)
        assert focus_of(leaves) is leaves.close_button
        gone = upcoming(destroyed=leaves.destroyed)
        QTest.keyClick(leaves.close_button, Qt.Key.Key_Return)
        await gone
        assert focus_of(here.window) is here.window.nav

    visit(steps)


def test_diagnostics_have_versions_and_nothing_private(visit: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("sk-canary-0123456789", "hidden-host", "Secret agent", "what it is told", "My provider")
    monkeypatch.setenv("OPENAI_API_KEY", secrets[0])

    async def steps(here: Visit) -> None:
        from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile
        from desktop_agent.config.provider_kinds import ProviderKind
        from desktop_agent.config.providers import new_entry

        entry = new_entry(ProviderKind.CUSTOM, base_url=f"https://{secrets[1]}.example/v1", name=secrets[4])
        made = AgentProfile(id="one", name=secrets[2], system_message=secrets[3])
        here.live.change("providers", entries=(entry,))
        here.live.change("agents", profiles=(BUILT_IN, made))
        here.window.open(PageKind.ABOUT)
        page = here.window.pages[PageKind.ABOUT]
        assert isinstance(page, AboutPage)
        QTest.keyClick(page.copy_button, Qt.Key.Key_Space)
        copied = QApplication.clipboard().text()
        assert page.copy_button.text() == "Copied"
        for wanted in ("Desktop Agent ", "Python 3.", "Qt 6.", "openai ", "Agents: 2", "Providers: custom"):
            assert wanted in copied
        assert not [secret for secret in secrets if secret in copied]

    visit(steps)
