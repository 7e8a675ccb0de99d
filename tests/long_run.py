"""A long reply, and what it holds on to while it runs: for a test and, ten times as long, a benchmark."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from contextlib import aclosing
from dataclasses import dataclass

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient

LOOKS = 20


@dataclass
class LongRun:
    """The most that was held at any look; memory in bytes, as Python counts it."""

    chunks: int = 0
    callbacks: int = 0
    tasks: int = 0
    events: int = 0
    memory_tenth: int = 0
    memory_end: int = 0
    cpu_seconds: float = 0.0


async def consume_long_reply(url: str, chunks: int) -> LongRun:
    """Run an agent on a reply of `chunks` chunks; look at what is held now and then."""
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=url, api_key="none")
    agent = AssistantAgent("assistant", client, model_client_stream=True)
    token, run = CancellationToken(), LongRun()
    begun = time.process_time()
    tracemalloc.start()
    try:
        async with aclosing(agent.run_stream(task="Hi", cancellation_token=token)) as stream:
            async for item in stream:
                if type(item) is not ModelClientStreamingChunkEvent:
                    continue
                run.chunks += 1
                if run.chunks % (chunks // LOOKS) == 0:
                    _look(run, token)
                if run.chunks == chunks // 10:
                    run.memory_tenth = tracemalloc.get_traced_memory()[0]
                elif run.chunks == chunks:
                    run.memory_end = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        await agent.close()
    run.cpu_seconds = time.process_time() - begun
    return run


def _look(run: LongRun, token: CancellationToken) -> None:
    gc.collect()
    events = sum(type(each) is ModelClientStreamingChunkEvent for each in gc.get_objects())
    run.callbacks = max(run.callbacks, len(token._callbacks))
    run.tasks = max(run.tasks, len(asyncio.all_tasks()))
    run.events = max(run.events, events)
