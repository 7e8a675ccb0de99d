"""How long the event loop stands still while a keychain is used, is locked, frozen and gone."""

from __future__ import annotations

import asyncio
import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from desktop_agent.config.keychain import (
    KeychainError,
    delete_key_async,
    forget_keys,
    get_key_async,
    set_key_async,
)
from secret_service import PROGRAMS, SecretService

BEAT_SECONDS = 0.005
LIMIT_MS = 50.0
FROZEN_SECONDS = 2.0
ENOUGH = 60.0
KEY = "sk-benchmark-0123456789"


async def longest_gap(work: Awaitable[Any]) -> tuple[float, float]:
    """The longest time between two beats of the loop, and that of the work, both in ms."""
    gaps: list[float] = []

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.perf_counter()
            gaps.append(now - last - BEAT_SECONDS)
            last = now

    beating = asyncio.ensure_future(beat())
    await asyncio.sleep(0)
    started = time.perf_counter()
    with suppress(KeychainError):
        await work
    took = time.perf_counter() - started
    await asyncio.sleep(BEAT_SECONDS)
    beating.cancel()
    return max(gaps, default=0.0) * 1e3, took * 1e3


async def measure(service: SecretService) -> dict[str, tuple[float, float]]:
    """Every case, in an order in which each is possible."""
    loop_only = asyncio.sleep(1.0)
    results = {"nothing": await longest_gap(loop_only)}
    cases: list[tuple[str, tuple[Callable[[], None], ...], Callable[[], Awaitable[Any]]]] = [
        ("first set, with imports", (), lambda: set_key_async("a", KEY, seconds=ENOUGH)),
        ("set", (), lambda: set_key_async("b", KEY, seconds=ENOUGH)),
        ("get", (forget_keys,), lambda: get_key_async("a", seconds=ENOUGH)),
        ("get, missing", (), lambda: get_key_async("none", seconds=ENOUGH)),
        ("delete", (), lambda: delete_key_async("b", seconds=ENOUGH)),
        ("frozen", (forget_keys, service.freeze), lambda: get_key_async("a", seconds=FROZEN_SECONDS)),
        ("thawed", (service.thaw,), lambda: get_key_async("a", seconds=ENOUGH)),
        ("locked", (forget_keys, service.lock), lambda: get_key_async("a", seconds=ENOUGH)),
        ("gone", (forget_keys, service.kill), lambda: get_key_async("a", seconds=ENOUGH)),
    ]
    for name, preparations, work in cases:
        for prepare in preparations:
            await asyncio.to_thread(prepare)
        gc.collect()
        results[name] = await longest_gap(work())
    return results


def main() -> int:
    """Measure, if there is a keychain to run."""
    if not sys.platform.startswith("linux") or any(shutil.which(each) is None for each in PROGRAMS):
        report(
            {"benchmark": "keychain", "skipped": True}, ["There is no gnome-keyring here to measure with."]
        )
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="k") as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
        SecretService(Path(folder), monkeypatch) as service,
    ):
        service.start_unlocked()
        results = asyncio.run(measure(service))
    late = [name for name, (gap, _) in results.items() if gap > LIMIT_MS]
    lines = [f"{name}: longest gap {gap:.1f} ms in {took:.0f} ms" for name, (gap, took) in results.items()]
    report(
        {
            "benchmark": "keychain",
            "longest_gap_ms": {name: round(gap, 1) for name, (gap, _) in results.items()},
            "took_ms": {name: round(took) for name, (_, took) in results.items()},
            "longer_than_50_ms": late,
        },
        [*lines, f"longer than {LIMIT_MS:.0f} ms: {', '.join(late) or 'none'}"],
    )
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
