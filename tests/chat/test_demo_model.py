"""The demo keeps the contract of a model."""

from __future__ import annotations

import asyncio
import time

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.messages import ToolCallExecutionEvent
from desktop_agent.agentchat.models import CreateResult, ThoughtText, UserMessage
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.demo_model import DemoChatCompletionClient, load_replies
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.provider import DEMO


def ask(questions: int) -> list[str | CreateResult]:
    client = DemoChatCompletionClient(tokens_per_second=1e6, thinking_seconds=0)
    messages = [UserMessage(content=f"Question {index}", source="user") for index in range(questions)]

    async def collect() -> list[str | CreateResult]:
        return [item async for item in client.create_stream(messages)]

    return asyncio.run(collect())


def test_pieces_make_up_the_reply() -> None:
    *pieces, result = ask(1)
    assert isinstance(result, CreateResult)
    texts = [str(piece) for piece in pieces if not isinstance(piece, (ThoughtText, CreateResult))]
    thoughts = [str(piece) for piece in pieces if isinstance(piece, ThoughtText)]
    assert "".join(texts) == result.content
    assert "".join(thoughts) == result.thought
    assert len(texts) > 100


def test_the_first_reply_shows_what_can_be_shown() -> None:
    reply = load_replies()[0]
    assert reply.thought
    assert "```python" in reply.answer
    assert "| --- |" in reply.answer
    assert "\n1. " in reply.answer


def test_each_question_gets_the_next_reply_and_then_the_first_again() -> None:
    count = len(load_replies())
    results = [ask(number)[-1] for number in range(1, count + 2)]
    contents = [result.content for result in results if isinstance(result, CreateResult)]
    assert len(set(contents)) == count
    assert contents[0] == contents[-1]


def test_cancelling_ends_a_pause_at_once() -> None:
    client = DemoChatCompletionClient(thinking_seconds=60)
    token = CancellationToken()

    async def run() -> None:
        asyncio.get_running_loop().call_soon(token.cancel)
        async for _ in client.create_stream(
            [UserMessage(content="x", source="user")], cancellation_token=token
        ):
            pass

    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert time.monotonic() - started < 30


def test_with_tools_it_calls_two_and_says_what_came_of_them() -> None:
    """It never pretends: what it says is what the tools gave, and that it is no model."""

    async def talk() -> None:
        session = ChatSession(Answerer(DEMO))
        session.use_tools(ToolChoices(web_search=True))
        async for _ in session.send("Search the web", CancellationToken()):
            pass
        await session.close()
        events = [event for said in session.history for event in said.events]
        results = [event for event in events if isinstance(event, ToolCallExecutionEvent)]
        assert [result.name for event in results for result in event.content] == ["calculate", "current_time"]
        assert all(not result.is_error for event in results for result in event.content)
        time_told = results[0].content[1].content
        answer = session.history[1].message.to_text()
        assert answer.startswith("This is the demo: no model is used, and nothing is searched or read.")
        assert "- `calculate` gave **42**" in answer
        assert time_told in answer

    asyncio.run(talk())
