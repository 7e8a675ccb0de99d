"""A conversation of 5,000 messages in each format of text: the loop must never wait 50 ms.

The gap is what a loop that wakes up all the time sees of an export beside it; each export is stopped in the
middle, too. `--messages N` changes the size. With tidy installed, the HTML is validated.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from chat.test_importing import opened
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.chat.exporting import ExportOptions, Format, pieces, read, write_replacing
from desktop_agent.chat.importing import carry_out, read_plan
from desktop_agent.storage import ConversationValues, MessageValues
from everything import DIRECTIONS, LONG_CODE, MARKDOWN, store_everything

if TYPE_CHECKING:
    from desktop_agent.chat.exporting import SavedConversation
    from desktop_agent.storage import ConversationStore

MESSAGES = 5_000
LIMIT_SECONDS = 0.05
ALL = ExportOptions(thoughts=True, figures=True, other_versions=True)
FORMATS = (Format.MARKDOWN, Format.HTML, Format.JSON, Format.TEXT)


class Heart:
    """Beats in the loop, and notes how long it had to wait.

    Attributes:
        gaps: Seconds on the clock; on a busy machine, others are waited for, too.
        own: Seconds of CPU time that this process used meanwhile: what is waited for because of the export.
    """

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.own: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _beat(self) -> None:
        while True:
            began, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.001)
            self.gaps.append(time.perf_counter() - began - 0.001)
            self.own.append(time.process_time() - cpu)

    def told(self) -> dict[str, Any]:
        """In milliseconds, and whether a frame came late."""
        clock = {f"p{place}": round(percentile(self.gaps, place) * 1e3, 1) for place in (50, 99, 100)}
        own = {f"p{place}": round(percentile(self.own, place) * 1e3, 1) for place in (50, 99, 100)}
        return {"gap_ms": clock, "own_ms": own, "is_late": max(self.own) > LIMIT_SECONDS}


async def store_long(store: ConversationStore, count: int) -> int:
    """A conversation of `count` messages of all lengths."""
    dice = random.Random(1)
    now = datetime.now(UTC)
    messages: list[MessageValues] = []
    for number in range(count):
        if number % 2:
            text = dice.choice((MARKDOWN, DIRECTIONS, LONG_CODE, "A short answer.", "Several words. " * 40))
        else:
            text = f"Question {number}?"
        body = TextMessage(content=text, source="assistant" if number % 2 else "user").dump()
        parent = messages[-1].uid if messages else None
        messages.append(MessageValues(f"{number:032x}", parent, now, "complete", body, [], {}))
    return await store.import_conversation(
        ConversationValues("f" * 32, "Long", "user", now, now, False, None, messages[-1].uid, messages)
    )


async def export(saved: SavedConversation, form: Format, path: Path) -> dict[str, Any]:
    """Write it all, and once more with a stop in the middle."""
    progress: list[int] = []
    async with Heart() as heart:
        began = time.perf_counter()
        async with aclosing(pieces(saved, form, ALL, lambda done, _: progress.append(done))) as document:
            await write_replacing(path, document, may_replace=True)
        seconds = time.perf_counter() - began
    before = sizes(path.parent)
    stopped = await stop_in_the_middle(saved, form, path)
    return {
        "seconds": round(seconds, 2),
        "bytes": before[path.name],
        "steps_of_progress": len(set(progress)),
        **heart.told(),
        "stop_ms": round(stopped * 1e3, 1),
        "is_kept_after_stop": sizes(path.parent) == before,
    }


def sizes(folder: Path) -> dict[str, int]:
    """The files of a folder, but for those of the store."""
    return {each.name: each.stat().st_size for each in folder.iterdir() if not each.name.startswith("a.db")}


async def stop_in_the_middle(saved: SavedConversation, form: Format, path: Path) -> float:
    """Seconds from Cancel until the export has ended and left nothing behind."""
    middle = asyncio.Event()

    def note(done: int, total: int) -> None:
        if done * 2 > total:
            middle.set()

    async def run() -> None:
        async with aclosing(pieces(saved, form, ALL, note)) as document:
            await write_replacing(path, document, may_replace=True)

    running = asyncio.ensure_future(run())
    await middle.wait()
    began = time.perf_counter()
    running.cancel()
    await asyncio.wait([running])
    return time.perf_counter() - began


async def bring_in(folder: Path) -> dict[str, Any]:
    """Import what was exported."""
    async with opened(folder / "a.db-again") as store, Heart() as heart:
        plan = await read_plan(store, folder / f"out{Format.JSON.suffix}")
        await carry_out(store, plan)
    return heart.told()


async def measure(folder: Path, count: int) -> dict[str, Any]:
    results: dict[str, Any] = {}
    async with opened(folder / "a.db") as store:
        conversation = await store_long(store, count)
        async with Heart() as heart:
            saved = await read(store, conversation)
        results["read"] = heart.told()
        for form in FORMATS:
            results[form.value] = await export(saved, form, folder / f"out{form.suffix}")
        results["import"] = await bring_in(folder)
        everything = await read(store, await store_everything(store))
        async with aclosing(pieces(everything, Format.HTML, ALL)) as document:
            await write_replacing(folder / "everything.html", document, may_replace=True)
    return results


def complaints(page: Path) -> list[str] | None:
    """What tidy says of a page; None without tidy."""
    if shutil.which("tidy") is None:
        return None
    command = ["tidy", "-q", "-e", "--drop-empty-elements", "no", str(page)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines()


def in_words(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items())


def main() -> int:
    """Export and measure."""
    count = int(sys.argv[sys.argv.index("--messages") + 1]) if "--messages" in sys.argv else MESSAGES
    with tempfile.TemporaryDirectory() as name:
        results = asyncio.run(measure(Path(name), count))
        said = complaints(Path(name) / "everything.html")
    lines = []
    for form, result in results.items():
        own, clock = (
            ", ".join(f"{key} {ms}" for key, ms in result[of].items()) for of in ("own_ms", "gap_ms")
        )
        line = f"{form}: the loop waits for it in ms: {own} (on the clock: {clock})"
        if "seconds" in result:
            line += f"; {result['seconds']} s, {result['bytes']:,} bytes, {result['steps_of_progress']} steps"
            line += (
                f"; stopped in {result['stop_ms']} ms, what was there is kept: {result['is_kept_after_stop']}"
            )
        lines.append(line)
    lines.append("no tidy here" if said is None else f"tidy: {len(said)} complaints about everything.html")
    report({"benchmark": "exports", "messages": count, "formats": results, "tidy": said}, lines)
    exported = [results[form.value] for form in FORMATS]
    is_bad = any(each["is_late"] or not each["is_kept_after_stop"] for each in exported)
    return 1 if is_bad or said else 0


if __name__ == "__main__":
    sys.exit(main())
