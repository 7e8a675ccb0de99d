"""What makes the window appear at once: nothing heavy is imported before it is painted."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from desktop_agent import app
from desktop_agent.config.provider import Provider
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.running_window import RunningWindow
from loopback import LoopbackServer, Reply
from qt_signals import upcoming

HEAVY = ("asyncio", "qasync", "openai", "httpx2", "pydantic", "markdown_it", "pygments", "keyring", "sqlite3")
PROGRAM = f"""
import sys
import desktop_agent.__main__
from desktop_agent import app
from desktop_agent.gui.main_window import MainWindow

def look(window):
    painted(window)
    print(" ".join(name for name in {HEAVY!r} if name in sys.modules))
    sys.stdout.flush()

painted, app._wait_for_first_paint = app._wait_for_first_paint, look

async def close(parts):
    assert parts.window.isVisible()

app.run_window(None, script=close)
"""


def test_the_window_paints_before_the_heavy_modules_are_imported() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def in_the_first_frame(monkeypatch: pytest.MonkeyPatch, act: Callable[[MainWindow], None]) -> None:
    """Do something as soon as the window is painted, before anything stands behind it."""
    wait, load = app._wait_for_first_paint, app._load_parts
    has_acted = threading.Event()

    def act_in_turn(window: MainWindow) -> None:
        try:
            act(window)
        finally:
            has_acted.set()

    def wait_and_act(window: MainWindow) -> None:
        wait(window)
        QTimer.singleShot(0, lambda: act_in_turn(window))

    def load_after_it() -> None:
        has_acted.wait(20)
        load()

    monkeypatch.setattr(app, "_wait_for_first_paint", wait_and_act)
    monkeypatch.setattr(app, "_load_parts", load_after_it)


def press_enter(window: MainWindow, text: str) -> None:
    QTest.keyClicks(window.composer.editor, text)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)


def test_a_message_that_is_sent_at_once_waits_and_goes_out(
    drive: Callable[..., int], server: LoopbackServer, local: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.enqueue(Reply(text="Good morning."))
    seen: list[str] = []

    def send_and_go_on(window: MainWindow) -> None:
        press_enter(window, "First")
        seen.extend((window.composer.queued_text, window.composer.text))
        press_enter(window, "Second")  # one waits already: this one stays in the field

    in_the_first_frame(monkeypatch, send_and_go_on)

    async def steps(parts: RunningWindow) -> None:
        while parts.conversation.is_streaming:
            await upcoming(ended=parts.conversation.ended)
        assert [message.plain_text() for message in parts.transcript.messages] == ["First", "Good morning."]
        assert parts.window.composer.text == "Second"

    assert drive(local, steps) == 0
    assert seen == ["First", ""]
    assert server.requests[0].body["messages"][-1]["content"] == "First"


def test_an_early_message_stays_in_the_field_while_nobody_answers(
    drive: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_first_frame(monkeypatch, lambda window: press_enter(window, "First"))

    async def steps(parts: RunningWindow) -> None:
        assert parts.window.has_welcome
        assert parts.window.composer.text == "First"

    assert drive(None, steps) == 0


def test_an_early_message_can_be_taken_back(
    drive: Callable[..., int], local: Provider, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_and_cancel(window: MainWindow) -> None:
        press_enter(window, "First")
        window.composer.queue_cancelled.emit()

    in_the_first_frame(monkeypatch, send_and_cancel)

    async def steps(parts: RunningWindow) -> None:
        assert parts.window.composer.text == "First"
        assert parts.window.composer.queued_text == ""

    assert drive(local, steps) == 0
    assert server.requests == []
