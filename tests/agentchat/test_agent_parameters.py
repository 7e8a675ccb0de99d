"""How an assistant is made, what it refuses, and what becomes of bad calls."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from agent_runs import assistant, client_of, names, roles, run_task
from desktop_agent.agentchat import CancellationToken, FunctionCall, Image
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Handoff
from desktop_agent.agentchat.memory import ListMemory
from desktop_agent.agentchat.messages import (
    HandoffMessage,
    MultiModalMessage,
    StructuredMessage,
    TextMessage,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.models import AssistantMessage, CreateResult, RequestUsage
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient
from desktop_agent.agentchat.tools import FunctionTool, StaticWorkbench, ToolResult, Workbench
from loopback import LoopbackServer, Reply

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
ABLE: Any = {
    "vision": True,
    "function_calling": True,
    "json_output": True,
    "family": "unknown",
    "structured_output": True,
}


def able() -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(["Fine."], model_info=ABLE)


def weather(city: str) -> str:
    """Tell the weather."""
    return f"warm in {city}"


class Out(BaseModel):
    text: str


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tools": [weather, weather]}, "Tool names must be unique"),
        ({"handoffs": ["bob", "Bob"]}, "Handoff names must be unique"),
        ({"tools": [weather], "handoffs": ["weather"]}, "Handoff names must be unique from tool names"),
        (
            {"tools": [weather], "handoffs": [Handoff(target="x", name="weather")]},
            "Handoff names must be unique from tool names",
        ),
        ({"tools": [weather], "workbench": StaticWorkbench([])}, "Tools cannot be used with a workbench."),
        ({"tools": [1]}, "Unsupported tool type"),
        ({"handoffs": [1]}, "Unsupported handoff type"),
        (
            {"max_tool_iterations": 0},
            "Maximum number of tool iterations must be greater than or equal to 1, got 0",
        ),
        ({"tool_timeout": 0}, "tool_timeout must be greater than 0"),
        ({"tools": [lambda city: city]}, "must be annotated"),
    ],
)
def test_bad_arguments(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        AssistantAgent("a", able(), **options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tools": [weather]}, r"The model does not support function calling\."),
        ({"handoffs": ["bob"]}, "The model does not support function calling, which is needed for handoffs"),
    ],
)
def test_model_that_calls_no_functions(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        AssistantAgent("a", ReplayChatCompletionClient([]), **options)


def test_memory_is_a_list() -> None:
    with pytest.raises(TypeError, match="Expected Memory, List\\[Memory\\], or None"):
        AssistantAgent("a", able(), memory=ListMemory())  # type: ignore[arg-type]


def test_handoff_fills_in_what_is_missing() -> None:
    handoff = Handoff(target="Bob")
    assert handoff.model_dump() == {
        "target": "Bob",
        "description": "Handoff to Bob.",
        "name": "transfer_to_bob",
        "message": "Transferred to Bob, adopting the role of Bob immediately.",
    }
    schema = handoff.handoff_tool.schema
    assert (schema["name"], schema["strict"]) == ("transfer_to_bob", True)
    assert schema["parameters"]["properties"] == {}
    with pytest.raises(ValidationError, match="must be valid identifier"):
        Handoff(target="a b")


def test_produced_message_types() -> None:
    usual = [TextMessage, ToolCallSummaryMessage, HandoffMessage]
    assert AssistantAgent("a", able()).produced_message_types == usual
    structured = AssistantAgent("a", able(), output_content_type=Out)
    assert structured.produced_message_types == [*usual, StructuredMessage[Out]]


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("weather", "{bad", "Error: Expecting property name enclosed in double quotes"),
        ("weather", "[1]", "Error: the arguments are not a JSON object"),
        ("weather", "[" * 100_000, "Error: "),
        ("weather", "{}", "1 validation error for weatherargs"),
        ("nobody", "{}", "Error: tool 'nobody' not found in any workbench"),
        ("fail", "{}", "It broke."),
        ("surrogate", "{}", "a\ufffdb\0"),
        ("leave", "{}", "The tool tried to end the program"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_bad_calls_are_told_to_the_model(
    server: LoopbackServer, name: str, arguments: str, text: str, stream: bool
) -> None:
    def fail() -> None:
        raise RuntimeError("It broke.")

    def surrogate() -> str:
        return "a\ud83db\0"

    def leave() -> None:
        sys.exit("Bye.")

    server.enqueue(Reply(tool_calls=[("1", name, arguments)]))
    agent = assistant(
        server,
        tools=[weather, fail, surrogate, leave],
        model_client_stream=stream,
        reflect_on_tool_use=True,
    )
    items = run_task(agent)
    (result,) = next(item.content for item in items if names([item]) == ["ToolCallExecutionEvent"])
    assert result.content.startswith(text)
    assert result.is_error is (name != "surrogate")
    told = server.requests[-1].body["messages"]
    assert roles(told)[-2:] == ["calls", "tool"]
    assert told[-1]["content"] == result.content


def test_no_arguments_may_be_no_text(server: LoopbackServer) -> None:
    def now() -> str:
        return "noon"

    server.enqueue(Reply(tool_calls=[("1", "now", "")]))
    assert run_task(assistant(server, tools=[now]))[-2].content == "noon"


class Odd(Workbench):
    """A workbench of another library, and a bad one."""

    def __init__(self, result: Any) -> None:
        self._result = result

    @override
    async def list_tools(self) -> list[Any]:
        return [{"name": "odd", "parameters": {"type": "object", "properties": {}}}]

    @override
    async def call_tool(
        self,
        name: str,
        arguments: Any = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result  # type: ignore[no-any-return]

    @override
    async def start(self) -> None: ...
    @override
    async def stop(self) -> None: ...
    @override
    async def reset(self) -> None: ...
    @override
    async def save_state(self) -> dict[str, Any]:
        return {}

    @override
    async def load_state(self, state: Any) -> None: ...


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, "not a ToolResult"),
        ("text", "not a ToolResult"),
        (KeyError("x"), "'x'"),
        (asyncio.CancelledError(), "it was cancelled from within"),
    ],
)
def test_bad_workbenches_are_told_to_the_model(server: LoopbackServer, result: Any, text: str) -> None:
    server.enqueue(Reply(tool_calls=[("1", "odd", "{}")]))
    (told,) = run_task(assistant(server, workbench=Odd(result)))[2].content
    assert told.is_error
    assert text in told.content


def test_several_workbenches(server: LoopbackServer) -> None:
    server.enqueue(Reply(tool_calls=[("1", "weather", '{"city": "Oslo"}'), ("2", "odd", "{}")]))
    benches = [StaticWorkbench([FunctionTool(weather, "")]), Odd(ToolResult(name="odd", result=[]))]
    assert [result.content for result in run_task(assistant(server, workbench=benches))[2].content] == [
        "warm in Oslo",
        "",
    ]


def test_pictures_from_tools_are_shown_to_the_model(server: LoopbackServer) -> None:
    def look() -> Image:
        return Image(PNG)

    server.enqueue(Reply(tool_calls=[("1", "look", "{}")]))
    # A name that the API would not take as that of the one who shows the picture.
    agent = AssistantAgent("Künstlerin", client_of(server), tools=[look], reflect_on_tool_use=True)
    items = run_task(agent)
    assert items[2].content[0].content == "[image]"
    tool, user = server.requests[-1].body["messages"][-2:]
    assert tool["content"] == "[image]"  # AutoGen: its base64 text
    assert (user["role"], user["name"]) == ("user", "tool")
    assert user["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("vision", [True, False])
def test_pictures_are_for_models_that_see(server: LoopbackServer, vision: bool) -> None:
    client = client_of(server, model="m", model_info={**ABLE, "vision": vision})
    message = MultiModalMessage(content=["Look:", Image(PNG)], source="user")
    run_task(AssistantAgent("a", client), task=message)
    content = server.requests[0].body["messages"][-1]["content"]
    if vision:
        assert [part["type"] for part in content] == ["text", "image_url"]
    else:
        assert content == "Look:\n<image>"


def test_tools_are_listed_anew_for_every_call(server: LoopbackServer) -> None:
    bench = StaticWorkbench([FunctionTool(weather, "One.")])

    class Growing(StaticWorkbench):
        @override
        async def list_tools(self) -> list[Any]:
            listed = await bench.list_tools()
            return [{**tool, "description": f"{len(server.requests)}"} for tool in listed]

    server.reply = Reply(tool_calls=[("1", "weather", '{"city": "Oslo"}')])
    run_task(assistant(server, workbench=Growing([FunctionTool(weather, "")]), max_tool_iterations=2))
    told = [request.body["tools"][0]["function"]["description"] for request in server.requests]
    assert told == ["0", "1"]


class Strange(ReplayChatCompletionClient):
    """A client that breaks its contract."""

    def __init__(self, *items: Any) -> None:
        super().__init__([], model_info=ABLE)
        self._items = items

    @override
    async def create_stream(self, *arguments: Any, **options: Any) -> Any:
        for item in self._items:
            yield item


@pytest.mark.parametrize(
    ("items", "text"),
    [(("a", 1), "Invalid chunk type: <class 'int'>"), (("a",), r"No final model result in streaming mode\.")],
)
def test_bad_clients(items: tuple[Any, ...], text: str) -> None:
    agent = AssistantAgent("a", Strange(*items), model_client_stream=True)
    with pytest.raises(RuntimeError, match=text):
        run_task(agent)
    partial = asyncio.run(agent.model_context.get_messages())[-1]
    assert partial == AssistantMessage(content="a", source="a", metadata={"interrupted": "true"})


@pytest.mark.parametrize("content", [None, []], ids=["no result", "no text"])
def test_reflection_without_a_text(content: list[Any] | None) -> None:
    def result(content: Any) -> CreateResult:
        usage = RequestUsage(prompt_tokens=1, completion_tokens=1)
        return CreateResult(finish_reason="stop", content=content, usage=usage, cached=False)

    class Wordless(Strange):
        @override
        async def create_stream(self, *arguments: Any, **options: Any) -> Any:
            if "tools" in options:
                yield result([FunctionCall(id="1", name="weather", arguments='{"city": "Oslo"}')])
            elif content is not None:
                yield result(content)

    agent = AssistantAgent(
        "a", Wordless(), tools=[weather], reflect_on_tool_use=True, model_client_stream=True
    )
    with pytest.raises(RuntimeError, match=r"^Reflect on tool use produced no valid text response\.$"):
        run_task(agent)


def test_no_calls_are_an_empty_answer() -> None:
    usage = RequestUsage(prompt_tokens=1, completion_tokens=0)
    empty = CreateResult(finish_reason="function_calls", content=[], usage=usage, cached=False)
    agent = AssistantAgent("a", ReplayChatCompletionClient([empty]))
    assert names(run_task(agent)) == ["TextMessage", "TextMessage", "TaskResult"]


def test_saved_state_of_an_interrupted_answer_is_json() -> None:
    agent = AssistantAgent("a", Strange("half"), model_client_stream=True)
    with pytest.raises(RuntimeError):
        run_task(agent)
    state = json.loads(json.dumps(asyncio.run(agent.save_state())))
    other = AssistantAgent("a", able())
    asyncio.run(other.load_state(state))
    kept = asyncio.run(other.model_context.get_messages())[-1]
    assert kept == asyncio.run(agent.model_context.get_messages())[-1]
