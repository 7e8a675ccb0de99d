"""Exports come back byte for byte, and 10,000 damaged files are a sentence each, never a half import.

`--count N` and `--conversations N` change the numbers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from chat.test_importing import damaged_files, exported, opened
from desktop_agent.chat.importing import TranscriptFormatError, carry_out, read_plan
from everything import store_everything
from made_conversations import ConversationMaker

if TYPE_CHECKING:
    from desktop_agent.storage import ConversationStore

DAMAGED = 10_000
CONVERSATIONS = 200
SEED = 20
FRESH_AFTER = 500  # a store that fills up with copies says less


def number_of(option: str, default: int) -> int:
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else default


async def round_trip(folder: Path, count: int) -> tuple[bytes, bool, float]:
    """The export of `count` conversations, whether it came back the same, and the seconds of importing."""
    path = folder / "all.json"
    async with opened(folder / "a.db") as store:
        await store_everything(store)
        maker = ConversationMaker(SEED)
        for _ in range(count):
            await store.import_conversation(maker.make())
        path.write_bytes(await exported(store))
    async with opened(folder / "b.db") as store:
        began = time.perf_counter()
        await carry_out(store, await read_plan(store, path))
        seconds = time.perf_counter() - began
        return path.read_bytes(), await exported(store) == path.read_bytes(), seconds


async def import_damaged(folder: Path, data: bytes, count: int) -> tuple[Counter[str], list[str]]:
    """What came of each file, and faults."""
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    files = damaged_files(data, SEED)
    for begun in range(0, count, FRESH_AFTER):
        async with opened(folder / f"damaged{begun}.db") as store:
            for number in range(begun, min(count, begun + FRESH_AFTER)):
                path = folder / "damaged.json"
                path.write_bytes(next(files))
                try:
                    outcomes[await _import(store, path)] += 1
                except Exception as error:  # noqa: BLE001 - it is what is looked for
                    faults.append(f"file {number}: {type(error).__name__}: {error}")
            if problems := await store.check(full=True):
                faults += problems
    return outcomes, faults


async def _import(store: ConversationStore, path: Path) -> str:
    before = len(await store.conversations())
    try:
        plan = await read_plan(store, path)
    except TranscriptFormatError as error:
        if len(await store.conversations()) != before or not str(error).endswith("."):
            raise AssertionError(str(error)) from error
        return "refused"
    added = await carry_out(store, plan)
    counts = [len((await store.tree(each))[0]) for each in added]
    if counts != [each.message_count for each in plan.to_do]:
        raise AssertionError("a half import")
    return "imported whole"


def main() -> int:
    """Make, damage, import."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        conversations = number_of("--conversations", CONVERSATIONS)
        data, is_same, seconds = asyncio.run(round_trip(folder, conversations))
        small = json.loads(data)
        small["conversations"] = small["conversations"][:4]
        count = number_of("--count", DAMAGED)
        outcomes, faults = asyncio.run(
            import_damaged(folder, json.dumps(small, indent=1, ensure_ascii=True).encode(), count)
        )
    result = {
        "benchmark": "imports",
        "conversations": conversations + 1,
        "bytes": len(data),
        "is_byte_identical": is_same,
        "import_seconds": round(seconds, 2),
        "damaged": count,
        "outcomes": dict(outcomes),
        "faults": faults,
    }
    same = "byte-identical" if is_same else "NOT THE SAME"
    told = ", ".join(f"{number:,} {outcome}" for outcome, number in outcomes.items())
    lines = [
        f"{conversations + 1} conversations, {len(data):,} bytes: export, import, export {same}",
        f"imported in {seconds:.1f} s",
        f"{count:,} damaged files: {told}; faults: {len(faults)}",
        *faults[:20],
    ]
    report(result, lines)
    return 1 if faults or not is_same else 0


if __name__ == "__main__":
    sys.exit(main())
