"""The settings opened from the real window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QGuiApplication

from desktop_agent.config.paths import settings_folder
from desktop_agent.config.provider import DEMO
from desktop_agent.config.settings import Settings
from desktop_agent.config.settings_store import SettingsStore
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.settings.agents_page import AgentsPage
from desktop_agent.gui.settings.data_page import DataPage
from desktop_agent.gui.settings.described_page import DescribedPage
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.window import SettingsWindow
from qt_signals import upcoming


@dataclass
class Visit:
    """The settings of a running program."""

    parts: RunningWindow
    live: LiveSettings
    window: SettingsWindow

    def described(self, kind: PageKind) -> DescribedPage:
        """A page of declared settings, shown."""
        self.window.open(kind)
        page = self.window.page(kind)
        assert isinstance(page, DescribedPage)
        return page

    @property
    def agents(self) -> AgentsPage:
        """The page Agents, shown."""
        self.window.open(PageKind.AGENTS)
        page = self.window.page(PageKind.AGENTS)
        assert isinstance(page, AgentsPage)
        return page

    async def activate(self) -> None:
        """Wait until the window has the keyboard."""
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        while not self.window.isActiveWindow():
            await upcoming(changed=application.focusWindowChanged)

    @property
    def data(self) -> DataPage:
        """The page Data, not shown yet."""
        page = self.window.page(PageKind.DATA)
        assert isinstance(page, DataPage)
        return page


Steps = Callable[[Visit], Awaitable[None]]
Opens = Callable[..., None]


def saved_settings() -> Settings:
    """What is on the disk."""
    return SettingsStore().load()


@pytest.fixture
def visit(drive: Callable[..., int]) -> Opens:
    """Run a coroutine with the settings of a real window; `saved` is what their file holds before."""

    def run(steps: Steps, *, saved: str = "{}") -> None:
        (settings_folder() / "settings.json").write_text(saved, encoding="utf-8")

        async def act(parts: RunningWindow) -> None:
            parts.preferences.open(PageKind.GENERAL)
            window = parts.preferences.settings_window
            assert window is not None
            window.close()  # so that the steps open it
            await steps(Visit(parts, parts.live, window))
            window.close()

        assert drive(DEMO, act, theme=None) == 0

    return run
