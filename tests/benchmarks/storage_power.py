"""1,000 simulated power cuts under a store: nothing acknowledged may be lost, nothing damaged.

`--cuts` makes fewer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from desktop_agent.storage import store_file
from storage.power_cuts import power_cuts, record, replay

CUTS = 1_000
MESSAGES = 100


def main() -> int:
    """Record, replay and cut."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--json", action="store_true")
    cuts = parser.parse_args().cuts
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder, real = Path(name), vars(store_file)["open_writer"]
        recording = record(
            folder / "recorded" / "conversations.db",
            lambda opening: setattr(store_file, "open_writer", opening),
            MESSAGES,
            seed=2,
        )
        vars(store_file)["open_writer"] = real
        replayed = replay(recording, folder)
        looked_for, wrong = power_cuts(replayed, folder / "cuts", cuts, seed=2)
    seconds = round(time.perf_counter() - begun, 1)
    figures = {"cuts": cuts, "looked_for": looked_for, "wrong": wrong, "seconds": seconds}
    lines = [
        f"{cuts:,} power cuts in {len(replayed.log):,} writes and syncs, in {seconds} s",
        f"{looked_for:,} acknowledged messages looked for; wrong: {len(wrong)}",
    ]
    report({"benchmark": "storage_power", **figures}, lines + wrong[:20])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
