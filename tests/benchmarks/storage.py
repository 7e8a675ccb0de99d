"""A store of 1,000,000 messages: search, list, open a conversation, and what a reply costs the event loop.

Targets: search 50 ms (p95, newest first, as typed letter by letter), list 100 ms, any conversation 150 ms
(p95), the loop's share of one journalled batch 0.1 ms (median). `--messages` makes fewer; `--keep FOLDER`
leaves the store there and uses it again.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from desktop_agent.storage import ConversationStore
from desktop_agent.storage.encoding import dump_event, now
from desktop_agent.storage.messages import index_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

MESSAGES = 1_000_000
LARGEST = 5_000
"""Messages of the largest conversation; the others have 10 to 100, and one in a thousand has 1,000."""
FIRST = 500
"""Conversations of the first list; the rest may come when it is shown."""
COMMON = """the of and to a in is that it for you with this as be are on not have can your will if from or an
but use code file what which time data model when value we how all new name they should function example"""
SYLLABLES = "an be co du el fi go ha in jo ka li me no or pa qu re so ta un vi wo xe yo za st tr ing ion"
CHINESE = (
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生模型训练数据语言问题"
)
TARGETS = {"search_p95_ms": 50, "list_ms": 100, "open_p95_ms": 150, "batch_loop_ms": 0.1}


def texts(seed: int) -> Iterator[str]:
    """Texts without end, their words as frequent as in a language; one in twenty is Chinese."""
    chance = random.Random(seed)
    made = (
        "".join(chance.choices(SYLLABLES.split(), k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(60_000)
    )
    vocabulary = list(dict.fromkeys([*COMMON.split(), *made]))
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(vocabulary))))
    words = chance.choices(vocabulary, cum_weights=weights, k=3_000_000)
    characters = "".join(chance.choices(CHINESE, k=500_000))
    while True:
        length = chance.choice((8, 15, 30, 60, 120))
        if chance.random() < 0.05:
            start = chance.randrange(len(characters) - length)
            yield characters[start : start + length]
        else:
            start = chance.randrange(len(words) - length)
            yield " ".join(words[start : start + length])


def fill(path: Path, count: int) -> None:
    """Write `count` messages past the store's own calls, in its own tables."""
    chance, words, made, conversation = random.Random(1), texts(1), 0, 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        while made < count:
            conversation += 1
            size = (
                LARGEST
                if conversation == 1
                else 1_000
                if chance.random() < 0.001
                else chance.randrange(10, 101)
            )
            size = min(size, count - made)
            add_conversation(connection, conversation, range(made + 1, made + size + 1), words)
            made += size
        connection.execute("UPDATE sequence SET last = ?", (made + 1,))
        connection.execute("COMMIT")


def add_conversation(
    connection: sqlite3.Connection, conversation: int, ids: range, words: Iterator[str]
) -> None:
    """Write one conversation."""
    title, time_now = next(words)[:60], now()
    connection.execute(
        "INSERT INTO conversations VALUES (?, ?, ?, 'words', ?, ?, ?, 0, 0, NULL, ?, ?, '', '{}')",
        (conversation, uuid.uuid4().bytes, title, time_now, time_now, ids[-1], ids[-1], len(ids)),
    )
    connection.execute("INSERT INTO title_index (rowid, text) VALUES (?, ?)", (conversation, title))
    for depth, message_id in enumerate(ids):
        body = dump_event(TextMessage(content=next(words), source="assistant" if depth % 2 else "user"))
        connection.execute(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, 'complete', ?, ?, '{}', NULL)",
            (
                message_id,
                uuid.uuid4().bytes,
                conversation,
                message_id - 1 if depth else None,
                depth,
                time_now,
                body,
            ),
        )
        index_message(connection, message_id, body)


