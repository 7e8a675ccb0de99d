"""What an agent with tools yields, in which order, streaming and not, through a real server."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError

from agent_runs import assistant, chunks, client_of, collect, names, roles, run_task, watch
from desktop_agent.agentchat import CancellationToken, FunctionCall
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Handoff, Response
from desktop_agent.agentchat.memory import ListMemory, MemoryContent
from desktop_agent.agentchat.messages import (
    HandoffMessage,
    StructuredMessage,
    TextMessage,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage
from loopback import LoopbackServer, Reply

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
LISBON = ("call_1", "weather", '{"city": "Lisbon"}')
OSLO = ("call_2", "weather", '{"city": "Oslo"}')
TOOL_TURN = ["ToolCallRequestEvent", "ToolCallExecutionEvent"]


async def weather(city: Annotated[str, "A city"]) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "degrees": 21}


def with_tool(server: LoopbackServer, stream: bool, **options: Any) -> AssistantAgent:
    return assistant(server, tools=[weather], model_client_stream=stream, **options)


def calling(*calls: tuple[str, str, str], **options: Any) -> Reply:
    return Reply(tool_calls=calls, usage=(9, 4), **options)


@both
def test_one_tool(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON)
    items = run_task(with_tool(server, stream))
    assert names(items) == ["TextMessage", *TOOL_TURN, "ToolCallSummaryMessage", "TaskResult"]
    _, request, execution, summary, result = items
    call = FunctionCall(id="call_1", arguments='{"city": "Lisbon"}', name="weather")
    assert request.content == [call]
    assert request.models_usage == RequestUsage(prompt_tokens=9, completion_tokens=4)
    assert execution.content == [
        FunctionExecutionResult(
            content='{"city": "Lisbon", "degrees": 21}', name="weather", call_id="call_1", is_error=False
        )
    ]
    assert isinstance(summary, ToolCallSummaryMessage)
    assert summary.content == '{"city": "Lisbon", "degrees": 21}'
    assert (summary.tool_calls, summary.results) == ([call], execution.content)
    assert summary.models_usage is None
    assert result.messages == items[:-1]
    tool = server.requests[0].body["tools"][0]["function"]
    assert (tool["name"], tool["description"]) == ("weather", "Tell the weather.")
    assert tool["parameters"]["properties"]["city"]["description"] == "A city"


@both
def test_parallel_tools_run_at_once_and_answer_in_order(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON, OSLO)
    oslo_ran = asyncio.Event()

    async def weather(city: str) -> str:
        if city == "Oslo":
            oslo_ran.set()
        else:
            await oslo_ran.wait()  # the first call ends only if the second runs meanwhile
        return city

    items = run_task(assistant(server, tools=[weather], model_client_stream=stream))
    assert names(items) == ["TextMessage", *TOOL_TURN, "ToolCallSummaryMessage", "TaskResult"]
    assert [result.call_id for result in items[2].content] == ["call_1", "call_2"]
    assert items[3].content == "Lisbon\nOslo"


@both
def test_text_beside_a_call_is_a_thought(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON, text="Let me look.")
    items = run_task(with_tool(server, stream))
    pieces = ["C"] if stream else []
    assert names(items)[:-2] == ["TextMessage", *pieces, "ThoughtEvent", *TOOL_TURN]
    thought = next(item for item in items if names([item]) == ["ThoughtEvent"])
    assert thought.content == "Let me look."
    assert {chunk.full_message_id for chunk in chunks(items)} <= {thought.id}


def test_chunk_ids_match_their_thoughts_when_there_is_reasoning_beside_a_call(server: LoopbackServer) -> None:
    server.reply = calling(LISBON, text="Let me look.", thought="Weather, then.")
    items = run_task(with_tool(server, True))
    assert names(items)[:5] == ["TextMessage", "T", "C", "ThoughtEvent", "ThoughtEvent"]
    reasoning, said = (item for item in items if names([item]) == ["ThoughtEvent"])
    assert (reasoning.content, said.content) == ("Weather, then.", "Let me look.")
    assert {chunk.full_message_id for chunk in chunks(items, "thought")} == {reasoning.id}
    assert {chunk.full_message_id for chunk in chunks(items)} == {said.id}


@both
def test_reflection(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(calling(LISBON))
    server.enqueue(Reply(text="It is warm.", thought="Hm.", usage=(20, 3)))
    items = run_task(with_tool(server, stream, reflect_on_tool_use=True))
    pieces = ["T", "C"] if stream else []
    assert names(items) == [
        "TextMessage", *TOOL_TURN, *pieces, "ThoughtEvent", "TextMessage", "TaskResult",
    ]  # fmt: skip
    answer = items[-2]
    assert answer.content == "It is warm."
    assert answer.models_usage == RequestUsage(prompt_tokens=20, completion_tokens=3)
    assert {chunk.full_message_id for chunk in chunks(items)} <= {answer.id}
    second = server.requests[1].body
    assert "tools" not in second
    assert "tool_choice" not in second
    assert roles(second["messages"]) == ["system", "user", "calls", "tool"]


@both
def test_iterations_end_with_a_text(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(calling(LISBON))
    server.enqueue(Reply(text="It is warm."))
    items = run_task(with_tool(server, stream, max_tool_iterations=3, reflect_on_tool_use=True))
    pieces = ["C"] if stream else []
    assert names(items) == ["TextMessage", *TOOL_TURN, *pieces, "TextMessage", "TaskResult"]
    assert len(server.requests) == 2
    assert {chunk.full_message_id for chunk in chunks(items)} <= {items[-2].id}


@both
def test_iterations_that_never_end(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON)
    items = run_task(with_tool(server, stream, max_tool_iterations=3))
    assert names(items) == ["TextMessage", *TOOL_TURN * 3, "ToolCallSummaryMessage", "TaskResult"]
    assert len(items[-2].results) == 1  # the last round alone


@both
def test_reflection_on_a_model_that_insists(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON)
    agent = with_tool(server, stream, max_tool_iterations=2, reflect_on_tool_use=True)
    seen: list[Any] = []

    async def main() -> None:
        with pytest.raises(RuntimeError, match="Reflect on tool use produced no valid text response"):
            await watch(agent.run_stream(task="Hi"), seen)
        server.reply = Reply(text="Well.")
        await agent.run(task="And now?")
        await agent.close()

    asyncio.run(main())
    assert names(seen) == ["TextMessage", *TOOL_TURN * 2]
    told = roles(server.requests[-1].body["messages"])
    assert told == ["system", "user", "calls", "tool", "calls", "tool", "user"]


@both
def test_summary_formats(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON, OSLO)
    form = "{tool_name}|{arguments}|{result}|{is_error}"
    items = run_task(with_tool(server, stream, tool_call_summary_format=form))
    assert items[-2].content.splitlines()[0] == (
        'weather|{"city": "Lisbon"}|{"city": "Lisbon", "degrees": 21}|False'
    )

    def own(call: FunctionCall, result: FunctionExecutionResult) -> str:
        return f"{call.id}={len(result.content)}"

    items = run_task(
        with_tool(server, stream, tool_call_summary_format=form, tool_call_summary_formatter=own)
    )
    assert items[-2].content == "call_1=33\ncall_2=31"


@both
def test_handoff(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(LISBON, ("call_9", "transfer_to_bob", "{}"))
    items = run_task(with_tool(server, stream, handoffs=["bob"]))
    assert names(items) == ["TextMessage", *TOOL_TURN, "HandoffMessage", "TaskResult"]
    message = items[-2]
    assert isinstance(message, HandoffMessage)
    assert message.content == "Transferred to bob, adopting the role of bob immediately."
    assert (message.target, message.source) == ("bob", "assistant")
    assert [type(each).__name__ for each in message.context] == [
        "AssistantMessage",
        "FunctionExecutionResultMessage",
    ]
    names_told = [tool["function"]["name"] for tool in server.requests[0].body["tools"]]
    assert names_told == ["weather", "transfer_to_bob"]


@both
def test_handoff_takes_the_thought_along(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(("call_9", "to_bob", "not json"), text="Bob knows.")
    handoff = Handoff(target="bob", name="to_bob", message="Your turn, Bob.")
    items = run_task(assistant(server, handoffs=[handoff], model_client_stream=stream))
    message = items[-2]
    assert (message.content, message.target) == ("Your turn, Bob.", "bob")
    assert [each.content for each in message.context] == ["Bob knows."]


@both
def test_first_of_several_handoffs_wins(server: LoopbackServer, stream: bool) -> None:
    server.reply = calling(("1", "transfer_to_bob", "{}"), ("2", "transfer_to_eve", "{}"))
    agent = assistant(server, handoffs=["bob", "eve"], model_client_stream=stream)
    with pytest.warns(UserWarning, match="Multiple handoffs detected"):
        items = run_task(agent)
    assert items[-2].target == "bob"


def test_receiver_of_a_handoff_is_told_its_context(server: LoopbackServer) -> None:
    server.enqueue(calling(LISBON, ("call_9", "transfer_to_bob", "{}")))
    handoff = run_task(with_tool(server, False, handoffs=["bob"]))[-2]
    run_task(AssistantAgent("bob", client_of(server)), task=handoff)
    assert roles(server.requests[-1].body["messages"]) == ["system", "calls", "tool", "user"]


@both
def test_memory(server: LoopbackServer, stream: bool) -> None:
    memory = ListMemory(memory_contents=[MemoryContent(content="It rains.", mime_type="text/plain")])
    items = run_task(assistant(server, memory=[memory, ListMemory()], model_client_stream=stream))
    pieces = ["C"] if stream else []
    assert names(items) == ["TextMessage", "MemoryQueryEvent", *pieces, "TextMessage", "TaskResult"]
    assert items[1].content == memory.content
    messages = server.requests[0].body["messages"]
    assert roles(messages) == ["system", "user", "system"]
    assert messages[-1]["content"] == "\nRelevant memory content (in chronological order):\n1. It rains.\n"


class Weather(BaseModel):
    city: str
    degrees: int


@both
def test_structured_output(server: LoopbackServer, stream: bool) -> None:
    server.reply = Reply(text='{"city": "Lisbon", "degrees": 21}', usage=(5, 6))
    agent = assistant(
        server,
        model_client_stream=stream,
        output_content_type=Weather,
        output_content_type_format="{city}: {degrees} degrees",
    )
    items = run_task(agent)
    pieces = ["C"] if stream else []
    assert names(items) == ["TextMessage", *pieces, "StructuredMessage[Weather]", "TaskResult"]
    answer = items[-2]
    assert isinstance(answer, StructuredMessage)
    assert answer.content == Weather(city="Lisbon", degrees=21)
    assert answer.to_text() == "Lisbon: 21 degrees"
    assert {chunk.full_message_id for chunk in chunks(items)} <= {answer.id}
    assert server.requests[0].body["response_format"]["type"] == "json_schema"


@both
def test_format_of_structured_output_holds_for_reflection_too(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(calling(LISBON))
    server.enqueue(Reply(text='{"city": "Lisbon", "degrees": 21}'))
    agent = with_tool(
        server, stream, output_content_type=Weather, output_content_type_format="{degrees} in {city}"
    )
    items = run_task(agent)  # reflection is the default with structured output
    assert items[-2].to_text() == "21 in Lisbon"


@both
def test_answer_that_does_not_fit_raises_after_its_chunks(server: LoopbackServer, stream: bool) -> None:
    server.reply = Reply(text="no json")
    agent = assistant(server, model_client_stream=stream, output_content_type=Weather)
    seen: list[Any] = []

    async def main() -> None:
        with pytest.raises(ValidationError):
            await watch(agent.run_stream(task="Hi"), seen)
        await agent.close()

    asyncio.run(main())
    assert names(seen) == (["TextMessage", "C"] if stream else ["TextMessage"])


@both
def test_inner_messages_hold_no_chunks(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(calling(LISBON, text="Let me look."))
    server.enqueue(Reply(text="It is warm."))
    agent = with_tool(server, stream, reflect_on_tool_use=True)

    async def main() -> list[Any]:
        question = [TextMessage(content="Hi", source="user")]
        items = await collect(agent.on_messages_stream(question, CancellationToken()))
        await agent.close()
        return items

    response = asyncio.run(main())[-1]
    assert isinstance(response, Response)
    assert names(list(response.inner_messages or ())) == ["ThoughtEvent", *TOOL_TURN]


def test_tool_call_deltas_are_asked_for(server: LoopbackServer) -> None:
    server.reply = calling(LISBON, OSLO)
    items = run_task(with_tool(server, True, stream_tool_call_deltas=True))
    assert names(items)[:3] == ["TextMessage", "ToolCallDeltaEvent", "ToolCallRequestEvent"]
    deltas = [item for item in items if names([item]) == ["ToolCallDeltaEvent"]]
    request = items[len(deltas) + 1]
    assert {delta.full_message_id for delta in deltas} == {request.id}
    for index, call in enumerate(request.content):
        mine = [delta for delta in deltas if delta.index == index]
        assert "".join(delta.content for delta in mine) == call.arguments
        assert {(delta.call_id, delta.name) for delta in mine} == {(call.id, "weather")}
    assert not any(names([message]) == ["ToolCallDeltaEvent"] for message in items[-1].messages)


@both
def test_retries_are_seen_when_asked_for(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(Reply(status=500, headers={"Retry-After": "0"}))
    client = client_of(server, max_retries=1)
    items = run_task(AssistantAgent("assistant", client, model_client_stream=stream, emit_retry_events=True))
    pieces = ["C"] if stream else []
    assert names(items) == ["TextMessage", "RetryEvent", *pieces, "TextMessage", "TaskResult"]
    assert (items[1].attempt, items[1].error) == (1, "ServerError")
    assert "Trying again" in items[1].to_text()


def test_state_with_calls_is_restored(server: LoopbackServer) -> None:
    server.enqueue(calling(LISBON))
    agent, other = with_tool(server, False), with_tool(server, False)

    async def main() -> None:
        await agent.run(task="Hi")
        state = json.loads(json.dumps(await agent.save_state()))
        await other.load_state(state)
        await other.run(task="And Oslo?")
        await agent.close()
        await other.close()

    asyncio.run(main())
    assert roles(server.requests[-1].body["messages"]) == ["system", "user", "calls", "tool", "user"]
