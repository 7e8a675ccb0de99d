"""The sidebar of the real window with the real store behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_agent.config.paths import settings_folder
from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import first_batch, outcome_of, type_and_send

Run = Callable[..., int]


def titles(parts: RunningWindow) -> list[str]:
    """The titles in the sidebar, from top to bottom."""
    model = parts.window.sidebar.conversations.model()
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return [row.data() for row in rows if row.data(Qt.ItemDataRole.UserRole) is not None]


async def listed(parts: RunningWindow, wanted: Callable[[list[str]], bool]) -> None:
    """Wait until the sidebar's titles are as `wanted`."""
    async with asyncio.timeout(30):
        while not wanted(titles(parts)):
            model = parts.window.sidebar.conversations.model()
            await upcoming(
                inserted=model.rowsInserted,
                removed=model.rowsRemoved,
                changed=model.dataChanged,
                moved=model.rowsMoved,
                reset=model.modelReset,
            )


async def talk(parts: RunningWindow, text: str) -> int:
    """A new conversation with one question; its number."""
    parts.desk.new_chat()
    ended = outcome_of(parts)
    type_and_send(parts, text)
    assert await ended == "finished"
    assert parts.conversation.id is not None
    return parts.conversation.id


def test_what_is_done_in_the_sidebar_is_kept(drive: Run, server: LoopbackServer, local: Provider) -> None:
    async def first(parts: RunningWindow) -> None:
        one = await talk(parts, "First question")
        two = await talk(parts, "Second question")
        await listed(parts, lambda shown: shown == ["Second question", "First question"])
        sidebar = parts.window.sidebar
        sidebar.rename_requested.emit(one, "Renamed")
        await listed(parts, lambda shown: "Renamed" in shown)
        sidebar.pin_requested.emit(one, True)
        await listed(parts, lambda shown: shown[0] == "Renamed")
        sidebar.duplicate_requested.emit(two)
        await listed(parts, lambda shown: "Second question (copy)" in shown)

    async def second(parts: RunningWindow) -> None:
        await listed(parts, lambda shown: len(shown) == 3)
        assert titles(parts)[0] == "Renamed"

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_delete_is_taken_back_with_undo(drive: Run, server: LoopbackServer, local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        one = await talk(parts, "Precious")
        await listed(parts, lambda shown: shown == ["Precious"])
        sidebar = parts.window.sidebar
        sidebar.delete_requested.emit(one)
        await listed(parts, lambda shown: shown == [])
        assert parts.window.header.title.text == "New chat"
        assert sidebar.undo_bar.isVisible()
        QTest.mouseClick(sidebar.undo_bar.button, Qt.MouseButton.LeftButton)
        await listed(parts, lambda shown: shown == ["Precious"])
        assert [row.id for row in await parts.store.conversations(in_bin=True)] == []

    assert drive(local, steps) == 0


def test_a_deleted_conversation_stops_streaming_and_waits_in_the_bin(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 4000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        type_and_send(parts, "Long")
        await first_batch(parts)
        number = parts.conversation.id
        assert number is not None
        ended = outcome_of(parts)
        parts.window.sidebar.delete_requested.emit(number)
        assert await ended == "stopped"
        assert [row.title for row in await parts.store.conversations(in_bin=True)] == ["Long"]

    assert drive(local, steps) == 0


def test_the_search_field_finds_and_opens(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="There is a **zebra** in it."), Reply(text="Nothing here."))

    async def steps(parts: RunningWindow) -> None:
        await talk(parts, "With an animal")
        await talk(parts, "Without one")
        sidebar = parts.window.sidebar
        sidebar.focus_search()
        QTest.keyClicks(sidebar.search_field.editor, "zebr")
        found = sidebar.hits.model()
        while not sidebar.hits.isVisible():
            await upcoming(inserted=found.rowsInserted, reset=found.modelReset)
        switched = upcoming(switched=parts.desk.switched)
        QTest.keyClick(sidebar.search_field.editor, Qt.Key.Key_Return)
        await switched
        assert parts.window.header.title.text == "With an animal"
        assert parts.transcript.selected_text.text() == "zebr"

    assert drive(local, steps) == 0


def test_the_model_gives_a_better_title_if_it_may(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    (settings_folder() / "settings.json").write_text('{"general": {"title_by_model": true}}')
    server.enqueue(Reply(text="Blue, since Rayleigh scattering."), Reply(text='"Why the sky is blue."\n'))

    async def steps(parts: RunningWindow) -> None:
        await talk(parts, "Tell me why the sky has the colour that it has")
        await listed(parts, lambda shown: shown == ["Why the sky is blue"])
        assert parts.window.header.title.text == "Why the sky is blue"

    assert drive(local, steps) == 0
    assert len(server.requests) == 2


def test_a_title_that_is_an_explanation_is_not_taken(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    (settings_folder() / "settings.json").write_text('{"general": {"title_by_model": true}}')
    server.enqueue(Reply(text="Blue."), Reply(text="Here are some titles:\n- Sky\n- Blue"))

    async def steps(parts: RunningWindow) -> None:
        await talk(parts, "Which colour?")
        await asyncio.to_thread(server.wait_request, 2)
        await asyncio.to_thread(server.wait_idle)
        await listed(parts, lambda shown: shown == ["Which colour?"])

    assert drive(local, steps) == 0
