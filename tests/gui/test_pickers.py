"""Agent and model in the header: what is offered, how it is found and chosen, by keyboard and mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.chat.model_facts import ModelFacts, ModelPrice
from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile, ModelChoice
from desktop_agent.config.provider import Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.pickers.choice_popup import ChoicePopup
from desktop_agent.gui.pickers.choices import ModelGroup
from desktop_agent.gui.pickers.header_pickers import HeaderPickers
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.theme import DARK, LIGHT
from loopback import LoopbackServer, Reply
from window_steps import first_batch, outcome_of, type_and_send

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
MINI = ModelChoice(provider="openai", model="gpt-4o-mini")
OPENAI = ModelGroup(
    "openai",
    "OpenAI",
    [
        ModelFacts("gpt-4o-mini", context_length=128_000, tools=True, price=ModelPrice(0.15, 0.6, "table")),
        ModelFacts("whisper-1", chats=False),
        ModelFacts("gpt-4.1", context_length=1_047_576),
        ModelFacts("o1-preview", context_length=128_000, tools=False, vision=False),
    ],
    "api.openai.com",
)
OLLAMA = ModelGroup("ollama", "Ollama", [ModelFacts("llama3.2:latest"), ModelFacts("gpt-4o-mini")])
NOTHING = ModelGroup("empty", "Empty", [])
LISTED = ModelGroup("many", "Many", [ModelFacts(f"model-{number}") for number in range(20)])
CRITIC = AgentProfile(id="critic", name="critic", choice=ModelChoice(provider="openai", model="gpt-4.1"))
AGENTS = (BUILT_IN, CRITIC)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(Appearance(LIGHT))
    qtbot.addWidget(made)
    made.header.show_provider("assistant", "gpt-4o-mini", "api.openai.com")
    made.show()
    assert QTest.qWaitForWindowActive(made)
    yield made
    made.close_now()


@pytest.fixture
def pickers(window: MainWindow) -> HeaderPickers:
    window.header.pickers.set_models([OPENAI, NOTHING, OLLAMA], MINI)
    window.header.pickers.set_agents(AGENTS, BUILT_IN.id)
    return window.header.pickers


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key as a user does: whatever has the focus gets it."""
    QTest.keyClick(focused().window().windowHandle(), key, modifier)


def opened(pickers: HeaderPickers) -> ChoicePopup:
    assert pickers.popup is not None
    return pickers.popup


def rows(popup: ChoicePopup) -> list[str]:
    model = popup.list.model()
    names = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row, 0).data(names) for row in range(model.rowCount())]


def test_without_anything_to_choose_they_are_words(window: MainWindow) -> None:
    pickers = window.header.pickers
    assert not any(button.isEnabled() for button in pickers.buttons)
    press(Qt.Key.Key_M, CONTROL_SHIFT)
    press(Qt.Key.Key_A, CONTROL_SHIFT)
    assert pickers.popup is None
    assert (pickers.agent_button.accessibleName(), pickers.model_button.accessibleName()) == (
        "Agent: assistant",
        "Model: gpt-4o-mini",
    )
    assert "api.openai.com" in pickers.model_button.accessibleDescription()


def test_models_stand_below_their_providers_with_notes(pickers: HeaderPickers) -> None:
    press(Qt.Key.Key_M, CONTROL_SHIFT)
    popup = opened(pickers)
    assert rows(popup) == [
        "OpenAI",
        "gpt-4o-mini, 128k, chosen",
        "gpt-4.1, 1M",
        "o1-preview, 128k · no tools · no pictures",
        "whisper-1, does not chat",
        "Ollama",
        "llama3.2:latest",
        "gpt-4o-mini",
    ]
    assert popup.field is None  # there are eight of them at most
    assert popup.list.currentIndex().row() == 1
    tip = popup.list.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "$0.15 for a million tokens of the prompt, $0.60 of the reply" in tip


