"""What is built: its names, its version, and the moment that its files bear."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "desktop-agent"
TITLE: Final = "Desktop Agent"
SUMMARY: Final = "Talk with LLM agents and watch every token"
APPLICATION_ID: Final = "example.desktop_agent.DesktopAgent"
"""The id in AppStream and on macOS. The project has no domain yet: ".example" belongs to nobody."""
MAINTAINER: Final = "The maintainers of Desktop Agent <maintainers@desktop-agent.example>"
HOMEPAGE_VARIABLE: Final = "DESKTOP_AGENT_HOMEPAGE"
PICTURES_VARIABLE: Final = "DESKTOP_AGENT_PICTURES"

_MACHINES: Final = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_DEBIAN_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_SYSTEMS: Final = {"Darwin": "macos"}


class Product(NamedTuple):
    """One build of the program.

    Attributes:
        version: As Python spells it.
        system: "linux", "windows" or "macos".
        machine: "x86_64", "aarch64" …
        epoch: The moment of the last change, in seconds since 1970: equal sources give equal files.
        homepage: Where the project lives; a workflow names its own repository.
        pictures: Where the pictures for software centres can be fetched.
    """

    version: str
    system: str
    machine: str
    epoch: int
    homepage: str
    pictures: str

    @property
    def stem(self) -> str:
        """How the names of its files begin."""
        return f"{NAME}-{self.version}-{self.system}-{self.machine}"

    @property
    def debian_machine(self) -> str:
        """The machine in Debian's words."""
        return _DEBIAN_MACHINES.get(self.machine, self.machine)


def this_product(checkout: Path) -> Product:
    """What a build on this machine gives."""
    machine = platform.machine().lower()
    homepage = os.environ.get(HOMEPAGE_VARIABLE) or "https://desktop-agent.example"
    return Product(
        version=read_version(checkout),
        system=_SYSTEMS.get(platform.system(), platform.system().lower()),
        machine=_MACHINES.get(machine, machine),
        epoch=last_change(checkout),
        homepage=homepage,
        pictures=os.environ.get(PICTURES_VARIABLE) or f"{homepage}/pictures",
    )


def read_version(checkout: Path) -> str:
    """The version of the program, from its source."""
    source = (checkout / "desktop_agent" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    return found[1] if found else "0"


def last_change(checkout: Path) -> int:
    """`SOURCE_DATE_EPOCH` if it is set, else the time of the last commit, else of the newest source file."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    git = shutil.which("git")
    if git is not None and (checkout / ".git").exists():
        asked = [git, "-C", str(checkout), "log", "-1", "--format=%ct"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if answer.isdigit():
            return int(answer)
    return int(max(path.stat().st_mtime for path in (checkout / "desktop_agent").rglob("*.py")))
