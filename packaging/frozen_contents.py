"""What goes into the frozen program, and what stays out: the tables of `desktop-agent.spec`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

KEYCHAINS: Final = {
    # GNOME's and KDE's both are a Secret Service; the other backends need libraries that pip does not have.
    "linux": ("keyring.backends.SecretService",),
    "darwin": ("keyring.backends.macOS",),
    "win32": ("keyring.backends.Windows",),
}
"""The keychains of each system (`sys.platform`), which are imported by name: PyInstaller does not see it."""

TOLD_DISTRIBUTIONS: Final = ("PySide6-Essentials", "keyring", "openai", "pydantic", "qasync")
"""Distributions whose metadata go along: keyring looks for its own, and the program tells these versions."""

PACKAGES_WITH_DATA: Final = ("justext", "tld", "trafilatura")
"""Packages that read files of their own, which PyInstaller does not know of: lists of words, settings."""

UNUSED_MODULES: Final = (
    "IPython",
    "PIL",
    "curses",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "numpy",
    "readline",
    "setuptools",
    "tkinter",
    "turtle",
)
"""Modules that libraries import where they find them, and that nothing of the program needs."""

_UNUSED_FILES: Final = (
    # Words of Qt in other languages: the program speaks English, and so do its buttons.
    "*/translations/*",
    # Those of 800 languages and regions, for a choice of pages by language, which nobody makes here.
    "babel/locale-data/[!er]*",
    "babel/locale-data/e[!n]*",
    "babel/locale-data/r[!o]*",
    # OpenGL, Vulkan, screens without a display server, VNC: the processor draws the window.
    "*/egldeviceintegrations/*",
    "*/platforms/*eglfs*",
    "*/platforms/*linuxfb*",
    "*/platforms/*minimal*",
    "*/platforms/*vkkhrdisplay*",
    "*/platforms/*vnc*",
    "*/wayland-graphics-integration-*/*",
    "*/xcbglintegrations/*",
    "*libQt6EglF*",
    "*libQt6OpenGL.*",
    "*libQt6Wayland*HwIntegration*",
    "*Qt6OpenGL.dll",
    "*opengl32sw.dll",
    # GTK's dialogs would need GTK; the portal shows those of the desktop without it.
    "*/platformthemes/*gtk3*",
    # Keyboards on the screen, touch panels without a display server.
    "*/platforminputcontexts/*virtualkeyboard*",
    "*/generic/*",
    # The network is httpx2's, the storage sqlite3's.
    "*/plugins/tls/*",
    "*/sqldrivers/*",
    # Pictures that no model takes or makes.
    "*/imageformats/*qicns*",
    "*/imageformats/*qpdf*",
    "*/imageformats/*qtga*",
    "*/imageformats/*qtiff*",
    "*/imageformats/*qwbmp*",
    # What those alone need.
    "*Qt6Pdf*",
    "*Qt6Qml*",
    "*Qt6Quick*",
    "*Qt6VirtualKeyboard*",
    # Lists of files for pip.
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
)

_CARRIED_LIBRARIES: Final = (
    # Python's own, and what its modules link to; distributions differ in these.
    "libpython*",
    "libbz2.so.*",
    "libcrypto.so.*",
    "libffi.so.*",
    "liblzma.so.*",
    "libsqlite3.so.*",
    "libssl.so.*",
    # Small ones that Qt needs on X11, and that few desktops have installed.
    "libxcb-cursor.so.*",
    "libxcb-icccm.so.*",
    "libxcb-image.so.*",
    "libxcb-keysyms.so.*",
    "libxcb-render-util.so.*",
    "libxcb-util.so.*",
)
"""Libraries of the Linux that builds which go along. All others have to be those that the display server, the
drivers and the fonts there work with; `debian_package` names them as dependencies."""


def is_left_out(path: str, system: str) -> bool:
    """Whether a file that PyInstaller has found does not go into the program.

    Args:
        path: Where it would be in the program; Windows' separators are understood.
        system: As `sys.platform`.
    """
    place = PurePosixPath(path.replace("\\", "/"))
    if any(fnmatchcase(str(place), pattern) for pattern in _UNUSED_FILES):
        return True
    # The system's libraries lie at the top; those of wheels in folders, Qt's with a link at the top.
    is_of_system = len(place.parts) == 1 and fnmatchcase(place.name, "lib*.so*")
    if system != "linux" or not is_of_system or place.name.startswith("libQt6"):
        return False
    return not any(fnmatchcase(place.name, pattern) for pattern in _CARRIED_LIBRARIES)
