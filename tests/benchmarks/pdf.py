"""A conversation of 5,000 messages as PDF, from the store to the disk: the longest time without a frame.

The time that a frame waits for is counted in CPU seconds of the window's own thread, so that another busy
program changes nothing.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.app import make_application
from desktop_agent.config.paths import resources_folder
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.gui.export.writing import Order, write
from desktop_agent.storage import ConversationStore
from desktop_agent.transcripts import ExportOptions, Format

MESSAGES = 5_000
MOST_MILLISECONDS = 50


def answer_text() -> str:
    """A reply of about 1.5 kB with all that replies have."""
    path = min((resources_folder() / "demo").glob("*.md"))
    return path.read_text(encoding="utf-8").partition("<!-- answer -->")[2]


class Gaps:
    """Measures how long the event loop is kept between two of its turns."""

    def __init__(self) -> None:
        self.longest_cpu = self.longest_wall = 0.0
        self._task = asyncio.ensure_future(self._turn())

    async def _turn(self) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        while True:
            await asyncio.sleep(0)
            self.longest_cpu = max(self.longest_cpu, time.thread_time() - cpu)
            self.longest_wall = max(self.longest_wall, time.perf_counter() - wall)
            cpu, wall = time.thread_time(), time.perf_counter()

    async def end(self) -> None:
        """Measure no longer."""
        self._task.cancel()
        await asyncio.wait([self._task])


async def measure(folder: Path) -> dict[str, float]:
    """Fill a store, write the PDF, and once more until it is stopped half-way."""
    store = ConversationStore(folder / "conversations.db")
    await store.open()
    number = await store.create_conversation("Long")
    answer = answer_text()
    for index in range(MESSAGES // 2):
        await store.append_message(number, TextMessage(content=f"Question {index}", source="user"))
        await store.append_message(number, TextMessage(content=answer, source="assistant"))
    source, order = ExportSource(store, number, "Long"), Order(Scope.WHOLE, Format.PDF, ExportOptions())
    path, told = folder / "long.pdf", 0

    def note(_done: int, _total: int) -> None:
        nonlocal told
        told += 1

    gc.freeze()  # as the window does once it has started: imported modules are not looked at again
    gaps, started = Gaps(), time.perf_counter()
    await write(source, order, path, note)
    seconds = time.perf_counter() - started
    await gaps.end()

    def stop(_done: int, _total: int) -> None:
        stopping.cancel()

    stopping = asyncio.ensure_future(write(source, order, folder / "stopped.pdf", stop))
    await asyncio.wait([stopping])
    await store.close()
    return {
        "messages": MESSAGES,
        "seconds": round(seconds, 1),
        "longest_cpu_ms": round(gaps.longest_cpu * 1000, 1),
        "longest_wall_ms": round(gaps.longest_wall * 1000, 1),
        "progress_told": told,
    }


def run() -> dict[str, float]:
    """Measure on Qt's loop."""
    application = make_application()

    def make_loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application)
        return loop

    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=make_loop) as runner:
        figures = runner.run(measure(Path(folder)))
        left = [*Path(folder).glob("*stopped*"), *Path(folder).glob("*.part")]
        size = (Path(folder) / "long.pdf").stat().st_size
        return {**figures, "megabytes": round(size / 1e6, 1), "stopped_leaves_files": len(left)}


def main() -> int:
    """Print the figures; 1 if a frame waits too long or the stop leaves something."""
    figures = run()
    is_good = figures["longest_cpu_ms"] < MOST_MILLISECONDS and not figures["stopped_leaves_files"]
    figures["ok"] = is_good
    if "--json" in sys.argv:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:24}{figure}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
