"""The client that says what it was told to say."""

from __future__ import annotations

import asyncio

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.models import CreateResult, LLMMessage, RequestUsage, UserMessage
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
                return item.content
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
