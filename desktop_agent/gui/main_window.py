"""The window: sidebar, header, conversation, composer, status bar, and what keys reach. No logic."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget
from typing_extensions import override

from desktop_agent.gui.actions import ActionRegistry, Place, Reaction, add_editing_actions
from desktop_agent.gui.appearance import ZOOM_STEP, Appearance
from desktop_agent.gui.pickers.header_pickers import AGENT_KEYS, MODEL_KEYS
from desktop_agent.gui.sidebar.frame import NEW_CHAT_KEYS, SETTINGS_KEYS
from desktop_agent.gui.sidebar.search_field import SEARCH_KEYS
from desktop_agent.gui.window_pane import WindowPane

if TYPE_CHECKING:
    from desktop_agent.chat.notices import Notice
    from desktop_agent.gui.console.panel import ConsolePanel

_IS_MACOS = sys.platform == "darwin"
_PREVIOUS_KEYS = ("Ctrl+Shift+[", "Ctrl+{") if _IS_MACOS else ("Ctrl+PgUp",)
_NEXT_KEYS = ("Ctrl+Shift+]", "Ctrl+}") if _IS_MACOS else ("Ctrl+PgDown",)


class MainWindow(QMainWindow):
    """The window of the program.

    Attributes:
        wants_to_close: Whether `close_requested` was emitted.
        has_console: Whether the Console is open, or is to be as soon as it can be.
        console_width: How wide it is, in logical pixels; 0 for as wide as it is by itself.
        registry: Everything that can be done with it: whoever adds an action adds it there.

    Signals:
        painted: Something was painted; the first one means that the user sees the window.
        close_requested: The user wants to close; the window stays until `close_now`.
        stop_requested: Esc or Ctrl+.
        jump_requested: Ctrl+End.
        copy_requested: Ctrl+Shift+C, the last reply.
        regenerate_requested: Ctrl+R, the last reply.
        export_requested: Ctrl+E, the conversation.
        export_all_requested: All conversations are to be exported.
        import_requested: Conversations are to be imported.
        banner_action_chosen: A button of the banner was pressed; carries its `Action`.
    """

    painted = Signal()
    close_requested = Signal()
    stop_requested = Signal()
    jump_requested = Signal()
    copy_requested = Signal()
    regenerate_requested = Signal()
    export_requested = Signal()
    export_all_requested = Signal()
    import_requested = Signal()
    banner_action_chosen = Signal(object)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._may_close = False
        self.has_console = False
        self.console_width = 0
        self.wants_to_close = False
        self._build_ui()
        self._build_actions()
        self._connect_signals()

    def _build_ui(self) -> None:
        self.setWindowTitle(self.tr("Desktop Agent"))
        self.setMinimumSize(480, 420)
        self.resize(1280, 820)
        self._pane = WindowPane(self.appearance)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._pane)
        self.setCentralWidget(self._pages)
        self.header = self._pane.header
        self.empty_page = self._pane.empty_page
        self.composer = self._pane.composer
        self.status_bar = self._pane.status_bar
        self.sidebar = self._pane.sidebar
        self.sidebar_placement = self._pane.placement
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build_actions(self) -> None:
        self.registry = ActionRegistry(self)
        self._add_file_actions()
        add_editing_actions(self.registry)
        self._add("search", self.tr("Search conversations"), Place.EDIT, (SEARCH_KEYS,), self._search)
        self._add_view_actions()
        self._add_conversation_actions()
        self._add_go_actions()
        keys = self._add(
            "shortcuts", self.tr("Keyboard shortcuts"), Place.HELP, ("Ctrl+/",), self.show_shortcuts
        )
        keys.setMenuRole(QAction.MenuRole.NoRole)
        self._enable_for_conversation(has_begun=False)
        if _IS_MACOS:
            self.registry.fill_bar(self.menuBar())

    def _add_file_actions(self) -> None:
        sidebar = self.sidebar
        self._add("new_chat", self.tr("New chat"), Place.FILE, (NEW_CHAT_KEYS,), sidebar.new_chat_requested)
        self.registry.separate(Place.FILE)
        export = self._add("export", self.tr("Export…"), Place.FILE, ("Ctrl+E",), self.export_requested)
        self.header.buttons.offer(export, "export")
        everything = self.tr("Export all conversations…")
        self._add("export_all", everything, Place.FILE, (), self.export_all_requested)
        self._add("import", self.tr("Import…"), Place.FILE, (), self.import_requested)
        self.registry.separate(Place.FILE)
        settings = self._add(
            "settings", self.tr("Settings…"), Place.FILE, (SETTINGS_KEYS,), sidebar.settings_requested
        )
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self._add("close", self.tr("Close window"), Place.FILE, ("Ctrl+W",), self.close)
        leave = self._add("quit", self.tr("Quit"), Place.FILE, ("Ctrl+Q",), self.close)
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _add_view_actions(self) -> None:
        place = Place.VIEW
        self._add("sidebar", self.tr("Toggle sidebar"), place, ("Ctrl+B",), self.sidebar_placement.toggle)
        self.registry.separate(place)
        self._add("larger_text", self.tr("Larger text"), place, ("Ctrl+=", "Ctrl++"), lambda: self._zoom(1))
        self._add("smaller_text", self.tr("Smaller text"), place, ("Ctrl+-",), lambda: self._zoom(-1))
        self._add(
            "actual_text",
            self.tr("Actual text size"),
            place,
            ("Ctrl+0",),
            lambda: self.appearance.set_zoom(1.0),
        )
        self.registry.separate(place)
        keys = ("Meta+Ctrl+F",) if _IS_MACOS else ("F11",)
        self._add("full_screen", self.tr("Full screen"), place, keys, self._toggle_full_screen)

    def _add_conversation_actions(self) -> None:
        place, pickers = Place.CONVERSATION, self.header.pickers
        self.stop_action = self._add(
            "stop", self.tr("Stop reply"), place, ("Esc", "Ctrl+."), self.stop_requested
        )
        self.stop_action.setEnabled(False)
        self._add("regenerate", self.tr("Regenerate reply"), place, ("Ctrl+R",), self.regenerate_requested)
        self._add("copy_reply", self.tr("Copy last reply"), place, ("Ctrl+Shift+C",), self.copy_requested)
        self.registry.separate(place)
        self._add("choose_model", self.tr("Choose model"), place, (MODEL_KEYS,), pickers.choose_model)
        self._add("choose_agent", self.tr("Choose agent"), place, (AGENT_KEYS,), pickers.choose_agent)
        self._add("rename", self.tr("Rename conversation"), place, ("F2",), self.header.edit_title)

    def _add_go_actions(self) -> None:
        place, neighbour = Place.GO, self.sidebar.choose_neighbour
        self._add("previous", self.tr("Previous conversation"), place, _PREVIOUS_KEYS, lambda: neighbour(-1))
        self._add("next", self.tr("Next conversation"), place, _NEXT_KEYS, lambda: neighbour(1))
        self.registry.separate(place)
        keys = ("Ctrl+Down",) if _IS_MACOS else ("Ctrl+End",)
        self._add("latest", self.tr("Jump to latest"), place, keys, self.jump_requested)
        self._add("composer", self.tr("Focus composer"), place, ("Ctrl+L",), self.composer.setFocus)
        self._add("next_region", self.tr("Next region"), place, ("F6",), lambda: self._focus_region(1))
        self._add(
            "previous_region",
            self.tr("Previous region"),
            place,
            ("Shift+F6",),
            lambda: self._focus_region(-1),
        )
        if not _IS_MACOS:
            self._add("menu", self.tr("Open menu"), place, ("F10",), self.open_menu)

    def _add(self, name: str, text: str, place: Place, keys: tuple[str, ...], reaction: Reaction) -> QAction:
        return self.registry.add(name, text, place, keys, reaction)

    def _connect_signals(self) -> None:
        self._pane.painted.connect(self.painted)
        self.empty_page.prompt_chosen.connect(self._take_prompt)
        self._pane.menu_requested.connect(self.open_menu)
        self.header.buttons.more_requested.connect(self.open_menu)
        self.header.sidebar_button.clicked.connect(self.sidebar_placement.open)
        self.sidebar.typed.connect(self._type_into_composer)
        self.sidebar.dismissed.connect(self.composer.setFocus)
        self.sidebar.new_chat_requested.connect(self.composer.setFocus)

    def add_transcript(self, transcript: QWidget) -> None:
        """Take the view of a conversation into the window, unseen."""
        self._pane.add_transcript(transcript)

    def set_transcript(self, transcript: QWidget) -> None:
        """Make this the view of the window; it is seen after `show_transcript`."""
        self._pane.set_transcript(transcript)

    def show_transcript(self) -> None:
        """Show the conversation instead of the empty page."""
        self._pane.show_transcript()
        self._enable_for_conversation(has_begun=True)

    def show_empty_page(self) -> None:
        """Show the page of a conversation that has not begun."""
        self._pane.show_empty_page()
        self._enable_for_conversation(has_begun=False)

    def _enable_for_conversation(self, *, has_begun: bool) -> None:
        for name in ("regenerate", "copy_reply", "latest", "export"):
            self.registry[name].setEnabled(has_begun)

    def show_panel(self, panel: ConsolePanel) -> None:
        """Show the Console beside the conversation."""
        if self._pane.panel is None:
            panel.set_width(self.console_width)
            panel.resized.connect(lambda: setattr(self, "console_width", panel.width_wanted))
        self.has_console = True
        self._pane.set_panel(panel)

    def hide_panel(self) -> None:
        """Take the Console away."""
        self.has_console = False
        self._pane.hide_panel()

    def show_welcome(self, page: QWidget | None) -> None:
        """Show a page in place of everything else; None takes it away."""
        old = self._pages.widget(1)
        if old is not None:
            self._pages.removeWidget(old)
            old.deleteLater()
        if page is not None:
            self._pages.addWidget(page)
            self._pages.setCurrentWidget(page)

    @property
    def has_welcome(self) -> bool:
        """Whether a page is shown in place of everything else."""
        return self._pages.count() > 1

    def open_menu(self, at: QPoint | None = None) -> None:
        """Open the menu of everything that can be done.

        Args:
            at: Where, on the screen; None for the end of the header, with the keyboard on its first entry.
        """
        buttons = self.header.buttons
        menu = self.registry.menu(buttons.names if buttons.is_compact else ())
        if at is None:
            below = buttons if buttons.is_compact else self.header
            corner = below.rect().bottomRight() if not self.isRightToLeft() else below.rect().bottomLeft()
            at = below.mapToGlobal(corner)
            if not self.isRightToLeft():
                at -= QPoint(menu.sizeHint().width(), 0)
            menu.setActiveAction(menu.actions()[0])
        menu.popup(at)

    def show_shortcuts(self) -> None:
        """Show the list of all keys."""
        from desktop_agent.gui.shortcut_list import ShortcutList

        ShortcutList(self.registry, self.appearance, self).show()

    def show_banner(self, notice: Notice | None) -> None:
        """Show a notice above the conversation until another one, or None, takes its place."""
        from desktop_agent.gui.widgets.notice import NoticeBox

        banner = None if notice is None else NoticeBox(notice, self.appearance)
        if banner is not None:
            banner.action_chosen.connect(self.banner_action_chosen)
        self._pane.show_banner(banner)

    def close_now(self) -> None:
        """Close without asking: everything is shut down."""
        self._may_close = True
        self.close()

    def _take_prompt(self, prompt: str) -> None:
        self.composer.set_text(prompt)
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _zoom(self, steps: int) -> None:
        self.appearance.set_zoom(self.appearance.zoom + steps * ZOOM_STEP)

    def _search(self) -> None:
        self.sidebar_placement.open()
        self.sidebar.focus_search()

    def _type_into_composer(self, text: str) -> None:
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.composer.editor.insertPlainText(text)

    def _focus_region(self, step: int) -> None:
        """Give the keyboard to the next region (1) or the one before (-1); to the composer from nowhere."""
        regions = self._pane.regions()
        focused = QApplication.focusWidget()
        at = (place for place, (region, _) in enumerate(regions) if focused and _is_in(focused, region))
        place = next(at, -1 - step)
        regions[(place + step) % len(regions)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.wants_to_close = True
            self.close_requested.emit()


def _is_in(widget: QWidget, region: QWidget) -> bool:
    return widget is region or region.isAncestorOf(widget)
