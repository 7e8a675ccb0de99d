"""The page About: versions, and diagnostics to copy, in which there are no secrets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop_agent.config.logs import FILE_NAME as LOG_NAME
from desktop_agent.config.paths import FolderError, data_folder, log_folder, settings_folder
from desktop_agent.config.settings import Settings
from desktop_agent.config.versions import library_versions, program_version, system_version
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.card import Card, SettingRow
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page import SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.widgets.buttons import TextButton

_SAID_FOR = 1500  # milliseconds


class AboutPage(SettingsPage):
    """Which program this is.

    Args:
        live: The settings, of which the diagnostics tell how many there are of what, and no names.
        appearance: Theme and zoom.
        parent: Where it stands.

    Attributes:
        copy_button: Copies the diagnostics.
    """

    def __init__(self, live: LiveSettings, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(PageKind.ABOUT, appearance, parent)
        self._live = live
        self.copy_button = TextButton(self.tr("Copy diagnostics"), appearance, icon="copy", parent=self)
        self.copy_button.clicked.connect(self.copy_diagnostics)
        self._said = QTimer(self, singleShot=True, interval=_SAID_FOR)
        self._said.timeout.connect(lambda: self._name_button(self.tr("Copy diagnostics"), "copy"))
        self._build_rows()

    def _build_rows(self) -> None:
        card = Card(self.appearance, self)
        libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items())
        for name, text in (
            (program_version(), self.tr("Free software under the MIT license.")),
            (self.tr("System"), system_version()),
            (self.tr("Libraries"), f"Qt {qVersion()}, {libraries}"),
        ):
            card.add(SettingRow(name, text, None, self.appearance))
        card.add(
            SettingRow(
                self.tr("Diagnostics"),
                self.tr(
                    "For a report about a fault: versions, screens, folders. No keys, addresses or messages."
                ),
                self.copy_button,
                self.appearance,
            )
        )
        self.body.addWidget(card)
        self.body.addStretch(1)

    def copy_diagnostics(self) -> None:
        """Put the diagnostics on the clipboard, and say so on the button for a moment."""
        QGuiApplication.clipboard().setText(diagnostics(self._live.settings, self.appearance))
        self._name_button(self.tr("Copied"), "check")
        self._said.start()

    def _name_button(self, text: str, icon: str) -> None:
        self.copy_button.set_label(text, icon)


def diagnostics(settings: Settings, appearance: Appearance) -> str:
    """What helps to find a fault, as lines of text: no key, no address, no name of a person, no message."""
    look = appearance.look
    libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items())
    session = [os.environ.get(name) or "-" for name in ("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")]
    screens = [
        f"Screen {number}: {screen.size().width()} x {screen.size().height()}, "
        f"scale {screen.devicePixelRatio():g}, {screen.refreshRate():.0f} Hz"
        for number, screen in enumerate(QGuiApplication.screens(), 1)
    ]
    shade = "dark" if appearance.theme.is_dark else "light"
    lines = [
        f"{program_version()}, {system_version()}",
        f"Qt {qVersion()} ({QGuiApplication.platformName()}), {libraries}",
        f"Session: {', '.join(session)}",
        *screens,
        f"Look: {look.theme} ({shade}), {look.text_size:.0%}, font {look.interface_font}",
        f"High contrast: {look.high_contrast}, reduced motion: {look.reduced_motion}",
        "Providers: " + (", ".join(sorted(each.kind.value for each in settings.providers.entries)) or "-"),
        f"Agents: {len(settings.agents.profiles)}",
        f"Data: {_shown(data_folder)}",
        f"Settings: {_shown(settings_folder)}",
        f"Log: {_shown(lambda: log_folder() / LOG_NAME)}",
    ]
    return "\n".join(lines) + "\n"


def _shown(folder: Callable[[], Path]) -> str:
    """A path in which the home folder, and so the name of the person, is "~"."""
    try:
        path, home = str(folder()), str(Path.home())
    except (FolderError, RuntimeError) as error:
        return type(error).__name__
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path
