"""The view costs what is seen, however long the conversation is. Counts are exact."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_agent.chat.notices import STOPPED
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.markdown_column import KEPT_ITEMS
from desktop_agent.gui.transcript.message_column import KEPT_MESSAGES
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

ANSWER = (
    "# Title\n\nSome **words** and `code`.\n\n- one\n- two\n\n```python\nx = 1\n```\n\n" + "More words. " * 60
)
IN_SIGHT = 12  # no more messages of this size fit into the view, what is laid out ahead included


def conversation(appearance: Appearance, count: int) -> list[MessageView]:
    return [
        AgentMessage("assistant", appearance, ANSWER) if number % 2 else UserMessage("A question", appearance)
        for number in range(count)
    ]


def scroll(view: Transcript) -> int:
    return view.verticalScrollBar().value()


def screen_place(view: Transcript, message: MessageView, block: int) -> float:
    return view.top_of(message) + message.block_y(block) - scroll(view)


@pytest.mark.parametrize("count", [100, 5000])
def test_only_what_is_seen_is_laid_out(view: Transcript, appearance: Appearance, count: int) -> None:
    messages = conversation(appearance, count)
    view.open(messages)
    assert scroll(view) == view.verticalScrollBar().maximum()
    assert 0 < sum(message.is_realised for message in messages) <= IN_SIGHT
    assert view.realised_count <= IN_SIGHT


def test_scrolling_through_everything_keeps_the_cache_bounded(
    view: Transcript, appearance: Appearance
) -> None:
    messages = conversation(appearance, 100)
    view.open(messages)
    for _ in range(120):
        view.scroll_by(-600)
        assert view.realised_count <= KEPT_MESSAGES + IN_SIGHT
    assert scroll(view) == 0
    assert sum(message.is_realised for message in messages) == view.realised_count


def test_a_very_long_reply_is_virtual_too(view: Transcript, appearance: Appearance) -> None:
    reply = AgentMessage("assistant", appearance, "\n\n".join(f"Paragraph {n}." for n in range(3000)))
    view.open([reply])
    assert reply.body is not None
    assert reply.body.items_made < 60
    for _ in range(80):
        view.scroll_by(-500)
    assert reply.body.items_alive() <= KEPT_ITEMS + 60


def test_estimates_that_turn_out_wrong_do_not_move_what_is_read(
    view: Transcript, appearance: Appearance
) -> None:
    view.open(conversation(appearance, 200))
    for _ in range(60):
        places = {message: screen_place(view, message, 0) for message in view.visible_messages()}
        before = {message: y for message, y in places.items() if 0 <= y <= view.viewport().height()}
        at = scroll(view)
        view.scroll_by(-97)
        if scroll(view) == 0:
            break
        shown = [message for message in before if message in set(view.visible_messages())]
        moves = {round(screen_place(view, message, 0) - before[message]) for message in shown}
        assert moves <= {96, 97, 98}, (at, moves)


@pytest.mark.parametrize("change", ["width", "zoom", "theme", "contrast"])
def test_changes_keep_the_reading_place_and_cost_what_is_seen(
    view: Transcript, appearance: Appearance, change: str
) -> None:
    messages = conversation(appearance, 400)
    view.open(messages)
    for _ in range(30):
        view.scroll_by(-400)
    first = next(iter(view.visible_messages()))
    block = first.block_at(scroll(view) - view.top_of(first))
    before = screen_place(view, first, block)
    if change == "width":
        view.resize(640, 646)
    elif change == "zoom":
        appearance.set_zoom(1.5)
    else:
        appearance.fix_theme(DARK if change == "theme" else LIGHT.with_high_contrast())
    assert abs(screen_place(view, first, block) - before) <= 1
    assert sum(message.is_realised for message in messages) <= KEPT_MESSAGES + IN_SIGHT
    appearance.fix_theme(LIGHT)


def test_a_reply_that_streams_out_of_sight_is_not_painted(view: Transcript, appearance: Appearance) -> None:
    view.open(conversation(appearance, 50))
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "Begin.\n\n")])
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert reply.is_realised  # what arrives needs its parser
    assert reply.body is not None
    made = reply.body.items_made
    held = scroll(view)
    for number in range(50):
        view.append_to_reply(reply, [(False, f"Paragraph {number}.\n\n")])
    assert reply.body.items_made == made
    assert scroll(view) == held
    assert reply.source().endswith("Paragraph 49.\n\n")


def test_what_was_released_comes_back_as_it_was(view: Transcript, appearance: Appearance) -> None:
    messages = conversation(appearance, 200)
    view.open(messages)
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "Hm."), (False, "Half an ans")])
    view.end_reply(reply, "3 prompt", Ending(STOPPED))
    before = view.grab().toImage()
    for _ in range(100):
        view.scroll_by(-600)
    assert not reply.is_realised
    view.jump_to_latest()
    assert reply.is_realised
    assert reply.ending_widget is not None
    assert reply.ending_widget.plain_text() == "You stopped this reply."
    assert reply.thought_source == "Hm."
    assert view.grab().toImage().size() == before.size()
    assert reply.footer is not None
    assert reply.footer.isVisible()


def test_nothing_is_painted_and_nothing_wakes_up_when_idle(
    view: Transcript, appearance: Appearance, qtbot: QtBot
) -> None:
    from PySide6.QtCore import QTimer

    view.open(conversation(appearance, 20))
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in view.findChildren(QTimer)))
    qtbot.wait(200)  # for the platform to have shown the window
    paints = view.paints
    qtbot.wait(300)  # nothing to wait for: that nothing happens is what is tested
    assert view.paints == paints


def test_long_messages_of_the_user_are_folded(view: Transcript) -> None:
    message = view.add_user_message("\n".join(f"line {number}" for number in range(40)))
    assert message.height == 20 + 12 * 24 + 28
    assert message.toggle is not None
    assert message.toggle.accessibleName() == "Show all"
    message.toggle.click()
    assert message.height == 20 + 40 * 24 + 28
    assert message.toggle.accessibleName() == "Show less"


def test_the_text_grows_with_the_zoom(view: Transcript, appearance: Appearance) -> None:
    view.open([AgentMessage("assistant", appearance, "Some words in a line.")])
    reply = view.messages[0]
    before = reply.height
    appearance.set_zoom(2.0)
    assert reply.height > before + 20
    appearance.set_zoom(5.0)
    assert appearance.zoom == 2.0
    appearance.set_zoom(0.1)
    assert appearance.zoom == 0.8


def test_a_thought_may_go_on_after_something_was_said(view: Transcript) -> None:
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "First thought."), (False, "Some answer. ")])
    view.append_to_reply(reply, [(True, "Second thought."), (False, "The rest.")])
    view.end_reply(reply, "")
    assert reply.source() == "Some answer. The rest."
    assert reply.thought_source == "First thought.\n\nSecond thought."
    assert reply.thought_button is not None
    reply.thought_button.click()
    assert reply.is_realised


@pytest.mark.parametrize("stays_open", [False, True])
def test_a_thought_folds_when_the_answer_begins_unless_it_is_to_stay(
    view: Transcript, stays_open: bool
) -> None:
    view.keeps_thoughts_open = stays_open
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "A thought.")])
    assert reply.thought_button is not None
    assert reply.thought_button.isChecked()
    view.append_to_reply(reply, [(False, "The answer.")])
    assert reply.thought_button.isChecked() is stays_open
    view.end_reply(reply, "")
    assert reply.thought_button.isChecked() is stays_open


def test_unfolded_code_moves_what_stands_below_it(view: Transcript) -> None:
    code = "\n".join(f"line {number}" for number in range(60))
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, f"```python\n{code}\n```\n\nWhat follows.")])
    view.end_reply(reply, "")
    view.verticalScrollBar().setValue(0)
    item, _ = next(filter(None, [reply.item_at(QPointF(50, y)) for y in range(40, 80)]))
    assert item.folded
    folded_height, below = reply.height, reply.block_y(1)
    y = round(reply.block_y(0) + item.height - 12)
    view.verticalScrollBar().setValue(round(view.top_of(reply) + y - 300))
    point = view.origin_of(reply) + QPointF(60, y)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert not item.folded
    assert reply.block_y(1) - below == reply.height - folded_height > 300
    assert reply.block_y(1) >= reply.block_y(0) + item.height


def test_unfolded_code_is_as_it_was_left_when_the_reader_comes_back(view: Transcript) -> None:
    code = "\n".join(f"  line {number}" for number in range(60))
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, f"- a\n\n  ```\n{code}\n  ```")])
    view.end_reply(reply, "")
    view.verticalScrollBar().setValue(0)
    item, local = next(filter(None, [reply.item_at(QPointF(80, y)) for y in range(100, 160)]))
    panel = item.code_at(local)
    assert panel is not None
    assert item.set_folded(False, panel)
    reply.item_changed(item)
    view.reveal(reply)
    height = reply.height
    reply.release()
    reply.realise(view.viewport(), view)
    reply.show_range(0, 1e6)
    assert reply.height == height


def test_code_is_not_folded_under_the_eyes_of_a_reader(view: Transcript) -> None:
    code = "\n".join(f"line {number}" for number in range(80))
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, f"Begin.\n\n```\n{code}\n```\n\nEnd.")])
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    height = reply.height
    view.end_reply(reply, "")
    assert reply.height == height


def test_a_wheel_that_turns_up_stops_following_before_there_is_anything_to_scroll(view: Transcript) -> None:
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "Begin.\n\n")])
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    view.append_to_reply(reply, [(False, "Paragraph.\n\n" * 60)])
    assert scroll(view) == 0
