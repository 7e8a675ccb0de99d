"""The window of the settings, and what they do to the rest of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_agent.chat.notices import Action
from desktop_agent.config.settings import Settings
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.live_settings import LiveSettings, follow_look
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore

if TYPE_CHECKING:
    from desktop_agent.gui.first_run.first_run import FirstRun
    from desktop_agent.gui.settings.window import SettingsWindow

_PAGES = {"agents": PageKind.AGENTS, "providers": PageKind.PROVIDERS}
"""The pages that the pickers lead to, by the names that they have there."""


class Preferences(QObject):
    """Opens the settings and the page for newcomers, and lets the window do what the settings say.

    Args:
        window: The window.
        desk: The conversations.
        store: Where they are kept.
        live: The settings.
        connections: The providers.
        scope: Owns the tasks.

    Signals:
        bin_emptied: The bin of the conversations was emptied.
    """

    bin_emptied = Signal()

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        store: ConversationStore,
        live: LiveSettings,
        connections: Connections,
        scope: TaskScope,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._store = store
        self._live = live
        self._connections = connections
        self._scope = scope
        self._settings_window: SettingsWindow | None = None
        self._first_run: FirstRun | None = None
        self._is_welcome_aside = False
        follow_look(live, window.appearance)
        self._connect_signals()
        self._apply(live.settings)

    def _connect_signals(self) -> None:
        self._window.sidebar.settings_requested.connect(lambda: self.open(PageKind.GENERAL))
        self._window.header.pickers.settings_requested.connect(lambda name: self.open(_PAGES[name]))
        self._desk.action_requested.connect(self._act)
        self._desk.switched.connect(lambda: self._apply(self._live.settings))
        self._desk.switched.connect(self._set_welcome_aside)
        self._live.changed.connect(self._apply)
        self._live.failed.connect(self._desk.troubles.show)

    @property
    def settings_window(self) -> SettingsWindow | None:
        """The window of the settings, once it was opened."""
        return self._settings_window

    def open(self, kind: PageKind) -> None:
        """Open the settings at a page."""
        if self._window.has_welcome:
            return  # whoever is new here chooses a model first
        from desktop_agent.gui.settings.pages import make_settings_window
        from desktop_agent.gui.settings.providers_page import ProvidersPage

        if self._settings_window is None:
            appearance = self._window.appearance
            self._settings_window = make_settings_window(
                self._live, self._store, self._connections.catalog, self._scope, appearance, self._window
            )
            self._settings_window.offer_page(
                PageKind.PROVIDERS, lambda: ProvidersPage(self._connections, self._scope, appearance)
            )
            self._settings_window.bin_emptied.connect(self.bin_emptied)
        self._settings_window.open(kind)

    def _act(self, action: Action) -> None:
        """Do what a notice offers beside asking again."""
        if action is Action.NEW_CHAT:
            self._desk.new_chat()
        elif action is Action.CHOOSE_MODEL and self._is_welcome_aside:
            self._is_welcome_aside = False
            self.welcome()
        elif action is Action.CHOOSE_MODEL:
            self._window.header.pickers.choose_model()
        elif action in (Action.OPEN_SETTINGS, Action.ADD_KEY):
            self.open(PageKind.PROVIDERS)

    def welcome(self) -> None:
        """Show the page for newcomers in place of everything else."""
        if self._window.has_welcome or self._is_welcome_aside:
            return
        from desktop_agent.gui.first_run.first_run import FirstRun
        from desktop_agent.gui.first_run.page import FirstRunPage

        page = FirstRunPage(self._window.appearance)
        looks = self._live.settings.privacy.look_for_local_servers
        self._first_run = FirstRun(page, self._connections, self._scope, looks=looks)
        self._window.show_welcome(page)
        page.focus_first()

    def end_welcome(self) -> None:
        """A model was chosen: the conversation begins."""
        self._is_welcome_aside = False
        self._desk.troubles.show_nobody(has_nobody=False)
        self._close_welcome()

    def _set_welcome_aside(self) -> None:
        """Show a conversation that was opened though no model is chosen, which is said above it."""
        if self._window.has_welcome and not self._desk.current.is_empty:
            self._is_welcome_aside = True
            agent = self._live.settings.agents.current.name
            self._window.header.show_provider(agent, self.tr("No model"), "")
            self._window.composer.set_placeholder(self.tr("No model is chosen yet"))
            self._desk.troubles.show_nobody(has_nobody=True)
            self._close_welcome()

    def _close_welcome(self) -> None:
        if self._first_run is not None:
            self._first_run.stop()
            self._first_run = None
            self._window.show_welcome(None)
            self._window.composer.setFocus()

    def _apply(self, settings: Settings) -> None:
        self._window.composer.set_send_key(settings.general.send_key)
        transcript = self._desk.current.transcript
        transcript.keeps_thoughts_open = settings.general.thoughts == "open"
        transcript.announce(settings.appearance.announcements)


def import_settings() -> None:
    """Import what the settings need, a few tenths of a second, before somebody waits for them."""
    import desktop_agent.gui.settings.pages
    import desktop_agent.gui.settings.providers_page  # noqa: F401 - imported to be there
