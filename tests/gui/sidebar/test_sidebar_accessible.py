"""What a screen reader finds in the sidebar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.storage import SearchHit
from gui.sidebar.sidebar_pictures import NOW, conversations, summary


def name_of(node: QAccessibleInterface) -> str:
    return node.text(QAccessible.Text.Name)


def children_of(widget: QWidget) -> list[QAccessibleInterface]:
    node = QAccessible.queryAccessibleInterface(widget)
    return [node.child(index) for index in range(node.childCount())]


def test_the_list_and_its_rows_have_their_roles_and_names(sidebar: Sidebar) -> None:
    sidebar.set_conversations([summary(30, "Plan\nB", NOW, is_unread=True), *conversations()])
    sidebar.set_dot(3, "waiting")
    node = QAccessible.queryAccessibleInterface(sidebar.conversations)
    assert node.role() == QAccessible.Role.List
    assert name_of(node) == "Conversations"
    rows = children_of(sidebar.conversations)
    assert {row.role() for row in rows} == {QAccessible.Role.ListItem}
    assert [name_of(row) for row in rows][:7] == [
        "Pinned",
        "Release checklist",
        "Today",
        "Plan B, unread",
        "Azure AI Search overview, streaming",
        "Parse CSV with polars, waiting for approval",
        "Trip notes for Lisbon",
    ]
    states = {name_of(row): row.state() for row in rows}
    assert not states["Today"].selectable
    assert states["Plan B, unread"].selectable
    assert states["Azure AI Search overview, streaming"].selected
    assert not states["Plan B, unread"].selected


def test_the_cursor_is_what_has_the_focus(sidebar: Sidebar) -> None:
    sidebar.conversations.setFocus()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_Down)
    focused = QAccessible.queryAccessibleInterface(sidebar.conversations).focusChild()
    assert name_of(focused) == "Parse CSV with polars"


def test_ten_thousand_rows_are_all_there(sidebar: Sidebar) -> None:
    sidebar.set_conversations([summary(number, f"Title {number}", NOW) for number in range(10_000)])
    node = QAccessible.queryAccessibleInterface(sidebar.conversations)
    assert node.childCount() == 10_001
    assert name_of(node.child(10_000)) == "Title 9999"


def test_hits_and_bin_have_names(sidebar: Sidebar) -> None:
    sidebar.search_field.editor.setText("v")
    sidebar.show_hits("v", [SearchHit(2, "Azure", 7, "vector and hybrid", ((0, 1),), NOW)])
    assert [name_of(row) for row in children_of(sidebar.hits)] == ["Azure: vector and hybrid"]
    assert name_of(QAccessible.queryAccessibleInterface(sidebar.hits)) == "Search results"
    assert name_of(QAccessible.queryAccessibleInterface(sidebar.bin.list)) == "Bin"


def test_every_control_has_a_name(sidebar: Sidebar) -> None:
    sidebar.show_undo(3)
    sidebar.conversations.rename(sidebar.conversations.currentIndex())
    controls = [*sidebar.findChildren(QAbstractButton), *sidebar.findChildren(QLineEdit)]
    names = {control.accessibleName() for control in controls}
    assert names == {
        "Hide sidebar",
        "New chat",
        "Search conversations",
        "Back to conversations",
        "Settings",
        "Undo",
        "Bin",
        "Title",
    }
    assert all(name_of(QAccessible.queryAccessibleInterface(control)) for control in controls)


def test_a_deletion_is_a_notification(sidebar: Sidebar) -> None:
    sidebar.show_undo(3)
    node = QAccessible.queryAccessibleInterface(sidebar.undo_bar)
    assert node.role() == QAccessible.Role.Notification
    assert name_of(node) == "Conversation deleted."


def test_what_is_not_there_is_said(sidebar: Sidebar) -> None:
    sidebar.set_conversations([])
    node = QAccessible.queryAccessibleInterface(sidebar.conversations)
    assert node.text(QAccessible.Text.Description) == "Your conversations appear here."
    sidebar.set_conversations(conversations())
    assert node.text(QAccessible.Text.Description) == ""
