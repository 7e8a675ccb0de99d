"""The shared libraries that Qt's wheels expect of a Linux system: which are missing, and what brings them.

Qt cannot tell: without libglib its modules do not import, and without libxcb-cursor it aborts the process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from steps import SetupError
from system_packages import Distribution, can_install_with_apt, install_with_apt, this_distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path


class Library(NamedTuple):
    """A shared library by the name that the loader looks for, and the package that holds it."""

    soname: str
    debian: str
    fedora: str
    arch: str
    suse: str
    alpine: str


# What QtCore, QtGui, QtWidgets, QtSvg, QtDBus and the offscreen platform link to (`objdump -p`, Qt 6.11).
BASE = (
    Library("libstdc++.so.6", "libstdc++6", "libstdc++", "gcc-libs", "libstdc++6", "libstdc++"),
    Library("libz.so.1", "zlib1g", "zlib", "zlib", "libz1", "zlib"),
    Library("libzstd.so.1", "libzstd1", "libzstd", "zstd", "libzstd1", "zstd-libs"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libglib-2_0-0", "glib"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0", "glib"),
    Library("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd", "Mesa-libEGL1", "mesa-egl"),
    Library("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd", "Mesa-libGL1", "mesa-gl"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3", "dbus-libs"),
    Library(
        "libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1", "fontconfig"
    ),
    Library("libfreetype.so.6", "libfreetype6", "freetype", "freetype2", "libfreetype6", "freetype"),
    Library("libX11.so.6", "libx11-6", "libX11", "libx11", "libX11-6", "libx11"),
    Library(
        "libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0", "libxkbcommon"
    ),
)

# What the platform "xcb" (X11) links to beyond that.
XCB = (
    Library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1", "libx11"),
    Library("libxcb.so.1", "libxcb1", "libxcb", "libxcb", "libxcb1", "libxcb"),
    Library(
        "libxcb-cursor.so.0",
        "libxcb-cursor0",
        "xcb-util-cursor",
        "xcb-util-cursor",
        "libxcb-cursor0",
        "xcb-util-cursor",
    ),
    Library("libxcb-glx.so.0", "libxcb-glx0", "libxcb", "libxcb", "libxcb-glx0", "libxcb"),
    Library(
        "libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4", "xcb-util-wm"
    ),
    Library(
        "libxcb-image.so.0",
        "libxcb-image0",
        "xcb-util-image",
        "xcb-util-image",
        "libxcb-image0",
        "xcb-util-image",
    ),
    Library(
        "libxcb-keysyms.so.1",
        "libxcb-keysyms1",
        "xcb-util-keysyms",
        "xcb-util-keysyms",
        "libxcb-keysyms1",
        "xcb-util-keysyms",
    ),
    Library("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0", "libxcb"),
    Library("libxcb-render.so.0", "libxcb-render0", "libxcb", "libxcb", "libxcb-render0", "libxcb"),
    Library(
        "libxcb-render-util.so.0",
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
        "libxcb-render-util0",
        "xcb-util-renderutil",
    ),
    Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0", "libxcb"),
    Library("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0", "libxcb"),
    Library("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1", "libxcb"),
    Library("libxcb-util.so.1", "libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1", "xcb-util"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0", "libxcb"),
    Library("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1", "libxcb"),
    Library(
        "libxkbcommon-x11.so.0",
        "libxkbcommon-x11-0",
        "libxkbcommon-x11",
        "libxkbcommon-x11",
        "libxkbcommon-x11-0",
        "libxkbcommon-x11",
    ),
)

# What the platform "wayland" links to beyond the base.
WAYLAND = (
    Library(
        "libwayland-client.so.0",
        "libwayland-client0",
        "libwayland-client",
        "wayland",
        "libwayland-client0",
        "wayland-libs-client",
    ),
    Library(
        "libwayland-cursor.so.0",
        "libwayland-cursor0",
        "libwayland-cursor",
        "wayland",
        "libwayland-cursor0",
        "wayland-libs-cursor",
    ),
    Library(
        "libwayland-egl.so.1",
        "libwayland-egl1",
        "libwayland-egl",
        "wayland",
        "libwayland-egl1",
        "wayland-libs-egl",
    ),
)

PLATFORMS: dict[str, tuple[Library, ...]] = {"xcb": XCB, "wayland": WAYLAND}


# Debian 13 and Ubuntu 24.04 gave some libraries a new package name when they moved to 64-bit times.
SUFFIX_64_BIT_TIME = "t64"


def can_load(soname: str) -> bool:
    """Whether the loader finds the library and all that it needs in turn."""
    try:
        import ctypes  # here, because a self-made Python may lack it
    except ImportError:
        return True  # nothing can be said; Qt itself will complain
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing_libraries(
    platforms: Sequence[str], loads: Callable[[str], bool] = can_load
) -> tuple[Library, ...]:
    """What is missing for a window on any one of `platforms`; without a platform, for drawing offscreen.

    Qt takes another platform when the libraries of the first are missing, so the one that lacks least counts.
    """
    base = tuple(library for library in BASE if not loads(library.soname))
    extras = [
        tuple(library for library in PLATFORMS[name] if not loads(library.soname)) for name in platforms
    ]
    return base + min(extras, key=len, default=())


def package_names(
    libraries: Iterable[Library], distribution: Distribution, renamed: Collection[str] = ()
) -> list[str]:
    """The packages with `libraries`, each once; `renamed` are those that exist under their new name only."""
    names = dict.fromkeys(str(getattr(library, distribution.column)) for library in libraries)
    return [name + SUFFIX_64_BIT_TIME if name + SUFFIX_64_BIT_TIME in renamed else name for name in names]


def describe_missing(
    libraries: Sequence[Library],
    distribution: Distribution | None,
    renamed: Collection[str] = (),
    as_root: bool = False,
) -> str:
    """What to tell a person who has to install the libraries."""
    sonames = ", ".join(library.soname for library in libraries)
    first = f"Qt needs system libraries that this system lacks: {sonames}."
    if distribution is None:
        return f"{first}\nInstall the packages of your distribution that contain them, then start this again."
    command = f"{distribution.install} {' '.join(package_names(libraries, distribution, renamed))}"
    return f"{first}\nInstall them, then start this again:\n  {'' if as_root else 'sudo '}{command}"


def provide(platforms: Sequence[str], log: Path) -> None:
    """See to it that Qt finds its libraries: install them where that is ours to do, else say what to install.

    Raises:
        SetupError: Libraries are missing, and somebody has to install them.
    """
    if not sys.platform.startswith("linux"):
        return  # the wheels for Windows and macOS bring all
    libraries = missing_libraries(platforms)
    if not libraries:
        return
    distribution = this_distribution()
    as_root = os.geteuid() == 0
    renamed = _renamed_packages(libraries, distribution) if distribution is not None else frozenset[str]()
    if distribution is not None and can_install_with_apt(distribution):
        packages = package_names(libraries, distribution, renamed)
        install_with_apt(packages, "Qt's system libraries", log)
        libraries = missing_libraries(platforms)
    if libraries:
        raise SetupError(describe_missing(libraries, distribution, renamed, as_root))


def _renamed_packages(libraries: Iterable[Library], distribution: Distribution) -> frozenset[str]:
    """Those packages that apt knows under the name for 64-bit times."""
    if distribution.column != "debian" or not shutil.which("apt-cache"):
        return frozenset()
    names = {library.debian + SUFFIX_64_BIT_TIME for library in libraries}
    result = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=False)
    return frozenset(names.intersection(result.stdout.split()))
