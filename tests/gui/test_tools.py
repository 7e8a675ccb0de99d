"""Tools in the window: their cards, the questions to the person, the Console, the switches."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.agentchat.ui import Console as PrintingConsole
from desktop_agent.chat.approvals import Decision
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript import approval_card
from desktop_agent.gui.transcript.approval_card import ApprovalCard
from desktop_agent.gui.transcript.tool_card import ToolCard
from desktop_agent.gui.widgets.status_bar import State
from gui.setting_up import until
from loopback import LoopbackServer, Reply
from window_steps import last_reply, outcome_of, type_and_send

Run = Callable[..., int]
SUM = ("c1", "calculate", '{"expression": "6 * 7"}')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the agent's files."""
    made = tmp_path / "work"
    made.mkdir()
    return made


def write_call(content: str, path: str = "notes.txt", call_id: str = "c1") -> tuple[str, str, str]:
    return call_id, "write_file", json.dumps({"path": path, "content": content})


async def asked(parts: RunningWindow) -> ApprovalCard:
    """Wait for the card that asks, until it takes answers."""
    await until(lambda: parts.transcript.pending_card is not None)
    card = parts.transcript.pending_card
    assert card is not None
    await until(lambda: card.takes_answers)
    return card


def listed(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


def press(card: ApprovalCard, decision: Decision) -> None:
    QTest.mouseClick(card.buttons[decision], Qt.MouseButton.LeftButton)


async def printed_headers(events: list[Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `Console` prints of the same events as a run."""

    async def run_stream() -> AsyncGenerator[Any, None]:
        yield TextMessage(content="?", source="user")
        for event in events:
            if isinstance(event, Response):
                yield event.chat_message
                yield TaskResult(messages=[])
            else:
                yield event

    capsys.readouterr()
    await PrintingConsole(run_stream(), output_stats=True)
    return [line for line in capsys.readouterr().out.split("\n") if line.startswith("----------")]


def test_a_run_shows_thought_card_and_answer_and_the_console_its_events(
    drive: Run, server: LoopbackServer, local: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    server.enqueue(
        Reply("Let me see.", thought="Easy.", tool_calls=[SUM], usage=(9, 5)), Reply("It is **42**.")
    )

    async def first(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(web_search=True))
        parts.console.open()
        seen: list[Any] = []
        parts.runner.batch_received.connect(seen.extend)
        ended = outcome_of(parts)
        type_and_send(parts, "What is six times seven?")
        assert await ended == "finished"
        reply = last_reply(parts)
        assert reply.thought_source == "Easy."
        assert reply.plain_text() == "Let me see.\n\nIt is 42."
        (card,) = reply.cards
        assert isinstance(card, ToolCard)
        assert (card.call.state, card.call.result) == ("done", "42")
        assert card.head.accessibleName().startswith("Tool calculate, done, 0.")
        assert parts.console.panel is not None
        events = parts.console.panel.events
        events.refresh()
        headers = [row.entry.name for row in events.rows if row.entry.kind == "header"]
        assert headers == await printed_headers(seen, capsys)
        assert "---------- ToolCallExecutionEvent (assistant) ----------" in headers
        card.open(is_open=True)
        assert card.details is not None
        card.details.console_button.click()
        row = events.selected_row
        assert row is not None
        assert row.entry.name == "ToolCallRequestEvent"
        assert "6 * 7" in parts.console.panel.json.toPlainText()

    async def second(parts: RunningWindow) -> None:
        reply = last_reply(parts)
        assert reply.thought_source == "Easy."
        assert reply.plain_text() == "Let me see.\n\nIt is 42."
        (card,) = reply.cards
        assert isinstance(card, ToolCard)
        assert (card.call.state, card.call.result) == ("done", "42")
        assert card.call.seconds is not None

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_nothing_is_written_before_a_yes(
    drive: Run, server: LoopbackServer, local: Provider, folder: Path
) -> None:
    server.enqueue(Reply("", tool_calls=[write_call("Hello\n")]), Reply("Written."))
    server.enqueue(Reply("", tool_calls=[write_call("Bye\n", call_id="c2")]), Reply("As you like."))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(files=str(folder)))
        ended = outcome_of(parts)
        type_and_send(parts, "Write it.")
        await until(lambda: parts.transcript.pending_card is not None)
        card = parts.transcript.pending_card
        assert card is not None
        press(card, Decision.ONCE)  # at once: nobody can have read it
        assert parts.conversation.state is State.WAITING
        assert "+Hello" in card.pane.toPlainText()
        assert not any(button.isDefault() for button in card.buttons.values() if hasattr(button, "isDefault"))
        QTest.keyClick(parts.window, Qt.Key.Key_Return)
        QTest.keyClick(parts.transcript, Qt.Key.Key_Return)
        assert listed(folder) == []
        await asked(parts)
        QTest.keyClick(parts.window, Qt.Key.Key_F6)  # from the composer on: round to the transcript
        while not parts.transcript.isAncestorOf(QApplication.focusWidget() or parts.window):
            QTest.keyClick(parts.window, Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert card.isAncestorOf(focused)
        assert listed(folder) == []
        card.buttons[Decision.ONCE].setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(card.buttons[Decision.ONCE], Qt.Key.Key_Return)
        assert await ended == "finished"
        assert (folder / "notes.txt").read_text() == "Hello\n"
        ended = outcome_of(parts)
        type_and_send(parts, "Change it.")
        card = await asked(parts)
        QTest.mouseClick(card.note_button, Qt.MouseButton.LeftButton)
        QTest.keyClicks(card.note_field, "Not now")
        press(card, Decision.DENY)
        assert await ended == "finished"
        assert (folder / "notes.txt").read_text() == "Hello\n"
        (done,) = last_reply(parts).cards
        assert isinstance(done, ToolCard)
        assert done.head.status == "Denied by you"
        assert "Not now" in server.requests[-1].body["messages"][-1]["content"]

    assert drive(local, steps) == 0


def test_stop_and_silence_are_no(drive: Run, server: LoopbackServer, local: Provider, folder: Path) -> None:
    server.enqueue(Reply("", tool_calls=[write_call("Hello\n")]))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(files=str(folder)))
        ended = outcome_of(parts)
        type_and_send(parts, "Write it.")
        card = await asked(parts)
        parts.window.stop_action.trigger()
        assert await ended == "stopped"
        parts.session.approvals.answer(card.request.id, Decision.ONCE)  # too late
        (stopped,) = last_reply(parts).cards
        assert isinstance(stopped, ToolCard)
        assert stopped.head.status == "Stopped"
        assert parts.conversation.state is State.STOPPED
        assert not (folder / "notes.txt").exists()

    assert drive(local, steps) == 0


def test_what_is_long_must_be_seen_to_its_end(
    drive: Run, server: LoopbackServer, local: Provider, folder: Path
) -> None:
    content = "".join(f"line {number}\n" for number in range(300)) + f"{'x' * 500} rm -rf ~\n"
    server.enqueue(Reply("", tool_calls=[write_call(content)]), Reply("Done."))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(files=str(folder)))
        ended = outcome_of(parts)
        type_and_send(parts, "Write it.")
        card = await asked(parts)
        once = card.buttons[Decision.ONCE]
        assert not once.isEnabled()
        once.click()
        card._answer(Decision.ALWAYS)
        card.apply_appearance()  # another theme or zoom fills the box anew: nobody has seen its end by that
        card.height_for(100_000)
        assert not once.isEnabled()
        card._answer(Decision.ALWAYS)
        assert not (folder / "notes.txt").exists()
        assert card.buttons[Decision.DENY].isEnabled()
        assert "rm -rf ~" in card.pane.toPlainText()
        assert card.pane.document().idealWidth() <= card.pane.viewport().width()
        assert card.pane.document().textWidth() <= card.pane.viewport().width()
        bar = card.pane.verticalScrollBar()
        bar.setValue(bar.maximum())
        assert once.isEnabled()
        press(card, Decision.ONCE)
        assert await ended == "finished"
        assert (folder / "notes.txt").read_text() == content

    assert drive(local, steps) == 0


@pytest.mark.parametrize(
    ("path", "shown", "warning"),
    [
        ("safe\N{RIGHT-TO-LEFT OVERRIDE}txt.exe", "U+202E", "not seen"),
        ("p\N{CYRILLIC SMALL LETTER A}yment.txt", "p\N{CYRILLIC SMALL LETTER A}yment", "look like others"),
        ("a\N{ZERO WIDTH SPACE}b.txt", "U+200B", "not seen"),
    ],
    ids=["bidi", "homoglyph", "zero width"],
)
def test_what_hides_is_shown(
    drive: Run,
    server: LoopbackServer,
    local: Provider,
    folder: Path,
    path: str,
    shown: str,
    warning: str,
) -> None:
    server.enqueue(Reply("", tool_calls=[write_call("x\n", path)]), Reply("No."))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(files=str(folder)))
        ended = outcome_of(parts)
        type_and_send(parts, "Write it.")
        await until(lambda: parts.transcript.pending_card is not None or ended.done())
        if parts.transcript.pending_card is None:
            assert listed(folder) == []  # refused before anybody was asked
            return
        card = await asked(parts)
        assert shown in card.pane.toPlainText()
        assert warning in card._warning.text()
        press(card, Decision.DENY)
        assert await ended == "finished"
        assert listed(folder) == []

    assert drive(local, steps) == 0


def test_a_card_out_of_sight_has_a_pill(
    drive: Run, server: LoopbackServer, local: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approval_card, "GUARD_SECONDS", 0.0)
    long = "\n\n".join(["A paragraph."] * 60)
    server.enqueue(Reply(long), Reply("", tool_calls=[write_call("x\n")]), Reply("Done."))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(files=str(folder)))
        ended = outcome_of(parts)
        type_and_send(parts, "Talk.")
        assert await ended == "finished"
        ended = outcome_of(parts)
        type_and_send(parts, "Write it.")
        card = await asked(parts)
        pill = parts.transcript._approval_pill
        assert pill.isHidden()
        parts.transcript.hold()
        parts.transcript.verticalScrollBar().setValue(0)
        assert not pill.isHidden()
        assert pill.text() == "Waiting for your approval: write_file"
        QTest.mouseClick(pill, Qt.MouseButton.LeftButton)
        assert pill.isHidden()
        focused = QApplication.focusWidget()
        assert focused is not None
        assert card.isAncestorOf(focused)
        await asked(parts)
        press(card, Decision.CONVERSATION)
        assert await ended == "finished"

    assert drive(local, steps) == 0


def test_the_switches_are_kept_with_the_conversation(
    drive: Run, server: LoopbackServer, local: Provider, folder: Path
) -> None:
    async def first(parts: RunningWindow) -> None:
        toggles = parts.window.composer.toggles
        assert not toggles.web_search.isChecked()
        QTest.mouseClick(toggles.web_search, Qt.MouseButton.LeftButton)
        assert toggles.web_search.accessibleName() == "Web search, on"
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"
        offered = {tool["function"]["name"] for tool in server.requests[-1].body["tools"]}
        assert {"web_search", "fetch_page"} <= offered
        parts.tool_switches.use_folder(str(folder), parts.conversation)
        assert toggles.files.isChecked()
        assert str(folder) in toggles.files.accessibleName()
        parts.desk.new_chat()
        assert not toggles.web_search.isChecked()
        assert not toggles.files.isChecked()

    async def second(parts: RunningWindow) -> None:
        toggles = parts.window.composer.toggles
        await until(lambda: toggles.web_search.isChecked())
        assert parts.session.tools == ToolChoices(web_search=True, files=str(folder))
        QTest.mouseClick(toggles.files, Qt.MouseButton.LeftButton)
        assert parts.session.tools == ToolChoices(web_search=True)
        QTest.mouseClick(toggles.files, Qt.MouseButton.LeftButton)  # the folder is known
        assert parts.session.tools.files == str(folder)

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_the_console_is_there_again(drive: Run, local: Provider) -> None:
    async def first(parts: RunningWindow) -> None:
        QTest.keyClick(parts.window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        assert parts.console.is_open
        assert parts.console.panel is not None
        parts.console.panel._drag_edge(-100)
        assert parts.console.panel.width() == 500

    async def second(parts: RunningWindow) -> None:
        assert parts.console.is_open
        assert parts.console.action.isChecked()
        panel = parts.console.panel
        assert panel is not None
        assert panel.width() == 500
        regions = [region for region, _ in parts.window._pane.regions()]
        assert regions[-1] is panel
        panel.events.setFocus()
        QTest.keyClick(parts.window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        assert not parts.console.is_open
        assert QApplication.focusWidget() is parts.window.composer.editor

    assert drive(local, first) == 0
    assert drive(local, second) == 0


def test_the_console_filters_unfolds_and_saves(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    server.enqueue(Reply("Let me see.", tool_calls=[SUM]), Reply("It is forty-two."))

    async def steps(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(web_search=True))
        ended = outcome_of(parts)
        type_and_send(parts, "What?")
        assert await ended == "finished"
        parts.console.open()
        panel = parts.console.panel
        assert panel is not None
        events = panel.events
        whole = len(events.rows)
        panel.filter_field.setText("forty")
        names = {row.entry.name for row in events.rows}
        assert "ModelClientStreamingChunkEvent" in names
        assert "ToolCallRequestEvent" not in names
        panel.filter_field.clear()
        assert len(events.rows) == whole
        pieces = next(at for at, row in enumerate(events.rows) if row.entry.kind == "pieces")
        count = len(events.rows[pieces].entry.data)
        events._select(events.rows[pieces])
        events.setFocus()
        QTest.keyClick(events, Qt.Key.Key_Right)
        assert len(events.rows) == whole + count
        QTest.keyClick(events, Qt.Key.Key_Left)
        assert len(events.rows) == whole
        path = tmp_path / "console.jsonl"
        parts.console.save(str(path))
        assert parts.conversation.log is not None
        assert path.read_text().splitlines() == list(parts.conversation.log.json_lines())
        panel.copy_button.click()
        assert "ToolCallRequestEvent" in QApplication.clipboard().text()

    assert drive(local, steps) == 0
