"""The page Agents: making, editing, duplicating and removing, by keyboard; nothing that was typed is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile, ModelChoice
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import new_entry
from desktop_agent.gui.settings.agents_page import AgentsPage
from gui.settings.conftest import Opens, Visit, saved_settings
from qt_signals import upcoming

TWO = (BUILT_IN, AgentProfile(id="critic", name="Critic", system_message="Be short.", temperature=0.5))


def type_into(field: QWidget, text: str) -> None:
    """Replace what a field holds, as a person does."""
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)


def answer(page: AgentsPage, verb: str) -> None:
    """Press a button of the question that stands above the page."""
    box = page.findChild(QMessageBox)
    assert box is not None
    buttons = {button.text().replace("&", ""): button for button in box.findChildren(QAbstractButton)}
    buttons[verb].click()


def test_an_agent_is_made_and_edited_by_keyboard(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        page = here.agents
        form = page.form
        await here.activate()
        QTest.keyClick(page.add_button, Qt.Key.Key_Return)
        assert form.name_field.hasFocus()
        QTest.keyClicks(form.name_field, "Critic")  # the name is selected
        QTest.keyClick(form.name_field, Qt.Key.Key_Tab)
        QTest.keyClicks(form.message_area, "Be short.")
        QTest.keyClick(form.message_area, Qt.Key.Key_Tab)
        temperature = form.number_fields["temperature"]
        type_into(temperature, "0.3")
        QTest.keyClick(temperature, Qt.Key.Key_Up)
        QTest.keyClick(form.streaming_switch, Qt.Key.Key_Space)
        made = here.live.settings.agents.profiles[1]
        assert (made.name, made.system_message) == ("Critic", "Be short.")
        assert made.temperature == pytest.approx(0.4)
        assert not made.streaming
        assert [row.name for row in page.list.rows] == [BUILT_IN.name, "Critic"]
        assert here.live.settings.agents.profiles[0] == BUILT_IN
        await upcoming(saved=here.live.saved)

    visit(steps)
    assert saved_settings().agents.profiles[1].name == "Critic"


def test_what_is_typed_is_kept_when_the_window_closes(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        form = here.agents.form
        form.message_area.setFocus()
        QTest.keyClicks(form.message_area, "Also: ")
        here.window.close()

    visit(steps)
    assert saved_settings().agents.profiles[0].system_message.startswith("Also: ")


def test_what_is_typed_belongs_to_the_agent_that_was_shown(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.live.change("agents", profiles=TWO)
        page = here.agents
        page.list.setFocus()
        QTest.keyClicks(page.form.name_field, " one")
        page.list.choose("critic")
        assert [each.name for each in here.live.settings.agents.profiles] == ["assistant one", "Critic"]
        assert page.form.name_field.text() == "Critic"
        assert page.form.number_fields["temperature"].number == 0.5

    visit(steps)


def test_a_name_and_numbers_are_checked(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        form = here.agents.form
        before = here.live.settings.agents.profiles
        type_into(form.name_field, " ")
        QTest.keyClick(form.name_field, Qt.Key.Key_Return)
        assert form.error(form.name_field) == "An agent needs a name."
        assert form.name_field.is_invalid
        for name, wrong in (("temperature", "3"), ("max_tokens", "1.5"), ("top_p", "much")):
            field = form.number_fields[name]
            type_into(field, wrong)
            QTest.keyClick(field, Qt.Key.Key_Return)
            assert field.is_invalid
            assert "or nothing" in form.error(field)
        assert here.live.settings.agents.profiles == before
        field = form.number_fields["max_tokens"]
        type_into(field, "4,096")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert form.error(field) == ""
        assert here.live.settings.agents.profiles[0].max_tokens == 4096
        field.clear()
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert here.live.settings.agents.profiles[0].max_tokens is None

    visit(steps)


def test_an_agent_may_begin_with_tools(visit: Opens, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()

    async def steps(here: Visit) -> None:
        form = here.agents.form
        QTest.keyClick(form.web_search_switch, Qt.Key.Key_Space)
        field = form.files_field
        type_into(field, "work")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert form.error(field) == "Enter the whole path of a folder, or nothing."
        assert here.live.settings.agents.current.files == ""
        field.button.click()
        assert field.dialog is not None
        field.dialog.fileSelected.emit(str(folder))
        field.dialog.reject()
        assert form.error(field) == ""
        assert field.text() == str(folder)
        here.parts.desk.new_chat()
        assert here.parts.session.tools == ToolChoices(web_search=True, files=str(folder))
        field.setFocus()
        QTest.keyClicks(field, "x")
        here.window.close()

    visit(steps)
    profile = saved_settings().agents.profiles[0]
    assert (profile.web_search, profile.files) == (True, f"{folder}x")


def test_an_agent_may_have_a_model_of_its_own(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        entry = new_entry(ProviderKind.CUSTOM, base_url="https://models.example/v1", name="Mine")
        entry = entry.model_copy(update={"typed_models": ("big-one", "small-one"), "model": "small-one"})
        here.live.change("providers", entries=(entry,))
        page = here.agents
        form = page.form
        assert form.model_field.isHidden()
        form.provider_select.choose(entry.id)
        form.provider_select.activated.emit(form.provider_select.currentIndex())
        assert here.live.settings.agents.current.choice == ModelChoice(provider=entry.id)
        assert form.model_field.isVisible()
        completer = form.model_field.completer()
        offered = completer.model()
        await upcoming(reset=offered.modelReset, changed=offered.dataChanged)
        assert {offered.index(row, 0).data() for row in range(offered.rowCount())} == {"big-one", "small-one"}
        assert form.model_field.placeholderText() == "small-one"
        QTest.keyClicks(form.model_field, "big-one")
        QTest.keyClick(form.model_field, Qt.Key.Key_Return)
        assert here.live.settings.agents.current.choice == ModelChoice(provider=entry.id, model="big-one")
        assert page.list.rows[0].subtitle == "big-one, Mine"
        form.provider_select.choose("")
        form.provider_select.activated.emit(0)
        assert here.live.settings.agents.current.choice is None
        assert form.model_field.isHidden()

    visit(steps)


def test_an_agent_whose_provider_is_gone_keeps_its_choice(visit: Opens) -> None:
    gone = AgentProfile(id="old", name="Old", choice=ModelChoice(provider="gone", model="m"))

    async def steps(here: Visit) -> None:
        here.live.change("agents", profiles=(gone,))
        page = here.agents
        assert page.form.provider_select.value is None
        assert page.list.rows[0].subtitle == "m, gone"
        page.form.flush()
        assert here.live.settings.agents.profiles == (gone,)

    visit(steps)


def test_a_duplicate_has_a_name_of_its_own(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.live.change("agents", profiles=TWO)
        page = here.agents
        page.list.choose("critic")
        page.duplicate_button.click()
        copy = here.live.settings.agents.profiles[2]
        assert copy.name == "Critic 2"
        assert (copy.system_message, copy.temperature) == ("Be short.", 0.5)
        assert copy.id not in {"critic", BUILT_IN.id}
        assert page.list.current_id == copy.id

    visit(steps)


def test_removing_asks_and_never_takes_the_last_one(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.live.change("agents", profiles=TWO, chosen="critic")
        page = here.agents
        page.list.choose("critic")
        page.remove_button.click()
        answer(page, "Cancel")
        assert here.live.settings.agents.profiles == TWO
        await upcoming(gone=page.findChildren(QMessageBox)[0].destroyed)
        page.remove_button.click()
        answer(page, "Remove")
        assert list(here.live.settings.agents.profiles) == [BUILT_IN]
        assert here.live.settings.agents.chosen == BUILT_IN.id
        assert page.list.current_id == BUILT_IN.id
        assert not page.remove_button.isEnabled()

    visit(steps)


def test_reset_brings_the_first_agent_back(visit: Opens) -> None:
    async def steps(here: Visit) -> None:
        here.live.change("agents", profiles=TWO[1:])
        page = here.agents
        page.reset_button.click()
        answer(page, "Reset")
        assert here.live.settings.agents.profiles == (BUILT_IN,)
        assert page.form.name_field.text() == BUILT_IN.name
        assert not page.reset_button.isEnabled()

    visit(steps)
