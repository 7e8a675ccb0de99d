"""The pages of the settings, in the order in which they are listed."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QCoreApplication


class PageKind(Enum):
    """A page; its value is the name of its icon."""

    GENERAL = "sliders"
    APPEARANCE = "sun"
    PROVIDERS = "key"
    AGENTS = "person"
    TOOLS = "globe"
    DATA = "database"
    PRIVACY = "shield"
    ABOUT = "info"

    @property
    def title(self) -> str:
        """What it is called, in the language of the window."""
        return {
            PageKind.GENERAL: QCoreApplication.translate("Settings", "General"),
            PageKind.APPEARANCE: QCoreApplication.translate("Settings", "Appearance"),
            PageKind.PROVIDERS: QCoreApplication.translate("Settings", "Providers & keys"),
            PageKind.AGENTS: QCoreApplication.translate("Settings", "Agents"),
            PageKind.TOOLS: QCoreApplication.translate("Settings", "Tools"),
            PageKind.DATA: QCoreApplication.translate("Settings", "Data"),
            PageKind.PRIVACY: QCoreApplication.translate("Settings", "Privacy"),
            PageKind.ABOUT: QCoreApplication.translate("Settings", "About"),
        }[self]

    @property
    def place(self) -> int:
        """Its place in the list, from 0."""
        return list(PageKind).index(self)
