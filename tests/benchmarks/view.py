"""Uses a transcript at random, 10,000 steps of everything it can do: it must hold together after each."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from desktop_agent.app import make_application
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.view import Transcript
from view_storm import Storm

SEEDS = 50
STEPS = 200


def main() -> int:
    """Run the steps; the exit status is 1 when something did not hold."""
    application = make_application()
    accessible.install()
    faults: list[str] = []

    def note(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        faults.append(f"{kind.__name__}: {error}")

    sys.excepthook = note  # what fails in a slot or in an event comes here
    steps, started = 0, time.perf_counter()
    for seed in range(SEEDS):
        appearance = Appearance(LIGHT)
        view = Transcript(appearance)
        view.resize(1020, 646)
        view.show()
        found = Storm(view, appearance, seed).run(STEPS)
        faults += [f"seed {seed}, {fault}" for fault in found.faults]
        steps += found.steps
        view.clear()
        view.deleteLater()
    seconds = time.perf_counter() - started
    application.quit()
    result = {"benchmark": "view", "steps": steps, "ms_each": seconds / steps * 1000, "faults": faults}
    report(
        result,
        [f"{steps:,} steps, {seconds / steps * 1000:.1f} ms each; faults: {len(faults)}", *faults[:20]],
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
