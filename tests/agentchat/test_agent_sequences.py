"""What an agent yields, in which order, through a real server: AutoGen's sequences, and reasoning."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_runs import assistant, chunks, collect, names, roles, run_task
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.errors import ConnectionFailedError
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage, ThoughtEvent
from desktop_agent.agentchat.models import AssistantMessage, RequestUsage, UserMessage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from loopback import LoopbackServer, Reply

QUESTION = [TextMessage(content="Hi", source="user")]


def agent_of(server: LoopbackServer, *, stream: bool = True) -> AssistantAgent:
    return assistant(server, model_client_stream=stream)


def test_plain_without_stream(server: LoopbackServer) -> None:
    items = run_task(agent_of(server, stream=False))
    assert names(items) == ["TextMessage", "TextMessage", "TaskResult"]
    question, answer, result = items
    assert (question.source, question.content) == ("user", "Hi")
    assert answer.content == "Hello from the loopback server."
    assert answer.models_usage == RequestUsage(prompt_tokens=7, completion_tokens=5)
    assert answer.metadata == {}
    assert result == TaskResult(messages=[question, answer], stop_reason=None)


def test_plain_with_stream(server: LoopbackServer) -> None:
    items = run_task(agent_of(server))
    assert names(items) == ["TextMessage", "C", "TextMessage", "TaskResult"]
    answer, result = items[-2:]
    assert "".join(chunk.content for chunk in chunks(items)) == answer.content
    assert [chunk.content for chunk in chunks(items)] == ["Hello ", "from ", "the ", "loopback ", "server."]
    assert {chunk.full_message_id for chunk in chunks(items)} == {answer.id}
    assert {chunk.source for chunk in chunks(items)} == {"assistant"}
    assert len({chunk.id for chunk in chunks(items)}) == 5
    assert answer.models_usage == RequestUsage(prompt_tokens=7, completion_tokens=5)
    assert result.messages == [items[0], answer]


def test_on_messages_stream(server: LoopbackServer) -> None:
    agent = agent_of(server)

    async def main() -> list[Any]:
        items = await collect(agent.on_messages_stream(QUESTION, CancellationToken()))
        await agent.close()
        return items

    items = asyncio.run(main())
    assert names(items) == ["C", "Response"]
    response = items[-1]
    assert isinstance(response, Response)
    assert response.inner_messages == []
    assert response.chat_message.id == items[0].full_message_id


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_with_stream(server: LoopbackServer, field: str) -> None:
    server.reply = Reply(text="The answer.", thought="First think.", thought_field=field, usage=(3, 4))
    items = run_task(agent_of(server))
    assert names(items) == ["TextMessage", "T", "C", "ThoughtEvent", "TextMessage", "TaskResult"]
    thought, answer, result = items[-3:]
    assert isinstance(thought, ThoughtEvent)
    assert thought.content == "First think."
    assert answer.content == "The answer."
    assert {chunk.full_message_id for chunk in chunks(items, "thought")} == {thought.id}
    assert {chunk.full_message_id for chunk in chunks(items)} == {answer.id}
    assert "".join(chunk.content for chunk in chunks(items, "thought")) == "First think."
    assert all(type(chunk.content) is str for chunk in chunks(items, "thought"))
    assert result.messages == [items[0], thought, answer]


def test_reasoning_without_stream(server: LoopbackServer) -> None:
    server.reply = Reply(text="The answer.", thought="First think.")
    items = run_task(agent_of(server, stream=False))
    assert names(items) == ["TextMessage", "ThoughtEvent", "TextMessage", "TaskResult"]


def test_json_completion_is_one_whole_message(server: LoopbackServer) -> None:
    server.reply = Reply(text="All at once.", fault="json_completion", usage=(3, 4))
    items = run_task(agent_of(server))
    assert names(items) == ["TextMessage", "TextMessage", "TaskResult"]
    assert items[1].content == "All at once."
    assert items[1].metadata == {"streamed": "false"}
    assert items[1].models_usage == RequestUsage(prompt_tokens=3, completion_tokens=4)


@pytest.mark.parametrize(
    ("reason", "metadata"),
    [
        ("stop", {}),
        ("length", {"finish_reason": "length"}),
        ("content_filter", {"finish_reason": "content_filter"}),
        (None, {}),
    ],
)
def test_finish_reason_is_told(server: LoopbackServer, reason: str | None, metadata: dict[str, str]) -> None:
    server.reply = Reply(text="To the end", finish_reason=reason, usage=(3, 4))
    assert run_task(agent_of(server))[-2].metadata == metadata


def test_task_messages_can_be_left_out(server: LoopbackServer) -> None:
    items = run_task(agent_of(server), output_task_messages=False)
    assert names(items) == ["C", "TextMessage", "TaskResult"]
    assert len(items[-1].messages) == 1


def test_run_returns_the_result(server: LoopbackServer) -> None:
    agent = agent_of(server)

    async def main() -> TaskResult:
        result = await agent.run(task=[TextMessage(content="Hi", source="user")])
        await agent.close()
        return result

    result = asyncio.run(main())
    assert [message.to_text() for message in result.messages] == ["Hi", "Hello from the loopback server."]


@pytest.mark.parametrize(
    ("task", "text"),
    [([], "Task list cannot be empty."), ([1], "All messages in task list must be valid BaseChatMessage")],
)
def test_bad_tasks_raise_at_the_first_step(server: LoopbackServer, task: Any, text: str) -> None:
    agent = agent_of(server)
    stream = agent.run_stream(task=task)
    with pytest.raises(ValueError, match=text):
        asyncio.run(collect(stream))
    assert server.requests == []


@pytest.mark.parametrize("name", ["a-b", "my agent", "", "1a"])
def test_bad_names_raise(server: LoopbackServer, name: str) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    with pytest.raises(ValueError, match="valid Python identifier"):
        AssistantAgent(name, client)


def test_conversation_is_remembered_saved_and_forgotten(server: LoopbackServer) -> None:
    agent, other = agent_of(server), agent_of(server)

    async def main() -> None:
        await agent.run(task="One")
        await other.load_state(await agent.save_state())
        await other.run(task="Two")
        await other.on_reset(CancellationToken())
        await other.run(task="Three")
        await agent.close()
        await other.close()

    asyncio.run(main())
    told = [[message["content"] for message in request.body["messages"][1:]] for request in server.requests]
    hello = "Hello from the loopback server."
    assert told == [["One"], ["One", hello, "Two"], ["Three"]]


def test_state_has_autogens_keys(server: LoopbackServer) -> None:
    agent = agent_of(server)

    async def main() -> dict[str, Any]:
        await agent.run(task="Hi")
        await agent.close()
        return dict(await agent.save_state())

    state = asyncio.run(main())
    assert list(state) == ["type", "version", "llm_context"]
    assert (state["type"], state["version"]) == ("AssistantAgentState", "1.0.0")
    question, answer = state["llm_context"]["messages"]
    assert question == {"content": "Hi", "source": "user", "type": "UserMessage"}
    assert list(answer) == ["content", "thought", "source", "type"]


def test_partial_text_stays_in_the_context_when_the_stream_fails(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="one two three four", thought="Hm.", fault="drop", fault_after=3))
    agent = agent_of(server)

    async def main() -> list[Any]:
        with pytest.raises(ConnectionFailedError):
            await collect(agent.run_stream(task="Hi"))
        kept = await agent.model_context.get_messages()
        await agent.run(task="Go on")
        await agent.close()
        return kept

    kept = asyncio.run(main())
    assert kept == [
        UserMessage(content="Hi", source="user"),
        AssistantMessage(
            content="one two ", thought="Hm.", source="assistant", metadata={"interrupted": "true"}
        ),
    ]
    assert [message["role"] for message in server.requests[-1].body["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_cancelled_run_can_end_with_a_result(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="one two three four", fault="stall", fault_after=2))
    agent, token = agent_of(server), CancellationToken()

    async def main() -> list[Any]:
        items: list[Any] = []
        stream = agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False)
        async for item in stream:
            items.append(item)
            if isinstance(item, ModelClientStreamingChunkEvent) and item.content == "two ":
                token.cancel()
        await agent.close()
        return items

    items = asyncio.run(main())
    assert names(items) == ["TextMessage", "C", "TextMessage", "TaskResult"]
    assert items[-2].content == "one two "
    assert items[-2].metadata == {"interrupted": "true"}
    assert items[-2].id == items[1].full_message_id
    assert items[-1].stop_reason == "cancelled"
    assert items[-1].messages == [items[0], items[-2]]


def test_thought_that_was_cut_short_stays(server: LoopbackServer) -> None:
    """In the context, and in the result; the server is not told it: there is no answer to it."""
    server.enqueue(Reply(thought="Hm, well. No.", text="never", fault="stall", fault_after=2))
    agent, token = agent_of(server), CancellationToken()

    async def main() -> tuple[list[Any], list[Any]]:
        items: list[Any] = []
        async for item in agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False):
            items.append(item)
            if isinstance(item, ModelClientStreamingChunkEvent) and item.content == "well. ":
                token.cancel()
        kept = await agent.model_context.get_messages()
        await agent.run(task="Go on")
        await agent.close()
        return items, kept

    items, kept = asyncio.run(main())
    assert names(items) == ["TextMessage", "T", "ThoughtEvent", "TaskResult"]
    thought = items[-2]
    assert (thought.content, thought.metadata) == ("Hm, well. ", {"interrupted": "true"})
    assert thought.id == items[1].full_message_id
    assert items[-1].messages == [items[0], thought]
    assert kept[1:] == [
        AssistantMessage(
            content="", thought="Hm, well. ", source="assistant", metadata={"interrupted": "true"}
        )
    ]
    assert roles(server.requests[-1].body["messages"]) == ["system", "user", "user"]


def test_thought_before_an_answer_that_was_cut_short(server: LoopbackServer) -> None:
    server.enqueue(Reply(thought="Hm.", text="one two three", fault="stall", fault_after=3))
    agent, token = agent_of(server), CancellationToken()

    async def main() -> list[Any]:
        items: list[Any] = []
        async for item in agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False):
            items.append(item)
            if isinstance(item, ModelClientStreamingChunkEvent) and item.content == "two ":
                token.cancel()
        await agent.close()
        return items

    items = asyncio.run(main())
    assert names(items) == ["TextMessage", "T", "C", "ThoughtEvent", "TextMessage", "TaskResult"]
    assert [item.content for item in items[-3:-1]] == ["Hm.", "one two "]


@pytest.mark.parametrize("raise_on_cancel", [True, False])
def test_run_with_a_cancelled_token(server: LoopbackServer, raise_on_cancel: bool) -> None:
    agent, token = agent_of(server), CancellationToken()
    token.cancel()

    async def main() -> list[Any]:
        items: list[Any] = []
        try:
            stream = agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=raise_on_cancel)
            async for item in stream:
                items.append(item)  # noqa: PERF401 - the items before the error count
        except asyncio.CancelledError:
            items.append("cancelled")
        return items

    items = asyncio.run(main())
    if raise_on_cancel:
        assert items[1:] == ["cancelled"]
    else:
        assert items[1] == TaskResult(messages=[items[0]], stop_reason="cancelled")
    assert server.requests == []


def test_empty_reply_warns_as_autogen_does(server: LoopbackServer) -> None:
    server.reply = Reply(text="")
    with pytest.warns(UserWarning, match="empty reply"):
        items = run_task(agent_of(server))
    assert names(items) == ["TextMessage", "TextMessage", "TaskResult"]
    assert items[1].content == ""
