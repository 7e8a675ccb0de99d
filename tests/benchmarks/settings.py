"""How long the window stands still while Settings open, and while each page is shown first and again."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import Qt, QTimer

from benchmarks._measure import report
from desktop_agent.app import run_window
from desktop_agent.config.provider import DEMO
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.settings.page_kind import PageKind

BEAT = 5  # milliseconds
LIMIT_MS = 50.0
SETTLE_SECONDS = 0.4
START_TASKS = ("warm-up", "models", "restore")


class Heartbeat:
    """Notes the longest time between two beats: on the clock, and what this thread worked meanwhile."""

    def __init__(self) -> None:
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT)
        self._timer.timeout.connect(self._beat)
        self._last = (0.0, 0.0)
        self.wall = self.work = 0.0

    def start(self) -> None:
        """Begin anew."""
        self.wall = self.work = 0.0
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start()

    def stop(self) -> tuple[float, float]:
        """The longest gap and the longest work between two beats, in milliseconds."""
        self._beat()
        self._timer.stop()
        return round(self.wall * 1e3, 1), round(self.work * 1e3, 1)

    def _beat(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.wall = max(self.wall, now[0] - self._last[0])
        self.work = max(self.work, now[1] - self._last[1])
        self._last = now


def main() -> int:
    """Measure and print; 1 if the window stood still for longer than 50 ms.

    What counts is the work of the window's own thread: other programs on the machine add to the clock's gaps.
    """
    gaps: dict[str, tuple[float, float]] = {}

    async def script(parts: RunningWindow) -> None:
        heartbeat = Heartbeat()
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() in START_TASKS])
        await asyncio.sleep(SETTLE_SECONDS)
        for name in ("first", "again"):
            for kind in (PageKind.GENERAL, *(each for each in PageKind if each is not PageKind.GENERAL)):
                heartbeat.start()
                parts.preferences.open(kind)
                await asyncio.sleep(SETTLE_SECONDS)
                gaps[f"{kind.name.lower()}, {name}"] = heartbeat.stop()
            window = parts.preferences.settings_window
            assert window is not None
            heartbeat.start()
            window.close()
            await asyncio.sleep(SETTLE_SECONDS)
            gaps[f"closing, {name}"] = heartbeat.stop()

    with tempfile.TemporaryDirectory() as home:
        os.environ["DESKTOP_AGENT_HOME"] = home
        run_window(DEMO, script=script, restores=False)
    late = [name for name, (_, work) in gaps.items() if work > LIMIT_MS]
    lines = [
        f"{name}: {work:.1f} ms of work, {wall:.1f} ms on the clock" for name, (wall, work) in gaps.items()
    ]
    report(
        {
            "benchmark": "settings",
            "work_ms": {name: work for name, (_, work) in gaps.items()},
            "gap_ms": {name: wall for name, (wall, _) in gaps.items()},
            "longer_than_50_ms": late,
        },
        [*lines, f"longer than {LIMIT_MS:.0f} ms: {', '.join(late) or 'none'}"],
    )
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
