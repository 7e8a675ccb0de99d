"""A run of 1,000,000 chunks: no callback, task or event is held, and memory is flat."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report, server_process
from long_run import consume_long_reply

CHUNKS = 1_000_000
FLAT_BYTES = 100
"""What a chunk may leave behind at most: its text, which is the reply, and its places in lists."""


def main() -> int:
    """Read the reply and look at what it leaves, a tenth of the way and at the end."""
    with server_process(text="token " * 100, repeat=CHUNKS // 100, per_write=100) as url:
        run = asyncio.run(consume_long_reply(url, CHUNKS))
    growth = (run.memory_end - run.memory_tenth) / (CHUNKS * 0.9)
    result = {
        "benchmark": "million",
        "chunks": run.chunks,
        "callbacks": run.callbacks,
        "tasks": run.tasks,
        "events": run.events,
        "bytes_per_chunk": round(growth, 1),
        "cpu_us_per_chunk": round(run.cpu_seconds / run.chunks * 1e6, 2),
    }
    lines = [
        f"{run.chunks:,} chunks at {result['cpu_us_per_chunk']} µs, with tracemalloc",
        f"held at most: {run.callbacks} callbacks, {run.tasks} tasks, {run.events} events",
        f"memory grew by {growth:.1f} bytes a chunk, the text included",
    ]
    report(result, lines)
    fine = run.chunks == CHUNKS and run.callbacks <= 1 and run.tasks <= 1 and run.events <= 2
    return 0 if fine and growth < FLAT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
