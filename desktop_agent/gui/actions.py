"""Every action of the window in one place: its name, its keys, and the menu that it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, SignalInstance
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

Reaction = Callable[[], object] | SignalInstance


class Place(Enum):
    """The menus, in their order; each value is the title in English."""

    FILE = "File"
    EDIT = "Edit"
    VIEW = "View"
    CONVERSATION = "Conversation"
    GO = "Go"
    HELP = "Help"

    @property
    def title(self) -> str:
        """What the menu is called in the person's language."""
        return QCoreApplication.translate("Place", self.value)


class ActionRegistry(QObject):
    """What can be done with a window: for its keys, its menus, the list of shortcuts and the palette.

    An action that is not in here does not exist: whoever adds one says where it stands, and it is in the menu
    bar of macOS, in the window's menu elsewhere, and in the list of shortcuts.

    Args:
        window: Whose actions they are; their keys work while it is the active one.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._rows: dict[Place, list[QAction]] = {place: [] for place in Place}
        self._in_bar: dict[Place, QMenu] = {}

    def add(
        self, name: str, text: str, place: Place, keys: Sequence[str] = (), reaction: Reaction | None = None
    ) -> QAction:
        """Add an action at the end of its menu.

        Args:
            name: How the program calls it, e.g. "new_chat".
            text: What it is called, translated; an ellipsis at its end if more input follows.
            place: The menu that it is in.
            keys: What triggers it, as QKeySequence writes keys; the first of them is shown.
            reaction: What it does: a function without arguments, or a signal of that kind.

        Raises:
            ValueError: There is such a name, or one of the keys triggers another action.
        """
        if name in self._actions:
            raise ValueError(f"There is an action {name!r} already.")
        taken = {key for action in self for key in action.shortcuts()}
        wanted = [QKeySequence(key) for key in keys]
        if both := [key.toString() for key in wanted if key in taken]:
            raise ValueError(f"{both[0]} triggers another action already.")
        action = QAction(self._window)  # with its text, PySide would look whether that is an icon: 2 ms
        action.setText(text)
        action.setObjectName(name)
        action.setShortcuts(wanted)
        if isinstance(reaction, SignalInstance):
            action.triggered.connect(lambda _=False, signal=reaction: signal.emit())
        elif reaction is not None:
            action.triggered.connect(lambda _=False, react=reaction: react())
        self._window.addAction(action)
        self._actions[name] = action
        self._append(place, action)
        return action

    def separate(self, place: Place) -> None:
        """Draw a line below what is in this menu by now."""
        line = QAction(self)
        line.setSeparator(True)
        self._append(place, line)

    def _append(self, place: Place, row: QAction) -> None:
        self._rows[place].append(row)
        if place in self._in_bar:
            self._in_bar[place].addAction(row)
            self._in_bar[place].menuAction().setVisible(True)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __contains__(self, name: object) -> bool:
        return name in self._actions

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def actions_in(self, place: Place) -> list[QAction]:
        """The actions of one menu, in order, without its lines."""
        return [action for action in self._rows[place] if not action.isSeparator()]

    def fill_bar(self, bar: QMenuBar) -> None:
        """Fill the menu bar, once; what is added later appears there, too."""
        for place, rows in self._rows.items():
            menu = self._in_bar[place] = bar.addMenu(place.title)
            menu.addActions(rows)
            menu.menuAction().setVisible(bool(rows))

    def menu(self, first: Sequence[str] = ()) -> QMenu:
        """A menu of everything, which goes when it is closed.

        Args:
            first: The names of actions that stand at its top, too, for where there is no button for them.
        """
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ready = [self._actions[name] for name in first if name in self._actions]
        menu.addActions(ready)
        if ready:
            menu.addSeparator()
        for place, rows in self._rows.items():
            if rows:
                menu.addMenu(place.title).addActions(rows)
        return menu


_EDITING = (
    ("undo", QKeySequence.StandardKey.Undo),
    ("redo", QKeySequence.StandardKey.Redo),
    ("cut", QKeySequence.StandardKey.Cut),
    ("copy", QKeySequence.StandardKey.Copy),
    ("paste", QKeySequence.StandardKey.Paste),
    ("select_all", QKeySequence.StandardKey.SelectAll),
)


def add_editing_actions(registry: ActionRegistry) -> None:
    """Add what text fields and the conversation do by themselves when their keys are pressed.

    The actions have no keys of their own, as those belong to what has the keyboard; they press them there.
    """
    translate = QCoreApplication.translate
    texts = {
        "undo": translate("ActionRegistry", "Undo"),
        "redo": translate("ActionRegistry", "Redo"),
        "cut": translate("ActionRegistry", "Cut"),
        "copy": translate("ActionRegistry", "Copy"),
        "paste": translate("ActionRegistry", "Paste"),
        "select_all": translate("ActionRegistry", "Select all"),
    }
    for name, standard in _EDITING:
        keys = QKeySequence(standard)
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        registry.add(name, f"{texts[name]}\t{shown}", Place.EDIT, (), lambda keys=keys: _press(keys))


def _press(keys: QKeySequence) -> None:
    """Press keys where the keyboard is."""
    target = QApplication.focusWidget()
    if target is None or keys.isEmpty():
        return
    pressed = keys[0]  # type: ignore[index]  # the binding's types forget it
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(target, QKeyEvent(kind, pressed.key(), pressed.keyboardModifiers()))
