"""The programs of the system that `build` needs beside Python: which are missing, and what brings them."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Final

from steps import SetupError
from system_packages import can_install_with_apt, install_with_apt, this_distribution

_EVERYWHERE: Final = {"strip": "binutils", "patchelf": "patchelf"}
_ON_DEBIAN: Final = {"dpkg-shlibdeps": "dpkg-dev", "objdump": "binutils", "dpkg-deb": "dpkg"}


def missing_packages(on_debian: bool) -> list[str]:
    """The packages with the programs that are not there; on other systems than Linux there are none."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = {**_EVERYWHERE, **(_ON_DEBIAN if on_debian else {})}
    packages = [package for program, package in wanted.items() if shutil.which(program) is None]
    if not has_shared_python():
        packages.append(f"libpython{sysconfig.get_python_version()}")
    return list(dict.fromkeys(packages))


def has_shared_python() -> bool:
    """Whether this Python's library is there, which the frozen program takes along."""
    name = sysconfig.get_config_var("INSTSONAME") or ""
    folders = [sysconfig.get_config_var("LIBDIR") or "", "/usr/lib"]
    folders.append(str(Path(folders[0], sysconfig.get_config_var("MULTIARCH") or "")))
    return ".so" in name and any(Path(folder, name).exists() for folder in folders)


def provide(log: Path) -> None:
    """See to it that the programs are there: install them where that is ours to do, else say what to install.

    Raises:
        SetupError: Some are missing, and somebody has to install them.
    """
    distribution = this_distribution()
    on_debian = distribution is not None and distribution.column == "debian"
    packages = missing_packages(on_debian)
    if packages and distribution is not None and can_install_with_apt(distribution):
        install_with_apt(packages, "what builds the program", log)
        packages = missing_packages(on_debian)
    if not packages:
        return
    if any(each.startswith("libpython") for each in packages) and not on_debian:
        raise SetupError(
            f"This Python ({sys.executable}) was built without its shared library, which the frozen program "
            "takes along. Start dev.py with the Python of your system."
        )
    line = f"{distribution.install} {' '.join(packages)}" if distribution else " ".join(packages)
    sudo = "" if os.name != "posix" or os.geteuid() == 0 else "sudo "
    raise SetupError(
        f"To build, these packages are needed. Install them, then start this again:\n  {sudo}{line}"
    )
