"""Walks the running program as a screen reader sees it, over the real AT-SPI bus, worked by the keyboard.

Run it as `dbus-run-session -- xvfb-run -a sh -c "openbox & python tests/benchmarks/accessible_tree.py"`; it
needs at-spi2-core and xdotool. It prints how many objects each view has, and those that
a person can use and that have no name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import CHECKOUT, report

ACCESSIBLE = "org.a11y.atspi.Accessible"
BUTTONS = ("push button", "button", "toggle button", "check box", "radio button", "combo box", "spin button")
FIELDS = (
    "slider",
    "text",
    "entry",
    "password text",
    "list",
    "list item",
    "menu",
    "menu item",
    "link",
    "tree",
)
USED = frozenset((*BUTTONS, *FIELDS))
SHOWING, FOCUSABLE = 25, 11  # bits of AT-SPI's set of states
SECONDS = 30.0
LARGEST = 5000  # objects of one view


@dataclass(frozen=True)
class Node:
    """One accessible object."""

    name: str
    role: str
    states: int
    path: str

    def has(self, state: int) -> bool:
        """Whether a state is set."""
        return bool(self.states >> state & 1)


class Reader:
    """Reads the tree of one program over the bus of assistive technologies."""

    def __init__(self) -> None:
        with open_dbus_connection(bus="SESSION") as session:
            bus = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            (address,) = unwrap_msg(
                session.send_and_get_reply(new_method_call(bus, "GetAddress"), timeout=10)
            )
        self._connection: DBusConnection = open_dbus_connection(bus=address)
        self._owner = ""

    def find(self, name: str) -> None:
        """Wait for the program."""
        names: set[str] = set()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            root = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
            for owner, path in self._children(*root):
                found = self._name(owner, path)
                names.add(found)
                if found == name:
                    self._owner = owner
                    return
            time.sleep(0.2)
        raise RuntimeError(f"{name} is not on the bus; there is: {names}.")

    def nodes(self) -> Iterator[Node]:
        """Everything that shows, from the program down."""
        waiting = [("/org/a11y/atspi/accessible/root")]
        seen = 0
        while waiting and seen < LARGEST:
            path = waiting.pop()
            seen += 1
            with suppress(DBusErrorResponse):
                node = self._node(path)
                if node.has(SHOWING) or path.endswith("/root"):
                    yield node
                    waiting += [child for _, child in self._children(self._owner, path)]

    def _node(self, path: str) -> Node:
        low, high = self._call(self._owner, path, "GetState")[0]
        (role,) = self._call(self._owner, path, "GetRoleName")
        return Node(self._name(self._owner, path), role, low | high << 32, path)

    def _name(self, owner: str, path: str) -> str:
        address = DBusAddress(path, bus_name=owner, interface=ACCESSIBLE)
        try:
            message = Properties(address).get("Name")
            return str(unwrap_msg(self._connection.send_and_get_reply(message, timeout=10))[0][1])
        except DBusErrorResponse:
            return ""

    def _children(self, owner: str, path: str) -> list[tuple[str, str]]:
        try:
            return list(self._call(owner, path, "GetChildren")[0])
        except DBusErrorResponse:
            return []

    def _call(self, owner: str, path: str, method: str) -> tuple[Any, ...]:
        message = new_method_call(DBusAddress(path, bus_name=owner, interface=ACCESSIBLE), method)
        return tuple(unwrap_msg(self._connection.send_and_get_reply(message, timeout=10)))


def press(*keys: str) -> None:
    """Press keys, as xdotool names them, in the window that has the keyboard."""
    subprocess.run(["xdotool", "key", "--delay", "30", *keys], check=True)


def type_text(text: str) -> None:
    """Type a text."""
    subprocess.run(["xdotool", "type", "--delay", "10", text], check=True)


def wait_for(reader: Reader, is_there: Callable[[list[Node]], bool], what: str) -> list[Node]:
    """The tree once it has something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        nodes = list(reader.nodes())
        if is_there(nodes):
            return nodes
        time.sleep(0.3)
    raise RuntimeError(f"Not on the bus: {what}.")


def named(text: str) -> Callable[[list[Node]], bool]:
    """Whether an object's name has `text`."""
    return lambda nodes: any(text in node.name for node in nodes)


def walk(reader: Reader) -> dict[str, list[Node]]:
    """Each view of the program, reached by the keyboard alone."""
    views = {"window": wait_for(reader, named("Message assistant"), "the composer")}
    type_text("Share information about azure ai search.")
    press("Return")
    views["reply"] = wait_for(reader, named("Azure AI Search"), "the reply")
    press("ctrl+slash")
    views["keys"] = wait_for(reader, named("Search conversations, Ctrl+Shift+F"), "the list of keys")
    press("Escape")
    time.sleep(1)
    press("ctrl+comma")
    views["settings"] = wait_for(reader, named("Send with"), "the settings")
    for page in ("Appearance", "Agents", "Providers", "Privacy", "Data", "About"):
        press("Down")
        time.sleep(1)
        views[f"settings, next page ({page} or beside it)"] = list(reader.nodes())
    return views


def main() -> int:
    """Start the program, walk through it, print; status 1 if something has no name."""
    needed = [name for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS") if not os.environ.get(name)]
    needed += [name for name in ("xdotool",) if shutil.which(name) is None]
    if needed:
        print(f"Left out: {', '.join(needed)} is missing. {(__doc__ or '').splitlines()[2]}")
        return 0
    missing: list[str] = []
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        variables = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "DESKTOP_AGENT_HOME": home,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        process = subprocess.Popen([sys.executable, "-m", "desktop_agent", "--demo"], env=variables)
        try:
            reader = Reader()
            reader.find("desktop-agent")
            time.sleep(3)
            subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", "Desktop Agent", "windowfocus"], check=False
            )
            for view, nodes in walk(reader).items():
                used = [node for node in nodes if node.role in USED or node.has(FOCUSABLE)]
                nameless = [node for node in used if not node.name.strip()]
                lines.append(
                    f"{view:46} {len(nodes):4} objects, {len(used):3} to use, {len(nameless)} nameless"
                )
                missing += [f"  in {view}: {node.role} {node.path}" for node in nameless]
        finally:
            process.terminate()
            process.wait(20)
    unique = sorted(set(missing))
    report({"nameless": len(unique)}, [*lines, *unique, f"{len(unique)} without a name"])
    return 1 if unique else 0


if __name__ == "__main__":
    sys.exit(main())
