"""Opening, scrolling and resizing 10,000 messages beside 100: ratios of CPU time in one run."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desktop_agent.app import make_application
from desktop_agent.config.paths import resources_folder
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

ROUNDS = 5
SMALL, LARGE = 100, 10_000


def answer_text() -> str:
    """A reply of about 1.5 kB with all that replies have."""
    path = min((resources_folder() / "demo").glob("*.md"))
    return path.read_text(encoding="utf-8").partition("<!-- answer -->")[2]


def conversation(appearance: Appearance, count: int, answer: str) -> list[MessageView]:
    """Questions and answers by turns, each text an object of its own."""
    return [
        AgentMessage("assistant", appearance, f"{answer}\n{number}")
        if number % 2
        else UserMessage(f"Question {number}", appearance)
        for number in range(count)
    ]


def milliseconds(action: Callable[[], object], view: Transcript) -> float:
    """CPU time of `action` and of painting what it shows."""
    started = time.process_time()
    action()
    view.viewport().repaint()
    return (time.process_time() - started) * 1000


def resident_kilobytes() -> int:
    """The largest size of this process so far."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // 1024 if sys.platform == "darwin" else size


def measure(view: Transcript, messages: list[MessageView]) -> dict[str, float]:
    """One conversation: opened, scrolled, jumped through, made narrow, zoomed, in another theme."""
    appearance = view.appearance
    gc.collect()
    opened = milliseconds(lambda: view.open(messages), view)
    scrolled = sorted(milliseconds(lambda: view.scroll_by(-100), view) for _ in range(200))
    bar = view.verticalScrollBar()
    places = [bar.maximum() * step // 20 for step in range(20)]
    jumped = [milliseconds(partial(bar.setValue, place), view) for place in places]
    resized = milliseconds(lambda: view.resize(700, view.height()), view)
    view.resize(1020, view.height())
    zoomed = milliseconds(lambda: appearance.set_zoom(1.2), view)
    appearance.set_zoom(1.0)
    themed = milliseconds(lambda: appearance.fix_theme(DARK), view)
    appearance.fix_theme(LIGHT)
    return {
        "open_ms": opened,
        "scroll_p50_ms": scrolled[len(scrolled) // 2],
        "scroll_p95_ms": scrolled[int(len(scrolled) * 0.95)],
        "jump_ms": statistics.median(jumped),
        "resize_ms": resized,
        "zoom_ms": zoomed,
        "theme_ms": themed,
    }


def main() -> int:
    """Measure and print; `--json` prints one JSON object."""
    application = make_application()
    appearance = Appearance(LIGHT)
    view = Transcript(appearance)
    view.resize(1020, 646)
    view.show()
    answer = answer_text()
    measure(view, conversation(appearance, 20, answer))  # fonts and imports
    rounds: dict[int, list[dict[str, float]]] = {SMALL: [], LARGE: []}
    beyond_text = 0.0
    for number in range(ROUNDS):
        for count, found in rounds.items():
            before = resident_kilobytes()
            messages = conversation(appearance, count, answer)
            made = resident_kilobytes()
            found.append(measure(view, messages))
            if count == LARGE and number == 0:
                beyond_text = (resident_kilobytes() - made) / 1024
                text = sum(len(message.source()) for message in messages) / 1e6
                print(
                    f"{LARGE} messages: {(made - before) / 1024:.1f} MB for {text:.1f} MB of text",
                    file=sys.stderr,
                )
            view.clear()
    best = {
        count: {key: min(each[key] for each in found) for key in found[0]} for count, found in rounds.items()
    }
    report = {
        "small": best[SMALL],
        "large": best[LARGE],
        "open_ratio": best[LARGE]["open_ms"] / best[SMALL]["open_ms"],
        "memory_beyond_text_mb": beyond_text,
    }
    if "--json" in sys.argv:
        print(json.dumps(report))
    else:
        for key in best[SMALL]:
            print(f"{key:16} {best[SMALL][key]:8.2f} at {SMALL} messages, {best[LARGE][key]:8.2f} at {LARGE}")
        print(f"opening: {report['open_ratio']:.2f} times that of {SMALL} (at most 3)")
        print(f"memory: {beyond_text:.1f} MB beyond the messages (at most 10)")
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
