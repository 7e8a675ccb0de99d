"""Nothing is left behind: tasks, threads, sockets, timers, warnings."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from loopback import LoopbackServer, Reply
from qt_signals import upcoming

CYCLES = 100


def open_sockets() -> int | None:
    """How many sockets this process has open; None where that can't be told."""
    if sys.platform != "linux":
        return None
    count = 0
    for path in Path("/proc/self/fd").iterdir():
        try:
            count += str(path.readlink()).startswith("socket:")
        except FileNotFoundError:  # the descriptor of this very listing
            continue
    return count


def test_100_starts_and_stops_leave_nothing_behind(
    drive: Callable[..., int], server: LoopbackServer, local: Provider
) -> None:
    server.reply = Reply(chunks=["word "] * 2_000, rate=500)

    async def steps(parts: RunningWindow) -> None:
        counts: list[tuple[int, int, int, int | None]] = []
        for cycle in range(CYCLES):
            ended = upcoming(stopped=parts.runner.stopped)
            begun = upcoming(batch=parts.runner.batch_received)
            parts.desk.send(f"Question {cycle}")
            if cycle % 3:
                await begun
            elif cycle % 2:
                await asyncio.sleep(0)
            parts.conversation.stop()
            await ended
            begun.cancel()
            if cycle in (CYCLES // 10, CYCLES - 1):
                gc.collect()
                await asyncio.sleep(0)
                active = [
                    timer
                    for timer in parts.window.findChildren(QTimer)
                    if timer.isActive() and not timer.isSingleShot()
                ]
                counts.append(
                    (len(asyncio.all_tasks()), threading.active_count(), len(active), open_sockets())
                )
        early, late = counts
        assert late[0] <= early[0]
        assert late[1] <= early[1]
        assert late[2] == 0
        assert late[3] is None or early[3] is None or late[3] <= early[3]

    assert drive(local, steps) == 0


def test_windows_open_and_close_without_a_trace(drive: Callable[..., int]) -> None:
    seen: list[Counter[str]] = []

    async def steps(parts: RunningWindow) -> None:
        assert parts.window.isVisible()

    for _ in range(CYCLES // 10):
        assert drive(None, steps) == 0
        gc.collect()
        seen.append(Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, QObject)))
    # The last loop may wait for a thread to let go of it; one object a window would be seven.
    left = seen[-1] - seen[2]
    assert left.total() < len(seen) - 3, left
