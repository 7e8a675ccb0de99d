"""The log of a run says what `Console` prints."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from agent_runs import assistant, collect
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.messages import (
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.ui import Console
from desktop_agent.chat import stream_log
from desktop_agent.chat.stream_log import StreamLog, text_of
from loopback import LoopbackServer, Reply


async def web_search(query: str) -> str:
    """Find information on the web."""
    return "AutoGen is a programming framework for building multi-agent applications."


CALL = ("c1", "web_search", '{"query": "AutoGen"}')
SCRIPT = (
    Reply("Let me look.", thought=["Hm", "."], tool_calls=[CALL], usage=(9, 5)),
    Reply("AutoGen is a framework.", usage=(20, 6)),
)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """It thinks, says something, calls a tool and answers; twice."""
    with LoopbackServer() as running:
        running.enqueue(*SCRIPT, *SCRIPT)
        yield running


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_the_headers_are_those_of_console(
    server: LoopbackServer, capsys: pytest.CaptureFixture[str], streams: bool
) -> None:
    log = StreamLog(TextMessage(content="Find AutoGen.", source="user"))

    async def main() -> None:
        agent = assistant(server, tools=[web_search], reflect_on_tool_use=True, model_client_stream=streams)
        await Console(agent.run_stream(task="Find AutoGen."), output_stats=True)
        await agent.close()
        other = assistant(server, tools=[web_search], reflect_on_tool_use=True, model_client_stream=streams)
        question = [TextMessage(content="Find AutoGen.", source="user")]
        log.add(await collect(other.on_messages_stream(question, CancellationToken())))
        await other.close()

    asyncio.run(main())
    printed = [line for line in capsys.readouterr().out.split("\n") if line.startswith("----------")]
    assert [entry.name for entry in log.entries if entry.kind == "header"] == printed
    names = [entry.name for entry in log.entries if entry.kind != "header"]
    assert names[0] == "TextMessage"
    assert names[-2:] == ["TextMessage", "TaskResult"]
    assert "ToolCallExecutionEvent" in names


def test_pieces_fold_into_one_entry() -> None:
    log = StreamLog()
    chunks = [ModelClientStreamingChunkEvent.of(f"{n} ", "assistant", "m", {}) for n in range(214)]
    log.add(chunks[:100])
    log.add(chunks[100:])
    _, entry = log.entries
    assert entry.detail.endswith("214")
    assert entry.value()["content"] == "".join(chunk.content for chunk in chunks)
    log.add([ThoughtEvent(content="Hm.", source="assistant")])
    log.add(chunks[:1])
    assert [each.kind for each in log.entries] == ["header", "pieces", "header", "event", "header", "pieces"]


def test_no_secret_gets_in() -> None:
    key = "sk-abcdefghijklmnop1234"
    log = StreamLog(TextMessage(content=f"My key is {key}.", source="user"))
    log.add([ModelClientStreamingChunkEvent.of(f"{key} ", "assistant", "m", {})])
    log.add([ModelClientStreamingChunkEvent.of("sk-abcdef", "assistant", "m", {})])
    log.add([ModelClientStreamingChunkEvent.of("ghijklmnop", "assistant", "m", {})])
    log.add([Response(chat_message=TextMessage(content=f"Bearer {key}", source="assistant"))])
    everything = "\n".join([*log.json_lines(), *(json.dumps(entry.value()) for entry in log.entries)])
    assert key not in everything
    assert "sk-abcdefghijklmnop" not in json.dumps(log.entries[3].value())
    assert everything.count("(hidden)") >= 4


def test_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_log, "KEPT", 50)
    log = StreamLog(TextMessage(content="Hi", source="user"))
    for number in range(30):
        log.add([ThoughtEvent(content=str(number), source="assistant")])
    log.add([ModelClientStreamingChunkEvent.of("x", "assistant", "m", {}) for _ in range(45)])
    events = sum(len(entry.data) for entry in log.entries)
    assert events == 50
    assert log.dropped
    thoughts = [entry.data[0]["content"] for entry in log.entries if entry.kind == "event"]
    assert thoughts == [
        "25",
        "26",
        "27",
        "28",
        "29",
    ]
    log.add([ModelClientStreamingChunkEvent.of("x", "assistant", "m", {}) for _ in range(60)])
    assert sum(len(entry.data) for entry in log.entries) == 50


def test_what_is_saved_can_be_read(server: LoopbackServer) -> None:
    log = StreamLog(TextMessage(content="Hi", source="user"))

    async def main() -> None:
        agent = assistant(server, tools=[web_search], model_client_stream=True)
        log.add(
            await collect(
                agent.on_messages_stream([TextMessage(content="Hi", source="user")], CancellationToken())
            )
        )
        await agent.close()

    asyncio.run(main())
    lines = [json.loads(line) for line in log.json_lines()]
    kinds = [line["event"] for line in lines]
    assert kinds[0] == "TextMessage"
    assert kinds[-1] == TaskResult.__name__
    request = lines[kinds.index(ToolCallRequestEvent.__name__)]["data"]
    assert request["content"][0]["arguments"] == '{"query": "AutoGen"}'
    assert [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)
    assert "ToolCallRequestEvent" in "\n".join(text_of(entry) for entry in log.entries)
