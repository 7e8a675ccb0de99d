"""Starts the real program under hardships: each time the window comes, or one clear sentence does.

It prints a line for each: what came, and the sentences on standard error. Status 1: something else came.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import CHECKOUT, report

PAINTED = "The window is painted."
SECONDS = 20.0
SETTLE_SECONDS = 5.0
IN_ORDER = 10


@dataclass
class Start:
    """One start and how it went."""

    name: str
    status: int | None = None
    is_painted: bool = False
    errors: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether the window came and the program ended in order, or a sentence says why not."""
        if "Traceback" in self.errors:
            return False
        sentences = [line for line in self.errors.splitlines() if line.strip()]
        # Without a home there is no log that tells of the window: status 0 and a sentence about that.
        return self.status in (0, 1, 2) and (self.is_painted or 1 <= len(sentences) <= 2)

    def line(self) -> str:
        """What came, for people."""
        came = "the window" if self.is_painted or self.status == 0 else "a sentence"
        said = " | ".join(line for line in self.errors.splitlines() if line.strip())
        good = "ok  " if self.is_good else "FAIL"
        return f"{good} {self.name:34} {came}, status {self.status}. {said[:150]}"


def environment(home: Path, **more: str | None) -> dict[str, str]:
    """The variables of a start: offscreen, a home of its own; None takes one away."""
    values = {**os.environ, "PYTHONPATH": str(CHECKOUT), "DESKTOP_AGENT_HOME": str(home)}
    values.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name, value in more.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return values


def log_of(variables: dict[str, str], home: Path) -> Path:
    """Where the log of a start lies."""
    return Path(variables.get("DESKTOP_AGENT_HOME") or home) / "logs" / "desktop-agent.log"


def start(
    name: str, variables: dict[str, str], home: Path, *arguments: str, command: tuple[str, ...] = ()
) -> Start:
    """Start the program, wait for its window or its end, and close it as a session does."""
    found = Start(name)
    log = log_of(variables, home)
    before = log.read_text("utf-8", "replace").count(PAINTED) if log.exists() else 0
    program = [*command, sys.executable, "-m", "desktop_agent", *arguments]
    process = subprocess.Popen(program, env=variables, stderr=subprocess.PIPE, text=True, cwd=home.parent)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if log.exists() and log.read_text("utf-8", "replace").count(PAINTED) > before:
            found.is_painted = True
            break
        time.sleep(0.05)
    if process.poll() is None:
        try:
            process.wait(SETTLE_SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()
    _, found.errors = process.communicate(timeout=SECONDS)
    found.status = process.returncode
    return found


def damage_store(home: Path) -> None:
    """A file that is no database."""
    (home / "data").mkdir(parents=True, mode=0o700)
    (home / "data" / "conversations.db").write_bytes(os.urandom(40_000))


def damage_settings(home: Path) -> None:
    """A file that is no JSON, and one more that says too much."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "settings.json").write_bytes(b"{" * 100_000)


def damage_cache(home: Path) -> None:
    """A file where the folder should be, and a place of the window that is none."""
    (home / "data").mkdir(parents=True, mode=0o700)
    (home / "cache").write_bytes(b"no folder")
    (home / "data" / "window.json").write_bytes(b'{"x": [1e999]}')


def do_nothing(_home: Path) -> None:
    """Leave everything as it is."""


HARDSHIPS: dict[str, tuple[Callable[[Path], None], dict[str, str | None]]] = {
    "a damaged store": (damage_store, {}),
    "damaged settings": (damage_settings, {}),
    "a damaged cache": (damage_cache, {}),
    "no keychain": (do_nothing, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}),
    "no session bus": (do_nothing, {"DBUS_SESSION_BUS_ADDRESS": None, "XDG_RUNTIME_DIR": None}),
    "no network": (do_nothing, {"OPENAI_BASE_URL": "https://nowhere.invalid/v1", "OPENAI_API_KEY": "sk-x"}),
    "an address that is none": (do_nothing, {"OPENAI_BASE_URL": "nonsense", "OPENAI_API_KEY": "sk-x"}),
    "no home": (do_nothing, {"DESKTOP_AGENT_HOME": "/proc/nowhere"}),
    "no fonts of the system": (do_nothing, {"FONTCONFIG_FILE": "/dev/null"}),
    "no locale": (do_nothing, {"LC_ALL": "C", "LANG": None}),
    "an unknown locale": (do_nothing, {"LC_ALL": "xx_XX.UTF-8"}),
    "a platform that is none": (
        do_nothing,
        {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None},
    ),
}
if os.environ.get("DISPLAY"):
    HARDSHIPS["no GPU (software, X11)"] = (
        do_nothing,
        {"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1", "QT_XCB_GL_INTEGRATION": "none"},
    )


def main() -> int:
    """Start, and print what came."""
    starts: list[Start] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        starts += [start(f"start {number}", environment(home), home) for number in range(1, IN_ORDER + 1)]
        starts += two_at_once(Path(folder) / "two")
        for number, (name, (prepare, variables)) in enumerate(HARDSHIPS.items()):
            home = Path(folder) / f"home{number}"
            prepare(home)
            starts.append(start(name, environment(home, **variables), home))
        for name, arguments in (("an unknown option", ["--bogus"]), ("a file that is gone", ["gone.json"])):
            starts.append(start(name, environment(home), home, *arguments))
    good = sum(each.is_good for each in starts)
    report(
        {"starts": len(starts), "good": good},
        [*(each.line() for each in starts), f"{good} of {len(starts)} as they should be"],
    )
    return 0 if good == len(starts) else 1


def two_at_once(home: Path) -> list[Start]:
    """Two starts of one home at the same moment: one window, and both end well."""
    home.parent.mkdir(exist_ok=True)
    variables = environment(home)
    command = [sys.executable, "-m", "desktop_agent"]
    both = [subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    deadline = time.monotonic() + SECONDS
    while all(each.poll() is None for each in both) and time.monotonic() < deadline:
        time.sleep(0.05)
    found = []
    for name, process in zip(("two at once: one", "two at once: the other"), both, strict=True):
        went = Start(name, is_painted=process.poll() is None)
        if went.is_painted:
            process.terminate()
        _, went.errors = process.communicate(timeout=SECONDS)
        went.status = process.returncode
        went.is_painted = went.is_painted or went.status == 0  # it handed over to the one that is painted
        found.append(went)
    return found


if __name__ == "__main__":
    sys.exit(main())
