"""The demo: a model client with scripted replies that works offline and keeps a natural pace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from desktop_agent.agentchat import CancellationToken, FunctionCall
from desktop_agent.agentchat.messages import new_id
from desktop_agent.agentchat.models import (
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    ThoughtText,
    UserMessage,
)
from desktop_agent.agentchat.models.model_client import JsonOutput, ToolChoice
from desktop_agent.agentchat.tools import Tool, ToolSchema
from desktop_agent.chat.run_statistics import estimate_tokens
from desktop_agent.config.paths import resources_folder

_THOUGHT_MARK = "<!-- answer -->"
_PIECE = re.compile(r"\s*\S{1,6}|\s+")
_CONTEXT_TOKENS = 8_000


@dataclass(frozen=True)
class DemoReply:
    """One scripted reply: what is thought, then what is said (Markdown)."""

    thought: str
    answer: str


def load_replies() -> list[DemoReply]:
    """The scripted replies in `resources/demo`, in order of their file names."""
    replies = []
    for path in sorted((resources_folder() / "demo").glob("*.md")):
        thought, _, answer = path.read_text(encoding="utf-8").partition(_THOUGHT_MARK)
        replies.append(DemoReply(thought.strip(), answer.strip()))
    return replies


class DemoChatCompletionClient(ChatCompletionClient):
    """Says the next scripted reply each time it is asked, piece by piece, and begins anew after the last.

    With tools it first shows, once a conversation, how calls look: it calculates and asks for the time, says
    what really came of it, and that it is no model and searches nothing.

    Args:
        tokens_per_second: The pace of its pieces.
        thinking_seconds: How long it waits before the first one.
    """

    def __init__(self, tokens_per_second: float = 60.0, thinking_seconds: float = 0.4) -> None:
        self._replies = load_replies()
        self._seconds_per_piece = 1.0 / tokens_per_second
        self._thinking_seconds = thinking_seconds

    @override
    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        async for item in self.create_stream(messages, cancellation_token=cancellation_token):
            if isinstance(item, CreateResult):
                return item
        raise AssertionError("a stream ends with its result")

    @override
    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        await _pause(self._thinking_seconds, cancellation_token)
        calls = _calls_to_show(messages, tools)
        if calls:
            yield CreateResult(
                finish_reason="function_calls", content=calls, usage=RequestUsage(0, 0), cached=True
            )
            return
        reply = _words_about(messages[-1]) or self._next_reply(messages)
        for text, kind in ((reply.thought, ThoughtText), (reply.answer, str)):
            for piece in _PIECE.findall(text):
                yield kind(piece)
                await _pause(self._seconds_per_piece, cancellation_token)
        # Usage stays 0: nothing was counted, so the window marks its own estimate with "~".
        yield CreateResult(
            finish_reason="stop",
            content=reply.answer,
            usage=RequestUsage(0, 0),
            cached=True,
            thought=reply.thought or None,
        )

    @override
    async def close(self) -> None:
        """Nothing is open."""

    @override
    def actual_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    @override
    def total_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    @override
    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []) -> int:
        return sum(estimate_tokens(str(message.content)) for message in messages)

    @override
    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        return _CONTEXT_TOKENS - self.count_tokens(messages)

    @property
    @override
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            family=ModelFamily.UNKNOWN,
            structured_output=False,
        )

    def _next_reply(self, messages: Sequence[LLMMessage]) -> DemoReply:
        questions = sum(1 for message in messages if isinstance(message, UserMessage))
        return self._replies[(questions - 1) % len(self._replies)]


def _calls_to_show(messages: Sequence[LLMMessage], tools: Sequence[Tool | ToolSchema]) -> list[FunctionCall]:
    """Two calls that need no network, if there are such tools and no tool was used yet."""
    names = {tool["name"] if isinstance(tool, dict) else tool.name for tool in tools}
    if not names >= {"calculate", "current_time"}:
        return []
    if any(isinstance(message, FunctionExecutionResultMessage) for message in messages):
        return []
    return [
        FunctionCall(id=new_id(), name="calculate", arguments='{"expression": "6 * 7"}'),
        FunctionCall(id=new_id(), name="current_time", arguments="{}"),
    ]


def _words_about(message: LLMMessage) -> DemoReply | None:
    """What is said of the results of the two calls; None for a message without results."""
    if not isinstance(message, FunctionExecutionResultMessage):
        return None
    lines = "\n".join(f"- `{each.name}` gave **{each.content}**" for each in message.content)
    return DemoReply(
        "",
        "This is the demo: no model is used, and nothing is searched or read. To show how calls "
        f"of tools look, two were really called:\n\n{lines}\n\n"
        "Choose a model to have an agent that decides by itself.",
    )


async def _pause(seconds: float, token: CancellationToken | None) -> None:
    if token is None:
        await asyncio.sleep(seconds)
        return
    pause = token.link_future(asyncio.ensure_future(asyncio.sleep(seconds)))
    try:
        await pause
    finally:
        pause.cancel()
