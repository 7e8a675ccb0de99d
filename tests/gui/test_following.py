"""The auto-scroll rule, a test for each of its sentences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication

from desktop_agent.chat.notices import STOPPED
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

LONG = "\n\n".join(f"Paragraph {number} with some words in it." for number in range(40))
MORE = "\n\nAnd one more paragraph."


def scroll(view: Transcript) -> int:
    return view.verticalScrollBar().value()


def end(view: Transcript) -> int:
    return view.verticalScrollBar().maximum()


def talk(view: Transcript) -> AgentMessage:
    """A question, its answer, another question, and a reply under way that is higher than the view."""
    view.add_user_message("First")
    first = view.begin_reply("assistant")
    view.append_to_reply(first, [(True, LONG), (False, LONG)])
    view.end_reply(first, "")
    view.add_user_message("Second")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, LONG)])
    return reply


def grow(view: Transcript, reply: AgentMessage) -> None:
    view.append_to_reply(reply, [(False, MORE)])


def place_on_screen(view: Transcript, message: MessageView, block: int) -> float:
    return view.origin_of(message).y() + message.block_y(block)


def turn_wheel(view: Transcript, steps: int) -> None:
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


def drag_bar_up(view: Transcript) -> None:
    bar = view.verticalScrollBar()
    bar.setSliderDown(True)
    bar.setSliderPosition(bar.maximum() - 100)
    bar.triggerAction(QAbstractSlider.SliderAction.SliderMove)
    bar.setSliderDown(False)


def drag_a_selection(view: Transcript) -> None:
    for kind, point in (
        (QEvent.Type.MouseButtonPress, QPoint(300, 300)),
        (QEvent.Type.MouseMove, QPoint(420, 300)),
        (QEvent.Type.MouseButtonRelease, QPoint(420, 300)),
    ):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        place = QPointF(view.viewport().mapToGlobal(point))
        event = QMouseEvent(
            kind, QPointF(point), place, button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(view.viewport(), event)


def focus_an_older_message(view: Transcript) -> None:
    view.current = view.messages[-1]
    QTest.keyClick(view, Qt.Key.Key_Up)


# 1. Following is on if the view is within 32 px of the end when content arrives.


@pytest.mark.parametrize(("distance", "follows"), [(0, True), (31, True), (33, False)])
def test_it_follows_within_32_pixels_of_the_end(view: Transcript, distance: int, follows: bool) -> None:
    reply = talk(view)
    QTest.keyClick(view, Qt.Key.Key_Home)
    view.scroll_by(end(view) - distance)
    grow(view, reply)
    assert (scroll(view) == end(view)) is follows


def test_it_follows_after_a_part_was_opened_where_all_is_seen(view: Transcript) -> None:
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "Hm."), (False, "Answer.")])
    assert reply.thought_button is not None
    reply.thought_button.click()
    view.append_to_reply(reply, [(False, "\n\n" + LONG)])
    assert scroll(view) == end(view) > 0


# 2. Following: keep the end visible with 24 px below the last line; no smooth scroll.


def test_24_pixels_stay_below_the_last_line(view: Transcript) -> None:
    reply = talk(view)
    for _ in range(5):
        grow(view, reply)
        assert reply.body is not None
        last_line = view.origin_of(reply).y() + reply.block_y(0) + reply.body.height
        assert abs(view.viewport().height() - last_line - 24) <= 1


def test_the_footer_of_a_complete_reply_is_seen(view: Transcript) -> None:
    reply = talk(view)
    view.end_reply(reply, "214 completion")
    assert reply.footer is not None
    assert view.viewport().rect().contains(reply.footer.copy_button.geometry().center())
    footer = reply.footer.geometry()
    assert footer.top() + 4 + 28 <= view.viewport().height()


def test_an_ending_below_the_text_is_seen(view: Transcript) -> None:
    reply = talk(view)
    view.end_reply(reply, "", Ending(STOPPED))
    assert reply.ending_widget is not None
    assert view.viewport().rect().contains(reply.ending_widget.geometry())


# 3. What turns it off, and on again.


@pytest.mark.parametrize(
    "turn_off",
    [
        lambda view: turn_wheel(view, 1),
        drag_bar_up,
        lambda view: QTest.keyClick(view, Qt.Key.Key_PageUp),
        lambda view: QTest.keyClick(view, Qt.Key.Key_Home),
        drag_a_selection,
        focus_an_older_message,
    ],
    ids=["wheel", "drag", "page up", "home", "selection", "older message"],
)
def test_whoever_reads_older_text_is_not_carried_away(
    view: Transcript, turn_off: Callable[[Transcript], None]
) -> None:
    reply = talk(view)
    turn_off(view)
    held = scroll(view)
    grow(view, reply)
    assert scroll(view) == held
    assert end(view) > held


@pytest.mark.parametrize("way", ["wheel", "pill", "end key", "sending", "scroll"])
def test_it_follows_again(view: Transcript, way: str) -> None:
    reply = talk(view)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert scroll(view) == 0
    if way == "wheel":
        while end(view) - scroll(view) > 32:
            turn_wheel(view, -3)
    elif way == "pill":
        QTest.mouseClick(view._pill, Qt.MouseButton.LeftButton)
    elif way == "end key":
        QTest.keyClick(view, Qt.Key.Key_End)
    elif way == "sending":
        view.end_reply(reply, "")
        view.add_user_message("Third")
        reply = view.begin_reply("assistant")
        view.append_to_reply(reply, [(False, LONG)])
    else:
        view.scroll_by(end(view) - 32)
    grow(view, reply)
    assert scroll(view) == end(view)


def test_a_selection_at_the_end_does_not_follow_until_it_is_asked_to(view: Transcript) -> None:
    reply = talk(view)
    drag_a_selection(view)
    for _ in range(3):
        held = scroll(view)
        grow(view, reply)
        assert scroll(view) == held


# 4. Not following: what is read stays where it is.


@pytest.mark.parametrize("what", ["grows below", "grows above", "width", "zoom", "theme", "contrast"])
def test_the_first_visible_block_keeps_its_place(view: Transcript, appearance: Appearance, what: str) -> None:
    reply = talk(view)
    first = view.messages[1]
    assert isinstance(first, AgentMessage)
    view.verticalScrollBar().setValue(round(view.top_of(reply)))
    view.scroll_by(-7)
    held = view.anchor()
    assert held is not None
    before = place_on_screen(view, held.message, held.block)
    if what == "grows below":
        grow(view, reply)
    elif what == "grows above":
        assert first.thought_button is not None
        height = first.height
        first.thought_button.click()
        assert first.height > height + 300
    elif what == "width":
        view.resize(600, 500)
    elif what == "zoom":
        appearance.set_zoom(1.4)
    else:
        appearance.fix_theme(DARK if what == "theme" else LIGHT.with_high_contrast())
    assert abs(place_on_screen(view, held.message, held.block) - before) <= 1


# 5. Sending scrolls the new message to 28 px below the header and leaves the rest free.


def test_a_question_stands_28_pixels_below_the_header(view: Transcript) -> None:
    reply = talk(view)
    view.end_reply(reply, "")
    question = view.add_user_message("Third")
    assert view.origin_of(question).y() == 28
    reply = view.begin_reply("assistant")
    for _ in range(5):
        grow(view, reply)
        assert view.origin_of(question).y() == 28


# 6. Each conversation remembers its position and whether it follows.


def conversation(appearance: Appearance) -> list[MessageView]:
    return [
        AgentMessage("assistant", appearance, LONG) if number % 2 else UserMessage("Question", appearance)
        for number in range(20)
    ]


def test_a_conversation_is_opened_where_it_was_read(view: Transcript, appearance: Appearance) -> None:
    view.open(conversation(appearance))
    view.scroll_by(-5000)
    place = view.reading_place
    held = view.anchor()
    assert held is not None
    before = place_on_screen(view, held.message, held.block)
    view.open([UserMessage("Another conversation", appearance)])
    view.open(conversation(appearance), place)
    again = view.messages[held.message.index]
    assert abs(place_on_screen(view, again, held.block) - before) <= 1
    assert not view.position.following.is_on


def test_a_conversation_that_was_followed_is_opened_at_its_end(
    view: Transcript, appearance: Appearance
) -> None:
    view.open(conversation(appearance))
    place = view.reading_place
    longer = [*conversation(appearance), UserMessage("A later one", appearance)]
    view.open(longer, place)
    assert scroll(view) == end(view)
    assert view.position.following.is_on
