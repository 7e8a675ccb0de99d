"""What an agent yields before a failure, what it raises, and how it goes on; and thoughts between tags."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_runs import assistant, chunks, client_of, names, roles, run_task, watch
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.errors import (
    AgentError,
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from desktop_agent.agentchat.models import AssistantMessage, UserMessage
from loopback import LoopbackServer, Reply

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def fail(agent: AssistantAgent, error: type[Exception]) -> tuple[list[Any], list[Any], BaseException]:
    """What was seen before the failure, what is in the context, and the failure; then the agent goes on."""
    seen: list[Any] = []

    async def main() -> tuple[list[Any], BaseException]:
        with pytest.raises(error) as caught:
            await watch(agent.run_stream(task="Hi"), seen)
        kept = await agent.model_context.get_messages()
        answer = (await agent.run(task="Again")).messages[-1]
        assert answer.to_text() == "Hello from the loopback server."
        await agent.close()
        return kept, caught.value

    kept, failure = asyncio.run(main())
    return seen, kept, failure


@both
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (404, NotFoundError),
        (429, RateLimitError),
        (500, ServerError),
    ],
)
def test_refused_requests(server: LoopbackServer, status: int, error: type[AgentError], stream: bool) -> None:
    server.enqueue(Reply(status=status))
    seen, kept, failure = fail(assistant(server, model_client_stream=stream), error)
    assert names(seen) == ["TextMessage"]
    assert kept == [UserMessage(content="Hi", source="user")]
    assert failure.__cause__ is not None
    assert roles(server.requests[-1].body["messages"]) == ["system", "user", "user"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [("drop", ConnectionFailedError), ("error_object", AgentError), ("garbage", AgentError)],
)
@pytest.mark.parametrize("after", [0, 2])
def test_streams_that_break(server: LoopbackServer, fault: Any, error: type[AgentError], after: int) -> None:
    server.enqueue(Reply(text="one two three", fault=fault, fault_after=after))
    seen, kept, _ = fail(assistant(server, model_client_stream=True), error)
    assert "".join(chunk.content for chunk in chunks(seen)) == ("one two " if after else "")
    partial = AssistantMessage(content="one two ", source="assistant", metadata={"interrupted": "true"})
    assert kept[1:] == ([partial] if after else [])


def test_failure_after_a_tool_leaves_a_conversation_that_goes_on(server: LoopbackServer) -> None:
    async def look() -> str:
        return "seen"

    server.enqueue(Reply(tool_calls=[("1", "look", "{}")]), Reply(status=500))
    agent = assistant(server, tools=[look], reflect_on_tool_use=True)
    seen, _, _ = fail(agent, ServerError)
    assert names(seen) == ["TextMessage", "ToolCallRequestEvent", "ToolCallExecutionEvent"]
    assert roles(server.requests[-1].body["messages"]) == ["system", "user", "calls", "tool", "user"]


@both
@pytest.mark.parametrize("family", ["r1", "unknown"])
def test_thoughts_between_tags(server: LoopbackServer, family: str, stream: bool) -> None:
    # AutoGen shows the tags, and knows them in one family alone.
    server.reply = Reply(chunks=["<th", "ink>Hm", ", well.</thi", "nk>", "The ", "answer."])
    info: Any = {
        "vision": False,
        "function_calling": True,
        "json_output": True,
        "family": family,
        "structured_output": True,
    }
    client = client_of(server, model="m", model_info=info)
    items = run_task(AssistantAgent("assistant", client, model_client_stream=stream))
    pieces = ["T", "C"] if stream else []
    assert names(items) == ["TextMessage", *pieces, "ThoughtEvent", "TextMessage", "TaskResult"]
    thought, answer = items[-3:-1]
    assert (thought.content, answer.content) == ("Hm, well.", "The answer.")
    assert {chunk.full_message_id for chunk in chunks(items, "thought")} <= {thought.id}
    assert {chunk.full_message_id for chunk in chunks(items)} <= {answer.id}
    assert "think" not in "".join(chunk.content for chunk in chunks(items) + chunks(items, "thought"))
