"""The sidebar in its window: open and closed, wide and narrow, and the title in the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from PySide6.QtCore import QKeyCombination, QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.sidebar.placement import DURATION, NARROWEST, USUAL, WIDEST
from desktop_agent.gui.theme import LIGHT
from gui.sidebar.sidebar_pictures import conversations

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The window with the conversations of the pictures, 1280x820."""
    made = MainWindow(Appearance(LIGHT))
    qtbot.addWidget(made)
    made.sidebar.set_conversations(conversations())
    made.sidebar.set_current(2)
    made.show()
    assert QTest.qWaitForWindowActive(made)
    yield made
    made.close_now()


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CONTROL) -> None:
    """Press a key as a user does: whatever has the focus gets it."""
    QTest.keyClick(window.windowHandle(), key, modifier)


def toggle(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.sidebar_placement.settled):
        press(window, Qt.Key.Key_B)


def at(window: MainWindow, place: QPoint) -> QWidget:
    """What the mouse meets at a place of the window."""
    found = window.childAt(place)
    assert isinstance(found, QWidget)
    return found


def place_of(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_it_stands_beside_the_conversation(window: MainWindow) -> None:
    assert place_of(window, window.sidebar) == QRect(0, 0, 260, 794)
    assert place_of(window, window.header) == QRect(260, 0, 1020, 48)
    assert place_of(window, window.status_bar) == QRect(0, 794, 1280, 26)
    composer = place_of(window, window.composer)
    assert (composer.left(), composer.width()) == (414, 712)
    assert not window.header.sidebar_button.isVisible()


def test_ctrl_b_closes_and_opens_it(window: MainWindow, qtbot: QtBot) -> None:
    assert DURATION == 180
    lefts: list[int] = []
    window.sidebar_placement.moved.connect(lambda: lefts.append(window.header.x()))
    toggle(window, qtbot)
    assert not window.sidebar.isVisible()
    assert window.header.x() == 0
    assert lefts == sorted(lefts, reverse=True)
    # As in the narrow picture: the button, then the title.
    button = place_of(window, window.header.sidebar_button)
    assert button.center() == QPoint(24, 23)
    assert abs(place_of(window, window.header.title).left() - 50) <= 2
    toggle(window, qtbot)
    assert window.sidebar.isVisible()
    assert window.header.x() == 260


def test_the_buttons_close_and_open_it(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.sidebar_placement.settled):
        QTest.mouseClick(window.sidebar.collapse_button, Qt.MouseButton.LeftButton)
    assert not window.sidebar.isVisible()
    with qtbot.waitSignal(window.sidebar_placement.settled):
        QTest.mouseClick(window.header.sidebar_button, Qt.MouseButton.LeftButton)
    assert window.sidebar.isVisible()


def test_the_keyboard_leaves_a_sidebar_that_closes(window: MainWindow, qtbot: QtBot) -> None:
    window.sidebar.focus_list()
    toggle(window, qtbot)
    assert window.composer.editor.hasFocus()


def test_a_second_press_turns_the_movement_round(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_B)
    toggle(window, qtbot)
    assert window.sidebar_placement.is_open
    assert window.sidebar.isVisible()
    assert window.header.x() == 260


def test_the_edge_is_dragged_within_bounds(window: MainWindow, qtbot: QtBot) -> None:
    grip = at(window, QPoint(259, 400))
    assert grip.cursor().shape() == Qt.CursorShape.SplitHCursor
    for target, width in ((300, 301), (900, WIDEST), (5, NARROWEST)):
        QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=QPoint(3, 400))
        with qtbot.waitSignal(window.sidebar_placement.resized):
            QTest.mouseMove(grip, grip.mapFrom(window, QPoint(target, 400)))
        QTest.mouseRelease(grip, Qt.MouseButton.LeftButton)
        assert abs(window.sidebar.width() - width) <= 1
        assert window.header.x() == window.sidebar.width() == window.sidebar_placement.width
    QTest.mouseDClick(grip, Qt.MouseButton.LeftButton, pos=QPoint(3, 400))
    assert window.sidebar.width() == USUAL


@pytest.mark.parametrize(("asked", "given"), [(320, 320), (10, NARROWEST), (5000, WIDEST)])
def test_an_earlier_layout_comes_back_at_once(window: MainWindow, asked: int, given: int) -> None:
    window.sidebar_placement.restore(asked, is_open=True)
    assert window.sidebar.width() == window.header.x() == given
    window.sidebar_placement.restore(asked, is_open=False)
    assert not window.sidebar.isVisible()
    assert window.header.x() == 0


# Narrow


