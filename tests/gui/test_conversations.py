"""Conversations of the window: kept, brought back, gone on with; drafts, the queue, and replies unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_agent.chat.notices import Action
from desktop_agent.config.paths import store_path
from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.widgets.notice import NoticeBox, RemarkRow
from desktop_agent.gui.widgets.status_bar import State
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import first_batch, last_reply, outcome_of, type_and_send

Run = Callable[..., int]


def roles(server: LoopbackServer) -> list[tuple[str, str]]:
    """What the last request told the model, without the system message."""
    told = server.requests[-1].body["messages"]
    return [(message["role"], message["content"]) for message in told if message["role"] != "system"]


def shown(parts: RunningWindow) -> list[str]:
    return [message.plain_text() for message in parts.transcript.messages]


async def said(parts: RunningWindow, text: str) -> None:
    """Send `text` and wait for the end of the reply."""
    ended = outcome_of(parts)
    type_and_send(parts, text)
    assert await ended == "finished"


def press(parts: RunningWindow, action: Action) -> None:
    """Press a button below the last reply."""
    widget = last_reply(parts).ending_widget
    assert isinstance(widget, RemarkRow | NoticeBox)
    QTest.mouseClick(widget.buttons[action], Qt.MouseButton.LeftButton)


def test_the_conversation_comes_back_and_goes_on(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(thought="Easy.", text="It is **four**.", usage=(12, 34)), Reply(text="Six."))

    async def first(parts: RunningWindow) -> None:
        await said(parts, "Two and two?")
        assert shown(parts) == ["Two and two?", "It is four."]

    async def second(parts: RunningWindow) -> None:
        assert shown(parts) == ["Two and two?", "It is four."]
        assert last_reply(parts).thought_source == "Easy."
        assert "34 completion" in last_reply(parts).figures
        assert parts.window.header.title.text == "Two and two?"
        assert parts.window.status_bar.prompt_item.text == "12 prompt"
        assert parts.window.status_bar.messages_item.text == "2 messages"
        await said(parts, "And two?")

    assert drive(local, first) == 0
    assert drive(local, second) == 0
    assert roles(server) == [("user", "Two and two?"), ("assistant", "It is **four**."), ("user", "And two?")]


def test_a_stopped_reply_comes_back_with_what_it_offers(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="One two three", fault="stall", fault_after=2), Reply(text="three four."))

    async def first(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Count")
        await first_batch(parts)
        QTest.keyClick(parts.window, Qt.Key.Key_Escape)
        assert await ended == "stopped"

    async def second(parts: RunningWindow) -> None:
        ending = last_reply(parts).ending_widget
        assert isinstance(ending, RemarkRow)
        assert ending.plain_text() == "You stopped this reply."
        assert set(ending.buttons) == {Action.CONTINUE, Action.REGENERATE}
        received.append(last_reply(parts).source())
        ended = outcome_of(parts)
        press(parts, Action.CONTINUE)
        assert await ended == "finished"
        assert last_reply(parts).source() == "three four."

    received: list[str] = []
    assert drive(local, first) == 0
    assert drive(local, second) == 0
    assert received[0].startswith("One")
    assert roles(server) == [
        ("user", "Count"),
        ("assistant", received[0]),
        ("user", "Continue where you stopped."),
    ]


def test_regenerate_asks_the_same_again_and_keeps_the_first_version(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="Blue."), Reply(text="Green."))

    async def first(parts: RunningWindow) -> None:
        await said(parts, "A colour?")
        ended = outcome_of(parts)
        QTest.keyClick(parts.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        assert await ended == "finished"
        assert shown(parts) == ["A colour?", "Green."]
        reply = parts.session.history[-1]
        assert reply.id is not None
        assert len(await parts.store.versions(reply.id)) == 2

    async def second(parts: RunningWindow) -> None:
        assert shown(parts) == ["A colour?", "Green."]
        stored = await parts.store.search("blue")
        assert [hit.context for hit in stored] == ["Blue."]

    assert drive(local, first) == 0
    assert roles(server) == [("user", "A colour?")]
    assert drive(local, second) == 0


def test_what_is_typed_comes_back_in_each_conversation(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def first(parts: RunningWindow) -> None:
        await said(parts, "Hi")
        QTest.keyClicks(parts.window.composer.editor, "half a thought")
        parts.desk.new_chat()
        assert parts.window.composer.text == ""
        QTest.keyClicks(parts.window.composer.editor, "another chat")

    async def second(parts: RunningWindow) -> None:
        assert shown(parts)[0] == "Hi"
        assert parts.window.composer.text == "half a thought"
        parts.desk.new_chat()
        assert parts.window.composer.text == "another chat"

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_a_message_waits_for_the_end_of_the_reply(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 40, rate=200), Reply(text="Second."))

    async def steps(parts: RunningWindow) -> None:
        composer = parts.window.composer
        ended = outcome_of(parts)
        type_and_send(parts, "First")
        await first_batch(parts)
        type_and_send(parts, "And then?")
        assert composer.text == ""
        assert composer.queued_text == "And then?"
        type_and_send(parts, "One too many")
        assert composer.text == "One too many"
        assert await ended == "finished"
        assert composer.queued_text == ""
        assert await outcome_of(parts) == "finished"
        assert shown(parts)[2:] == ["And then?", "Second."]
        assert composer.text == "One too many"

    assert drive(local, steps) == 0


def test_a_waiting_message_is_not_sent_after_a_stop(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 4000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        composer = parts.window.composer
        ended = outcome_of(parts)
        type_and_send(parts, "First")
        await first_batch(parts)
        type_and_send(parts, "And then?")
        QTest.keyClicks(composer.editor, "Also")
        QTest.keyClick(parts.window, Qt.Key.Key_Escape)
        assert await ended == "stopped"
        assert composer.queued_text == ""
        assert composer.text == "And then?\n\nAlso"
        assert not parts.runner.is_running

    assert drive(local, steps) == 0
    assert len(server.requests) == 1


def test_a_waiting_message_stays_in_the_store_until_it_is_part_of_the_conversation(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 40, rate=200), Reply(text="Second."))

    async def first(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "First")
        await first_batch(parts)
        type_and_send(parts, "And then?")
        number = parts.conversation.id
        assert number is not None
        with closing(sqlite3.connect(store_path())) as connection:
            connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(FAIL, 'full'); END"
            )
            assert await ended == "finished"
            assert await outcome_of(parts) == "finished"
            assert shown(parts)[2:] == ["And then?", "Second."]
            assert len(await parts.store.messages(number)) == 2
            assert await parts.store.queued() == {number: "And then?"}  # what a kill would leave of it
            connection.execute("DROP TRIGGER full")

    async def second(parts: RunningWindow) -> None:
        assert shown(parts)[2:] == ["And then?", "Second."]
        assert parts.window.composer.text == ""
        assert await parts.store.queued() == {}

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_a_waiting_message_can_be_taken_back(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(chunks=["word "] * 4000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        type_and_send(parts, "First")
        await first_batch(parts)
        type_and_send(parts, "And then?")
        parts.window.composer.queue_cancelled.emit()
        assert parts.window.composer.queued_text == ""
        assert parts.window.composer.text == "And then?"

    assert drive(local, steps) == 0


def test_a_reply_goes_on_while_another_conversation_is_in_the_window(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 60, rate=200), Reply(text="Elsewhere."))

    async def steps(parts: RunningWindow) -> None:
        type_and_send(parts, "Long")
        await first_batch(parts)
        background = parts.conversation
        ended = outcome_of(parts)
        parts.desk.new_chat()
        assert parts.window.status_bar.state is State.READY
        assert parts.window.header.title.text == "New chat"
        await said(parts, "Short")
        assert await ended == "finished"
        assert background.id is not None
        assert background.id != parts.conversation.id
        parts.desk.open(background.id)
        await upcoming(switched=parts.desk.switched)
        reply = last_reply(parts)
        assert reply.source() == "word " * 60
        rows = {row.id: row for row in await parts.store.conversations()}
        assert rows[background.id].message_count == 2

    assert drive(local, steps) == 0


def test_two_runs_of_one_conversation_never_mix_with_another(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        server.enqueue(Reply(text="To the first."))
        await said(parts, "First chat")
        first = parts.conversation.id
        assert first is not None
        parts.desk.new_chat()
        server.enqueue(Reply(text="To the second."))
        await said(parts, "Second chat")
        assert roles(server) == [("user", "Second chat")]
        parts.desk.open(first)
        await upcoming(switched=parts.desk.switched)
        server.enqueue(Reply(text="Again."))
        await said(parts, "First again")
        assert roles(server) == [
            ("user", "First chat"),
            ("assistant", "To the first."),
            ("user", "First again"),
        ]

    assert drive(local, steps) == 0


def test_the_reading_place_comes_back(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="\n\n".join(f"Paragraph {number}." for number in range(200))))
    places: list[object] = []

    async def first(parts: RunningWindow) -> None:
        await said(parts, "Much")
        parts.transcript.setFocus()
        QTest.keyClick(parts.transcript, Qt.Key.Key_PageUp)
        QTest.keyClick(parts.transcript, Qt.Key.Key_PageUp)
        places.append(parts.transcript.reading_place)

    async def second(parts: RunningWindow) -> None:
        places.append(parts.transcript.reading_place)

    assert drive(local, first) == 0
    assert drive(local, second) == 0
    assert places[0] is not None
    assert places[0] == places[1]


def test_a_failed_reply_offers_retry_after_a_restart(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(status=429, headers={"retry-after": "3"}), Reply(text="It worked."))

    async def first(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        assert await ended == "failed"
        endings.append(parts.transcript.messages[-1])

    async def second(parts: RunningWindow) -> None:
        widget = last_reply(parts).ending_widget
        assert isinstance(widget, NoticeBox)
        assert "rate limit reached" in widget.plain_text()
        ended = outcome_of(parts)
        press(parts, Action.RETRY)
        assert await ended == "finished"
        assert shown(parts) == ["Go", "It worked."]

    endings: list[object] = []
    assert drive(local, first) == 0
    assert isinstance(endings[0], AgentMessage)
    assert drive(local, second) == 0
    assert roles(server) == [("user", "Go")]


def test_a_hit_of_the_search_is_gone_to_and_marked(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    text = "\n\n".join(f"Paragraph {number}." for number in range(200)) + "\n\nA **zebra** at the end."
    server.enqueue(Reply(text=text), Reply(text="Other."))

    async def steps(parts: RunningWindow) -> None:
        await said(parts, "Much")
        parts.desk.new_chat()
        await said(parts, "Little")
        (hit,) = await parts.store.search("ZEBRA")
        parts.desk.open(hit.conversation_id, match=(hit.message_id, "ZEBRA"))
        await upcoming(switched=parts.desk.switched)
        assert parts.transcript.selected_text.text() == "zebra"

    assert drive(local, steps) == 0


def test_versions_are_stepped_through_by_mouse_and_key_and_the_model_knows_the_shown_one(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="Blue."), Reply(text="Green."), Reply(text="Why not."), Reply(text="Red."))

    async def first(parts: RunningWindow) -> None:
        await said(parts, "A colour?")
        ended = outcome_of(parts)
        footer = last_reply(parts).footer
        assert footer is not None
        QTest.mouseClick(footer.regenerate_button, Qt.MouseButton.LeftButton)
        assert await ended == "finished"
        footer = last_reply(parts).footer
        assert footer is not None
        assert footer.accessibleDescription() == "Version 2 of 2"
        assert not footer.next_button.isEnabled()
        shown_again = upcoming(changed=parts.conversation.changed)
        QTest.mouseClick(footer.previous_button, Qt.MouseButton.LeftButton)
        await shown_again
        assert shown(parts) == ["A colour?", "Blue."]
        await said(parts, "Really?")
        assert roles(server) == [("user", "A colour?"), ("assistant", "Blue."), ("user", "Really?")]

    async def second(parts: RunningWindow) -> None:
        assert shown(parts) == ["A colour?", "Blue.", "Really?", "Why not."]
        parts.transcript.setFocus(Qt.FocusReason.TabFocusReason)
        parts.transcript.current = parts.transcript.messages[1]
        shown_again = upcoming(changed=parts.conversation.changed)
        QTest.keyClick(parts.transcript, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        await shown_again
        assert shown(parts) == ["A colour?", "Green."]
        shown_again = upcoming(changed=parts.conversation.changed)
        QTest.keyClick(parts.transcript, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        await shown_again
        assert shown(parts) == ["A colour?", "Blue.", "Really?", "Why not."]

    assert drive(local, first) == 0
    assert drive(local, second) == 0
