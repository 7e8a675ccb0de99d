"""The window of the settings with the pages that need no keys."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop_agent.chat.model_catalog import ModelCatalog
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.about_page import AboutPage
from desktop_agent.gui.settings.agents_page import AgentsPage
from desktop_agent.gui.settings.data_page import DataPage
from desktop_agent.gui.settings.described_page import appearance_page, general_page, privacy_page
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page import SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.tools_page import ToolsPage
from desktop_agent.gui.settings.window import SettingsWindow
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore


def make_settings_window(
    live: LiveSettings,
    store: ConversationStore,
    catalog: ModelCatalog,
    scope: TaskScope,
    appearance: Appearance,
    parent: QWidget | None = None,
) -> SettingsWindow:
    """The window with all pages but Providers & keys, which `SettingsWindow.offer_page` takes.

    Args:
        live: The settings.
        store: The conversations.
        catalog: The models of the providers.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: The window that it belongs to.
    """
    window = SettingsWindow(live, appearance, parent)

    def make_data_page() -> SettingsPage:
        page = DataPage(store, scope, appearance)
        page.bin_emptied.connect(window.bin_emptied)
        return page

    window.offer_page(PageKind.GENERAL, lambda: general_page(live, appearance))
    window.offer_page(PageKind.APPEARANCE, lambda: appearance_page(live, appearance))
    window.offer_page(PageKind.AGENTS, lambda: AgentsPage(live, catalog, scope, appearance))
    window.offer_page(PageKind.TOOLS, lambda: ToolsPage(live, scope, appearance))
    window.offer_page(PageKind.DATA, make_data_page)
    window.offer_page(PageKind.PRIVACY, lambda: privacy_page(live, appearance))
    window.offer_page(PageKind.ABOUT, lambda: AboutPage(live, appearance))
    return window
