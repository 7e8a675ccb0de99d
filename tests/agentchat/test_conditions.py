"""Conditions that end a conversation, and their texts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desktop_agent.agentchat.base import TerminatedException, TerminationCondition
from desktop_agent.agentchat.conditions import (
    ExternalTermination,
    FunctionalTermination,
    FunctionCallTermination,
    HandoffTermination,
    MaxMessageTermination,
    SourceMatchTermination,
    StopMessageTermination,
    TextMentionTermination,
    TextMessageTermination,
    TimeoutTermination,
    TokenUsageTermination,
)
from desktop_agent.agentchat.messages import (
    HandoffMessage,
    StopMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage

HELLO = TextMessage(content="Hello, TERMINATE", source="a", models_usage=RequestUsage(3, 2))
EVENT = ThoughtEvent(content="Hm.", source="a")
HANDOFF = HandoffMessage(content="x", target="bob", source="a")
EXECUTION = ToolCallExecutionEvent(
    content=[FunctionExecutionResult(content="", name="look", call_id="1")], source="a"
)


async def always(messages: Any) -> bool:
    return True


def external() -> ExternalTermination:
    condition = ExternalTermination()
    condition.set()
    return condition


@pytest.mark.parametrize(
    ("condition", "message", "text"),
    [
        (StopMessageTermination(), StopMessage(content="x", source="a"), "Stop message received"),
        (
            MaxMessageTermination(1),
            HELLO,
            "Maximum number of messages 1 reached, current message count: 1",
        ),
        (
            MaxMessageTermination(1, include_agent_event=True),
            EVENT,
            "Maximum number of messages 1 reached, current message count: 1",
        ),
        (TextMentionTermination("TERMINATE"), HELLO, "Text 'TERMINATE' mentioned"),
        (TextMentionTermination("TERM", sources=["a"]), HELLO, "Text 'TERM' mentioned"),
        (FunctionalTermination(lambda messages: True), HELLO, "Functional termination condition met"),
        (FunctionalTermination(always), HELLO, "Functional termination condition met"),
        (
            TokenUsageTermination(max_total_token=5),
            HELLO,
            (
                "Token usage limit reached, total token count: 5, prompt token count: 3, "
                "completion token count: 2."
            ),
        ),
        (HandoffTermination("bob"), HANDOFF, "Handoff to bob from a detected."),
        (TimeoutTermination(0), HELLO, "Timeout of 0 seconds reached"),
        (external(), HELLO, "External termination requested"),
        (SourceMatchTermination(["a"]), HELLO, "'a' answered"),
        (TextMessageTermination(), HELLO, "Text message received from 'a'"),
        (TextMessageTermination("a"), HELLO, "Text message received from 'a'"),
        (FunctionCallTermination("look"), EXECUTION, "Function 'look' was executed."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_condition(condition: TerminationCondition, message: Any, text: str) -> None:
    async def main() -> None:
        assert not condition.terminated
        stop = await condition([message])
        assert stop is not None
        assert (stop.content, stop.source) == (text, type(condition).__name__)
        assert condition.terminated
        with pytest.raises(TerminatedException):
            await condition([message])
        await condition.reset()
        assert not condition.terminated

    asyncio.run(main())


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (StopMessageTermination(), HELLO),
        (MaxMessageTermination(1), EVENT),
        (MaxMessageTermination(2), HELLO),
        (TextMentionTermination("terminate"), HELLO),
        (TextMentionTermination("TERMINATE", sources=["b"]), HELLO),
        (FunctionalTermination(lambda messages: False), HELLO),
        (TokenUsageTermination(max_total_token=6, max_prompt_token=4, max_completion_token=3), HELLO),
        (TokenUsageTermination(max_prompt_token=1), EVENT),
        (HandoffTermination("eve"), HANDOFF),
        (TimeoutTermination(1_000), HELLO),
        (ExternalTermination(), HELLO),
        (SourceMatchTermination(["b"]), HELLO),
        (TextMessageTermination("b"), HELLO),
        (TextMessageTermination(), HANDOFF),
        (FunctionCallTermination("jump"), EXECUTION),
    ],
    ids=lambda value: type(value).__name__,
)
def test_condition_that_is_not_met(condition: TerminationCondition, message: Any) -> None:
    assert asyncio.run(condition([message])) is None
    assert not condition.terminated


def test_counts_go_on_from_turn_to_turn() -> None:
    async def main() -> None:
        messages, tokens = MaxMessageTermination(3), TokenUsageTermination(max_completion_token=4)
        assert await messages([HELLO, EVENT]) is None
        assert await messages([HELLO, HELLO]) is not None
        assert await tokens([HELLO]) is None
        assert await tokens([HELLO]) is not None
        await messages.reset()
        assert await messages([HELLO, HELLO]) is None

    asyncio.run(main())


def test_and() -> None:
    async def main() -> None:
        both = SourceMatchTermination(["a"]) & MaxMessageTermination(2)
        assert await both([HELLO]) is None
        stop = await both([EVENT, HELLO])
        assert stop is not None
        assert stop.content == (
            "'a' answered, Maximum number of messages 2 reached, current message count: 2"
        )
        assert stop.source == "SourceMatchTermination, MaxMessageTermination"
        with pytest.raises(TerminatedException):
            await both([HELLO])
        await both.reset()
        assert await both([HELLO]) is None

    asyncio.run(main())


def test_or() -> None:
    async def main() -> None:
        either = SourceMatchTermination(["b"]) | TextMentionTermination("TERM")
        assert await either([EVENT]) is None
        stop = await either([HELLO])
        assert stop is not None
        assert (stop.content, stop.source) == ("Text 'TERM' mentioned", "TextMentionTermination")
        with pytest.raises(TerminatedException):
            await either([HELLO])
        await either.reset()
        assert not either.terminated

    asyncio.run(main())


def test_token_usage_needs_a_limit() -> None:
    with pytest.raises(ValueError, match="At least one of"):
        TokenUsageTermination()
