"""All scripted attacks on the approvals: how many had an effect that nobody saw and allowed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attacks import all_attacks, outcome_of
from benchmarks._measure import report


async def run_all(folder: Path) -> dict[str, list[str]]:
    """Run each attack; the effects of those that had any, by their names."""
    effects = {}
    for number, attack in enumerate(all_attacks()):
        found = await outcome_of(attack, folder / str(number))
        if found:
            effects[attack.name] = found
    return effects


def main() -> int:
    """Attack and count."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        effects = asyncio.run(run_all(Path(folder)))
    count = len(all_attacks())
    result = {"benchmark": "attacks", "attacks": count, "with_effect": len(effects), "effects": effects}
    seconds = time.perf_counter() - began
    lines = [
        f"{count} attacks in {seconds:.0f} s: {len(effects)} with an effect that was not shown and allowed"
    ]
    report(result, [*lines, *(f"{name}: {found}" for name, found in effects.items())])
    return 1 if effects else 0


if __name__ == "__main__":
    sys.exit(main())
