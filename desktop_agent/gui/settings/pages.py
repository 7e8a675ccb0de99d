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
    """The window with all pages but Providers & keys, which `SettingsWindow.add_page` takes.

    Args:
        live: The settings.
        store: The conversations.
        catalog: The models of the providers.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: The window that it belongs to.
    """
    window = SettingsWindow(live, appearance, parent)
    for page in (
        general_page(live, appearance),
        appearance_page(live, appearance),
        AgentsPage(live, catalog, scope, appearance),
        DataPage(store, scope, appearance),
        privacy_page(live, appearance),
        AboutPage(live, appearance),
    ):
        window.add_page(page)
    return window
