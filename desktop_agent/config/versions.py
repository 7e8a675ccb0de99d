"""Which program this is: its version, those of what it is built on, and the system that it runs on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from desktop_agent import __version__

LIBRARIES: Final = ("PySide6-Essentials", "openai", "pydantic", "qasync", "keyring")


def program_version() -> str:
    """The program with its version."""
    return f"Desktop Agent {__version__}"


def system_version() -> str:
    """Python and the operating system."""
    return f"Python {platform.python_version()} on {platform.platform()}"


def library_versions() -> dict[str, str]:
    """The version of each library that the program is built on."""
    return {name: _version_of(name) for name in LIBRARIES}


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a frozen program may not know
        return "(unknown)"
