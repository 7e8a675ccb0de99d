"""The composer: what Enter does, what is kept, how it grows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.widgets.buttons import ENTER
from desktop_agent.gui.widgets.composer import Composer


@pytest.fixture
def composer(qtbot: QtBot) -> Composer:
    widget = Composer(Appearance(LIGHT))
    qtbot.addWidget(widget)
    widget.set_placeholder("Message assistant")
    widget.resize(712, widget.sizeHint().height())
    widget.show()
    return widget


def test_enter_sends_and_the_text_stays_until_it_is_taken(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.editor, "Hello")
    with qtbot.waitSignal(composer.submitted) as caught:
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert caught.args == ["Hello"]
    assert composer.text == "Hello"
    composer.clear()
    assert composer.text == ""


def test_shift_enter_makes_a_line(composer: Composer) -> None:
    QTest.keyClicks(composer.editor, "a")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.editor, "b")
    assert composer.text == "a\nb"


def test_blank_text_is_not_sent(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.editor, "   ")
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert not composer.send_button.isEnabled()


def test_enter_does_not_send_while_an_input_method_composes(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.editor, "a")
    QApplication.sendEvent(composer.editor, QInputMethodEvent("に", []))
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    finished = QInputMethodEvent("", [])
    finished.setCommitString("日")
    QApplication.sendEvent(composer.editor, finished)
    with qtbot.waitSignal(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)


def test_enter_while_streaming_keeps_the_text(composer: Composer, qtbot: QtBot) -> None:
    composer.set_streaming(is_streaming=True)
    QTest.keyClicks(composer.editor, "next")
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.text == "next"


def test_send_becomes_stop(composer: Composer, qtbot: QtBot) -> None:
    assert composer.send_button.accessibleName() == "Send message"
    composer.set_streaming(is_streaming=True)
    assert composer.send_button.accessibleName() == "Stop reply"
    with qtbot.waitSignal(composer.stop_requested):
        QTest.mouseClick(composer.send_button, Qt.MouseButton.LeftButton)


def test_pasted_markup_is_plain_text(composer: Composer) -> None:
    data = QMimeData()
    data.setHtml('<b>bold</b><img src="file:///etc/hostname">')
    data.setText("bold")
    composer.editor.insertFromMimeData(data)
    assert composer.text == "bold"
    assert "<img" not in composer.editor.toHtml()


def test_it_grows_with_its_text_up_to_the_limit(composer: Composer) -> None:
    assert composer.sizeHint().height() == 86
    composer.set_text("a\nb\nc")
    assert composer.sizeHint().height() == 86 + 2 * 24
    composer.set_height_limit(200)
    composer.set_text("\n".join("line" for _ in range(100)))
    assert composer.sizeHint().height() == 200


def test_the_placeholder_is_its_accessible_name(composer: Composer) -> None:
    assert composer.editor.accessibleName() == "Message assistant"


def test_every_character_of_a_paste_is_kept(composer: Composer) -> None:
    text = "x" * 100_000 + "\n\tend 🎈"
    composer.editor.insertPlainText(text)
    assert composer.text == text


def test_ctrl_enter_sends_where_it_is_set_so(composer: Composer, qtbot: QtBot) -> None:
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    composer.set_send_key("ctrl_enter")
    QTest.keyClicks(composer.editor, "a")
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        QTest.keyClick(composer.editor, Qt.Key.Key_Return, shift)
    QTest.keyClicks(composer.editor, "b")
    assert composer.text == "a\n\nb"
    with qtbot.waitSignal(composer.submitted) as caught:
        QTest.keyClick(composer.editor, Qt.Key.Key_Return, control)
    assert caught.args == ["a\n\nb"]
    with qtbot.waitSignal(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Enter, control | Qt.KeyboardModifier.KeypadModifier)
    composer.set_send_key("enter")
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return, control)
    assert composer.text == "a\n\nb\n"
    with qtbot.waitSignal(composer.submitted):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)


def test_the_send_button_names_the_key_that_sends(composer: Composer) -> None:
    for key, words in (("ctrl_enter", "Ctrl+Enter"), ("enter", "Enter")):
        composer.set_send_key(key)  # type: ignore[arg-type]
        keys = QKeySequence(words.replace("Enter", ENTER))
        native = keys.toString(QKeySequence.SequenceFormat.NativeText)
        assert composer.send_button.toolTip() == f"Send message ({native})"


def test_a_count_of_tokens_is_there_where_it_matters(composer: Composer) -> None:
    QTest.keyClicks(composer.editor, "Hello")
    shown = []
    for typed, before, limit in (
        (2, 400, 128_000),
        (1_500, 0, None),
        (1_500, 0, 128_000),
        (10, 110_000, 128_000),
        (3_000, 128_000, 128_000),
        (0, 131_000, 128_000),
    ):
        composer.show_tokens(typed, before, limit)
        shown.append((composer.context_count.text(), composer.context_count.is_over))
    assert shown == [
        ("", False),
        ("~1.5k tokens", False),
        ("~1.5k of 128k tokens", False),
        ("~110k of 128k tokens", False),
        ("~131k of 128k tokens", True),
        ("", False),
    ]


def test_over_the_limit_the_edge_is_red_and_the_count_beside_send(composer: Composer) -> None:
    def edge() -> str:
        return composer.grab().toImage().pixelColor(composer.width() // 2, 0).name()

    usual = edge()
    composer.show_tokens(3_000, 128_000, 128_000)
    count, button = composer.context_count.geometry(), composer.send_button.geometry()
    assert usual in (LIGHT.border_mid.name(), LIGHT.border_input.name())  # whether it has the keyboard
    assert edge() == LIGHT.err.name()
    assert composer.editor.accessibleDescription() == "About 131 thousand of 128 thousand tokens"
    assert count.right() < button.left()
    assert count.center().y() == button.center().y()
    composer.show_tokens(10, 0, 128_000)
    assert edge() == usual


def test_the_caret_comes_to_rest_and_blinks_again_with_the_next_key(composer: Composer) -> None:
    hints = QApplication.styleHints()
    QTest.keyClicks(composer.editor, "a")
    blinking = hints.cursorFlashTime()
    assert blinking > 0
    composer.editor.caret.rest()
    assert hints.cursorFlashTime() == 0
    composer.editor.caret.rest()  # once more: it has not forgotten
    QTest.keyClicks(composer.editor, "b")
    assert hints.cursorFlashTime() == blinking
