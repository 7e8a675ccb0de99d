"""Every control can be found, named and reached by the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QTextEdit, QWidget

from desktop_agent.config.provider import DEMO, Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.agent_message import AgentMessage
from loopback import LoopbackServer, Reply
from qt_signals import upcoming

CONTROLS = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.ListItem,
    QAccessible.Role.StaticText,
}


def walk(node: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield node
    for index in range(node.childCount()):
        child = node.child(index)
        if child is not None:
            yield from walk(child)


async def one_of_everything(parts: RunningWindow) -> None:
    """A thought, an answer with code, and a notice with buttons."""
    ended = upcoming(failed=parts.runner.failed)
    QTest.keyClicks(parts.window.composer.editor, "Go")
    QTest.keyClick(parts.window.composer.editor, Qt.Key.Key_Return)
    await ended


def test_every_control_has_a_name(drive: Callable[..., int], server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(thought="Hm.", text="Half of it", fault="cut", fault_after=3))

    async def steps(parts: RunningWindow) -> None:
        await one_of_everything(parts)
        tree = QAccessible.queryAccessibleInterface(parts.window)
        found = [node for node in walk(tree) if node.role() in CONTROLS and not node.state().invisible]
        names = [node.text(QAccessible.Text.Name) for node in found]
        assert all(names), [node.role() for node, name in zip(found, names, strict=True) if not name]
        for wanted in ("Message assistant", "Send message", "Conversation", "Retry"):
            assert wanted in names
        controls: list[QWidget] = [
            *parts.window.findChildren(QAbstractButton),
            *parts.window.findChildren(QTextEdit),
        ]
        assert all(control.accessibleName() for control in controls)

    assert drive(local, steps) == 0


def test_status_items_say_what_they_show(
    drive: Callable[..., int], server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="Fine.", usage=(1284, 214)))

    async def steps(parts: RunningWindow) -> None:
        ended = upcoming(finished=parts.runner.finished)
        parts.desk.send("Go")
        await ended
        tree = QAccessible.queryAccessibleInterface(parts.window.status_bar)
        names = [tree.child(index).text(QAccessible.Text.Name) for index in range(tree.childCount())]
        roles = {tree.child(index).role() for index in range(tree.childCount())}
        assert roles == {QAccessible.Role.StaticText}
        assert "Ready" in names
        assert "1,284 prompt" in names
        assert "214 completion" in names

    assert drive(local, steps) == 0


def test_tab_goes_from_the_composer_through_the_window(drive: Callable[..., int]) -> None:
    async def steps(parts: RunningWindow) -> None:
        window = parts.window
        window.activateWindow()
        window.composer.set_text("something")
        window.composer.editor.setFocus()
        visited: list[QWidget] = []
        sidebar = window.sidebar
        parts_of_sidebar: list[QWidget] = [
            sidebar.collapse_button,
            sidebar.new_chat_row,
            sidebar.search_field.editor,
            sidebar.conversations,
            sidebar.bin_row,
            sidebar.settings_row,
        ]
        pickers = window.header.pickers
        of_header = window.header.buttons.focus_chain()
        wanted: list[QWidget] = [
            window.composer.editor,
            window.composer.toggles.web_search,
            window.composer.toggles.files,
            window.composer.send_button,
            pickers.agent_button,
            pickers.model_button,
            *(button for button in of_header if button.isVisible() and button.isEnabled()),
            *parts_of_sidebar,
            *window.empty_page.cards,
        ]
        for _ in wanted:
            focused = QApplication.focusWidget()
            assert focused is not None
            visited.append(focused)
            QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert visited == wanted

    assert drive(DEMO, steps) == 0


def test_a_starter_is_pressed_by_keyboard(drive: Callable[..., int]) -> None:
    async def steps(parts: RunningWindow) -> None:
        card = parts.window.empty_page.cards[0]
        card.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(card, Qt.Key.Key_Return)
        assert parts.window.composer.text == card.prompt

    assert drive(None, steps) == 0


def test_a_failed_reply_is_retried_by_keyboard(
    drive: Callable[..., int], server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(status=500), Reply(text="It worked."))

    async def steps(parts: RunningWindow) -> None:
        await one_of_everything(parts)
        ended = upcoming(finished=parts.runner.finished)
        reply = parts.transcript.messages[-1]
        assert isinstance(reply, AgentMessage)
        assert reply.ending_widget is not None
        retry = next(
            each for each in reply.ending_widget.findChildren(QAbstractButton) if each.text() == "Retry"
        )
        retry.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(retry, Qt.Key.Key_Space)
        await ended
        assert parts.transcript.messages[-1].plain_text() == "It worked."

    assert drive(local, steps) == 0