def test_a_model_is_chosen_by_keyboard(window: MainWindow, pickers: HeaderPickers, qtbot: QtBot) -> None:
    window.composer.editor.setFocus()
    press(Qt.Key.Key_M, CONTROL_SHIFT)
    press(Qt.Key.Key_Down)
    with qtbot.waitSignal(pickers.model_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == [ModelChoice(provider="openai", model="gpt-4.1")]
    assert pickers.popup is None
    assert QApplication.focusWidget() is window.composer.editor


def test_the_same_name_of_another_provider_is_another_model(pickers: HeaderPickers, qtbot: QtBot) -> None:
    pickers.choose_model()
    press(Qt.Key.Key_End)
    with qtbot.waitSignal(pickers.model_chosen) as caught:
        press(Qt.Key.Key_Space)
    assert caught.args == [ModelChoice(provider="ollama", model="gpt-4o-mini")]


def test_what_is_chosen_already_is_not_chosen_again(pickers: HeaderPickers, qtbot: QtBot) -> None:
    pickers.choose_model()
    with qtbot.assertNotEmitted(pickers.model_chosen):
        press(Qt.Key.Key_Return)
    assert pickers.popup is None


def test_an_agent_is_chosen_by_keyboard(window: MainWindow, pickers: HeaderPickers, qtbot: QtBot) -> None:
    press(Qt.Key.Key_A, CONTROL_SHIFT)
    assert rows(opened(pickers)) == ["assistant, chosen", "critic, gpt-4.1"]
    press(Qt.Key.Key_C)  # typing goes to what begins so
    with qtbot.waitSignal(pickers.agent_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == ["critic"]


def test_a_click_chooses(pickers: HeaderPickers, qtbot: QtBot) -> None:
    QTest.mouseClick(pickers.agent_button, Qt.MouseButton.LeftButton)
    popup = opened(pickers)
    place = popup.list.visualRect(popup.list.model().index(1, 0)).center()
    with qtbot.waitSignal(pickers.agent_chosen) as caught:
        QTest.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args == ["critic"]


def test_a_click_beside_it_closes_it_and_does_nothing_else(
    window: MainWindow, pickers: HeaderPickers, qtbot: QtBot
) -> None:
    pickers.choose_agent()
    place = window.composer.send_button.mapTo(window, QPoint(16, 16))
    popup = opened(pickers)
    assert window.childAt(place) is popup
    with qtbot.waitSignal(popup.closed):
        QTest.mouseClick(popup, Qt.MouseButton.LeftButton, pos=place)
    assert pickers.popup is None


@pytest.fixture
def many(pickers: HeaderPickers) -> HeaderPickers:
    pickers.set_models([OPENAI, LISTED], MINI)
    return pickers


def test_typing_filters_over_eight_entries(many: HeaderPickers, qtbot: QtBot) -> None:
    many.choose_model()
    popup = opened(many)
    assert popup.field is not None
    assert popup.field.editor.hasFocus()
    for key in (Qt.Key.Key_M, Qt.Key.Key_A, Qt.Key.Key_N, Qt.Key.Key_Y, Qt.Key.Key_Space, Qt.Key.Key_7):
        press(key)
    assert rows(popup) == ["Many", "model-7", "model-17"]
    press(Qt.Key.Key_Down)
    assert popup.list.hasFocus()
    press(Qt.Key.Key_Up)
    press(Qt.Key.Key_Up)
    assert popup.field.editor.hasFocus()
    press(Qt.Key.Key_Down)
    with qtbot.waitSignal(many.model_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == [ModelChoice(provider="many", model="model-17")]


def test_enter_in_the_field_takes_the_first_that_is_found(many: HeaderPickers, qtbot: QtBot) -> None:
    many.choose_model()
    press(Qt.Key.Key_1)
    press(Qt.Key.Key_9)
    with qtbot.waitSignal(many.model_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == [ModelChoice(provider="many", model="model-19")]


def test_nothing_found_is_said_and_esc_brings_all_back(many: HeaderPickers) -> None:
    many.choose_model()
    popup = opened(many)
    before = rows(popup)
    press(Qt.Key.Key_Q)
    press(Qt.Key.Key_Q)
    assert rows(popup) == []
    assert "Nothing found" in popup.list.accessibleDescription()
    press(Qt.Key.Key_Return)
    assert many.popup is popup
    press(Qt.Key.Key_Escape)
    assert rows(popup) == before
    press(Qt.Key.Key_Escape)
    assert many.popup is None


def test_what_is_typed_in_the_list_goes_to_the_field(many: HeaderPickers) -> None:
    many.choose_model()
    popup = opened(many)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_7)
    assert popup.field is not None
    assert popup.field.text == "7"
    assert rows(popup) == ["Many", "model-7", "model-17"]


def test_tab_stays_in_the_menu(many: HeaderPickers) -> None:
    many.choose_model()
    popup = opened(many)
    visited: list[QWidget | None] = []
    for _ in range(4):
        visited.append(QApplication.focusWidget())
        press(Qt.Key.Key_Tab)
    assert popup.field is not None
    assert visited == [popup.field.editor, popup.list] * 2


def test_5000_models_are_found(pickers: HeaderPickers, qtbot: QtBot) -> None:
    names = [f"vendor/model-{number}" for number in range(5_000)]
    pickers.set_models([ModelGroup("router", "Router", [ModelFacts(name) for name in names])], None)
    pickers.choose_model()
    QTest.keyClicks(opened(pickers).list, "4999")
    with qtbot.waitSignal(pickers.model_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == [ModelChoice(provider="router", model="vendor/model-4999")]


def test_names_of_others_stay_on_their_line(pickers: HeaderPickers) -> None:
    bad = "<b>x</b>\n\u202eevil"
    pickers.set_models([ModelGroup("bad", bad, [ModelFacts(bad, name=bad)])], None)
    pickers.show_provider(bad, bad, bad)
    pickers.choose_model()
    popup = opened(pickers)
    assert rows(popup) == ["<b>x</b> evil", "<b>x</b> evil"]
    tip = popup.list.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "<b>" not in pickers.model_button.toolTip()


def test_in_a_narrow_window_they_are_one(window: MainWindow, pickers: HeaderPickers, qtbot: QtBot) -> None:
    window.sidebar_placement.close()
    window.resize(759, 640)
    qtbot.waitUntil(pickers.joined_button.isVisible)
    assert not pickers.agent_button.isVisible()
    assert not pickers.model_button.isVisible()
    assert pickers.joined_button.accessibleName() == "Agent: assistant, Model: gpt-4o-mini"
    press(Qt.Key.Key_A, CONTROL_SHIFT)
    popup = opened(pickers)
    assert rows(popup)[:4] == ["Agents", "assistant, chosen", "critic, gpt-4.1", "OpenAI"]
    assert popup.list.currentIndex().row() == 1  # where Ctrl+Shift+M begins at the model
    press(Qt.Key.Key_Down)
    with qtbot.waitSignal(pickers.agent_chosen) as caught:
        press(Qt.Key.Key_Return)
    assert caught.args == ["critic"]
    press(Qt.Key.Key_M, CONTROL_SHIFT)
    assert opened(pickers).list.currentIndex().row() == 4
    window.resize(760, 640)
    qtbot.waitUntil(pickers.model_button.isVisible)
    assert pickers.popup is None
    assert not pickers.joined_button.isVisible()


def test_long_names_are_cut_and_leave_the_title_room(window: MainWindow, pickers: HeaderPickers) -> None:
    window.header.show_title("A title")
    pickers.show_provider("agent " * 30, "model " * 30, "")
    header = window.header
    assert pickers.width() <= header.width() * 2 // 3
    assert pickers.geometry().right() < header.width()
    assert header.title.width() > 200
    assert all(button.is_cut for button in (pickers.agent_button, pickers.model_button))
    assert "model model" in pickers.model_button.toolTip()


def test_the_menus_lead_to_the_settings_once_these_are_there(pickers: HeaderPickers, qtbot: QtBot) -> None:
    pickers.offer_settings()
    for open_menu, row, page in (
        (pickers.choose_agent, "Edit agents", "agents"),
        (pickers.choose_model, "Providers & keys", "providers"),
    ):
        open_menu()
        assert rows(opened(pickers))[-1] == row
        press(Qt.Key.Key_End)
        with qtbot.waitSignal(pickers.settings_requested) as caught:
            press(Qt.Key.Key_Return)
        assert caught.args == [page]


def test_the_pickers_are_reached_by_tab_and_f6(window: MainWindow, pickers: HeaderPickers) -> None:
    window.composer.set_text("something")
    window.composer.send_button.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is pickers.agent_button
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is pickers.model_button
    window.composer.editor.setFocus()
    press(Qt.Key.Key_F6)
    press(Qt.Key.Key_F6)
    assert QApplication.focusWidget() is pickers.agent_button
    press(Qt.Key.Key_Down)
    assert rows(opened(pickers))[0] == "assistant, chosen"
    press(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is pickers.agent_button


def test_another_part_that_takes_the_keyboard_closes_the_menu(
    window: MainWindow, pickers: HeaderPickers
) -> None:
    pickers.choose_model()
    press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert pickers.popup is None
    assert QApplication.focusWidget() is window.composer.editor


def test_screen_readers_find_the_rows(many: HeaderPickers) -> None:
    many.choose_model()
    popup = opened(many)
    node = QAccessible.queryAccessibleInterface(popup.list)
    assert node.role() == QAccessible.Role.List
    assert node.text(QAccessible.Text.Name) == "Models"
    names = [node.child(index).text(QAccessible.Text.Name) for index in range(3)]
    assert names == ["OpenAI", "gpt-4o-mini, 128k, chosen", "gpt-4.1, 1M"]
    assert popup.field is not None
    assert popup.field.editor.accessibleName() == "Type to filter"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_menu_lies_below_the_end_of_its_picker(
    window: MainWindow, pickers: HeaderPickers, theme: object, qapp: QApplication
) -> None:
    assert theme in (LIGHT, DARK)
    window.appearance.fix_theme(LIGHT if theme is LIGHT else DARK)
    pickers.choose_model()
    panel = opened(pickers).panel
    body = pickers.model_button.rect().translated(pickers.model_button.mapTo(window, QPoint(0, 0)))
    assert panel.right() == body.right() - 4
    assert panel.top() == body.bottom() + 1
    image = window.grab().toImage()
    shown = window.appearance.theme
    assert image.pixelColor(panel.left() + 100, panel.top()).name() == shown.border.name()
    assert image.pixelColor(panel.left() + 3, panel.center().y()).name() == shown.raised.name()


def test_everything_is_mirrored(qtbot: QtBot, qapp: QApplication) -> None:
    places = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        qapp.setLayoutDirection(direction)
        try:
            made = MainWindow(Appearance(LIGHT))
            qtbot.addWidget(made)
            made.header.show_provider("assistant", "gpt-4o-mini", "")
            pickers = made.header.pickers
            pickers.set_models([OPENAI], MINI)
            pickers.set_agents(AGENTS, BUILT_IN.id)
            made.show()
            assert QTest.qWaitForWindowActive(made)
            pickers.choose_model()
            found = [each.geometry().translated(pickers.pos()) for each in pickers.buttons[:2]]
            places.append([*found, opened(pickers).panel])
            pickers.close_popup()
            made.close_now()
        finally:
            qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    buttons, turned = places
    for plain, other in zip(buttons[2:], turned[2:], strict=True):
        assert other.left() == 1280 - 1 - plain.right()
    gaps = [second.left() - first.right() for first, second in pairwise(buttons[:2])]
    assert [first.left() - second.right() for first, second in pairwise(turned[:2])] == gaps


def test_esc_closes_the_menu_before_it_stops_a_reply(
    drive: Callable[..., int], server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 5_000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        parts.window.activateWindow()
        pickers = parts.window.header.pickers
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        await first_batch(parts)
        for models in ([OPENAI, LISTED], [OPENAI]):  # with a field and without
            pickers.set_models(models, MINI)
            pickers.choose_model()
            assert pickers.popup is not None
            QTest.keyClick(focused(), Qt.Key.Key_Escape)
            assert pickers.popup is None
            assert parts.runner.is_running
        QTest.keyClick(focused(), Qt.Key.Key_Escape)
        assert await ended == "stopped"

    assert drive(local, steps) == 0


def test_the_window_closes_over_an_open_menu(drive: Callable[..., int], local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        parts.window.activateWindow()
        pickers = parts.window.header.pickers
        pickers.set_models([OPENAI, LISTED], MINI)
        pickers.choose_model()
        assert pickers.popup is not None

    assert drive(local, steps) == 0
