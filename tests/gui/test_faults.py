"""A fault of the program: the window goes on, and shows a report that is read before it is copied."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop_agent.app import run_window
from desktop_agent.config.paths import data_folder
from desktop_agent.config.provider import Provider
from desktop_agent.gui.desktop_start import DesktopStart
from desktop_agent.gui.fault_window import FaultWindow
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.single_instance import SingleInstance
from desktop_agent.gui.theme import LIGHT
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import outcome_of, type_and_send

Run = Callable[..., int]
WORDS = "words that nobody else may read"


def shown_in(parts: RunningWindow) -> FaultWindow | None:
    return next((each for each in parts.window.findChildren(FaultWindow) if each.isVisible()), None)


async def fault_window(parts: RunningWindow) -> FaultWindow:
    """The report, once the hooks have shown it."""
    for _ in range(1000):
        if found := shown_in(parts):
            return found
        turned = QTimer(parts.window, singleShot=True, interval=1)
        turned.start()
        await upcoming(turned=turned.timeout)
    pytest.fail("no report")


def test_a_fault_in_a_slot_is_shown_and_the_conversation_goes_on(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(text="Still here."))

    def fail() -> None:
        raise RuntimeError(WORDS)

    async def steps(parts: RunningWindow) -> None:
        for _ in range(3):
            QTimer.singleShot(0, fail)
        window = await fault_window(parts)
        text = window.report.toPlainText()
        assert "RuntimeError" in text
        assert "in fail" in text
        assert WORDS not in text
        assert len(parts.window.findChildren(FaultWindow)) == 1  # the same fault again opens no second one
        assert QGuiApplication.clipboard().text() != text
        QTest.mouseClick(window.copy_button, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == text
        assert window.copy_button.accessibleName() == "Copied"
        gone = upcoming(gone=window.destroyed)
        QTest.keyClick(window, Qt.Key.Key_Escape)
        await gone
        ended = outcome_of(parts)
        type_and_send(parts, "Are you there?")
        assert await ended == "finished"

    assert drive(local, steps) == 0


def test_a_task_and_a_thread_that_fail_are_shown_too(drive: Run) -> None:
    async def fail() -> None:
        raise LookupError(WORDS)

    def fail_in_thread() -> None:
        raise OSError(WORDS)

    async def steps(parts: RunningWindow) -> None:
        parts.scope.spawn(fail(), "probe")
        window = await fault_window(parts)
        assert "LookupError" in window.report.toPlainText()
        gone = upcoming(gone=window.destroyed)
        QTest.mouseClick(window.close_button, Qt.MouseButton.LeftButton)
        await gone
        thread = threading.Thread(target=fail_in_thread)
        thread.start()
        window = await fault_window(parts)
        assert "OSError" in window.report.toPlainText()
        assert "thread" in window.report.toPlainText()
        thread.join()

    assert drive(None, steps) == 0


def test_the_next_start_tells_of_a_hard_end(qapp: object) -> None:
    seen: list[str] = []

    async def look(parts: RunningWindow) -> None:
        window = await fault_window(parts)
        seen.extend((window.heading.text(), window.report.toPlainText()))

    note = (
        'Fatal Python error: Segmentation fault\n\n  File "/home/alice/desktop_agent/app.py", line 1 in run'
    )
    start = DesktopStart(SingleInstance(data_folder()), crash=note)
    assert run_window(None, script=look, theme=LIGHT, restores=False, start=start) == 0
    assert seen[0] == "Desktop Agent ended unexpectedly the last time."
    assert 'File "desktop_agent/app.py", line 1 in run' in seen[1]
