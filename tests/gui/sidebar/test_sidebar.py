"""Everything that can be done in the sidebar, by keyboard and by mouse, with real events."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime, timedelta
from types import FrameType

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.row_list import RowList
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.sidebar.undo_bar import SHOWN_FOR
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.widgets.title_field import TitleField
from desktop_agent.storage import SearchHit
from gui.sidebar.sidebar_pictures import CURRENT, NOW, conversations, summary

HITS = [
    SearchHit(5, "Compare vector databases", None, "", ((8, 14),), NOW),
    SearchHit(2, "Azure AI Search overview", 7, "vector and hybrid search", ((0, 6),), NOW),
]


# On macOS Enter renames, as it does in its file lists.
ENTER = () if sys.platform == "darwin" else (Qt.Key.Key_Return, Qt.Key.Key_Enter)
CHOOSING = (Qt.Key.Key_Space, *ENTER)
# The offscreen platform says so of each menu and dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def index_of(sidebar: Sidebar, title: str) -> QModelIndex:
    model = sidebar.conversations.model()
    return next(model.index(row, 0) for row in range(model.rowCount()) if model.index(row, 0).data() == title)


def middle_of(view: RowList, index: QModelIndex) -> QPoint:
    return view.visualRect(index).center()


def click(view: RowList, index: QModelIndex) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, index))


def press_button(view: RowList, index: QModelIndex, key: str) -> None:
    """Click the small button of a row."""
    rect = view.visualRect(index)
    box = next(placed.box for placed in view.buttons_in(rect, index) if placed.button.key == key)
    QTest.mouseMove(view.viewport(), box.center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())


def field_of(sidebar: Sidebar) -> TitleField:
    return next(field for field in sidebar.conversations.findChildren(TitleField) if field.isVisible())


def titles(sidebar: Sidebar) -> list[str]:
    model = sidebar.conversations.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def open_menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def texts_of(menu: QMenu) -> list[str]:
    return [action.text().split("\t")[0] for action in menu.actions() if not action.isSeparator()]


def trigger(menu: QMenu, text: str) -> None:
    """Choose an entry by keyboard."""
    action = next(action for action in menu.actions() if action.text().split("\t")[0] == text)
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)


# Choosing


def test_the_conversations_stand_under_their_headings(sidebar: Sidebar) -> None:
    assert titles(sidebar)[:6] == [
        "Pinned",
        "Release checklist",
        "Today",
        "Azure AI Search overview",
        "Parse CSV with polars",
        "Trip notes for Lisbon",
    ]
    assert "Previous 7 days" in titles(sidebar)


def test_a_click_chooses(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.conversation_chosen) as caught:
        click(sidebar.conversations, index_of(sidebar, "Explain CRDTs simply"))
    assert caught.args == [7]


def test_a_click_on_a_heading_does_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(sidebar.conversation_chosen):
        click(sidebar.conversations, index_of(sidebar, "Yesterday"))


@pytest.mark.parametrize("key", CHOOSING)
def test_arrows_go_over_the_headings_and_enter_chooses(sidebar: Sidebar, qtbot: QtBot, key: Qt.Key) -> None:
    view = sidebar.conversations
    view.setFocus()
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().data() == "Compare vector databases"
    QTest.keyClick(view, Qt.Key.Key_Up)
    with qtbot.waitSignal(sidebar.conversation_chosen) as caught:
        QTest.keyClick(view, key)
    assert caught.args == [4]


def test_home_end_and_pages(sidebar: Sidebar) -> None:
    view = sidebar.conversations
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().data() == "Flashcards for Portuguese"
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().data() == "Flashcards for Portuguese"
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().data() == "Release checklist"
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.currentIndex().data() == "Flashcards for Portuguese"
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert view.currentIndex().data() == "Release checklist"


def test_up_on_the_first_row_leads_to_the_search(sidebar: Sidebar) -> None:
    view = sidebar.conversations
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert sidebar.search_field.editor.hasFocus()
    QTest.keyClick(sidebar.search_field.editor, Qt.Key.Key_Down)
    assert view.hasFocus()


def test_the_neighbours_of_the_open_conversation(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.conversation_chosen) as caught:
        sidebar.choose_neighbour(1)
    assert caught.args == [3]
    with qtbot.waitSignal(sidebar.conversation_chosen) as caught:
        sidebar.choose_neighbour(-1)
    assert caught.args == [1]
    sidebar.set_current(1)
    with qtbot.assertNotEmitted(sidebar.conversation_chosen):
        sidebar.choose_neighbour(-1)
    sidebar.set_current(None)
    with qtbot.waitSignal(sidebar.conversation_chosen) as caught:
        sidebar.choose_neighbour(1)
    assert caught.args == [1]


def test_what_is_typed_on_the_list_is_for_the_composer(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.conversations.setFocus()
    before = sidebar.conversations.currentIndex().data()
    with qtbot.waitSignal(sidebar.typed) as caught:
        QTest.keyClicks(sidebar.conversations, "C")
    assert caught.args == ["C"]
    assert sidebar.conversations.currentIndex().data() == before
    with qtbot.assertNotEmitted(sidebar.typed):
        QTest.keyClick(sidebar.conversations, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)


def test_new_chat_by_mouse_and_keyboard(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.new_chat_requested):
        QTest.mouseClick(sidebar.new_chat_row, Qt.MouseButton.LeftButton)
    sidebar.new_chat_row.setFocus()
    with qtbot.waitSignal(sidebar.new_chat_requested):
        QTest.keyClick(sidebar.new_chat_row, Qt.Key.Key_Return)


# Renaming


@pytest.mark.parametrize("way", ["F2", "double click", "menu"])
def test_a_title_is_changed_in_its_place(sidebar: Sidebar, qtbot: QtBot, way: str) -> None:
    view, index = sidebar.conversations, index_of(sidebar, "Trip notes for Lisbon")
    if way == "double click":
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, index))
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, index))
    else:
        view.put_cursor(index)
        view.setFocus()
        if way == "F2":
            QTest.keyClick(view, Qt.Key.Key_F2)
        else:
            press_button(view, index, "more")
            trigger(open_menu(), "Rename")
    field = field_of(sidebar)
    assert field.hasFocus()
    assert field.selectedText() == "Trip notes for Lisbon"
    QTest.keyClicks(field, "Porto")
    with qtbot.waitSignal(sidebar.rename_requested) as caught:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == [4, "Porto"]
    qtbot.waitUntil(lambda: sidebar.focusWidget() is view)


@pytest.mark.parametrize("typed", ["", "   ", "Azure AI Search overview"])
def test_a_blank_or_equal_title_changes_nothing(sidebar: Sidebar, qtbot: QtBot, typed: str) -> None:
    sidebar.conversations.setFocus()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_F2)
    field = field_of(sidebar)
    field.clear()
    QTest.keyClicks(field, typed)
    with qtbot.assertNotEmitted(sidebar.rename_requested), qtbot.waitSignal(field.destroyed):
        QTest.keyClick(field, Qt.Key.Key_Return)


def test_esc_gives_the_title_back(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.conversations.setFocus()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_F2)
    field = field_of(sidebar)
    QTest.keyClicks(field, "Other")
    with qtbot.assertNotEmitted(sidebar.rename_requested), qtbot.waitSignal(field.destroyed):
        QTest.keyClick(field, Qt.Key.Key_Escape)


def test_tab_saves_and_opens_no_other_field(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.conversations.setFocus()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_F2)
    field = field_of(sidebar)
    QTest.keyClicks(field, "Other")
    with qtbot.waitSignals([sidebar.rename_requested, field.destroyed]):
        QTest.keyClick(field, Qt.Key.Key_Tab)
    assert not sidebar.conversations.findChildren(TitleField)


def test_a_pasted_title_becomes_one_line(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.conversations.setFocus()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_F2)
    field = field_of(sidebar)
    field.insert("two\nlines \u202eand a turn")
    with qtbot.waitSignal(sidebar.rename_requested) as caught:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == [CURRENT, "two lines and a turn"]


def test_an_open_field_outlives_news(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = sidebar.conversations
    view.put_cursor(index_of(sidebar, "Trip notes for Lisbon"))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_F2)
    field = field_of(sidebar)
    QTest.keyClicks(field, "Por")
    rows = [summary(50, "Something new"), *conversations()]
    rows[4] = summary(4, "A title from the model", NOW - timedelta(minutes=4))
    sidebar.set_conversations(rows)
    sidebar.set_dot(4, "streaming")
    assert field.isVisible()
    assert field.hasFocus()
    QTest.keyClicks(field, "to")
    with qtbot.waitSignal(sidebar.rename_requested) as caught:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == [4, "Porto"]


# Pin, duplicate, delete, export


def test_the_pin_of_a_hovered_row(sidebar: Sidebar, qtbot: QtBot) -> None:
    with (
        qtbot.waitSignal(sidebar.pin_requested) as caught,
        qtbot.assertNotEmitted(sidebar.conversation_chosen),
    ):
        press_button(sidebar.conversations, index_of(sidebar, "Regex for ISO dates"), "pin")
    assert caught.args == [9, True]
    with qtbot.waitSignal(sidebar.pin_requested) as caught:
        press_button(sidebar.conversations, index_of(sidebar, "Release checklist"), "pin")
    assert caught.args == [1, False]


def test_the_menu_has_every_action(sidebar: Sidebar, qtbot: QtBot) -> None:
    view, index = sidebar.conversations, index_of(sidebar, "Regex for ISO dates")
    press_button(view, index, "more")
    assert texts_of(open_menu()) == ["Rename", "Pin", "Duplicate", "Delete"]
    with qtbot.waitSignal(sidebar.pin_requested) as caught:
        trigger(open_menu(), "Pin")
    assert caught.args == [9, True]
    press_button(view, index, "more")
    with qtbot.waitSignal(sidebar.duplicate_requested) as caught:
        trigger(open_menu(), "Duplicate")
    assert caught.args == [9]
    sidebar.offer_export()
    press_button(view, index, "more")
    with qtbot.waitSignal(sidebar.export_requested) as caught:
        trigger(open_menu(), "Export")
    assert caught.args == [9]
    press_button(view, index, "more")
    with qtbot.waitSignal(sidebar.delete_requested) as caught:
        trigger(open_menu(), "Delete")
    assert caught.args == [9]
    press_button(view, index_of(sidebar, "Release checklist"), "more")
    assert "Unpin" in texts_of(open_menu())
    open_menu().close()


def test_a_right_click_opens_the_menu_of_its_row(sidebar: Sidebar, qtbot: QtBot) -> None:
    view, index = sidebar.conversations, index_of(sidebar, "Regex for ISO dates")
    place = middle_of(view, index)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    with qtbot.waitSignal(sidebar.duplicate_requested) as caught:
        trigger(open_menu(), "Duplicate")
    assert caught.args == [9]


@pytest.mark.parametrize("way", ["Menu key", "Shift+F10"])
def test_the_menu_of_the_cursor_opens_by_keyboard(sidebar: Sidebar, qtbot: QtBot, way: str) -> None:
    view = sidebar.conversations
    view.setFocus()
    if way == "Shift+F10":
        QTest.keyClick(view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    else:  # the platform makes this event of it
        QApplication.sendEvent(
            view,
            QContextMenuEvent(
                QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), view.mapToGlobal(QPoint(0, 0))
            ),
        )
    with qtbot.waitSignal(sidebar.duplicate_requested) as caught:
        trigger(open_menu(), "Duplicate")
    assert caught.args == [CURRENT]


def test_delete_deletes_and_the_cursor_goes_on(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = sidebar.conversations
    view.put_cursor(index_of(sidebar, "Trip notes for Lisbon"))
    view.setFocus()
    with qtbot.assertNotEmitted(sidebar.delete_requested):
        QTest.keyClick(view, Qt.Key.Key_Backspace)
    with qtbot.waitSignal(sidebar.delete_requested) as caught:
        QTest.keyClick(view, Qt.Key.Key_Delete)
    assert caught.args == [4]
    sidebar.set_conversations([row for row in conversations() if row.id != 4])
    assert view.currentIndex().data() == "Compare vector databases"
    sidebar.set_conversations([])
    assert not view.currentIndex().isValid()


# Undo


def test_a_deletion_is_taken_back_by_mouse_and_keyboard(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.show_undo(4)
    with qtbot.waitSignal(sidebar.undo_requested) as caught:
        QTest.mouseClick(sidebar.undo_bar.button, Qt.MouseButton.LeftButton)
    assert caught.args == [4]
    assert not sidebar.undo_bar.isVisible()
    sidebar.show_undo(5)
    sidebar.conversations.setFocus()
    with qtbot.waitSignal(sidebar.undo_requested) as caught:
        QTest.keyClick(sidebar.conversations, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert caught.args == [5]
    sidebar.show_undo(6)
    sidebar.undo_bar.button.setFocus()
    with qtbot.waitSignal(sidebar.undo_requested) as caught:
        QTest.keyClick(sidebar.undo_bar.button, Qt.Key.Key_Return)
    assert caught.args == [6]
    assert sidebar.conversations.hasFocus()


def test_without_a_deletion_there_is_nothing_to_take_back(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.conversations.setFocus()
    with qtbot.assertNotEmitted(sidebar.undo_requested):
        QTest.keyClick(sidebar.conversations, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_the_offer_ends_by_itself_but_not_under_the_mouse(sidebar: Sidebar, qtbot: QtBot) -> None:
    bar = sidebar.undo_bar
    QTest.mouseMove(sidebar, QPoint(10, 10))
    sidebar.show_undo(4)
    assert bar.timer.interval() == SHOWN_FOR == 10_000
    QTest.mouseMove(bar, QPoint(20, 20))
    assert not bar.timer.isActive()
    QTest.mouseMove(sidebar, QPoint(10, 10))
    assert bar.timer.isActive()
    bar.timer.start(0)
    qtbot.waitUntil(lambda: not bar.isVisible())


# Search


def test_search_as_one_types(sidebar: Sidebar, qtbot: QtBot) -> None:
    editor = sidebar.search_field.editor
    asked: list[str] = []
    sidebar.search_changed.connect(asked.append)
    sidebar.focus_search()
    assert editor.hasFocus()
    QTest.keyClicks(editor, "ve")
    assert asked == ["v", "ve"]
    assert sidebar.conversations.isVisible()  # until something was found
    sidebar.show_hits("v", [])
    assert sidebar.conversations.isVisible()  # an answer to an older question
    sidebar.show_hits("ve", HITS)
    assert sidebar.hits.isVisible()
    assert not sidebar.conversations.isVisible()
    with qtbot.waitSignal(sidebar.hit_chosen) as caught:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert caught.args == [5, None, "ve"]
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert sidebar.hits.hasFocus()
    QTest.keyClick(sidebar.hits, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.hit_chosen) as caught:
        QTest.keyClick(sidebar.hits, Qt.Key.Key_Return)
    assert caught.args == [2, 7, "ve"]
    with qtbot.waitSignal(sidebar.hit_chosen) as caught:
        click(sidebar.hits, sidebar.hits.model().index(0, 0))
    assert caught.args == [5, None, "ve"]
    QTest.keyClick(sidebar.hits, Qt.Key.Key_Up)
    QTest.keyClick(sidebar.hits, Qt.Key.Key_Up)
    assert editor.hasFocus()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert sidebar.search_field.text == ""
    assert asked[-1] == ""
    assert sidebar.conversations.isVisible()
    with qtbot.waitSignal(sidebar.dismissed):
        QTest.keyClick(editor, Qt.Key.Key_Escape)


def test_esc_on_a_hit_ends_the_search(sidebar: Sidebar) -> None:
    sidebar.focus_search()
    QTest.keyClicks(sidebar.search_field.editor, "ve")
    sidebar.show_hits("ve", HITS)
    sidebar.focus_list()
    QTest.keyClick(sidebar.hits, Qt.Key.Key_Escape)
    assert sidebar.search_field.text == ""
    assert sidebar.search_field.editor.hasFocus()
    sidebar.show_hits("ve", HITS)
    assert sidebar.conversations.isVisible()


@pytest.mark.parametrize("text", ['"', "a\u202eb", "<b>x</b>", "x" * 300])
def test_what_was_not_found_is_said_as_it_was_typed(sidebar: Sidebar, text: str) -> None:
    sidebar.search_field.editor.setText(text)
    sidebar.show_hits(text, [])
    label = sidebar.hits.empty_label
    assert label.isVisible()
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == f'Nothing found for "\u2068{text.replace(chr(0x202E), "")}\u2069".'
    sidebar.show_hits(text, HITS)
    assert not label.isVisible()


def test_blanks_search_nothing(sidebar: Sidebar) -> None:
    asked: list[str] = []
    sidebar.search_changed.connect(asked.append)
    QTest.keyClicks(sidebar.search_field.editor, "  ")
    assert set(asked) == {""}
    sidebar.show_hits("  ", HITS)
    assert sidebar.conversations.isVisible()


# The bin


def deleted(number: int, days: int) -> object:
    return summary(number, f"Gone {number}", deleted_at=datetime.now().astimezone() - timedelta(days=days))


def open_bin(sidebar: Sidebar, qtbot: QtBot) -> RowList:
    sidebar.bin_row.setFocus()
    with qtbot.waitSignal(sidebar.bin_requested):
        QTest.keyClick(sidebar.bin_row, Qt.Key.Key_Return)
    sidebar.show_bin([deleted(20, 9), deleted(21, 0), deleted(22, 1)])  # type: ignore[list-item]
    return sidebar.bin.list


def test_the_bin_says_what_is_in_it_since_when(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = open_bin(sidebar, qtbot)
    assert view.isVisible()
    assert view.hasFocus()
    names = [view.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert names == ["Gone 21, Deleted today", "Gone 22, Deleted yesterday", "Gone 20, Deleted 9 days ago"]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert sidebar.conversations.isVisible()
    assert sidebar.conversations.hasFocus()


def test_restore_by_mouse_and_keyboard(sidebar: Sidebar, qtbot: QtBot) -> None:
    view = open_bin(sidebar, qtbot)
    with qtbot.waitSignal(sidebar.restore_requested) as caught:
        press_button(view, view.model().index(1, 0), "restore")
    assert caught.args == [22]
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Return)
    with qtbot.waitSignal(sidebar.restore_requested) as caught:
        trigger(open_menu(), "Restore")
    assert caught.args == [21]
    sidebar.show_bin([])
    assert view.empty_label.text() == "The bin is empty."
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert sidebar.bin.back_row.hasFocus()
    QTest.keyClick(sidebar.bin.back_row, Qt.Key.Key_Return)
    assert sidebar.conversations.hasFocus()


@pytest.mark.parametrize("way", ["Delete", "button", "menu"])
def test_for_good_is_asked_twice(sidebar: Sidebar, qtbot: QtBot, way: str) -> None:
    view = open_bin(sidebar, qtbot)

    def ask() -> QMessageBox:
        if way == "Delete":
            QTest.keyClick(view, Qt.Key.Key_Home)
            QTest.keyClick(view, Qt.Key.Key_Delete)
        elif way == "button":
            press_button(view, view.model().index(0, 0), "purge")
        else:
            QTest.keyClick(view, Qt.Key.Key_Home)
            QTest.keyClick(view, Qt.Key.Key_Return)
            trigger(open_menu(), "Delete for good…")
        return next(box for box in view.findChildren(QMessageBox) if box.isVisible())

    box = ask()
    assert box.text() == 'Delete "\u2068Gone 21\u2069" for good?'
    with qtbot.assertNotEmitted(sidebar.purge_requested), qtbot.waitSignal(box.destroyed):
        QTest.keyClick(box, Qt.Key.Key_Return)  # the default is Cancel
    box = ask()
    purge = next(b for b in box.findChildren(QAbstractButton) if b.text() == "Delete for good")
    with qtbot.waitSignal(sidebar.purge_requested) as caught, qtbot.waitSignal(box.destroyed):
        QTest.keyClick(purge, Qt.Key.Key_Space)
    assert caught.args == [21]


# What it looks like


def count_pixels(image: QImage, color: object) -> int:
    wanted = color.rgb()  # type: ignore[attr-defined]
    return sum(image.pixel(x, y) == wanted for y in range(image.height()) for x in range(image.width()))


def test_dots_have_their_colours(sidebar: Sidebar) -> None:
    for number, dot in ((2, ""), (3, "waiting"), (4, "failed"), (5, "streaming")):
        sidebar.set_dot(number, dot)  # type: ignore[arg-type]
    image = sidebar.conversations.grab().toImage()
    for color in (LIGHT.warn, LIGHT.err, LIGHT.accent):
        assert 20 < count_pixels(image, color) < 45


def test_a_failed_reply_has_its_dot_until_something_newer_is_known(sidebar: Sidebar) -> None:
    sidebar.set_conversations([summary(60, "Failed", outcome="failed")])
    image = sidebar.conversations.grab().toImage()
    assert 20 < count_pixels(image, LIGHT.err) < 45
    sidebar.set_dot(60, "")
    assert count_pixels(sidebar.conversations.grab().toImage(), LIGHT.err) == 0


def test_an_unread_reply_makes_its_title_bold(sidebar: Sidebar) -> None:
    view = sidebar.conversations
    inks = []
    for is_unread in (False, True):
        sidebar.set_conversations([summary(60, "A reply that nobody read", is_unread=is_unread)])
        inks.append(count_pixels(view.grab().toImage(), LIGHT.window))
    assert inks[1] < inks[0] - 20


def test_another_theme_is_taken_in_place(sidebar: Sidebar, appearance: Appearance) -> None:
    sidebar.focus_search()
    QTest.keyClicks(sidebar.search_field.editor, "ve")
    sidebar.show_hits("ve", HITS)
    appearance.fix_theme(DARK)
    image = sidebar.grab().toImage()
    assert image.pixelColor(5, 400) == DARK.window
    assert image.pixelColor(259, 400) == DARK.border
    assert sidebar.search_field.text == "ve"
    assert sidebar.hits.isVisible()
    assert count_pixels(image, LIGHT.window) == 0
    appearance.fix_theme(LIGHT)


def test_without_conversations_it_says_what_will_be_here(sidebar: Sidebar) -> None:
    sidebar.set_conversations([])
    assert sidebar.conversations.empty_label.isVisible()
    assert sidebar.conversations.empty_label.text() == "Your conversations appear here."
    sidebar.set_conversations(conversations())
    assert not sidebar.conversations.empty_label.isVisible()


@pytest.mark.parametrize(
    "title", ["x" * 10_000, "<b>bold</b>", "a\nb\x00c", "\u202eturned", "🤖" * 500, "שלום עולם", ""]
)
def test_odd_titles_are_shown_as_one_plain_line(sidebar: Sidebar, title: str) -> None:
    sidebar.set_conversations([summary(70, title)])
    sidebar.set_current(70)
    index = sidebar.conversations.model().index(1, 0)
    shown = index.data()
    assert shown
    assert len(shown) <= 1000
    assert not any(ord(character) < 32 or character == "\u202e" for character in shown)
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)
    image = sidebar.conversations.grab().toImage()
    # Nothing is painted beyond the row's padding.
    right = [image.pixelColor(x, 48) for x in range(242, 249)]
    assert all(color == LIGHT.selected for color in right)


def test_a_long_list_costs_no_work_for_each_row(sidebar: Sidebar) -> None:
    rows = [
        summary(number, f"Title {number}", NOW - timedelta(minutes=7 * number)) for number in range(10_000)
    ]
    sidebar.set_conversations(rows)
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        calls[event] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        sidebar.set_conversations([summary(20_000, "New", NOW), *rows[:5_000], *rows[5_001:]])
        sidebar.conversations.grab()
    finally:
        sys.setprofile(before)
    assert calls["call"] < 2_500  # what is seen, and the headings


def test_what_is_read_stays_when_something_comes_above(sidebar: Sidebar) -> None:
    rows = [
        summary(number, f"Conversation {number}", NOW - timedelta(minutes=number)) for number in range(200)
    ]
    sidebar.set_conversations(rows)
    view = sidebar.conversations
    bar = view.verticalScrollBar()
    sidebar.grab()  # lays the rows out
    bar.setValue(1000)
    seen = view.indexAt(QPoint(60, 100)).data()
    sidebar.set_conversations([summary(500 + n, "New", NOW) for n in range(7)] + rows)
    assert view.indexAt(QPoint(60, 100)).data() == seen
    assert bar.value() == 1000 + 7 * 32
    bar.setValue(0)
    sidebar.set_conversations([summary(600, "Newest", NOW + timedelta(minutes=1)), *rows])
    assert bar.value() == 0
    sidebar.set_current(199)
    assert view.visualRect(view.currentIndex()).intersects(view.viewport().rect())
