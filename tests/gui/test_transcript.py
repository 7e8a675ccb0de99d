"""The chat view: where things stand, when it follows, what screen readers find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.chat.notices import STOPPED
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.view import Transcript

LONG = "\n\n".join(f"Paragraph {number} with some words in it." for number in range(40))


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    return Appearance(LIGHT)


@pytest.fixture
def transcript(qtbot: QtBot, appearance: Appearance) -> Iterator[Transcript]:
    accessible.install()
    view = Transcript(appearance)
    qtbot.addWidget(view)
    view.resize(1020, 646)
    view.show()
    yield view
    view.clear()


def say(view: Transcript, question: str, answer: str, *, finish: bool = True) -> AgentMessage:
    view.add_user_message(question)
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, answer)])
    if finish:
        view.end_reply(reply, "1 prompt")
    return reply


def hide_footer(view: Transcript) -> None:
    """Its button looks otherwise where the mouse happens to be."""
    reply = view.messages[-1]
    assert isinstance(reply, AgentMessage)
    assert reply.footer is not None
    reply.footer.hide()


def scroll(view: Transcript) -> int:
    return view.verticalScrollBar().value()


def end(view: Transcript) -> int:
    return view.verticalScrollBar().maximum()


def wheel(view: Transcript, steps: int) -> None:
    """Turn the mouse wheel; upwards is positive."""
    center = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        center,
        QPointF(view.viewport().mapToGlobal(center.toPoint())),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_bubble_and_reply_stand_where_the_design_has_them(transcript: Transcript) -> None:
    reply = say(transcript, "Share information about azure ai search.", "Hello")
    user = transcript.messages[0]
    assert transcript.origin_of(user) == QPointF(154, 28)  # main-light.png: column at 414 of a pane from 260
    assert user.height == 44
    assert transcript.top_of(reply) == 28 + 44 + 26
    assert reply.block_y(0) == 30


def test_sending_puts_the_question_at_the_top(transcript: Transcript) -> None:
    say(transcript, "First", LONG)
    reply = say(transcript, "Second", "Short.", finish=False)
    question = transcript.messages[2]
    assert transcript.origin_of(question).y() == 28
    transcript.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(transcript) == end(transcript)


def test_it_follows_until_the_wheel_turns_up_and_again_at_the_end(transcript: Transcript) -> None:
    reply = say(transcript, "First", LONG, finish=False)
    assert scroll(transcript) == end(transcript)
    wheel(transcript, 1)
    held = scroll(transcript)
    transcript.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(transcript) == held
    assert end(transcript) > held
    while scroll(transcript) < end(transcript):
        wheel(transcript, -10)
    transcript.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(transcript) == end(transcript)


@pytest.mark.parametrize("key", [Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_Up])
def test_keys_that_go_up_hold_the_view(transcript: Transcript, key: Qt.Key) -> None:
    say(transcript, "First", LONG)
    reply = say(transcript, "Second", LONG, finish=False)
    QTest.keyClick(transcript, key)
    if key == Qt.Key.Key_Up:
        QTest.keyClick(transcript, key)
    held = scroll(transcript)
    transcript.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(transcript) == held


def test_end_follows_again(transcript: Transcript) -> None:
    reply = say(transcript, "First", LONG, finish=False)
    QTest.keyClick(transcript, Qt.Key.Key_Home)
    QTest.keyClick(transcript, Qt.Key.Key_End)
    transcript.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(transcript) == end(transcript)


def test_resizing_keeps_the_block_that_is_read_in_place(transcript: Transcript) -> None:
    reply = say(transcript, "First", LONG.replace("words", "words " * 30))
    QTest.keyClick(transcript, Qt.Key.Key_PageUp)
    QTest.keyClick(transcript, Qt.Key.Key_PageUp)
    block = reply.block_at(scroll(transcript) - transcript.top_of(reply))
    before = transcript.top_of(reply) + reply.block_y(block) - scroll(transcript)
    transcript.resize(620, 646)
    after = transcript.top_of(reply) + reply.block_y(block) - scroll(transcript)
    assert abs(after - before) <= 1


def test_another_theme_keeps_the_place(transcript: Transcript, appearance: Appearance) -> None:
    say(transcript, "First", LONG)
    QTest.keyClick(transcript, Qt.Key.Key_PageUp)
    held = scroll(transcript)
    appearance.fix_theme(DARK)
    assert scroll(transcript) == held
    image = transcript.grab().toImage()
    assert image.pixelColor(2, 2) == DARK.surface
    appearance.fix_theme(LIGHT)


def test_a_streamed_reply_looks_like_one_that_came_whole(
    transcript: Transcript, appearance: Appearance
) -> None:
    text = "# Title\n\nSome **bold** `code`.\n\n- one\n- two\n\n```python\nx = 1\n```\n\n"
    text += "| a | b |\n|---|--:|\n| 1 | 2 |\n"
    transcript.add_user_message("Go")
    reply = transcript.begin_reply("assistant")
    for character in text:
        transcript.append_to_reply(reply, [(False, character)])
    transcript.end_reply(reply, "")
    hide_footer(transcript)
    streamed = transcript.grab().toImage()
    whole = Transcript(appearance)
    whole.resize(transcript.size())
    say(whole, "Go", text)
    whole.show()
    hide_footer(whole)
    assert whole.grab().toImage() == streamed
    whole.close()
    whole.clear()
    whole.deleteLater()


def test_screen_readers_find_each_message_with_its_text(transcript: Transcript) -> None:
    say(transcript, "A question", "An **answer** with an emoji 🎈 in it.")
    tree = QAccessible.queryAccessibleInterface(transcript)
    assert tree.role() == QAccessible.Role.List
    assert tree.childCount() == 2
    names = [tree.child(index).text(QAccessible.Text.Name) for index in range(2)]
    assert names[0].startswith("You, ")
    assert names[0].endswith(": A question")
    assert names[1].startswith("assistant, ")
    text = tree.child(1).textInterface()
    assert text.text(0, 9) == "An answer"
    assert (
        text.characterCount() == len("An answer with an emoji 🎈 in it.") + 1
    )  # UTF-16: the emoji counts twice
    assert text.text(24, 26) == "🎈"
    assert [tree.indexOfChild(tree.child(index)) for index in range(2)] == [0, 1]


def test_screen_readers_find_the_controls_of_a_message(
    transcript: Transcript, appearance: Appearance
) -> None:
    transcript.add_user_message("Go")
    reply = transcript.begin_reply("assistant")
    transcript.append_to_reply(reply, [(True, "Hm."), (False, "Half an ans")])
    transcript.end_reply(reply, "1 prompt", Ending(STOPPED))
    row = QAccessible.queryAccessibleInterface(transcript).child(1)
    names = [row.child(index).text(QAccessible.Text.Name) for index in range(row.childCount())]
    assert names[0].startswith("Thought for")
    assert names[-1] == "1 prompt"


def test_no_rows_are_made_while_nobody_listens(transcript: Transcript) -> None:
    reply = say(transcript, "First", "", finish=False)
    for _ in range(50):
        transcript.append_to_reply(reply, [(False, "word ")])
    assert transcript._rows == {}


def test_messages_are_reached_by_keyboard(transcript: Transcript, qtbot: QtBot) -> None:
    say(transcript, "First", "One.")
    say(transcript, "Second", "Two.")
    with qtbot.waitActive(transcript):
        transcript.activateWindow()
    transcript.clearFocus()
    transcript.setFocus(Qt.FocusReason.TabFocusReason)
    assert transcript.current is transcript.messages[-1]
    QTest.keyClick(transcript, Qt.Key.Key_Up)
    assert transcript.current is transcript.messages[-2]
    for _ in range(5):
        QTest.keyClick(transcript, Qt.Key.Key_Up)
    assert transcript.current is transcript.messages[0]


def test_typing_in_the_transcript_reaches_the_composer(transcript: Transcript, qtbot: QtBot) -> None:
    with qtbot.waitSignal(transcript.typed) as caught:
        QTest.keyClick(transcript, Qt.Key.Key_H)
    assert caught.args == ["h"]


def test_copying_a_message_gives_its_markdown(transcript: Transcript) -> None:
    reply = say(transcript, "Go", "Some **bold** text.")
    assert reply.footer is not None
    QTest.mouseClick(reply.footer.copy_button, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "Some **bold** text."


def test_the_pill_leads_back(transcript: Transcript) -> None:
    say(transcript, "First", LONG)
    QTest.keyClick(transcript, Qt.Key.Key_Home)
    pill = transcript._pill
    assert pill.isVisible()
    assert pill.accessibleName() == "Jump to latest"
    QTest.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert scroll(transcript) == end(transcript)
    assert not pill.isVisible()
