"""Kills the real program while it streams, and looks at what the store has: for a test and a benchmark."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from desktop_agent.storage import ConversationStore
from loopback import LoopbackServer, Reply

CHUNKS = [f"word{number:05d} " for number in range(20_000)]
WHOLE = "".join(CHUNKS)
STREAM = Reply(chunks=CHUNKS, rate=400)
LONGEST_SECONDS = 1.2
"""A program is killed within these seconds of the first text that it shows."""

_AT_ONCE = 4
_PROGRAM = """
import asyncio, sys, time
from desktop_agent.app import run_window
from desktop_agent.config.provider import make_provider

async def script(parts):
    received = 0
    def tell(batch):
        nonlocal received
        received += sum(len(getattr(event, "content", "")) for event in batch)
        print(time.monotonic(), received, flush=True)
    parts.runner.batch_received.connect(tell)
    parts.window.composer.set_text("Go")
    parts.window.composer.send_button.click()
    await asyncio.Event().wait()

run_window(make_provider(sys.argv[1], "m", "sk-canary-0123456789"), script=script, restores=False)
"""


@dataclass
class Kills:
    """What the kills showed.

    Attributes:
        seconds_lost: Of each kill, how long the oldest text that is not in the store had been shown; 0 if
            all of it is there.
        faults: Everything that went wrong.
    """

    seconds_lost: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def kill_at_random(server: LoopbackServer, folder: Path, count: int, seed: int) -> Kills:
    """Start and kill `count` programs, each with a home of its own below `folder`."""
    server.reply = STREAM
    chance = random.Random(seed)
    delays = [chance.random() * LONGEST_SECONDS for _ in range(count)]
    kills = Kills()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        homes = [folder / f"home{number}" for number in range(count)]
        for lost, fault in pool.map(lambda home, delay: _kill(server, home, delay), homes, delays):
            kills.seconds_lost.append(lost)
            if fault:
                kills.faults.append(fault)
    return kills


def _kill(server: LoopbackServer, home: Path, delay: float) -> tuple[float, str]:
    shown, killed_at = _stream_and_kill(server, home, delay)
    if not shown:
        return 0.0, f"{home.name}: nothing was shown"
    return asyncio.run(_look(home, shown, killed_at))


def _stream_and_kill(
    server: LoopbackServer, home: Path, delay: float
) -> tuple[list[tuple[float, int]], float]:
    """When how many characters were shown, and when the program was killed."""
    environment = {**os.environ, "DESKTOP_AGENT_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, server.base_url],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        deadline = time.monotonic() + delay
        while lines[-1] and time.monotonic() < deadline:
            lines.append(process.stdout.readline())
        killed_at = time.monotonic()
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    pairs = [line.split() for line in lines if line.endswith("\n")]
    return [(float(when), int(length)) for when, length in pairs], killed_at


async def _look(home: Path, shown: list[tuple[float, int]], killed_at: float) -> tuple[float, str]:
    """What a new start finds: how old the oldest text is that is lost, and what is wrong."""
    store = ConversationStore(home / "data" / "conversations.db")
    try:
        status = await store.open()
        (conversation,) = await store.conversations()
        question, *replies = await store.messages(conversation.id)
        damage = await store.check(full=True)
    finally:
        await store.close()
    kept = replies[0].message.to_text() if replies else ""
    lost = max([0.0, *(killed_at - when for when, length in shown if length > len(kept))])
    if damage or status.is_read_only:
        return lost, f"{home.name}: {damage or status.reason}"
    if question.message.to_text() != "Go":
        return lost, f"{home.name}: the question is {question.message.to_text()!r}"
    if replies and (replies[0].state != "interrupted" or status.recovered != 1):
        return lost, f"{home.name}: the reply is {replies[0].state}, {status.recovered} recovered"
    if not WHOLE.startswith(kept):
        return lost, f"{home.name}: what is kept was never sent: {kept[-40:]!r}"
    return lost, ""
