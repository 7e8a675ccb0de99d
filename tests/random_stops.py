"""Stops replies at random moments and looks at what is left: for a test and, more often, a benchmark."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from contextlib import aclosing
from dataclasses import dataclass, field

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from loopback import LoopbackServer, Reply

LONGEST_SECONDS = 0.04
"""Stops come within these seconds, of the question or, by turns, of the first text: while connecting, before
the headers, before and in the text."""

SLOW = Reply(text="word " * 20, repeat=250, rate=400)
SHORT = Reply(text="Still here.")
FRESH_EVERY = 4  # stops of a client that has no connection yet; else nearly all would come while connecting
RESET_EVERY = 10  # else the conversation, which is sent each time, would grow and grow


@dataclass
class Stops:
    """What the stops showed: seconds until the server saw each close, and everything that went wrong."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    before_request: int = 0
    before_text: int = 0


async def stop_at_random(server: LoopbackServer, count: int, seed: int) -> Stops:
    """Stop `count` replies, by token, by task and from a thread; after each, ask the same agent again."""
    chance = random.Random(seed)
    stops = Stops()
    agent = _agent(server)
    for number in range(count):
        await _stop(server, agent, chance.random() * LONGEST_SECONDS, number, stops)
        server.reply = SHORT
        result = await agent.run(task="Go on")
        if result.messages[-1].to_text() != SHORT.text:
            stops.faults.append(f"{number}: the next answer was {result.messages[-1].to_text()!r}")
        if number % RESET_EVERY == 0:
            await agent.on_reset(CancellationToken())
    await agent.close()
    return stops


def _agent(server: LoopbackServer) -> AssistantAgent:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    return AssistantAgent("assistant", client, model_client_stream=True)


async def _stop(
    server: LoopbackServer, agent: AssistantAgent, delay: float, number: int, stops: Stops
) -> None:
    server.reply = SLOW
    fresh = number % FRESH_EVERY == 0
    if fresh:
        await agent.close()
    requests, chunks, token = len(server.requests), 0, CancellationToken()
    begins = asyncio.Event()

    async def consume() -> None:
        nonlocal chunks
        async with aclosing(agent.run_stream(task="Hi", cancellation_token=token)) as stream:
            async for item in stream:
                chunks += 1
                if chunks == 2:
                    begins.set()
                if isinstance(item, TaskResult):
                    stops.faults.append(f"{number}: it ended before it was stopped")

    task = asyncio.create_task(consume())
    if number % 2:
        await begins.wait()
    await asyncio.sleep(delay)
    begun = time.monotonic()
    if number % 3 == 0:
        token.cancel()
    elif number % 3 == 1:
        task.cancel()
    else:
        thread = threading.Thread(target=token.cancel)
        thread.start()
        thread.join()
    await asyncio.wait([task], timeout=30)
    if not task.cancelled():
        stops.faults.append(f"{number}: {task!r}")
        task.cancel()
    closed = await asyncio.to_thread(server.wait_closed if fresh else server.wait_idle)
    stops.seconds.append(max(0.0, closed - begun))
    stops.before_request += len(server.requests) == requests
    stops.before_text += chunks <= 1
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        stops.faults.append(f"{number}: tasks are left: {left}")
