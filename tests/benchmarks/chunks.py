"""CPU time a chunk, from socket to consumer: our agent, plain httpx2 with json, AutoGen if it is here.

Targets: our agent at most twice as much as plain httpx2, and a fifth of AutoGen's; Console to a file 60 µs.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx2

from benchmarks._measure import interleaved, report, server_process
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.models import ModelInfo, UserMessage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.ui import Console

CHUNKS = 5_000
ROUNDS = 7
TOKEN = "token "
BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
INFO = ModelInfo(
    vision=False, function_calling=False, json_output=False, family="unknown", structured_output=False
)
# How the server sends: as fast as it goes; one event a write, each awaited; a whole buffer at once.
MODES: dict[str, dict[str, Any]] = {
    "one event a write": {},
    "one event a read": {"rate": 3_000},
    "50 events a write": {"per_write": 50},
}


@contextlib.contextmanager
def to_file() -> Iterator[None]:
    """Let what is printed go to a file."""
    with Path(os.devnull).open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        yield


async def plain(url: str) -> int:
    """httpx2 and json, and nothing else."""
    count = 0
    async with (
        httpx2.AsyncClient(timeout=60) as client,
        client.stream("POST", f"{url}/chat/completions", json=BODY) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content"):
                    count += 1
    return count


def our_client(url: str) -> OpenAIChatCompletionClient:
    return OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=url, api_key="none", model_info=INFO)


async def client_alone(url: str) -> int:
    """Our client without an agent."""
    client, count = our_client(url), 0
    async for item in client.create_stream([UserMessage(content="Hi", source="user")]):
        count += isinstance(item, str)
    await client.close()
    return count


async def agent(url: str) -> int:
    """Our agent."""
    one, count = AssistantAgent("assistant", our_client(url), model_client_stream=True), 0
    async for item in one.run_stream(task="Hi"):
        count += isinstance(item, ModelClientStreamingChunkEvent)
    await one.close()
    return count


async def console(url: str) -> int:
    """Our agent and Console, to a file."""
    one = AssistantAgent("assistant", our_client(url), model_client_stream=True)
    with to_file():
        await Console(one.run_stream(task="Hi"))
    await one.close()
    return CHUNKS


def autogen_ways() -> dict[str, Any]:
    """AutoGen's agent and Console, if they are installed in this environment."""
    if any(importlib.util.find_spec(name) is None for name in ("autogen_agentchat", "autogen_ext")):
        return {}
    agents = importlib.import_module("autogen_agentchat.agents")
    ui = importlib.import_module("autogen_agentchat.ui")
    openai = importlib.import_module("autogen_ext.models.openai")
    messages = importlib.import_module("autogen_agentchat.messages")

    def made(url: str) -> Any:
        info = dict(INFO)
        client = openai.OpenAIChatCompletionClient(
            model="gpt-4o-mini", base_url=url, api_key="none", model_info=info
        )
        return client, agents.AssistantAgent("assistant", client, model_client_stream=True)

    async def agent_of_autogen(url: str) -> int:
        (client, one), count = made(url), 0
        async for item in one.run_stream(task="Hi"):
            count += isinstance(item, messages.ModelClientStreamingChunkEvent)
        await client.close()
        return count

    async def console_of_autogen(url: str) -> int:
        client, one = made(url)
        with to_file():
            await ui.Console(one.run_stream(task="Hi"))
        await client.close()
        return CHUNKS

    return {"autogen agent": agent_of_autogen, "autogen console": console_of_autogen}


def main() -> int:
    """Measure all ways in all modes."""
    warnings.simplefilter("ignore")
    ways = {"httpx": plain, "client": client_alone, "agent": agent, "console": console, **autogen_ways()}
    results: dict[str, Any] = {}
    lines = [f"CPU time a chunk in µs, median of {ROUNDS} rounds of {CHUNKS:,} chunks"]
    for mode, options in MODES.items():
        with server_process(text=TOKEN, repeat=CHUNKS, **options) as url:
            timings = {name: each.summary() for name, each in interleaved(ways, url, CHUNKS, ROUNDS).items()}
        cost = {name: each["cpu_us"] for name, each in timings.items()}
        ratios = {"agent / httpx": round(cost["agent"] / cost["httpx"], 2)}
        if "autogen agent" in cost:
            ratios["agent / autogen agent"] = round(cost["agent"] / cost["autogen agent"], 3)
        results[mode] = {"ways": timings, "ratios": ratios}
        lines += ["", f"{mode}:"]
        lines += [
            f"  {name:16} {each['cpu_us']:8.1f}   (best {each['best_cpu_us']:.1f})"
            for name, each in timings.items()
        ]
        lines += [f"  {name}: {ratio}" for name, ratio in ratios.items()]
    result = {"benchmark": "chunks", "chunks": CHUNKS, "rounds": ROUNDS, "python": platform.python_version()}
    report({**result, "modes": results}, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
