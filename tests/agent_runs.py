"""Runs of agents as lists: what the tests of the agent library share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient

if TYPE_CHECKING:
    from loopback import LoopbackServer


def client_of(server: LoopbackServer, **options: Any) -> OpenAIChatCompletionClient:
    """The real client of a loopback server."""
    options = {
        "model": "gpt-4o-mini",
        "base_url": server.base_url,
        "timeout": 60.0,
        "max_retries": 0,
        **options,
    }
    return OpenAIChatCompletionClient(**options)


def assistant(server: LoopbackServer, **options: Any) -> AssistantAgent:
    """An agent whose model is a loopback server."""
    return AssistantAgent("assistant", client_of(server), **options)


async def collect(stream: AsyncGenerator[Any, None]) -> list[Any]:
    """All items of a stream."""
    async with aclosing(stream):
        return [item async for item in stream]


async def watch(stream: AsyncGenerator[Any, None], seen: list[Any]) -> None:
    """Put all items of a stream into `seen`: those before an error are there, too."""
    async with aclosing(stream):
        async for item in stream:
            seen.append(item)  # noqa: PERF401 - see above


def run_task(agent: AssistantAgent, task: Any = "Hi", **options: Any) -> list[Any]:
    """All items of `run_stream`; the agent is closed."""

    async def main() -> list[Any]:
        try:
            return await collect(agent.run_stream(task=task, **options))
        finally:
            await agent.close()

    return asyncio.run(main())


def names(items: list[Any]) -> list[str]:
    """The classes of the items; chunks are folded: C for the answer's, T for the thought's."""
    found: list[str] = []
    for item in items:
        name = type(item).__name__
        if isinstance(item, ModelClientStreamingChunkEvent):
            name = "T" if item.metadata.get("kind") == "thought" else "C"
        if not (name in {"C", "T", "ToolCallDeltaEvent"} and found and found[-1] == name):
            found.append(name)
    return found


def chunks(items: list[Any], kind: str | None = None) -> list[ModelClientStreamingChunkEvent]:
    """The chunks of one kind."""
    return [
        item
        for item in items
        if isinstance(item, ModelClientStreamingChunkEvent) and item.metadata.get("kind") == kind
    ]


def roles(messages: list[dict[str, Any]]) -> list[str]:
    """The roles in a request, calls told apart from answers."""
    return ["calls" if message.get("tool_calls") else str(message["role"]) for message in messages]
