"""The transcript is one tab stop; Enter leads into a message, Esc back out, and all inside is reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.chat.notices import STOPPED, Action, Notice, Sentence, Severity
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.widgets.notice import NoticeBox

ANSWER = """A [link](https://example.org/one) and [another](https://example.org/two).

```python
x = 1
```

| a | b |
|---|---|
| 1 | 2 |
"""


@pytest.fixture
def framed(view: Transcript, qtbot: QtBot) -> Iterator[tuple[QLineEdit, Transcript, QLineEdit]]:
    """The transcript between two fields, in a window that is active."""
    frame = QWidget()
    frame.resize(1020, 746)
    before, after = QLineEdit(frame), QLineEdit(frame)
    view.setParent(frame)
    before.setGeometry(0, 0, 1020, 50)
    view.setGeometry(0, 50, 1020, 646)
    after.setGeometry(0, 696, 1020, 50)
    QWidget.setTabOrder(before, view)
    QWidget.setTabOrder(view, after)
    frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow)
    yield before, view, after
    view.setParent(None)
    frame.close()
    frame.deleteLater()


def talk(view: Transcript) -> AgentMessage:
    """A question, and a reply that was stopped, with a thought: three controls and a footer."""
    view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "Hm."), (False, ANSWER)])
    view.end_reply(reply, "214 completion", Ending(STOPPED))
    return reply


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def test_tab_passes_by_the_controls(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    before, view, after = framed
    talk(view)
    before.setFocus()
    press(Qt.Key.Key_Tab)
    assert focused() is view
    press(Qt.Key.Key_Tab)
    assert focused() is after
    press(Qt.Key.Key_Backtab)
    assert focused() is view
    press(Qt.Key.Key_Backtab)
    assert focused() is before


def test_enter_steps_in_and_escape_out(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    _, view, after = framed
    reply = talk(view)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Return)
    assert focused() is reply.thought_button
    assert view.entered is reply
    press(Qt.Key.Key_Escape)
    assert focused() is view
    assert view.entered is None
    press(Qt.Key.Key_Tab)
    assert focused() is after


@pytest.mark.parametrize("forward", [Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Right])
def test_every_control_inside_is_reached(
    framed: tuple[QLineEdit, Transcript, QLineEdit], forward: Qt.Key
) -> None:
    _, view, _ = framed
    reply = talk(view)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Return)
    visited: list[QWidget] = []
    for _ in range(5):
        visited.append(focused())
        press(forward)
    assert visited == reply.controls()
    names = [widget.accessibleName() for widget in visited]
    assert names == [
        "Thought for less than a second",
        "Continue",
        "Regenerate",
        "Copy message",
        "Regenerate reply",
    ]


def test_a_control_inside_is_used_by_key(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    _, view, _ = framed
    reply = talk(view)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Return)
    height = reply.height
    press(Qt.Key.Key_Return)
    assert reply.height > height
    assert focused() is reply.thought_button


def test_what_shows_on_hover_shows_inside(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    _, view, _ = framed
    question = view.add_user_message("Question")
    view.setFocus(Qt.FocusReason.TabFocusReason)
    [footer] = question.widgets()
    assert footer.isHidden()
    press(Qt.Key.Key_Return)
    assert footer.isVisible()
    assert focused().accessibleName() == "Copy message"
    press(Qt.Key.Key_Space)
    assert QApplication.clipboard().text() == "Question"
    press(Qt.Key.Key_Escape)
    assert footer.isHidden()


def test_a_control_that_goes_leaves_the_focus_to_the_transcript(
    framed: tuple[QLineEdit, Transcript, QLineEdit],
) -> None:
    _, view, _ = framed
    reply = talk(view)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Down)
    assert focused().accessibleName() == "Continue"
    reply.retire_ending()
    assert focused() is view


def test_escape_in_a_message_does_not_stop_the_reply(
    framed: tuple[QLineEdit, Transcript, QLineEdit], qtbot: QtBot
) -> None:
    from PySide6.QtGui import QKeySequence, QShortcut

    _, view, _ = framed
    talk(view)
    stopped: list[bool] = []
    shortcut = QShortcut(QKeySequence("Esc"), view.window())
    shortcut.activated.connect(lambda: stopped.append(True))
    view.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Escape)
    assert focused() is view
    assert not stopped
    press(Qt.Key.Key_Escape)
    assert stopped


def test_server_words_are_reached_once_they_are_open(
    framed: tuple[QLineEdit, Transcript, QLineEdit],
) -> None:
    _, view, _ = framed
    view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    notice = Notice(
        Severity.ERROR,
        "alert",
        Sentence("It failed."),
        Sentence("Try again."),
        (Action.DETAILS, Action.RETRY),
        details="The server's words.",
    )
    view.end_reply(reply, "", Ending(notice))
    box = reply.ending_widget
    assert isinstance(box, NoticeBox)
    assert [control.accessibleName() for control in reply.controls()] == ["Details", "Retry"]
    box.buttons[Action.DETAILS].click()
    assert "The server's words." in [control.accessibleName() for control in reply.controls()]


def menu_of(view: Transcript) -> QMenu:
    """The menu that the Menu key opens."""
    reason = QContextMenuEvent.Reason.Keyboard
    return view._menu.make(QContextMenuEvent(reason, QPoint(5, 5), view.mapToGlobal(QPoint(5, 5))))


def test_the_menu_key_reaches_what_is_painted(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    _, view, _ = framed
    reply = talk(view)
    view.current = reply
    menu = menu_of(view)
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert list(actions) == [
        "Copy message",
        "Copy message as Markdown",
        "Open link",
        "Copy link",
        "Copy code",
        "Copy table as Markdown",
        "Copy table as CSV",
        "Regenerate reply",
        "Regenerate with another model…",
        "Delete message",
        "Select all",
    ]
    links = actions["Copy link"].menu()
    assert isinstance(links, QMenu)
    assert [action.text() for action in links.actions()] == [
        "https://example.org/one",
        "https://example.org/two",
    ]
    links.actions()[1].trigger()
    assert QApplication.clipboard().text() == "https://example.org/two"
    actions["Copy code"].trigger()
    assert QApplication.clipboard().text() == "x = 1"
    actions["Copy table as CSV"].trigger()
    assert QApplication.clipboard().text().split() == ["a,b", "1,2"]
    menu.deleteLater()


def test_long_code_is_unfolded_by_key(framed: tuple[QLineEdit, Transcript, QLineEdit]) -> None:
    _, view, _ = framed
    code = "\n".join(f"line {number}" for number in range(60))
    view.open([AgentMessage("assistant", view.appearance, f"```\n{code}\n```")])
    view.current = view.messages[0]
    height = view.messages[0].height
    menu = menu_of(view)
    show = next(action for action in menu.actions() if action.text() == "Show all lines")
    show.trigger()
    assert view.messages[0].height > height + 300
    menu.deleteLater()


@pytest.mark.parametrize("zoom", [1.0, 2.0])
def test_what_belongs_to_a_message_follows_the_zoom(
    view: Transcript, appearance: Appearance, zoom: float
) -> None:
    reply = talk(view)
    appearance.set_zoom(zoom)
    assert reply.thought_button is not None
    assert reply.thought_button.height() == round(28 * zoom) + 8
    assert reply.footer is not None
    assert reply.footer.height() == round(28 * zoom) + 8
    assert reply.ending_widget is not None
    assert reply.ending_widget.findChildren(QWidget)[0].font().pixelSize() == round(13 * zoom)
    appearance.set_zoom(1.0)


def test_buttons_say_what_they_do_under_the_mouse(view: Transcript) -> None:
    reply = talk(view)
    assert reply.footer is not None
    assert reply.footer.copy_button.toolTip() == "Copy message"
    assert view._pill.toolTip() == "Jump to latest (Ctrl+End)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.09, "Thought for less than a second"),
        (1.4, "Thought for 1 s"),
        (4, "Thought for 4 s"),
        (72, "Thought for 1 min 12 s"),
    ],
)
def test_how_long_a_thought_took(view: Transcript, seconds: float, text: str) -> None:
    reply = talk(view)
    reply._interludes.thoughts[0].seconds = seconds
    reply.release()
    reply.realise(view.viewport(), view)
    assert reply.thought_button is not None
    assert reply.thought_button.text() == text


def test_empty_lines_at_the_end_of_a_question_are_not_shown(view: Transcript) -> None:
    plain = view.add_user_message("Question")
    trailing = view.add_user_message("Question\n\n  \n")
    assert trailing.height == plain.height
    assert trailing.plain_text() == "Question"


def test_a_question_shows_its_time_and_its_buttons_under_the_mouse(view: Transcript) -> None:
    question = view.add_user_message("Question")
    [footer] = question.widgets()
    origin = view.origin_of(question).toPoint()
    assert footer.isHidden()
    QTest.mouseMove(view.viewport(), origin + QPoint(700, 20))
    assert footer.isVisible()
    assert footer.accessibleName() == question.time_text
    buttons = [each for each in footer.findChildren(QAbstractButton) if each.isVisible()]
    assert [each.accessibleName() for each in buttons] == ["Copy message", "Edit message"]
    button = buttons[-1]
    right = footer.mapTo(view.viewport(), QPoint(button.geometry().right() - 4, 0)).x()
    assert right == origin.x() + 711
    QTest.mouseMove(view.viewport(), QPoint(10, 500))
    assert footer.isHidden()
