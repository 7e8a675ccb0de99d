"""Selecting in the transcript: by mouse, by keyboard, across blocks and messages; what is copied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.selection import Selection, TextPosition, range_in
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

ANSWER = "First **paragraph** here.\n\n- one\n- two\n\n```python\nx = 1\ny = 2\n```\n\nLast words."


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[Transcript]:
    accessible.install()
    appearance = Appearance(LIGHT)
    transcript = Transcript(appearance)
    qtbot.addWidget(transcript)
    transcript.resize(1020, 646)
    transcript.show()
    transcript.open(
        [
            UserMessage("A question of mine", appearance),
            AgentMessage("assistant", appearance, ANSWER),
            UserMessage("Another one 🎈 with an emoji", appearance),
        ]
    )
    yield transcript
    transcript.clear()


def place(view: Transcript, message: int, segment: int, offset: int) -> QPoint:
    """Where a character is drawn, in the viewport."""
    shown = view.messages[message]
    rect = shown.caret_place(segment, offset)
    return (view.origin_of(shown) + QPointF(rect.left(), rect.center().y())).toPoint()


def mouse(view: Transcript, kind: QEvent.Type, point: QPoint, *, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        kind,
        QPointF(point),
        QPointF(view.viewport().mapToGlobal(point)),
        Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button,
        button,
        modifiers,
    )
    QApplication.sendEvent(view.viewport(), event)


def drag(view: Transcript, start: QPoint, end: QPoint) -> None:
    mouse(view, QEvent.Type.MouseButtonPress, start)
    mouse(view, QEvent.Type.MouseMove, end)
    mouse(view, QEvent.Type.MouseButtonRelease, end)


def test_dragging_selects_across_blocks_and_messages(view: Transcript) -> None:
    drag(view, place(view, 0, 0, 2), place(view, 1, 0, 15))
    assert view.selected_text.text() == "question of mine\n\nFirst paragraph"


def test_dragging_upwards_selects_the_same(view: Transcript) -> None:
    drag(view, place(view, 1, 0, 15), place(view, 0, 0, 2))
    assert view.selected_text.text() == "question of mine\n\nFirst paragraph"


def test_code_is_selected_without_its_furniture(view: Transcript) -> None:
    drag(view, place(view, 1, 2, 0), place(view, 1, 2, 11))
    assert view.selected_text.text() == "x = 1\ny = 2"


def test_an_emoji_is_one_character(view: Transcript) -> None:
    drag(view, place(view, 2, 0, 12), place(view, 2, 0, 18))
    assert view.selected_text.text() == "🎈 with"


def test_a_double_click_selects_a_word_and_a_third_the_line(view: Transcript) -> None:
    point = place(view, 1, 0, 8)
    mouse(view, QEvent.Type.MouseButtonPress, point)
    mouse(view, QEvent.Type.MouseButtonRelease, point)
    mouse(view, QEvent.Type.MouseButtonDblClick, point)
    assert view.selected_text.text() == "paragraph"
    mouse(view, QEvent.Type.MouseButtonRelease, point)
    mouse(view, QEvent.Type.MouseButtonPress, point)
    assert view.selected_text.text() == "First paragraph here."
    mouse(view, QEvent.Type.MouseButtonRelease, point)


def test_a_drag_after_a_double_click_grows_by_words_or_characters(view: Transcript) -> None:
    point = place(view, 1, 0, 8)
    mouse(view, QEvent.Type.MouseButtonDblClick, point)
    mouse(view, QEvent.Type.MouseMove, place(view, 1, 0, 1))
    assert view.selected_text.text() == "irst paragraph"
    mouse(view, QEvent.Type.MouseButtonRelease, point)


def test_shift_click_extends(view: Transcript) -> None:
    point = place(view, 1, 0, 0)
    mouse(view, QEvent.Type.MouseButtonPress, point)
    mouse(view, QEvent.Type.MouseButtonRelease, point)
    end = place(view, 1, 0, 15)
    mouse(view, QEvent.Type.MouseButtonPress, end, shift=True)
    mouse(view, QEvent.Type.MouseButtonRelease, end, shift=True)
    assert view.selected_text.text() == "First paragraph"


def test_a_click_selects_nothing_and_ends_a_selection(view: Transcript) -> None:
    view.selected_text.select_all()
    point = place(view, 1, 0, 3)
    mouse(view, QEvent.Type.MouseButtonPress, point)
    mouse(view, QEvent.Type.MouseButtonRelease, point)
    assert view.selected_text.selection.is_empty
    assert view.selected_text.text() == ""


def test_dragging_beyond_the_edge_scrolls(view: Transcript, qtbot: QtBot) -> None:
    appearance = view.appearance
    view.open([AgentMessage("assistant", appearance, "\n\n".join(["Some words."] * 200)) for _ in range(3)])
    bar = view.verticalScrollBar()
    bar.setValue(0)
    start = place(view, 0, 0, 0)
    mouse(view, QEvent.Type.MouseButtonPress, start)
    mouse(view, QEvent.Type.MouseMove, QPoint(400, view.viewport().height() + 200))
    qtbot.waitUntil(lambda: bar.value() > 300)
    mouse(view, QEvent.Type.MouseButtonRelease, QPoint(400, 500))
    held = bar.value()
    assert view.selected_text.text().startswith("Some words.\n\nSome words.")
    assert bar.value() == held


def test_copy_and_select_all_by_keyboard(view: Transcript) -> None:
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QApplication.clipboard().text()
    assert text.startswith("A question of mine\n\nFirst paragraph here.\n\n")
    assert text.endswith("Last words.\n\nAnother one 🎈 with an emoji")
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected_text.selection.is_empty


def test_shift_and_arrows_extend_by_character_word_and_line(view: Transcript) -> None:
    view.current = view.messages[1]
    shift = Qt.KeyboardModifier.ShiftModifier
    for _ in range(5):
        QTest.keyClick(view, Qt.Key.Key_Right, shift)
    assert view.selected_text.text() == "First"
    QTest.keyClick(view, Qt.Key.Key_Right, shift | Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text.text() == "First paragraph"
    QTest.keyClick(view, Qt.Key.Key_Left, shift)
    assert view.selected_text.text() == "First paragrap"
    QTest.keyClick(view, Qt.Key.Key_End, shift)
    assert view.selected_text.text() == "First paragraph here."
    QTest.keyClick(view, Qt.Key.Key_Down, shift)
    assert len(view.selected_text.text()) > len("First paragraph here.")


def test_extending_crosses_into_the_next_block_and_message(view: Transcript) -> None:
    view.selected_text.set(TextPosition(0, 0, 17), TextPosition(0, 0, 17))
    shift = Qt.KeyboardModifier.ShiftModifier
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_Right, shift)
    assert view.selected_text.text() == "e\n\nFi"


def test_markdown_of_whole_blocks_is_the_source(view: Transcript) -> None:
    view.selected_text.set(TextPosition(1, 0, 0), TextPosition(1, 1, 10_000))
    assert view.selected_text.markdown() == "First **paragraph** here.\n\n- one\n- two"
    view.selected_text.set(TextPosition(1, 0, 6), TextPosition(1, 2, 2))
    assert view.selected_text.markdown() == ANSWER.removesuffix("\n\nLast words.")
    view.selected_text.set(TextPosition(1, 0, 6), TextPosition(1, 0, 15))
    assert view.selected_text.markdown() == "paragraph"
    view.selected_text.select_all()
    assert view.selected_text.markdown().split("\n\n", 1)[1].startswith(ANSWER)


def test_messages_that_were_never_laid_out_are_copied_too(view: Transcript) -> None:
    appearance = view.appearance
    view.open([AgentMessage("assistant", appearance, f"Answer **{index}**.") for index in range(200)])
    view.selected_text.select_all()
    assert view.realised_count < 80
    assert view.selected_text.text().split("\n\n") == [f"Answer {index}." for index in range(200)]


def test_a_selection_is_painted(view: Transcript) -> None:
    before = view.grab().toImage()
    drag(view, place(view, 1, 0, 0), place(view, 1, 0, 15))
    after = view.grab().toImage()
    x, y = place(view, 1, 0, 0).toTuple()
    assert before.pixelColor(x + 1, y - 9) == LIGHT.surface
    assert after.pixelColor(x + 1, y - 9) == LIGHT.accent_soft


def test_selecting_all_looks_at_no_text() -> None:
    selection = Selection()
    selection.select_all(TextPosition(20_000, 3, 5))
    assert selection.span_in(12_345) is not None
    assert range_in(selection.span_in(7) or ((0, 0), (0, 0)), 3, 10) == (0, 10)


def test_text_that_arrives_does_not_change_a_selection(view: Transcript) -> None:
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "One two ")])
    view.selected_text.set(TextPosition(3, 0, 0), TextPosition(3, 0, 3))
    view.append_to_reply(reply, [(False, "three four.\n\nMore.")])
    assert view.selected_text.text() == "One"
