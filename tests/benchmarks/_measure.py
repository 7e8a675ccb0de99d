"""What the benchmarks share: a server in a process of its own, CPU time, and reports."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHECKOUT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30.0


@contextmanager
def server_process(**options: object) -> Iterator[str]:
    """The loopback server in a process of its own, so that its work is not measured; gives its base URL.

    Args:
        **options: Those of `python -m tests.loopback`, with "_" for "-".
    """
    command = [sys.executable, "-m", "tests.loopback", "--port", "0"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    variables = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(command, cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[0].partition("=")[2]
    finally:
        process.terminate()
        process.communicate()


@dataclass
class Timing:
    """Microseconds a chunk, of each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Median and best CPU time, and the median time on the clock."""
        return {
            "cpu_us": round(statistics.median(self.cpu), 2),
            "best_cpu_us": round(min(self.cpu), 2),
            "wall_us": round(statistics.median(self.wall), 2),
        }


def interleaved(ways: Mapping[str, Any], url: str, chunks: int, rounds: int) -> dict[str, Timing]:
    """Measure ways to read the same reply, by turns, so that a busy machine is busy for all of them.

    Args:
        ways: Each asks once and returns how many chunks came.
        url: The server.
        chunks: How many must come.
        rounds: How often; one more is not counted.
    """
    timings = {name: Timing() for name in ways}

    async def once(way: Any) -> tuple[float, float]:
        await way(url)  # connections, imports and caches are warm
        cpu, wall = time.process_time(), time.perf_counter()
        count = await way(url)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if count < chunks:
            raise AssertionError(f"{count} of {chunks} chunks came")
        return cpu / chunks * 1e6, wall / chunks * 1e6

    for _ in range(rounds):
        for name, way in ways.items():
            cpu, wall = asyncio.run(once(way))
            timings[name].cpu.append(cpu)
            timings[name].wall.append(wall)
    return timings


def report(result: Mapping[str, Any], lines: Sequence[str]) -> None:
    """Print the result: as JSON with `--json`, else as lines for people."""
    print(json.dumps(result, indent=2) if "--json" in sys.argv[1:] else "\n".join(lines), flush=True)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of the values lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, len(ranked) * percent // 100)]
