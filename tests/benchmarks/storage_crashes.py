"""A program that writes to a store is killed at 10,000 random moments: nothing acknowledged may be lost.

The journal's batches are shorter than in the program, so that there are many in a short life; every twentieth
round has the real ones. `--rounds` makes fewer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from desktop_agent.storage.replies import BATCH_SECONDS
from storage.crashes import Outcome, rounds

ROUNDS = 10_000
SHORT_BATCH_SECONDS = 0.02
SHORT_LIFE_SECONDS = 0.08
REAL_SHARE = 20


def summary(outcome: Outcome) -> dict[str, object]:
    """The figures, with the ages of what was lost as percentiles."""
    figures = asdict(outcome)
    ages = figures.pop("oldest_lost_ms") or [0.0]
    return {
        **figures,
        "lost_ms_p50": percentile(ages, 50),
        "lost_ms_p99": percentile(ages, 99),
        "lost_ms_max": max(ages),
    }


def main() -> int:
    """Make the rounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    count = parser.parse_args().rounds
    begun = time.perf_counter()
    real_count = max(1, count // REAL_SHARE)
    with tempfile.TemporaryDirectory() as folder:
        real = rounds(Path(folder) / "real", real_count, 0.8, BATCH_SECONDS)
        short = rounds(Path(folder) / "short", count - real_count, SHORT_LIFE_SECONDS, SHORT_BATCH_SECONDS)
    seconds = round(time.perf_counter() - begun, 1)
    result = {
        "benchmark": "storage_crashes",
        "seconds": seconds,
        "real": summary(real),
        "short": summary(short),
    }
    lines = [f"{count:,} kills in {seconds} s"]
    for batch, outcome in ((BATCH_SECONDS, real), (SHORT_BATCH_SECONDS, short)):
        ages = outcome.oldest_lost_ms or [0.0]
        name = f"batches of {batch * 1000:.0f} ms"
        lines += [
            f"{name}: {outcome.rounds:,} kills, {outcome.acknowledged:,} messages, {outcome.pieces:,} pieces",
            f"  acknowledged and lost: {outcome.lost}, gaps: {outcome.gaps}, corrupt: {outcome.corrupt}",
            f"  oldest piece lost: {percentile(ages, 50)} ms old (median), {percentile(ages, 99)} ms (p99)",
        ]
    report(result, lines)
    return 1 if any(each.lost or each.gaps or each.corrupt for each in (real, short)) else 0


if __name__ == "__main__":
    sys.exit(main())
