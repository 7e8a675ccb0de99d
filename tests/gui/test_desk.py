"""What the desk and the sidebar keep right when things happen at once, or while the store fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_agent.config.paths import store_path
from desktop_agent.config.provider import Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.sidebar.conversation_model import record_of
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.widgets.notice import NoticeBox
from desktop_agent.gui.window_layout import WindowLayout
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import first_batch, outcome_of, type_and_send

Run = Callable[..., int]


async def talk(parts: RunningWindow, text: str) -> int:
    """A new conversation with one question; its number."""
    parts.desk.new_chat()
    ended = outcome_of(parts)
    type_and_send(parts, text)
    assert await ended == "finished"
    assert parts.conversation.id is not None
    return parts.conversation.id


async def until(model: QAbstractItemModel, is_so: Callable[[], bool]) -> None:
    """Wait for a list to become so."""
    async with asyncio.timeout(30):
        while not is_so():
            await upcoming(
                inserted=model.rowsInserted,
                removed=model.rowsRemoved,
                changed=model.dataChanged,
                reset=model.modelReset,
            )


def shown(parts: RunningWindow) -> list[str]:
    return [message.plain_text() for message in parts.transcript.messages]


def test_a_double_click_opens_a_conversation_once(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def first(parts: RunningWindow) -> None:
        numbers.append(await talk(parts, "One"))
        numbers.append(await talk(parts, "Two"))

    async def second(parts: RunningWindow) -> None:
        before = len(parts.window.findChildren(Transcript))
        switches: list[int | None] = []
        parts.desk.switched.connect(lambda: switches.append(parts.conversation.id))
        parts.desk.open(numbers[0])
        parts.desk.open(numbers[0])
        while len(switches) < 2:  # both may come before the loop is back here
            await upcoming(switched=parts.desk.switched)
        assert parts.conversation.id == numbers[0]
        assert len(parts.window.findChildren(Transcript)) == before + 1

    numbers: list[int] = []
    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_a_last_conversation_that_is_gone_for_good_is_no_trouble(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def first(parts: RunningWindow) -> None:
        number = await talk(parts, "Gone")
        parts.desk.new_chat()
        QTest.keyClicks(parts.window.composer.editor, "half a thought")
        await parts.store.delete(number)
        await parts.store.purge(number)

    async def second(parts: RunningWindow) -> None:
        assert not [box for box in parts.window.findChildren(NoticeBox) if box.isVisible()]
        assert parts.window.composer.text == "half a thought"

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_what_is_typed_before_the_store_is_open_stays_where_it_is(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def first(parts: RunningWindow) -> None:
        await talk(parts, "Last")
        parts.desk.new_chat()
        QTest.keyClicks(parts.window.composer.editor, "older draft")

    async def second(parts: RunningWindow) -> None:
        QTest.keyClicks(parts.window.composer.editor, "typed at once")
        await parts.desk.restore()
        assert parts.conversation.id is None
        assert parts.window.composer.text == "older draft\n\ntyped at once"

    assert drive(local, first) == 0
    assert drive(local, second, restores=False) == 0


def test_a_conversation_is_read_as_soon_as_it_is_opened(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 20, rate=200))

    async def steps(parts: RunningWindow) -> None:
        type_and_send(parts, "Long")
        await first_batch(parts)
        number = parts.conversation.id
        assert number is not None
        parts.desk.new_chat()
        model = parts.window.sidebar.conversations.model()

        def is_unread() -> bool:
            records = [record_of(model.index(row, 0)) for row in range(model.rowCount())]
            return any(record is not None and record.is_unread for record in records)

        await until(model, is_unread)
        parts.desk.open(number)
        await until(model, lambda: not is_unread())

    assert drive(local, steps) == 0


def test_hits_follow_what_is_done_with_their_conversations(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="A zebra."), Reply(text="Another zebra."))

    async def steps(parts: RunningWindow) -> None:
        numbers = [await talk(parts, "One"), await talk(parts, "Two")]
        sidebar = parts.window.sidebar
        sidebar.focus_search()
        QTest.keyClicks(sidebar.search_field.editor, "zebra")
        hits = sidebar.hits.model()
        await until(hits, lambda: hits.rowCount() == 2)
        sidebar.delete_requested.emit(numbers[0])
        await until(hits, lambda: hits.rowCount() == 1)
        assert sidebar.hits.isVisible()

    assert drive(local, steps) == 0


def test_new_chat_is_never_a_stored_conversation_without_messages(drive: Run, local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        number = await parts.store.create_conversation("Empty")
        parts.desk.open(number)
        await upcoming(switched=parts.desk.switched)
        assert parts.conversation.id == number
        parts.desk.new_chat()
        assert parts.conversation.id is None
        assert parts.window.header.title.text == "New chat"

    assert drive(local, steps) == 0


def test_a_draft_that_the_store_did_not_take_is_written_later(drive: Run, local: Provider) -> None:
    async def first(parts: RunningWindow) -> None:
        path = store_path()
        away = path.rename(path.with_suffix(".away"))
        QTest.keyClicks(parts.window.composer.editor, "half a thought")
        failed = upcoming(failed=parts.desk.failed)
        await parts.desk.drafts.save()
        assert await failed == "failed"
        away.rename(path)

    async def second(parts: RunningWindow) -> None:
        assert parts.window.composer.text == "half a thought"

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_what_could_not_be_saved_is_saved_at_the_end(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="Precious."))

    async def first(parts: RunningWindow) -> None:
        path = store_path()
        away = path.rename(path.with_suffix(".away"))
        ended = outcome_of(parts)
        type_and_send(parts, "Say it")
        assert await ended == "finished"
        assert not parts.conversation.is_stored
        away.rename(path)

    async def second(parts: RunningWindow) -> None:
        parts.desk.open(1)
        await upcoming(switched=parts.desk.switched)
        assert shown(parts) == ["Say it", "Precious."]

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_conversations_that_are_not_stored_have_drafts_of_their_own(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        composer = parts.window.composer
        path = store_path()
        away = path.rename(path.with_suffix(".away"))
        ended = outcome_of(parts)
        type_and_send(parts, "One")
        assert await ended == "finished"
        one = parts.conversation
        assert not one.is_stored
        QTest.keyClicks(composer.editor, "for one")
        parts.desk.new_chat()
        assert composer.text == ""
        away.rename(path)
        stored = upcoming(stored=parts.desk.stored)
        QTest.keyClicks(composer.editor, "for another")
        await stored
        assert one.id is not None
        assert composer.text == "for another"
        parts.desk.open(one.id)
        await upcoming(switched=parts.desk.switched)
        assert composer.text == "for one"

    assert drive(local, steps) == 0


def test_a_fault_of_the_store_is_said_while_a_reply_streams_and_until_it_is_over(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 4000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        type_and_send(parts, "Long")
        await first_batch(parts)
        path = store_path()
        away = path.rename(path.with_suffix(".away"))
        pane = parts.window.header.parentWidget()
        async with asyncio.timeout(30):
            while not _banners(pane):
                await upcoming(batch=parts.runner.batch_received)
        assert parts.conversation.is_streaming
        ended = outcome_of(parts)
        parts.desk.stop()
        assert await ended == "stopped"
        background = parts.conversation
        parts.desk.new_chat()
        assert _banners(pane)
        away.rename(path)
        saved = upcoming(saved=parts.desk.drafts.saved)
        QTest.keyClicks(parts.window.composer.editor, "again")
        await saved
        assert not _banners(pane)
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "save"])
        assert background.is_stored
        assert background.fault is None

    assert drive(local, steps) == 0


def _banners(pane: QWidget | None) -> list[NoticeBox]:
    """What stands above the conversation."""
    assert pane is not None
    boxes = pane.findChildren(NoticeBox, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [box for box in boxes if box.isVisible()]


@pytest.mark.parametrize(
    "text",
    ["[" * 90_000, '{"%s": {"geometry": "", "sidebar_width": 1e999, "sidebar_open": true}}', "null", "\0"],
)
def test_a_damaged_layout_is_no_fault(text: str, qapp: QApplication, appearance: Appearance) -> None:
    path = store_path().with_name("window.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    window = MainWindow(appearance)
    layout = WindowLayout(path)
    layout.save(window)
    (arrangement,) = json.loads(path.read_text())
    path.write_text(text.replace("%s", arrangement), encoding="utf-8")
    layout.restore(window)
    assert window.size().toTuple() == (1280, 820)
    window.deleteLater()
