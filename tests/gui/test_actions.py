"""Everything that can be done has a name, a menu and, mostly, keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.gui.actions import ActionRegistry, Place
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.shortcut_list import ShortcutList, shortcut_rows
from desktop_agent.gui.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen, of windows that pop up


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance) -> MainWindow:
    window = MainWindow(appearance)
    qtbot.addWidget(window, before_close_func=lambda _: window.close_now())
    window.show()
    qtbot.waitExposed(window)
    return window


def texts_in(menu: QMenu) -> list[str]:
    """What a menu offers, that of its menus included."""
    found = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += texts_in(inner)
        elif not action.isSeparator():
            found.append(action.text())
    return found


class Fired(QWidget):
    """Counts a signal of its own."""

    happened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.happened.connect(self._count)

    def _count(self) -> None:
        self.count += 1


def test_an_action_calls_a_function_or_emits_a_signal(qtbot: QtBot) -> None:
    owner = Fired()
    qtbot.addWidget(owner)
    registry = ActionRegistry(owner)
    called: list[str] = []
    registry.add("call", "Call", Place.FILE, ("Ctrl+1",), lambda: called.append("call"))
    registry.add("emit", "Emit", Place.FILE, (), owner.happened)
    registry["call"].trigger()
    registry["emit"].trigger()
    assert called == ["call"]
    assert owner.count == 1
    assert [action.objectName() for action in registry] == ["call", "emit"]
    assert "call" in registry
    assert "none" not in registry


def test_a_name_or_a_key_is_given_once(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    registry = ActionRegistry(owner)
    registry.add("first", "First", Place.FILE, ("Ctrl+1",))
    with pytest.raises(ValueError, match="first"):
        registry.add("first", "Again", Place.FILE)
    with pytest.raises(ValueError, match=r"Ctrl\+1"):
        registry.add("second", "Second", Place.VIEW, ("Ctrl+2", "Ctrl+1"))
    assert [action.text() for action in registry] == ["First"]


def test_every_action_is_in_the_menu_once(window: MainWindow) -> None:
    menu = window.registry.menu()
    assert sorted(texts_in(menu)) == sorted(action.text() for action in window.registry)
    menu.close()


def test_a_menu_bar_has_every_action_also_those_that_come_later(window: MainWindow, qtbot: QtBot) -> None:
    bar = QMenuBar()
    qtbot.addWidget(bar)
    window.registry.fill_bar(bar)
    window.registry.add("later", "Later", Place.HELP)
    menus = [action.menu() for action in bar.actions()]
    found = [text for menu in menus if isinstance(menu, QMenu) for text in texts_in(menu)]
    assert sorted(found) == sorted(action.text() for action in window.registry)


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys = [key.toString() for action in window.registry for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def open_menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_f10_opens_the_menu_with_the_keyboard_in_it(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F10)
    menu = open_menu()
    assert menu.activeAction() is menu.actions()[0]
    menu.close()


def test_a_right_click_on_the_header_opens_it_where_the_mouse_is(window: MainWindow) -> None:
    spot = QPoint(200, 20)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, window.header.mapToGlobal(spot))
    QApplication.sendEvent(window.header, event)
    menu = open_menu()
    assert menu.pos() == window.header.mapToGlobal(spot)
    menu.close()


def test_more_leads_to_the_buttons_that_it_stands_for(window: MainWindow) -> None:
    buttons = window.header.buttons
    action = window.registry.add("probe", "Probe", Place.FILE, ("Ctrl+1",))
    button = buttons.offer(action, "copy")
    assert button.isVisible()
    assert not buttons.more_button.isVisible()
    assert button.toolTip() == "<qt>Probe (Ctrl+1)</qt>"
    window.resize(720, 640)
    assert not button.isVisible()
    assert buttons.more_button.isVisible()
    QTest.mouseClick(buttons.more_button, Qt.MouseButton.LeftButton)
    menu = open_menu()
    assert menu.actions()[:2] == [window.registry["export"], action]
    assert menu.actions()[2].isSeparator()
    menu.close()


def test_header_buttons_stand_where_the_design_has_them(window: MainWindow) -> None:
    action = window.registry.add("probe", "Probe", Place.FILE)  # beside the one that exports
    window.header.buttons.offer(action, "copy")
    image = window.grab().toImage()
    assert image.pixelColor(1195, 24) == LIGHT.border
    assert all(image.pixelColor(1195, y) == LIGHT.border for y in range(15, 33))
    assert image.pixelColor(1195, 14) == LIGHT.surface
    for left in (1206, 1240):
        found = [
            x for x in range(left, left + 30) if any(_is_ink(image.pixelColor(x, y)) for y in range(10, 40))
        ]
        assert left + 5 <= found[0] < found[-1] <= left + 25


def _is_ink(color: QColor) -> bool:
    return color != LIGHT.surface


def test_a_button_says_whether_its_action_is_on(window: MainWindow) -> None:
    action = window.registry.add("probe", "Toggle probe", Place.VIEW)
    action.setCheckable(True)
    button = window.header.buttons.offer(action, "copy")
    assert button.accessibleName() == "Toggle probe, off"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert action.isChecked()
    assert button.accessibleName() == "Toggle probe, on"
    action.setEnabled(False)
    assert not button.isEnabled()


def test_editing_actions_press_the_keys_of_what_has_the_keyboard(window: MainWindow) -> None:
    editor = window.composer.editor
    QTest.keyClicks(editor, "Some words")
    for name in ("select_all", "copy"):
        window.registry[name].trigger()
    assert QGuiApplication.clipboard().text() == "Some words"
    window.registry["cut"].trigger()
    assert window.composer.text == ""
    window.registry["undo"].trigger()
    assert window.composer.text == "Some words"


def test_what_needs_a_conversation_is_off_without_one(window: MainWindow) -> None:
    names = ("regenerate", "copy_reply", "latest")
    assert not any(window.registry[name].isEnabled() for name in names)
    window.show_transcript()
    assert all(window.registry[name].isEnabled() for name in names)


def test_the_list_of_keys_has_them_all_and_closes_on_escape(window: MainWindow, qtbot: QtBot) -> None:
    window.registry["shortcuts"].trigger()
    shown = next(each for each in window.findChildren(ShortcutList) if each.isVisible())
    rows = [row for _, group in shortcut_rows(window.registry) for row in group]
    for action in window.registry:
        for key in action.shortcuts():
            assert any(key.toString() in keys for _, keys in rows), key.toString()
    assert ("Next region", "F6") in rows
    assert ("Copy", "Ctrl+C") in rows
    with qtbot.waitSignal(shown.destroyed):
        QTest.keyClick(shown, Qt.Key.Key_Escape)
