"""Copying: what is there now, as much as there is, without a stop of the window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.copying import Copying
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

CONTROL = Qt.KeyboardModifier.ControlModifier


def select_all(view: Transcript) -> None:
    QTest.keyClick(view, Qt.Key.Key_A, CONTROL)


def copy(view: Transcript, qtbot: QtBot) -> str:
    with qtbot.waitSignal(view.selected_text.copying.finished, timeout=60_000):
        QTest.keyClick(view, Qt.Key.Key_C, CONTROL)
    return QApplication.clipboard().text()


def test_what_arrives_after_selecting_all_is_not_selected(view: Transcript, qtbot: QtBot) -> None:
    view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "First words")])
    select_all(view)
    view.append_to_reply(reply, [(False, " and more.\n\nAnother paragraph.")])
    view.end_reply(reply, "")
    view.add_user_message("Another question")
    assert copy(view, qtbot) == "Question\n\nFirst words"
    select_all(view)
    assert copy(view, qtbot).endswith("Another paragraph.\n\nAnother question")


def test_selecting_all_before_the_first_word_selects_the_question(view: Transcript, qtbot: QtBot) -> None:
    view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    select_all(view)
    view.append_to_reply(reply, [(False, "First words")])
    assert copy(view, qtbot) == "Question"


def test_selecting_all_of_nothing_selects_nothing(view: Transcript) -> None:
    select_all(view)
    assert view.selected_text.selection.is_empty


def test_to_the_end_by_key_is_what_is_there(view: Transcript, qtbot: QtBot) -> None:
    view.add_user_message("Question")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "First words")])
    view.current = view.messages[0]
    QTest.keyClick(view, Qt.Key.Key_End, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    view.append_to_reply(reply, [(False, " and more.")])
    assert copy(view, qtbot) == "Question\n\nFirst words"


def test_much_text_is_copied_whole_and_in_order(
    view: Transcript, appearance: Appearance, qtbot: QtBot
) -> None:
    view.open([AgentMessage("assistant", appearance, f"Answer **{n}**.\n\n- x") for n in range(1000)])
    select_all(view)
    QApplication.clipboard().setText("before")
    expected = "\n\n".join(f"Answer {n}.\n\n• x" for n in range(1000))
    assert copy(view, qtbot) == expected
    assert view.realised_count < 80


def test_what_is_copied_is_what_was_selected_when_it_began(
    view: Transcript, appearance: Appearance, qtbot: QtBot
) -> None:
    view.open([UserMessage(f"Question {n}", appearance) for n in range(50)])
    select_all(view)
    with qtbot.waitSignal(view.selected_text.copying.finished, timeout=60_000):
        view.selected_text.copy()
        view.selected_text.clear()
        view.clear()
    assert QApplication.clipboard().text() == "\n\n".join(f"Question {n}" for n in range(50))


def test_markdown_of_whole_messages_is_their_source(
    view: Transcript, appearance: Appearance, qtbot: QtBot
) -> None:
    source = "    indented code\n\n[a]: https://example.org\n\nSee [a].\n"
    view.open([UserMessage("Q", appearance), AgentMessage("assistant", appearance, source)])
    select_all(view)
    with qtbot.waitSignal(view.selected_text.copying.finished, timeout=60_000):
        view.selected_text.copy(as_markdown=True)
    assert QApplication.clipboard().text() == f"Q\n\n{source.strip(chr(10))}"


def test_the_window_goes_on_between_pieces(qapp: QApplication, qtbot: QtBot) -> None:
    """Work that takes long is done in slices: the loop runs between them."""
    turns: list[int] = []
    taken = 0

    def pieces() -> Iterator[str]:
        nonlocal taken
        for number in range(200):
            QTest.qSleep(1)  # a millisecond of work
            taken += 1
            turns.append(beats)
            yield f"{number} "

    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1

    from PySide6.QtCore import QTimer

    clock = QTimer(interval=0)
    clock.timeout.connect(beat)
    clock.start()
    copying = Copying(QClipboard.Mode.Clipboard, qapp)
    with qtbot.waitSignal(copying.finished, timeout=60_000):
        copying.start(pieces())
        assert taken < 200
    assert len(set(turns)) > 5
    assert QApplication.clipboard().text() == "".join(f"{number} " for number in range(200))
    copying.deleteLater()


def test_a_copy_that_takes_long_is_told_of(view: Transcript, qtbot: QtBot) -> None:
    copying = view.selected_text.copying
    told: list[str] = []

    def pieces() -> Iterator[str]:
        while not told:
            yield ""
        yield "Done."

    copying.delayed.connect(lambda: told.append(view._copy_pill.text()))
    with qtbot.waitSignal(copying.finished, timeout=60_000):
        copying.start(pieces())
    assert told == ["Copying …"]
    assert view._copy_pill.text() == "Copied"
    qtbot.waitUntil(view._copy_pill.isHidden, timeout=60_000)


def test_a_second_copy_ends_the_first(view: Transcript, qtbot: QtBot) -> None:
    copying = view.selected_text.copying

    def endless() -> Iterator[str]:
        while True:
            yield "x"

    copying.start(endless())
    with qtbot.waitSignal(copying.finished, timeout=60_000):
        copying.start(iter(("second",)))
    assert QApplication.clipboard().text() == "second"
