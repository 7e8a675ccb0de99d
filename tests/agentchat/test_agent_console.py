"""What `Console` prints, to the letter."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from typing_extensions import override

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.errors import ConnectionFailedError
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage, ThoughtEvent
from desktop_agent.agentchat.models import CreateResult, RequestUsage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient
from desktop_agent.agentchat.ui import Console
from loopback import LoopbackServer, Reply

QUESTION = [TextMessage(content="Hi", source="user")]


def print_run(
    server: LoopbackServer, *, task: bool, stats: bool, stream: bool = True
) -> TaskResult | Response:
    """Print one reply of the server; as `run_stream` or as `on_messages_stream`."""

    async def main() -> TaskResult | Response:
        client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
        agent = AssistantAgent("assistant", client, model_client_stream=stream)
        try:
            if task:
                return await Console(agent.run_stream(task="Hi"), output_stats=stats)
            return await Console(agent.on_messages_stream(QUESTION, CancellationToken()), output_stats=stats)
        finally:
            await agent.close()

    return asyncio.run(main())


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    """Standard output, the duration set to 0.00."""
    return re.sub(r"Duration: \d+\.\d\d seconds", "Duration: 0.00 seconds", capsys.readouterr().out)


THOUGHT = """---------- ThoughtEvent (assistant) ----------
Let me think.
"""
USAGE = "[Prompt tokens: 7, Completion tokens: 3]\n"
TASK = """---------- TextMessage (user) ----------
Hi
"""
CHUNKS = """---------- ModelClientStreamingChunkEvent (assistant) ----------
tok0 tok1 tok2
"""
ANSWER = """---------- assistant ----------
tok0 tok1 tok2
"""
SUMMARY = """---------- Summary ----------
Number of {messages}
Total prompt tokens: 7
Total completion tokens: 3
Duration: 0.00 seconds
"""


@pytest.mark.parametrize("thought", [False, True])
@pytest.mark.parametrize("stats", [False, True])
@pytest.mark.parametrize("task", [False, True])
def test_streamed_reply(
    server: LoopbackServer, capsys: pytest.CaptureFixture[str], task: bool, stats: bool, thought: bool
) -> None:
    server.reply = Reply(text="tok0 tok1 tok2", thought="Let me think." if thought else (), usage=(7, 3))
    result = print_run(server, task=task, stats=stats)
    assert type(result) is (TaskResult if task else Response)
    expected = (TASK if task else "") + (THOUGHT if thought else "") + (CHUNKS if task else ANSWER)
    if stats:
        messages = f"messages: {3 if thought else 2}\nFinish reason: None"
        inner = f"inner messages: {1 if thought else 0}"
        expected += USAGE + SUMMARY.format(messages=messages if task else inner)
    assert printed(capsys) == expected


@pytest.mark.parametrize("stats", [False, True])
@pytest.mark.parametrize("task", [False, True])
def test_reply_that_is_not_streamed(
    server: LoopbackServer, capsys: pytest.CaptureFixture[str], task: bool, stats: bool
) -> None:
    server.reply = Reply(text="tok0 tok1 tok2", usage=(7, 3))
    print_run(server, task=task, stats=stats, stream=False)
    whole = CHUNKS.replace("ModelClientStreamingChunkEvent", "TextMessage")
    expected = TASK + whole if task else ANSWER
    if stats:
        messages = "messages: 2\nFinish reason: None" if task else "inner messages: 0"
        expected += USAGE + SUMMARY.format(messages=messages)
    assert printed(capsys) == expected


def chunk(text: str, message: str | None = "1", kind: str | None = None) -> ModelClientStreamingChunkEvent:
    metadata = {} if kind is None else {"kind": kind}
    return ModelClientStreamingChunkEvent(
        content=text, source="a", full_message_id=message, metadata=metadata
    )


def answer(text: str, message: str = "1") -> TextMessage:
    return TextMessage(id=message, content=text, source="a")


async def play(*items: Any) -> AsyncGenerator[Any, None]:
    for item in items:
        if isinstance(item, BaseException):
            raise item
        yield item


END = TaskResult(messages=[])
HEAD = "---------- a ----------\n"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # The ids of another library's chunks do not match, the text does.
        ([chunk("x", None), chunk("y", None), answer("xy", "9")], f"{HEAD}xy\n"),
        ([chunk("x", "8"), answer("x", "9")], f"{HEAD}x\n"),
        # The message says more than its chunks.
        ([chunk("x"), answer("xyz")], f"{HEAD}xyz\n"),
        # The message says something else.
        ([chunk("x"), answer("z")], f"{HEAD}x\n---------- TextMessage (a) ----------\nz\n"),
        # An event in the middle.
        (
            [chunk("x"), ThoughtEvent(content="t", source="b"), chunk("y"), answer("xy")],
            f"{HEAD}x\n---------- ThoughtEvent (b) ----------\nt\n{HEAD}y\n",
        ),
        # Two messages, one after the other.
        ([chunk("x"), answer("x"), chunk("y", "2"), answer("y", "2")], f"{HEAD}x\n{HEAD}y\n"),
        # Two in turn.
        (
            [chunk("x"), chunk("p", "2"), chunk("y"), answer("xy"), answer("p", "2")],
            f"{HEAD}x\n{HEAD}p\n{HEAD}y\n",
        ),
        # A thought that came whole, before an answer in chunks.
        (
            [ThoughtEvent(content="t", source="a"), chunk("x"), answer("x")],
            f"---------- ThoughtEvent (a) ----------\nt\n{HEAD}x\n",
        ),
        # Nothing in it.
        ([answer("")], "---------- TextMessage (a) ----------\n\n"),
    ],
)
def test_nothing_twice_and_nothing_left_out(
    capsys: pytest.CaptureFixture[str], items: list[Any], expected: str
) -> None:
    asyncio.run(Console(play(*items, END)))
    assert capsys.readouterr().out == expected


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b]0;title\x07\x1b[2Jb\x9b31m\r\x00\x7f\tc\nd\ud83d"
    asyncio.run(Console(play(chunk(evil), answer(evil), answer(evil, "2"), END)))
    out = capsys.readouterr().out
    assert "a]0;title[2Jb31m\tc\nd\ufffd\n" in out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", out)


def test_narrow_encodings_do_not_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, encoding="ascii"))
    asyncio.run(Console(play(chunk("naïve 字"), answer("naïve 字"), END)))
    assert data.getvalue() == f"{HEAD}na?ve ?\n".encode()


def test_chunks_are_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, encoding="utf-8"))
    seen: list[bytes] = []

    async def watched() -> AsyncGenerator[Any, None]:
        for item in (chunk("x"), chunk("y"), answer("xy"), END):
            yield item
            seen.append(data.getvalue())

    asyncio.run(Console(watched()))
    assert [text.removeprefix(HEAD.encode()) for text in seen] == [b"x", b"xy", b"xy\n", b"xy\n"]


def test_stream_without_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="No TaskResult or Response was processed"):
        asyncio.run(Console(play(answer("x"))))


def test_failure_ends_the_line(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.reply = Reply(text="tok0 tok1 tok2", fault="drop", fault_after=2)
    with pytest.raises(ConnectionFailedError):
        print_run(server, task=False, stats=True)
    assert capsys.readouterr().out == "---------- assistant ----------\ntok0 tok1 \n"


def test_closed_pipe_is_the_callers_and_closes_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        @override
        def write(self, text: str, /) -> int:
            raise BrokenPipeError

    closed: list[bool] = []

    async def watched() -> AsyncGenerator[Any, None]:
        try:
            yield chunk("x")
            yield END
        finally:
            closed.append(True)

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        asyncio.run(Console(watched()))
    assert closed == [True]


def test_last_result_is_returned() -> None:
    first, last = TaskResult(messages=[]), TaskResult(messages=[], stop_reason="last")
    assert asyncio.run(Console(play(first, last))) is last


def test_usage_of_everything_seen_is_summed(capsys: pytest.CaptureFixture[str]) -> None:
    usage = RequestUsage(prompt_tokens=2, completion_tokens=1)
    replies = [CreateResult(finish_reason="stop", content=text, usage=usage, cached=False) for text in "ab"]
    agent = AssistantAgent("a", ReplayChatCompletionClient(replies), model_client_stream=True)

    async def both() -> AsyncGenerator[Any, None]:
        for _ in range(2):
            async for item in agent.run_stream(task="Hi"):
                yield item

    asyncio.run(Console(both(), output_stats=True))
    assert "Total prompt tokens: 4\nTotal completion tokens: 2\n" in capsys.readouterr().out
