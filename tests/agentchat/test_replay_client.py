"""The client that says what it was told to say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desktop_agent.agentchat import CancellationToken, FunctionCall
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    RequestUsage,
    UserMessage,
)
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient

QUESTION: list[LLMMessage] = [UserMessage(content="one two", source="user")]


async def stream(
    client: ReplayChatCompletionClient, token: CancellationToken | None = None
) -> list[str | CreateResult]:
    return [item async for item in client.create_stream(QUESTION, cancellation_token=token)]


@pytest.mark.parametrize("text", ["a b", " a\n\n  b\tc \n", "", "\n", "word", "  "])
def test_pieces_are_the_text(text: str) -> None:
    *pieces, result = asyncio.run(stream(ReplayChatCompletionClient([text])))
    assert "".join(str(piece) for piece in pieces) == text
    assert isinstance(result, CreateResult)
    assert result.content == text
    assert result.cached


def test_pieces_are_words_with_their_space() -> None:
    assert asyncio.run(stream(ReplayChatCompletionClient(["one two three"])))[:-1] == [
        "one ",
        "two ",
        "three",
    ]


def test_answers_come_in_turn_until_none_is_left() -> None:
    client = ReplayChatCompletionClient(["a", "b c"])

    async def main() -> None:
        assert (await client.create(QUESTION)).content == "a"
        await stream(client)
        assert client.total_usage() == client.actual_usage() == RequestUsage(4, 3)
        assert len(client.create_calls) == 1
        with pytest.raises(ValueError, match="No more mock responses available"):
            await client.create(QUESTION)
        client.reset()
        assert client.total_usage() == RequestUsage(0, 0)
        client.set_cached_bool_value(False)
        assert not (await client.create(QUESTION)).cached

    asyncio.run(main())


def test_results_come_as_they_are() -> None:
    result = CreateResult(finish_reason="length", content="a b", usage=RequestUsage(5, 6), cached=False)
    client = ReplayChatCompletionClient([result])
    assert asyncio.run(stream(client)) == [result]
    assert client.total_usage() == RequestUsage(5, 6)


def test_position_advances_when_the_consumer_stops_at_the_last_item() -> None:
    """AutoGen's stays."""
    client = ReplayChatCompletionClient(["a", "b"])

    async def first_result() -> str:
        items = client.create_stream(QUESTION)
        async for item in items:
            if isinstance(item, CreateResult):
                await items.aclose()
                return str(item.content)
        return ""

    async def main() -> list[str]:
        return [await first_result(), await first_result()]

    assert asyncio.run(main()) == ["a", "b"]
    assert client.total_usage() == RequestUsage(4, 2)


def test_token_ends_the_stream() -> None:
    client, token = ReplayChatCompletionClient(["one two three"]), CancellationToken()
    agent = AssistantAgent("assistant", client, model_client_stream=True)

    async def main() -> None:
        count = 0
        try:
            async for _ in agent.run_stream(task="Hi", cancellation_token=token):
                count += 1
                if count == 2:
                    token.cancel()
        except asyncio.CancelledError:
            assert count == 2
            kept = await agent.model_context.get_messages()
            assert [message.content for message in kept] == ["Hi", "one "]
            return
        raise AssertionError("not cancelled")

    asyncio.run(main())


def test_counts_are_words() -> None:
    client = ReplayChatCompletionClient([])
    assert client.count_tokens(QUESTION) == 2
    assert client.remaining_tokens(QUESTION) == 9_998
    assert client.model_info["family"] == "unknown"


CALLS = CreateResult(
    finish_reason="function_calls",
    content=[FunctionCall(id="1", arguments='{"city": "Oslo"}', name="weather")],
    usage=RequestUsage(5, 6),
    cached=False,
)


def events(**options: Any) -> list[Any]:
    async def main() -> list[Any]:
        return [item async for item in ReplayChatCompletionClient([CALLS]).create_events(QUESTION, **options)]

    return asyncio.run(main())


def test_calls_come_in_pieces_when_asked_for() -> None:
    assert events() == events(stream=False, tool_call_deltas=True) == [CALLS]
    *deltas, last = events(tool_call_deltas=True)
    assert last == CALLS
    assert "".join(delta.arguments_piece for delta in deltas) == '{"city": "Oslo"}'
    assert {(delta.index, delta.call_id, delta.name) for delta in deltas} == {(0, "1", "weather")}


def test_arguments_of_create_are_recorded() -> None:
    client = ReplayChatCompletionClient(["a"])
    asyncio.run(client.create(QUESTION, tools=[{"name": "weather"}], tool_choice="none", json_output=True))
    (call,) = client.create_calls
    assert (call["tools"], call["tool_choice"], call["json_output"]) == ([{"name": "weather"}], "none", True)


def test_words_of_all_content_are_counted() -> None:
    client = ReplayChatCompletionClient([])
    calls = AssistantMessage(content=CALLS.content, source="a")
    result = FunctionExecutionResult(content="very warm", name="weather", call_id="1")
    messages: list[LLMMessage] = [calls, FunctionExecutionResultMessage(content=[result])]
    assert client.count_tokens(messages) == 4
    assert client.remaining_tokens(messages) == 9_996


def test_model_info_must_be_whole() -> None:
    info: Any = {"vision": False}
    with pytest.raises(ValueError, match="function_calling"):
        ReplayChatCompletionClient([], model_info=info)
