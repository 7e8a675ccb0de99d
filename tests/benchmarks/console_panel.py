"""The Console at 2,000 events a second: what share of a core it takes, and its longest turn."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage, ThoughtEvent
from desktop_agent.app import make_application
from desktop_agent.chat.stream_log import StreamLog
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.console.panel import REFRESH_EVERY, ConsolePanel
from desktop_agent.gui.theme import LIGHT

RATE = 2_000  # events a second
SECONDS = 15
FRAMES = 60  # batches a second, as the window hands events over


def chunk(_number: int) -> Any:
    return ModelClientStreamingChunkEvent.of("word ", "assistant", "m1", {})


def mixed(number: int) -> Any:
    """Two rows for each event, header and event: the worst that can come."""
    return ThoughtEvent(content=f"thought {number}", source="assistant") if number % 2 else chunk(number)


def run(make: Callable[[int], Any]) -> dict[str, float]:
    """Feed a panel that is seen, frame by frame, and look at its log as often as its clock does."""
    appearance = Appearance(LIGHT)
    panel = ConsolePanel(appearance)
    panel.resize(400, 794)
    log = StreamLog(TextMessage(content="Hi", source="user"))
    panel.show_log(log)
    panel.show()
    per_frame, frames_per_look = RATE // FRAMES, FRAMES * REFRESH_EVERY // 1000
    events = [make(number) for number in range(per_frame)]
    adding = looking = longest = 0.0
    for frame in range(SECONDS * FRAMES):
        started = time.perf_counter()
        log.add(events)
        adding += time.perf_counter() - started
        if frame % frames_per_look == 0:
            started = time.perf_counter()
            panel._look()
            panel.events.viewport().repaint()
            seconds = time.perf_counter() - started
            looking += seconds
            longest = max(longest, seconds)
    panel.hide()
    panel.deleteLater()
    count = SECONDS * FRAMES * per_frame
    return {
        "events": count,
        "core_percent": round(100 * (adding + looking) / (count / RATE), 1),
        "add_us": round(1e6 * adding / count, 1),
        "longest_ms": round(1e3 * longest, 1),
    }


def main() -> int:
    """Measure; the exit status is 1 when the panel can't keep up."""
    application = make_application()
    results = {"chunks": run(chunk), "mixed": run(mixed)}
    application.quit()
    lines = [
        f"{name:7} {each['events']:,.0f} events at {RATE:,}/s: {each['core_percent']} % of a core, "
        f"{each['add_us']} µs to take one in, longest look {each['longest_ms']} ms"
        for name, each in results.items()
    ]
    report({"benchmark": "console_panel", **results}, lines)
    return 1 if any(each["core_percent"] >= 100 for each in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
