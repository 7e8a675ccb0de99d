"""Messages are edited, asked anew, stepped through, deleted and brought back, by keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.message_editor import MessageEditor
from desktop_agent.gui.transcript.user_message import UserMessage
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import outcome_of, type_and_send

Run = Callable[..., int]
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


async def say(parts: RunningWindow, text: str) -> None:
    ended = outcome_of(parts)
    type_and_send(parts, text)
    assert await ended == "finished"


def shown(parts: RunningWindow) -> list[str]:
    return [message.plain_text() for message in parts.transcript.messages]


def known(server: LoopbackServer) -> list[str]:
    """What the model got to know with the last request."""
    messages = server.requests[-1].body["messages"]
    return [message["content"] for message in messages if message["role"] != "system"]


def editor_of(parts: RunningWindow) -> MessageEditor:
    message = parts.transcript.revising.edited
    assert message is not None
    assert message.editor is not None
    return message.editor


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def menu_of(parts: RunningWindow) -> QMenu:
    """The menu that the Menu key opens for the current message."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    return parts.transcript._menu.make(event)


def entry(menu: QMenu, words: str) -> QAction:
    found: QAction = next(each for each in menu.actions() if each.text() == words)
    return found


async def go_to(parts: RunningWindow, index: int) -> None:
    """Go to a message with the keyboard."""
    parts.transcript.setFocus(Qt.FocusReason.TabFocusReason)
    while parts.transcript.current is not parts.transcript.messages[index]:
        before = parts.transcript.current
        press(Qt.Key.Key_Up)
        assert parts.transcript.current is not before


async def changed(parts: RunningWindow, is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await upcoming(changed=parts.conversation.changed)


def test_a_message_is_edited_and_its_versions_stepped_through_by_keyboard(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        await say(parts, "Second")
        press(Qt.Key.Key_Up)  # the composer is empty
        editor = editor_of(parts)
        assert QApplication.focusWidget() is editor.field
        assert editor.field.toPlainText() == "Second"
        press(Qt.Key.Key_Escape)
        assert parts.transcript.revising.edited is None
        assert QApplication.focusWidget() is parts.transcript
        assert shown(parts) == ["First", "a1", "Second", "a2"]
        await go_to(parts, 0)
        press(Qt.Key.Key_Return)  # into the controls of the message
        press(Qt.Key.Key_Right)
        assert QApplication.focusWidget().accessibleName() == "Edit message"  # type: ignore[union-attr]
        press(Qt.Key.Key_Return)
        press(Qt.Key.Key_A, CONTROL)
        QTest.keyClicks(editor_of(parts).field, "Other")
        ended = outcome_of(parts)
        press(Qt.Key.Key_Return)
        assert shown(parts)[0] == "Other"
        assert await ended == "finished"
        assert shown(parts) == ["Other", "a3"]
        assert known(server) == ["Other"]
        await go_to(parts, 0)
        press(Qt.Key.Key_Left, ALT)
        await changed(parts, lambda: len(shown(parts)) == 4)
        assert shown(parts) == ["First", "a1", "Second", "a2"]
        question = parts.transcript.messages[0]
        assert isinstance(question, UserMessage)
        assert question.versions == (1, 2)
        press(Qt.Key.Key_Right, ALT)
        await changed(parts, lambda: len(shown(parts)) == 2)
        assert shown(parts) == ["Other", "a3"]

    for text in ("a1", "a2", "a3"):
        server.enqueue(Reply(text))
    assert drive(local, steps) == 0


def test_any_reply_is_regenerated_also_with_another_model(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        await say(parts, "Second")
        await go_to(parts, 1)
        ended = outcome_of(parts)
        entry(menu_of(parts), "Regenerate reply").trigger()
        assert await ended == "finished"
        assert shown(parts) == ["First", "b1"]
        assert known(server) == ["First"]
        await go_to(parts, 1)
        entry(menu_of(parts), "Regenerate with another model…").trigger()
        popup = parts.window.header.pickers.popup
        assert popup is not None
        ended = outcome_of(parts)
        press(Qt.Key.Key_Return)  # the model that is chosen
        assert await ended == "finished"
        assert shown(parts) == ["First", "c1"]
        reply = parts.session.history[1]
        assert (reply.version, reply.version_count) == (3, 3)

    for text in ("a1", "a2", "b1", "c1"):
        server.enqueue(Reply(text))
    assert drive(local, steps) == 0


def test_a_message_is_deleted_and_brought_back_by_keyboard(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        bar = parts.transcript.revising.undo_bar
        await say(parts, "First")
        await say(parts, "Second")
        await go_to(parts, 1)
        press(Qt.Key.Key_Delete)
        await changed(parts, lambda: len(shown(parts)) == 3)
        assert shown(parts) == ["First", "Second", "a2"]
        assert bar.isVisible()
        assert bar.accessibleName() == "Message deleted."
        assert parts.transcript.rect().contains(bar.geometry())
        entry(menu_of(parts), "Delete message").trigger()  # of the one in its place
        await changed(parts, lambda: len(shown(parts)) == 2)
        assert shown(parts) == ["First", "a2"]
        await say(parts, "Third")
        assert known(server) == ["First", "a2", "Third"]
        parts.transcript.setFocus(Qt.FocusReason.TabFocusReason)
        press(Qt.Key.Key_Z, CONTROL)
        await changed(parts, lambda: len(shown(parts)) == 5)
        bar.offer(0)
        bar.button.setFocus(Qt.FocusReason.TabFocusReason)
        press(Qt.Key.Key_Return)
        await changed(parts, lambda: len(shown(parts)) == 6)
        assert shown(parts) == ["First", "a1", "Second", "a2", "Third", "a3"]

    for text in ("a1", "a2", "a3"):
        server.enqueue(Reply(text))
    assert drive(local, steps) == 0


def test_nothing_is_changed_while_a_reply_is_under_way(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        ended = outcome_of(parts)
        type_and_send(parts, "Second")
        press(Qt.Key.Key_Up)
        assert parts.transcript.revising.edited is None
        await go_to(parts, 0)
        words = [action.text() for action in menu_of(parts).actions()]
        assert "Edit message" not in words
        assert "Delete message" not in words
        assert await ended == "finished"

    server.enqueue(Reply("a1"))
    server.enqueue(Reply("a2"))
    assert drive(local, steps) == 0
