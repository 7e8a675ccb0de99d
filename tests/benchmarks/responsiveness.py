"""Does the window answer while 2,000 tokens a second stream in? Gaps between beats, beside an idle loop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible

from desktop_agent.app import run_window
from desktop_agent.config.provider import make_provider
from desktop_agent.gui.running_window import RunningWindow

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 8.0
RATE = 2000
BEAT = 5  # milliseconds


class Heartbeat:
    """Notes how long each beat took; the loop could do nothing else for that long."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT)
        self._timer.timeout.connect(self._beat)

    async def listen(self, seconds: float) -> dict[str, float]:
        """Gaps of `seconds`: median, 99th percentile and largest, in milliseconds."""
        self.gaps.clear()
        self._last = time.perf_counter()
        self._timer.start()
        await asyncio.sleep(seconds)
        self._timer.stop()
        gaps = sorted(self.gaps)
        return {
            "p50_ms": round(gaps[len(gaps) // 2], 2),
            "p99_ms": round(gaps[int(len(gaps) * 0.99)], 2),
            "max_ms": round(gaps[-1], 2),
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now


def serve() -> tuple[subprocess.Popen[str], str]:
    """The loopback server in a process of its own, and its address."""
    command = [sys.executable, "-m", "tests.loopback", "--rate", str(RATE), "--port", "0", "--repeat", "500"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, line.split()[0].partition("=")[2]


def main() -> int:
    """Measure and print; `--json` prints one JSON object."""
    process, address = serve()
    report: dict[str, object] = {}

    async def script(parts: RunningWindow) -> None:
        heartbeat = Heartbeat()
        await parts.session.prepare()
        report["idle"] = await heartbeat.listen(2.0)
        parts.desk.send("Go on for long.")
        report["streaming"] = await heartbeat.listen(SECONDS)
        report["characters"] = len(parts.transcript.messages[-1].source())
        report["frames"] = parts.transcript.frames
        report["heard by a screen reader"] = QAccessible.isActive()

    try:
        run_window(make_provider(address, "loopback", ""), script=script)
    finally:
        process.terminate()
        process.communicate()
    print(json.dumps(report) if "--json" in sys.argv else "\n".join(f"{k}: {v}" for k, v in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