@pytest.fixture
def narrow(window: MainWindow) -> MainWindow:
    """The window at 720x640: the sidebar is an overlay."""
    window.resize(720, 640)
    window.grab()
    return window


def test_a_narrow_window_has_it_closed(narrow: MainWindow) -> None:
    assert not narrow.sidebar.isVisible()
    assert narrow.header.geometry() == QRect(0, 0, 720, 48)
    assert narrow.header.sidebar_button.isVisible()


def test_wide_again_it_is_where_it_was(narrow: MainWindow) -> None:
    narrow.resize(900, 640)
    narrow.grab()
    assert narrow.sidebar.isVisible()
    assert narrow.header.x() == 260


def test_the_overlay_lies_over_the_conversation(narrow: MainWindow, qtbot: QtBot) -> None:
    toggle(narrow, qtbot)
    assert narrow.sidebar.geometry() == QRect(0, 0, 260, 614)
    assert narrow.header.geometry() == QRect(0, 0, 720, 48)
    assert narrow.sidebar.conversations.hasFocus()


@pytest.mark.parametrize("way", ["Esc", "Esc on a button", "choice", "new chat", "beside it", "Ctrl+B"])
def test_the_overlay_closes(narrow: MainWindow, qtbot: QtBot, way: str) -> None:
    toggle(narrow, qtbot)
    stopped: list[bool] = []
    narrow.stop_action.setEnabled(True)
    narrow.stop_requested.connect(lambda: stopped.append(True))
    view = narrow.sidebar.conversations
    with qtbot.waitSignal(narrow.sidebar_placement.settled):
        if way == "Esc":
            press(narrow, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        elif way == "Esc on a button":
            narrow.sidebar.new_chat_row.setFocus()
            press(narrow, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        elif way == "choice":
            place = view.visualRect(view.model().index(1, 0)).center()
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        elif way == "new chat":
            press(narrow, Qt.Key.Key_N)
        elif way == "beside it":
            QTest.mouseClick(at(narrow, QPoint(500, 300)), Qt.MouseButton.LeftButton)
        else:
            press(narrow, Qt.Key.Key_B)
    assert not narrow.sidebar.isVisible()
    assert narrow.composer.editor.hasFocus()
    assert not stopped
    press(narrow, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert stopped == [True]


def test_esc_ends_a_search_before_it_closes_the_overlay(narrow: MainWindow, qtbot: QtBot) -> None:
    press(narrow, Qt.Key.Key_F, CONTROL | SHIFT)
    assert narrow.sidebar.search_field.editor.hasFocus()
    QTest.keyClicks(narrow.sidebar.search_field.editor, "ve")
    press(narrow, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert narrow.sidebar.search_field.text == ""
    assert narrow.sidebar_placement.is_open
    with qtbot.waitSignal(narrow.sidebar_placement.settled):
        press(narrow, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)


# Keys of the window


def test_keys_reach_the_sidebar_from_the_composer(window: MainWindow, qtbot: QtBot) -> None:
    window.composer.editor.setFocus()
    with qtbot.waitSignal(window.sidebar.new_chat_requested):
        press(window, Qt.Key.Key_N)
    for text, number in (("Next conversation", 3), ("Previous conversation", 1)):
        action = next(action for action in window.findChildren(QAction) if action.text() == text)
        keys = cast("QKeyCombination", action.shortcuts()[-1][0])  # type: ignore[index]
        with qtbot.waitSignal(window.sidebar.conversation_chosen) as caught:
            press(window, keys.key(), keys.keyboardModifiers())
        assert caught.args == [number]
    press(window, Qt.Key.Key_F, CONTROL | SHIFT)
    assert window.sidebar.search_field.editor.hasFocus()


def test_ctrl_shift_f_opens_a_closed_sidebar(window: MainWindow, qtbot: QtBot) -> None:
    toggle(window, qtbot)
    with qtbot.waitSignal(window.sidebar_placement.settled):
        press(window, Qt.Key.Key_F, CONTROL | SHIFT)
    assert window.sidebar.search_field.editor.hasFocus()


def test_typing_on_the_list_goes_to_the_composer(window: MainWindow) -> None:
    window.sidebar.focus_list()
    QTest.keyClicks(window.sidebar.conversations, "H")
    assert window.composer.text == "H"
    assert window.composer.editor.hasFocus()


def test_esc_while_a_reply_streams(window: MainWindow, qtbot: QtBot) -> None:
    window.stop_action.setEnabled(True)
    editor = window.sidebar.search_field.editor
    window.sidebar.focus_search()
    QTest.keyClicks(editor, "ve")
    with qtbot.assertNotEmitted(window.stop_requested):
        press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert editor.text() == ""
    view = window.sidebar.conversations
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_F2)
    with qtbot.assertNotEmitted(window.stop_requested):
        press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(view.hasFocus)
    window.sidebar.open_bin()
    with qtbot.assertNotEmitted(window.stop_requested):
        press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert view.isVisible()
    with qtbot.waitSignal(window.stop_requested):
        press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)


def test_f6_goes_round_the_regions(window: MainWindow) -> None:
    window.header.show_title("A title", 2)
    window.composer.editor.setFocus()
    expected = [
        window.sidebar.conversations,
        window.header.rename_button,
        window.empty_page.cards[0],
        window.composer.editor,
    ]
    no_modifier = Qt.KeyboardModifier.NoModifier
    for widget in expected:
        press(window, Qt.Key.Key_F6, no_modifier)
        assert QApplication.focusWidget() is widget
    for widget in [*reversed(expected[:-1]), expected[-1]]:
        press(window, Qt.Key.Key_F6, SHIFT)
        assert QApplication.focusWidget() is widget


# The title in the header


def test_a_new_chat_has_no_title_to_change(window: MainWindow) -> None:
    window.header.show_title("New chat")
    assert not window.header.rename_button.isVisible()
    press(window, Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)
    assert not window.header.title_field.isVisible()


@pytest.mark.parametrize("way", ["F2", "click", "Enter"])
def test_the_title_turns_into_a_field(window: MainWindow, qtbot: QtBot, way: str) -> None:
    header = window.header
    header.show_title("Azure AI Search overview", 2)
    window.composer.editor.setFocus()
    before = place_of(window, header.title)
    if way == "F2":
        press(window, Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)
    elif way == "click":
        QTest.mouseClick(at(window, before.topLeft() + QPoint(20, 24)), Qt.MouseButton.LeftButton)
    else:
        header.rename_button.setFocus()
        QTest.keyClick(header.rename_button, Qt.Key.Key_Return)
    field = header.title_field
    assert field.hasFocus()
    assert field.text() == field.selectedText() == "Azure AI Search overview"
    assert not header.title.isVisible()
    assert place_of(window, field).top() == 8
    assert field.height() == 32
    assert place_of(window, field).left() == before.left() - 8
    QTest.keyClicks(field, "Search")
    with qtbot.waitSignal(header.rename_requested) as caught:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == [2, "Search"]
    assert not field.isVisible()
    assert header.title.isVisible()
    if way == "F2":
        assert window.composer.editor.hasFocus()


def test_esc_gives_the_header_its_title_back(window: MainWindow, qtbot: QtBot) -> None:
    window.stop_action.setEnabled(True)
    window.header.show_title("Azure", 2)
    window.composer.editor.setFocus()
    press(window, Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)
    QTest.keyClicks(window.header.title_field, "Other")
    with (
        qtbot.assertNotEmitted(window.header.rename_requested),
        qtbot.assertNotEmitted(window.stop_requested),
    ):
        press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert window.header.title.text == "Azure"
    assert window.composer.editor.hasFocus()


@pytest.mark.parametrize("leave", ["another field", "another conversation"])
def test_what_was_typed_is_saved_for_its_own_conversation(
    window: MainWindow, qtbot: QtBot, leave: str
) -> None:
    window.header.show_title("Azure", 2)
    window.header.edit_title()
    QTest.keyClicks(window.header.title_field, "Other")
    with qtbot.waitSignal(window.header.rename_requested) as caught:
        if leave == "another field":
            window.composer.editor.setFocus()
        else:
            window.header.show_title("Trip notes", 4)
    assert caught.args == [2, "Other"]
    assert not window.header.title_field.isVisible()


def test_a_title_from_the_model_leaves_the_open_field(window: MainWindow) -> None:
    window.header.show_title("Azure", 2)
    window.header.edit_title()
    QTest.keyClicks(window.header.title_field, "Oth")
    window.header.show_title("A better one", 2)
    assert window.header.title_field.text() == "Oth"
    assert window.header.title_field.isVisible()


@pytest.mark.parametrize("title", ["<b>bold</b> " * 40, "two\nlines", "x" * 10_000])
def test_a_long_or_odd_title_stays_on_its_line(window: MainWindow, title: str) -> None:
    window.header.show_title(title, 2)
    window.grab()
    assert "\n" not in window.header.title.text
    assert "<b>" not in window.header.title.toolTip()
    assert place_of(window, window.header.title).right() < 1280


def test_f2_on_the_list_renames_the_row(window: MainWindow) -> None:
    window.header.show_title("Azure", 2)
    window.sidebar.focus_list()
    press(window, Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)
    assert not window.header.title_field.isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert window.sidebar.conversations.isAncestorOf(focused)
