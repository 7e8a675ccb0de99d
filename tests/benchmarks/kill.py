"""Kills the program 200 times while it streams: what was shown 250 ms and a commit before must be kept."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from killed_windows import kill_at_random
from loopback import LoopbackServer

COUNT = 200
SEED = 1


def main() -> int:
    """Kill and look."""
    with LoopbackServer() as server, tempfile.TemporaryDirectory() as folder:
        kills = kill_at_random(server, Path(folder), COUNT, SEED)
    lost = {f"p{place}": round(percentile(kills.seconds_lost, place) * 1e3) for place in (50, 95, 100)}
    result = {"benchmark": "kill", "kills": COUNT, "lost_ms": lost, "faults": kills.faults}
    told = ", ".join(f"{name} {value}" for name, value in lost.items())
    lines = [f"{COUNT} kills: age in ms of the oldest text lost: {told}", f"faults: {len(kills.faults)}"]
    report(result, [*lines, *kills.faults[:20]])
    return 1 if kills.faults else 0


if __name__ == "__main__":
    sys.exit(main())
