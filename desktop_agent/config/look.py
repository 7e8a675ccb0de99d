"""How the window looks, as far as it must be known before it is painted for the first time.

The declaration of all settings is in `settings.py`, which takes longer to import than a window to appear; it
uses the choices and bounds of this module.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Final, Literal

from desktop_agent.config.paths import FolderError, settings_folder

Theme = Literal["system", "light", "dark"]
InterfaceFont = Literal["inter", "system"]

FILE_NAME: Final = "settings.json"
LARGEST_FILE: Final = 16_000_000
"""Bytes: a file that is longer was not written by this program."""
SMALLEST_TEXT, LARGEST_TEXT, TEXT_STEP = 0.8, 2.0, 0.1
_CHOICES: Final = {"theme": ("system", "light", "dark"), "interface_font": ("inter", "system")}


@dataclass(frozen=True)
class Look:
    """The appearance that is chosen in the settings.

    Attributes:
        theme: "system" follows the desktop.
        high_contrast: More contrast than the desktop asks for.
        interface_font: The font that ships with the program, or the desktop's.
        text_size: Times the usual size, 0.8 to 2.
        reduced_motion: Nothing moves.
    """

    theme: Theme = "system"
    high_contrast: bool = False
    interface_font: InterfaceFont = "inter"
    text_size: float = 1.0
    reduced_motion: bool = False


def saved_look() -> Look:
    """The look in the settings file; what is missing or wrong there is as it is by default.

    It never fails and says nothing: `SettingsStore.load` reads the same file again and does.
    """
    try:
        path = settings_folder() / FILE_NAME
        if path.stat().st_size > LARGEST_FILE:
            return Look()
        saved = json.loads(path.read_bytes())["appearance"]
        if not isinstance(saved, dict):
            return Look()
        return Look(**{each.name: saved[each.name] for each in fields(Look) if _fits(each.name, saved)})
    except (OSError, FolderError, ValueError, TypeError, KeyError, RecursionError):
        return Look()


def _fits(name: str, saved: dict[str, object]) -> bool:
    value = saved.get(name)
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "text_size":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and SMALLEST_TEXT <= value <= LARGEST_TEXT  # type: ignore[operator]  # a number
    return isinstance(value, bool)