def queries() -> list[str]:
    """What is typed, letter by letter: common and rare words, several words, Chinese."""
    rare = [word for word in next(itertools.islice(texts(1), 7, None)).split() if len(word) > 5][:3]
    typed = ["that", "with this", "function example", "the of and", "you should", *rare, f"the {rare[0]}"]
    typed += ["模型", "训练数据", "的", "zzzz", "model 模型"]
    return [text[:length] for text in typed for length in range(1, len(text) + 1)]


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    await call()
    return (time.perf_counter() - begun) * 1000


async def heartbeat(gaps: list[float]) -> None:
    """How long the loop was held up at a time, in milliseconds, until cancelled."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        gaps.append((time.perf_counter() - begun) * 1000 - 1)


async def measure_batches(store: ConversationStore) -> tuple[float, float]:
    """The loop's share of a batch of 25 pieces of text: median and p99, in milliseconds."""
    conversation = await store.create_conversation("journal")
    journal = await store.begin_reply(conversation, "assistant")
    shares = []
    for _ in range(60):
        share = 0.0
        for number in range(25):
            chunk = ModelClientStreamingChunkEvent.of(f"token{number} ", "assistant", "answer", {})
            begun = time.perf_counter()
            journal.put(chunk)
            share += time.perf_counter() - begun
            await asyncio.sleep(0.01)
        shares.append(share * 1000)
    await journal.finish(None, "interrupted")
    return statistics.median(shares), percentile(shares, 99)


async def measure(path: Path) -> dict[str, Any]:
    """All figures."""
    store, chance, gaps = ConversationStore(path), random.Random(2), list[float]()
    opened = await timed(store.open)
    first_list = await timed(lambda: store.conversations(limit=FIRST))
    lists = [await timed(lambda: store.conversations(limit=FIRST)) for _ in range(10)]
    whole_lists = [await timed(store.conversations) for _ in range(10)]
    ids = [each.id for each in await store.conversations()]
    await store.search("warm")
    beating = asyncio.ensure_future(heartbeat(gaps))
    searches = {text: await timed(lambda text=text: store.search(text)) for text in queries()}  # type: ignore[misc]
    beating.cancel()
    openings = [await timed(lambda: store.messages(chance.choice(ids))) for _ in range(300)]
    largest = [await timed(lambda: store.messages(1)) for _ in range(5)]
    await store.search("warm")
    batch, batch_p99 = await measure_batches(store)
    await store.close()
    slowest = max(searches, key=searches.__getitem__)
    return {
        "conversations": len(ids),
        "start_ms": opened,
        "first_list_ms": first_list,
        "list_ms": statistics.median(lists),
        "whole_list_ms": statistics.median(whole_lists),
        "searches": len(searches),
        "search_p50_ms": statistics.median(searches.values()),
        "search_p95_ms": percentile(list(searches.values()), 95),
        "search_max_ms": searches[slowest],
        "slowest": slowest,
        "loop_gap_p99_ms": percentile(gaps, 99),
        "open_p50_ms": statistics.median(openings),
        "open_p95_ms": percentile(openings, 95),
        "open_largest_ms": statistics.median(largest),
        "batch_loop_ms": batch,
        "batch_loop_p99_ms": batch_p99,
    }


def main() -> int:
    """Fill a store and measure it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = (options.keep or Path(temporary)) / "conversations.db"
        begun = time.perf_counter()
        if not path.exists():
            asyncio.run(make(path))
            fill(path, options.messages)
        filled = time.perf_counter() - begun
        size = path.stat().st_size
        figures = asyncio.run(measure(path))
    figures["megabytes"] = round(size / 1e6)
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}
    missed = [name for name, most in TARGETS.items() if figures[name] > most]
    result = {"messages": options.messages, "fill_s": round(filled, 1), **rounded, "missed": missed}
    lines = [f"{key:18} {value}" for key, value in result.items()]
    report({"benchmark": "storage", **result}, lines)
    return 1 if missed else 0


async def make(path: Path) -> None:
    """An empty store."""
    store = ConversationStore(path)
    await store.open()
    await store.close()


if __name__ == "__main__":
    sys.exit(main())
