"""How the program ends: by the window, by the terminal, by the session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer

from desktop_agent import app
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.running_window import RunningWindow

PROGRAM = """
import os, signal, sys
from desktop_agent import app
from desktop_agent.gui import window_life

listen = window_life.close_on_signals

def listen_and_kill(window):
    listen(window)
    os.kill(os.getpid(), signal.{name})

window_life.close_on_signals = listen_and_kill
status = app.run_window(None)
print("ended")
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_closes_the_window_in_order(name: str) -> None:
    program = PROGRAM.format(name=name)
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "ended\n", "")


EARLY = """
import os, signal, sys
from desktop_agent import app

load = app._load_parts

def load_and_kill():
    os.kill(os.getpid(), signal.{name})
    load()

app._load_parts = load_and_kill
status = app.run_window(None)
print("ended")
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_window_loads_closes_it_in_order_too(name: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", EARLY.format(name=name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "ended\n", "")


def test_closing_the_window_ends_the_program(qapp: object) -> None:
    QTimer.singleShot(0, lambda: _window().close())
    assert app.run_window(None) == 0


def test_closing_before_the_loop_runs_ends_it_too(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = app._wait_for_first_paint

    def close_while_waiting(window: MainWindow) -> None:
        wait(window)
        window.close()

    monkeypatch.setattr(app, "_wait_for_first_paint", close_while_waiting)
    assert app.run_window(None) == 0


def test_trouble_is_shown_from_the_start(drive: Callable[..., int]) -> None:
    seen: list[str] = []

    async def steps(parts: RunningWindow) -> None:
        notice = parts.window.empty_page.notice
        assert notice is not None
        seen.append(notice.accessibleName())

    sentence = "/somewhere can't be used: permission denied. Change its permissions."
    assert drive(None, steps, trouble=sentence) == 0
    assert seen == [sentence]


def _window() -> MainWindow:
    from PySide6.QtWidgets import QApplication

    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
