"""What `Console` prints of tools, pictures and calls under way, to the letter."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from typing import Any

import pytest
from typing_extensions import override

from agent_runs import assistant
from desktop_agent.agentchat import CancellationToken, Image
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.messages import MultiModalMessage, TextMessage
from desktop_agent.agentchat.ui import Console
from loopback import LoopbackServer, Reply

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
QUESTION = [TextMessage(content="Hi", source="user")]
REQUEST = """---------- ToolCallRequestEvent (assistant) ----------
[FunctionCall(id='1', arguments='{"city": "Oslo"}', name='weather')]
"""
EXECUTION = """---------- ToolCallExecutionEvent (assistant) ----------
[FunctionExecutionResult(content='warm', name='weather', call_id='1', is_error=False)]
"""
TASK = "---------- TextMessage (user) ----------\nHi\n"


async def weather(city: str) -> str:
    """Tell the weather."""
    return "warm"


def print_run(server: LoopbackServer, *, task: bool = True, stats: bool = False, **options: Any) -> None:
    server.enqueue(
        Reply(text="Let me look.", tool_calls=[("1", "weather", '{"city": "Oslo"}')], usage=(9, 4))
    )
    server.enqueue(Reply(text="It is warm.", usage=(20, 3)))
    agent = assistant(server, tools=[weather], **options)

    async def main() -> None:
        if task:
            await Console(agent.run_stream(task="Hi"), output_stats=stats)
        else:
            await Console(agent.on_messages_stream(QUESTION, CancellationToken()), output_stats=stats)
        await agent.close()

    asyncio.run(main())


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return re.sub(r"Duration: \d+\.\d\d seconds", "Duration: 0.00 seconds", capsys.readouterr().out)


def test_run_with_a_tool(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    print_run(server, stats=True, model_client_stream=True, reflect_on_tool_use=True)
    chunks = "---------- ModelClientStreamingChunkEvent (assistant) ----------\n"
    assert printed(capsys) == (
        f"{TASK}{chunks}Let me look.\n"
        f"{REQUEST}[Prompt tokens: 9, Completion tokens: 4]\n{EXECUTION}"
        f"{chunks}It is warm.\n[Prompt tokens: 20, Completion tokens: 3]\n"
        "---------- Summary ----------\nNumber of messages: 5\nFinish reason: None\n"
        "Total prompt tokens: 29\nTotal completion tokens: 7\nDuration: 0.00 seconds\n"
    )


def test_run_with_a_tool_that_is_not_streamed(
    server: LoopbackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    print_run(server)
    assert printed(capsys) == (
        f"{TASK}---------- ThoughtEvent (assistant) ----------\nLet me look.\n{REQUEST}{EXECUTION}"
        "---------- ToolCallSummaryMessage (assistant) ----------\nwarm\n"
    )


def test_messages_with_a_tool(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    print_run(server, task=False, stats=True, model_client_stream=True, reflect_on_tool_use=True)
    assert printed(capsys) == (
        "---------- assistant ----------\nLet me look.\n"
        f"{REQUEST}[Prompt tokens: 9, Completion tokens: 4]\n{EXECUTION}"
        "---------- assistant ----------\nIt is warm.\n[Prompt tokens: 20, Completion tokens: 3]\n"
        "---------- Summary ----------\nNumber of inner messages: 3\n"
        "Total prompt tokens: 29\nTotal completion tokens: 7\nDuration: 0.00 seconds\n"
    )


def test_calls_under_way(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    print_run(server, model_client_stream=True, stream_tool_call_deltas=True)
    assert (
        f'\n---------- ToolCallDeltaEvent (assistant) ----------\nweather {{"city": "Oslo"}}\n{REQUEST}'
    ) in printed(capsys)


async def picture() -> Any:
    yield MultiModalMessage(content=["A\x1b map", Image(PNG)], source="user")
    yield TaskResult(messages=[])


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("is_terminal", "program", "no_inline_images", "shown"),
    [
        (True, "iTerm.app", False, f"\x1b]1337;File=inline=1:{Image(PNG).to_base64()}\a\n"),
        (True, "iTerm.app", True, "<image>"),
        (True, "xterm", False, "<image>"),
        (False, "iTerm.app", False, "<image>"),
    ],
)
def test_pictures(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, program: str, no_inline_images: bool, shown: str
) -> None:
    out = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM_PROGRAM", program)
    asyncio.run(Console(picture(), no_inline_images=no_inline_images))
    assert out.getvalue() == f"---------- MultiModalMessage (user) ----------\nA map\n{shown}\n"
