"""Tokens that a server does not count are estimated, and the message says so."""

from __future__ import annotations

import asyncio

import pytest

from agent_runs import assistant, names, run_task
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.conditions import TokenUsageTermination
from desktop_agent.agentchat.models import CreateResult, RequestUsage, SystemMessage, UserMessage
from desktop_agent.agentchat.models.token_estimate import estimated_tokens, tokens_of_reply
from desktop_agent.agentchat.tools import FunctionTool
from loopback import LoopbackServer, Reply

LABEL = {"usage": "estimated"}
both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


async def weather(city: str) -> str:
    """Tell the weather."""
    return city


def prompt() -> int:
    return estimated_tokens(
        [SystemMessage(content="Be brief."), UserMessage(content="Hi", source="user")],
        [FunctionTool(weather, "Tell the weather.")],
    )


@both
def test_answer(server: LoopbackServer, stream: bool) -> None:
    server.reply = Reply(text="One two three four", thought="Hmm." * 4)
    agent = assistant(server, tools=[weather], system_message="Be brief.", model_client_stream=stream)
    answer = run_task(agent)[-2]
    assert answer.models_usage == RequestUsage(prompt_tokens=prompt(), completion_tokens=5 + 4)
    assert answer.metadata == LABEL


@both
def test_calls(server: LoopbackServer, stream: bool) -> None:
    server.reply = Reply(tool_calls=[("1", "weather", '{"city": "Oslo"}')])
    agent = assistant(server, tools=[weather], system_message="Be brief.", model_client_stream=stream)
    items = run_task(agent)
    assert names(items)[1] == "ToolCallRequestEvent"
    assert items[1].models_usage == RequestUsage(prompt_tokens=prompt(), completion_tokens=2 + 4)
    assert items[1].metadata == LABEL


def test_what_a_server_counted_is_no_estimate(server: LoopbackServer) -> None:
    server.reply = Reply(text="One", usage=(1, 0))
    answer = run_task(assistant(server, model_client_stream=True))[-2]
    assert (answer.models_usage, answer.metadata) == (RequestUsage(1, 0), {})


def test_termination_by_tokens(server: LoopbackServer) -> None:
    """AutoGen's never comes to pass with a stream, because it does not ask for usage."""
    server.reply = Reply(text="word " * 100)
    result = run_task(assistant(server, model_client_stream=True))[-1]
    assert isinstance(result, TaskResult)
    for limit, ends in ((100, True), (10_000, False)):
        condition = TokenUsageTermination(max_total_token=limit)
        assert (asyncio.run(condition(result.messages)) is not None) is ends


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("four", 1), ("fives", 2), ("字x", 2), ("\ud83dx", 2)])
def test_tokens_of_texts(text: str, tokens: int) -> None:
    usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
    result = CreateResult(finish_reason="stop", content=text, usage=usage, cached=False)
    assert tokens_of_reply(result) == tokens
