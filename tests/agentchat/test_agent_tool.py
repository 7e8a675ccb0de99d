"""An agent as a tool of another's, through a real server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from agent_runs import assistant, client_of, collect, names, run_task
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.messages import (
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
)
from desktop_agent.agentchat.tools import AgentTool
from loopback import LoopbackServer, Reply

CALL = Reply(tool_calls=[("1", "poet", '{"task": "Write a line."}')])
LINE = Reply(text="Roses are red.")


def poet(server: LoopbackServer, **options: Any) -> AssistantAgent:
    return AssistantAgent("poet", client_of(server), description="Writes.", system_message=None, **options)


@pytest.mark.parametrize("alone", [False, True])
def test_agent_as_a_tool(server: LoopbackServer, alone: bool) -> None:
    server.enqueue(CALL, LINE, Reply(text="Here you are."))
    tool = AgentTool(poet(server, model_client_stream=True), return_value_as_last_message=alone)
    items = run_task(assistant(server, tools=[tool], reflect_on_tool_use=True, model_client_stream=True))
    assert names(items) == [
        "TextMessage",
        "ToolCallRequestEvent",
        "C",
        "TextMessage",
        "ToolCallExecutionEvent",
        "C",
        "TextMessage",
        "TaskResult",
    ]
    assert (items[2].source, items[-2].source) == ("poet", "assistant")
    executed = next(item for item in items if names([item]) == ["ToolCallExecutionEvent"])
    assert executed.content[0].content == ("Roses are red." if alone else "poet: Roses are red.")
    offered, asked, _ = (request.body for request in server.requests)
    function = offered["tools"][0]["function"]
    assert (function["name"], function["description"]) == ("poet", "Writes.")
    assert function["parameters"]["properties"]["task"]["description"] == "The task to be executed."
    assert asked["messages"] == [{"role": "user", "name": "user", "content": "Write a line."}]


def test_cancel_reaches_the_agent_in_the_tool(server: LoopbackServer) -> None:
    server.enqueue(CALL, Reply(text="Roses are red.", fault="stall", fault_after=2))
    inner, token = poet(server, model_client_stream=True), CancellationToken()

    async def main() -> tuple[list[Any], list[Any]]:
        agent, items = assistant(server, tools=[AgentTool(inner)], model_client_stream=True), list[Any]()
        async for item in agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False):
            items.append(item)
            if isinstance(item, ModelClientStreamingChunkEvent) and item.content == "are ":
                token.cancel()
        kept = await inner.model_context.get_messages()
        await agent.close()
        await inner.close()
        return items, kept

    items, kept = asyncio.run(main())
    server.wait_disconnected()
    assert kept[-1].content == "Roses are "
    # What the other agent had said is no answer of this one.
    assert names(items) == ["TextMessage", "ToolCallRequestEvent", "C", "TaskResult"]


def test_what_the_model_is_told() -> None:
    def result(*messages: BaseChatMessage | ThoughtEvent) -> TaskResult:
        return TaskResult(messages=messages)

    said = [TextMessage(content=text, source=name) for name, text in (("user", "a"), ("x", "b"), ("y", "c"))]
    server = LoopbackServer()
    every, last = (AgentTool(poet(server), return_value_as_last_message=alone) for alone in (False, True))
    assert every.return_value_as_string(result(*said)) == "x: b\n\ny: c"
    assert last.return_value_as_string(result(*said)) == "c"
    for wrong in (result(), result(*said, ThoughtEvent(content="", source="x"))):
        with pytest.raises(ValueError, match=r"^The last message is not a BaseChatMessage\.$"):
            last.return_value_as_string(wrong)


def test_state_is_the_agents(server: LoopbackServer) -> None:
    async def main() -> list[Any]:
        one, two = poet(server), poet(server)
        await collect(one.run_stream(task="Hi"))
        state = json.loads(json.dumps(await AgentTool(one).save_state_json()))
        await AgentTool(two).load_state_json(state)
        await one.close()
        return await two.model_context.get_messages()

    assert [message.content for message in asyncio.run(main())] == ["Hi", "Hello from the loopback server."]
