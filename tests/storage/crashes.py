"""Kills a program that writes to a store, at random moments, and looks at what is left.

A round is a fork of this process, so that ten thousand of them take minutes rather than hours: to be used
where no other threads run, and not on Windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from desktop_agent.storage import ConversationStore, replies

if TYPE_CHECKING:
    from pathlib import Path

    from desktop_agent.storage import ReplyJournal

ROUNDS_PER_STORE = 100
LONGEST_PIECES = 40
"""Pieces of a reply before it ends and the next one begins."""


@dataclass
class Outcome:
    """What came of all rounds. Only `oldest_lost_ms` may be other than 0 without a fault."""

    rounds: int = 0
    acknowledged: int = 0
    pieces: int = 0
    lost: int = 0
    corrupt: int = 0
    gaps: int = 0
    recovered: int = 0
    oldest_lost_ms: list[float] = field(default_factory=list)
    """Of each round: the age, when the process was killed, of the oldest piece of text that was lost."""


# --- The process that is killed


def write_until_killed(path: Path, report: int, seed: int) -> NoReturn:
    """Append messages and stream replies; tell the file descriptor `report` what was done, a line each.

    "A id length": a message is acknowledged. "P id number": a piece of a reply was put. "D id": the reply is
    acknowledged.
    """
    chance = random.Random(seed)

    def tell(*words: object) -> None:
        os.write(report, (" ".join(map(str, (*words, time.monotonic()))) + "\n").encode())

    async def stream(journal: ReplyJournal) -> None:
        for number in range(chance.randrange(LONGEST_PIECES)):
            piece = ModelClientStreamingChunkEvent.of(f"{number} ", "assistant", "answer", {})
            journal.put(piece)
            tell("P", journal.message_id, number)
            await asyncio.sleep(chance.random() * 0.004)

    async def run() -> None:
        store = ConversationStore(path)
        await store.open()
        conversation = await store.create_conversation(f"seed {seed}")
        tell("B")
        while True:
            text = f"text {chance.random()} " * chance.randrange(1, 200)
            message_id = await store.append_message(conversation, TextMessage(content=text, source="user"))
            tell("A", message_id, len(text))
            journal = await store.begin_reply(conversation, "assistant")
            await stream(journal)
            if chance.random() < 0.7:
                await journal.finish(None, "complete")
                tell("D", journal.message_id)

    asyncio.run(run())
    os._exit(1)  # never reached


# --- The process that kills


def started(path: Path, seed: int, batch_seconds: float) -> tuple[int, int]:
    """A process that writes: its id, and where it tells what it does."""
    reading, writing = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        os.close(reading)
        replies.BATCH_SECONDS = batch_seconds  # type: ignore[misc]  # as if it were a constant of this process
        write_until_killed(path, writing, seed)
    os.close(writing)
    return process_id, reading


def kill_after(process_id: int, reading: int, seconds: float) -> tuple[list[list[str]], float]:
    """What the process told, and when it was killed; `seconds` count from its first word."""
    told = b""
    while not told:
        told = os.read(reading, 1 << 16)
    deadline = time.monotonic() + seconds
    os.set_blocking(reading, False)
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 0.01))
        with contextlib.suppress(BlockingIOError):
            told += os.read(reading, 1 << 20)
    os.kill(process_id, signal.SIGKILL)
    killed = time.monotonic()
    os.waitpid(process_id, 0)
    os.set_blocking(reading, True)
    while more := os.read(reading, 1 << 20):
        told += more
    os.close(reading)
    return [line.split() for line in told.decode().splitlines()], killed


def look(path: Path, told: list[list[str]], killed: float, outcome: Outcome) -> None:
    """Open what is left and compare it with what was told."""

    async def opened() -> int:
        store = ConversationStore(path)
        try:
            status = await store.open()
            assert not status.reason, status.reason
            return status.recovered
        finally:
            await store.close()

    outcome.rounds += 1
    outcome.recovered += asyncio.run(opened())
    put: dict[int, list[float]] = {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            outcome.corrupt += 1
        if connection.execute("SELECT count(*) FROM messages WHERE state = 'streaming'").fetchone()[0]:
            outcome.corrupt += 1
        texts = {
            key: json.loads(body)["content"]
            for key, body in connection.execute("SELECT id, body FROM messages")
        }
    complete = {int(words[1]) for words in told if words[0] == "D"}
    for words in told:
        if words[0] == "A":
            outcome.acknowledged += 1
            outcome.lost += len(texts.get(int(words[1]), "")) != int(words[2])
        elif words[0] == "P":
            put.setdefault(int(words[1]), []).append(float(words[3]))
    oldest = 0.0
    for message_id, times in put.items():
        outcome.pieces += len(times)
        pieces = texts.get(message_id, "").split()
        outcome.gaps += pieces != [str(number) for number in range(len(pieces))]
        outcome.lost += message_id in complete and len(pieces) < len(times)
        if len(pieces) < len(times):
            oldest = max(oldest, (killed - times[len(pieces)]) * 1000)
    outcome.oldest_lost_ms.append(round(oldest, 1))


def rounds(folder: Path, count: int, longest: float, batch_seconds: float, seed: int = 1) -> Outcome:
    """Kill `count` processes, each after at most `longest` seconds of writing.

    Args:
        folder: For the stores; a new one every `ROUNDS_PER_STORE` rounds.
        count: How many.
        longest: Seconds.
        batch_seconds: In place of the journal's 0.25 s, so that short rounds have many batches.
        seed: Of the random moments.
    """
    outcome, chance = Outcome(), random.Random(seed)
    for number in range(count):
        path = folder / str(number // ROUNDS_PER_STORE) / "conversations.db"
        process_id, reading = started(path, seed * 1_000_000 + number, batch_seconds)
        told, killed = kill_after(process_id, reading, chance.random() * longest)
        look(path, told, killed, outcome)
    return outcome
