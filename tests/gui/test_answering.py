"""Who answers in the real window: the settings, the page for newcomers, the pickers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.chat.notices import Action
from desktop_agent.config.agent_profiles import ModelChoice
from desktop_agent.config.paths import settings_folder
from desktop_agent.config.provider import Provider
from desktop_agent.gui.first_run.page import Choice, FirstRunPage
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.widgets.notice import NoticeBox
from desktop_agent.gui.widgets.status_bar import State
from gui.setting_up import until
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import last_reply, outcome_of, type_and_send

Run = Callable[..., int]


def write_settings(server: LoopbackServer, figures: Any = None, **more: Any) -> None:
    """Settings in which a server without a key is chosen."""
    entry: dict[str, Any] = {"id": "mine", "kind": "custom", "name": "My server", "model": "one"}
    entry |= {"base_url": server.base_url, "figures": figures or {}}
    settings = {
        "general": {"title_by_model": False},
        "providers": {"entries": [entry], "chosen": {"provider": "mine", "model": "one"}},
        **more,
    }
    (settings_folder() / "settings.json").write_text(json.dumps(settings))


def test_whom_the_settings_choose_answers(drive: Run, server: LoopbackServer) -> None:
    write_settings(server)

    async def steps(parts: RunningWindow) -> None:
        assert not parts.window.has_welcome
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"

    assert drive(None, steps) == 0
    assert server.requests[-1].body["model"] == "one"


def test_the_lists_of_models_are_read_until_nothing_is_new(drive: Run, server: LoopbackServer) -> None:
    write_settings(server)

    async def steps(parts: RunningWindow) -> None:
        reading = parts.answering.reading
        assert reading is not None
        await reading
        changes: list[None] = []
        parts.connections.changed.connect(lambda: changes.append(None))
        await parts.connections.read_lists()
        assert changes == []

    assert drive(None, steps) == 0


def test_another_model_answers_from_the_next_message_on(drive: Run, server: LoopbackServer) -> None:
    write_settings(server)

    async def first(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"
        parts.window.header.pickers.model_chosen.emit(ModelChoice(provider="mine", model="two"))
        assert parts.window.status_bar.model_item.text == "two"
        ended = outcome_of(parts)
        type_and_send(parts, "And you?")
        assert await ended == "finished"

    async def second(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Still there?")
        assert await ended == "finished"

    assert drive(None, first) == 0
    assert drive(None, second) == 0
    assert [request.body["model"] for request in server.requests] == ["one", "two", "two"]


def test_an_agent_has_its_instructions_and_its_parameters(drive: Run, server: LoopbackServer) -> None:
    pirate = {"id": "p", "name": "Pirate", "system_message": "Speak as a pirate.", "temperature": 0.5}
    write_settings(server, agents={"profiles": [pirate], "chosen": "p"})

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"
        assert last_reply(parts).author == "Pirate"

    assert drive(None, steps) == 0
    body = server.requests[-1].body
    assert body["messages"][0]["content"] == "Speak as a pirate."
    assert body["temperature"] == 0.5


def test_what_is_typed_is_counted_against_what_the_model_takes(drive: Run, server: LoopbackServer) -> None:
    write_settings(server, figures={"one": {"context_length": 4_000}, "two": {"context_length": 100_000}})

    async def steps(parts: RunningWindow) -> None:
        composer = parts.window.composer
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"
        composer.editor.insertPlainText("word " * 3_600)
        await until(lambda: composer.context_count.is_over)
        assert composer.context_count.text().endswith("k of 4k tokens")
        parts.window.header.pickers.model_chosen.emit(ModelChoice(provider="mine", model="two"))
        await until(lambda: composer.context_count.text().endswith("k of 100k tokens"))
        assert not composer.context_count.is_over
        ended = outcome_of(parts)
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        assert await ended == "finished"
        assert composer.context_count.text() == ""

    assert drive(None, steps) == 0


def test_a_window_at_rest_reads_no_lists(drive: Run, server: LoopbackServer) -> None:
    write_settings(server)

    async def steps(parts: RunningWindow) -> None:
        reading = parts.answering.reading
        assert reading is not None
        await reading  # it ends
        changes: list[bool] = []
        parts.connections.changed.connect(lambda: changes.append(True))
        await parts.connections.read_lists()
        assert changes == []
        assert parts.answering.reading is reading

    assert drive(None, steps) == 0


def test_a_newcomer_begins_with_the_demo_by_keyboard_alone(drive: Run) -> None:
    async def steps(parts: RunningWindow) -> None:
        assert parts.window.has_welcome
        (page,) = parts.window.findChildren(FirstRunPage)
        radio = page.cards[Choice.KEY].radio
        radio.setFocus(Qt.FocusReason.TabFocusReason)
        while not page.cards[Choice.DEMO].radio.isChecked():
            focused = QApplication.focusWidget()
            assert focused is not None
            QTest.keyClick(focused, Qt.Key.Key_Down)
        while not page.start_button.hasFocus():
            focused = QApplication.focusWidget()
            assert focused is not None
            QTest.keyClick(focused, Qt.Key.Key_Tab)
        QTest.keyClick(page.start_button, Qt.Key.Key_Return)
        assert not parts.window.has_welcome
        assert parts.window.status_bar.state is State.DEMO
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"

    async def again(parts: RunningWindow) -> None:
        assert not parts.window.has_welcome
        assert parts.window.status_bar.state is State.DEMO

    settings = settings_folder() / "settings.json"
    assert drive(None, steps) == 0
    assert json.loads(settings.read_text())["providers"]["chosen"]["provider"] == "demo"
    assert drive(None, again) == 0


def test_the_settings_open_and_count_at_once(drive: Run, local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        QTest.keyClick(parts.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        window = parts.preferences.settings_window
        assert window is not None
        assert window.isVisible()
        for kind in PageKind:
            window.show_page(kind)
        saved = upcoming(saved=parts.live.saved)
        parts.live.change("appearance", theme="dark", text_size=1.2)
        await saved
        assert parts.appearance.zoom == 1.2

    assert drive(local, steps) == 0
    saved = json.loads((settings_folder() / "settings.json").read_text())
    assert saved["appearance"]["text_size"] == 1.2


def test_a_notice_leads_to_where_it_can_be_mended(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(status=401), Reply(status=404))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        QTest.mouseClick(notice.buttons[Action.OPEN_SETTINGS], Qt.MouseButton.LeftButton)
        window = parts.preferences.settings_window
        assert window is not None
        assert window.current is PageKind.PROVIDERS
        window.close()
        ended = outcome_of(parts)
        type_and_send(parts, "And now?")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        QTest.mouseClick(notice.buttons[Action.CHOOSE_MODEL], Qt.MouseButton.LeftButton)
        assert parts.window.header.pickers.popup is not None

    assert drive(local, steps) == 0
