"""Stops replies at 2,000 random moments: the server must see it within 100 ms, and nothing may be left."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from loopback import LoopbackServer
from random_stops import stop_at_random

COUNT = 2_000
LIMIT_SECONDS = 0.1
SEED = 1


def main() -> int:
    """Stop and look."""
    with LoopbackServer() as server:
        threads = threading.active_count()
        stops = asyncio.run(stop_at_random(server, COUNT, SEED))
        gc.collect()
        left = threading.active_count() - threads
    late = sum(seconds > LIMIT_SECONDS for seconds in stops.seconds)
    milliseconds = {
        f"p{place}": round(percentile(stops.seconds, place) * 1e3, 2) for place in (50, 95, 99, 100)
    }
    result = {
        "benchmark": "cancel",
        "stops": len(stops.seconds),
        "before_request": stops.before_request,
        "before_text": stops.before_text,
        "close_ms": milliseconds,
        "later_than_100_ms": late,
        "threads_left": left,
        "faults": stops.faults,
    }
    told = ", ".join(f"{name} {value}" for name, value in milliseconds.items())
    when = f"{stops.before_request} before the request, {stops.before_text} before the first text"
    lines = [
        f"{len(stops.seconds):,} stops ({when}): ms until the server saw the close: {told}",
        f"later than 100 ms: {late}; threads left: {left}; faults: {len(stops.faults)}",
        *stops.faults[:20],
    ]
    report(result, lines)
    return 1 if late or left or stops.faults else 0


if __name__ == "__main__":
    sys.exit(main())
