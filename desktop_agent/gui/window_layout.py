"""Where the window stood: kept for each arrangement of screens, restored before it is first seen."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication

from desktop_agent.config.paths import FolderError, write_private_file
from desktop_agent.gui.main_window import MainWindow

logger = logging.getLogger(__name__)

_MOST_ARRANGEMENTS = 8
_LARGEST_FILE = 100_000  # bytes; more is not ours


class WindowLayout:
    """Saves and restores the window's place, size, sidebar and Console.

    A file that is missing, damaged or from another version is no fault: the window stands where it would the
    first time.

    Args:
        path: The file, JSON.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore(self, window: MainWindow) -> None:
        """Put the window where it stood on these screens."""
        layout = self._read().get(_arrangement())
        if not isinstance(layout, dict):
            return
        try:
            geometry = base64.b64decode(layout["geometry"], validate=True)
            width, is_open = int(layout["sidebar_width"]), bool(layout["sidebar_open"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return
        window.restoreGeometry(QByteArray(geometry))  # Qt keeps it on a screen that is there
        window.sidebar_placement.restore(width, is_open=is_open)
        window.has_console = layout.get("console_open") is True
        console = layout.get("console_width")
        window.console_width = console if isinstance(console, int) else 0

    def save(self, window: MainWindow) -> None:
        """Remember where the window stands; what can't be written is only logged."""
        layouts = self._read()
        layouts.pop(_arrangement(), None)
        layouts = dict(list(layouts.items())[-_MOST_ARRANGEMENTS + 1 :])
        layouts[_arrangement()] = {
            "geometry": base64.b64encode(window.saveGeometry().data()).decode("ascii"),
            "sidebar_width": window.sidebar_placement.width,
            "sidebar_open": window.sidebar_placement.is_docked_open,
            "console_open": window.has_console,
            "console_width": window.console_width,
        }
        try:
            write_private_file(self._path, json.dumps(layouts).encode())
        except FolderError as error:
            logger.warning("The window's place could not be saved: %s", type(error).__name__)

    def _read(self) -> dict[str, Any]:
        try:
            if self._path.stat().st_size > _LARGEST_FILE:
                return {}
            layouts = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return layouts if isinstance(layouts, dict) else {}


def _arrangement() -> str:
    """The screens as they are at present: their names, sizes and places."""
    screens = (
        f"{screen.name()}:{area.width()}x{area.height()}+{area.x()}+{area.y()}"
        for screen in QGuiApplication.screens()
        for area in (screen.geometry(),)
    )
    return " ".join(sorted(screens))
