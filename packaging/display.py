"""Whether a window can be shown here, found out without Qt, which aborts the process when it cannot."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

X11_TCP_PORT = 6000
ANSWER_SECONDS = 2.0
# Qt's platforms that draw into memory.
INVISIBLE_PLATFORMS = frozenset({"offscreen", "minimal"})


class Session(NamedTuple):
    """Where a window would appear.

    `visible` is False when nobody would see it; `reason` says why. `platforms` are Qt's platform plug-ins
    that could show it, of those that need system libraries of their own ("wayland", "xcb").
    """

    visible: bool
    platforms: tuple[str, ...] = ()
    reason: str = ""


def find_session(
    environment: Mapping[str, str],
    system: str = sys.platform,
    answers: Callable[[str, Mapping[str, str]], bool] | None = None,
) -> Session:
    """Decide from the environment variables, and from whether the displays that they name answer."""
    answers = answers or display_answers
    asked = [part.partition(":")[0] for part in environment.get("QT_QPA_PLATFORM", "").split(";") if part]
    if asked and INVISIBLE_PLATFORMS.issuperset(asked):
        return Session(visible=False, reason=f"QT_QPA_PLATFORM is {'; '.join(asked)}.")
    if system in ("win32", "darwin"):
        return Session(visible=True)
    others = [name for name in asked if name not in ("wayland", "xcb", *INVISIBLE_PLATFORMS)]
    if others:  # somebody knows better than we do: a frame buffer, VNC …
        return Session(visible=True)
    named = {"wayland": environment.get("WAYLAND_DISPLAY", ""), "xcb": environment.get("DISPLAY", "")}
    wanted = [name for name in ("wayland", "xcb") if named[name] and (not asked or name in asked)]
    found = tuple(name for name in wanted if answers(name, environment))
    if found:
        return Session(visible=True, platforms=found)
    if wanted:
        return Session(visible=False, reason=f"The display {named[wanted[0]]} does not answer.")
    return Session(visible=False, reason="There is no display here.")


def display_answers(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether something listens where the environment says that the display is."""
    address = wayland_address(environment) if platform == "wayland" else x11_address(environment["DISPLAY"])
    if address is None:
        return False
    if isinstance(address, tuple):
        try:
            socket.create_connection(address, ANSWER_SECONDS).close()
        except OSError:
            return False
        return True
    # The X server of some systems listens in the abstract namespace only.
    names = [address, "\0" + address] if platform == "xcb" else [address]
    return any(_socket_answers(name) for name in names)


def _socket_answers(name: str) -> bool:
    if sys.platform == "win32":  # has neither of these displays
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(name)
        except OSError:
            return False
    return True


def x11_address(display: str) -> str | tuple[str, int] | None:
    """The socket of an X display such as `:0`, `unix:0.0` or `localhost:10.0`; None if it is no such name."""
    match = re.fullmatch(r"(?P<host>.*):(?P<number>\d+)(?:\.\d+)?", display)
    if match is None:
        return None
    host, number = match["host"], int(match["number"])
    if host.startswith("/"):  # XQuartz gives a path
        return display if Path(display).exists() else host
    if host in ("", "unix"):
        return f"/tmp/.X11-unix/X{number}"
    return (host.strip("[]"), X11_TCP_PORT + number)


def wayland_address(environment: Mapping[str, str]) -> str | None:
    """The socket of the Wayland compositor; None if the name is relative and XDG_RUNTIME_DIR is not set."""
    name = environment["WAYLAND_DISPLAY"]
    if name.startswith("/"):
        return name
    folder = environment.get("XDG_RUNTIME_DIR", "")
    return f"{folder}/{name}" if folder else None
