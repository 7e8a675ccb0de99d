"""Packages of the operating system: which family of Linux this is, and installing where that is ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from steps import CommandError, SetupError, run_logged, say, timed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Distribution(NamedTuple):
    """A family of Linux distributions: its column in tables of packages and its way to install them."""

    column: str
    identifiers: frozenset[str]
    install: str


DISTRIBUTIONS = (
    Distribution("debian", frozenset({"debian", "ubuntu"}), "apt-get install -y --no-install-recommends"),
    Distribution("fedora", frozenset({"fedora", "rhel", "centos"}), "dnf install -y"),
    Distribution("arch", frozenset({"arch", "archarm"}), "pacman -S --needed"),
    Distribution(
        "suse", frozenset({"suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed"}), "zypper install -y"
    ),
    Distribution("alpine", frozenset({"alpine"}), "apk add"),
)
APT_LISTS = Path("/var/lib/apt/lists")


def find_distribution(os_release: Mapping[str, str]) -> Distribution | None:
    """The family that `ID`, or else the nearest of `ID_LIKE`, of an os-release file names."""
    for identifier in [os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split()]:
        for distribution in DISTRIBUTIONS:
            if identifier in distribution.identifiers:
                return distribution
    return None


def this_distribution() -> Distribution | None:
    """The family that this machine belongs to."""
    import platform  # here, because it would slow down every start

    try:
        return find_distribution(platform.freedesktop_os_release())
    except OSError:
        return None


def can_install_with_apt(distribution: Distribution) -> bool:
    """Whether this process may install packages: as root on Debian and its relatives."""
    if not sys.platform.startswith("linux"):
        return False
    return distribution.column == "debian" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_with_apt(packages: Sequence[str], what: str, log: Path) -> None:
    """Install `packages`, after reading the package lists where there are none or where they are out of date.

    Args:
        packages: Their names.
        what: What they are, for the person who waits.
        log: Takes the output of apt-get.

    Raises:
        SetupError: apt-get failed; the text holds the end of what it wrote.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    # Wait for another apt; keep no downloaded packages.
    options = ["-o", "DPkg::Lock::Timeout=120", "-o", "APT::Keep-Downloaded-Packages=false"]
    update = ["apt-get", *options, "update"]
    install = ["apt-get", *options, "install", "-y", "--no-install-recommends", *packages]
    with timed(f"Installing {what} with apt-get: {' '.join(packages)}") as results:
        try:
            if not any(APT_LISTS.glob("*_Packages*")):
                run_logged(update, log, environment)
            try:
                run_logged(install, log, environment)
            except CommandError:  # a package may have been replaced since the lists were read
                with contextlib.suppress(CommandError):
                    run_logged(update, log, environment)
                run_logged(install, log, environment)
        except CommandError as error:
            raise SetupError(f"apt-get could not install {what}:\n{error.output}") from error
        results.append(f"{len(packages)} packages")
    say(f"  (its output is in {log})")
