"""The keychain service that the tests of the keychain run against: installed where that is ours to do."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from steps import SetupError, say
from system_packages import can_install_with_apt, install_with_apt, this_distribution

if TYPE_CHECKING:
    from pathlib import Path

# A program of each, and the Debian package that holds it.
PROGRAMS = {"gnome-keyring-daemon": "gnome-keyring", "dbus-daemon": "dbus"}


def provide(log: Path) -> None:
    """Install what is missing; where it can't be, the tests of the keychain are skipped, and they say so."""
    if not sys.platform.startswith("linux"):
        return
    packages = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    distribution = this_distribution() if packages else None
    if distribution is None or not can_install_with_apt(distribution):
        return
    try:
        install_with_apt(packages, "a keychain service for the tests", log)
    except SetupError as error:
        say(f"{error}\nThe tests of the keychain are skipped.")
