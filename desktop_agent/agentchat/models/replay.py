"""A model that says what it was told to say: for tests, demos and programs without a network."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.models.model_client import ChatCompletionClient, JsonOutput, ToolChoice
from desktop_agent.agentchat.models.types import (
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    RetryNotice,
    ToolCallDelta,
    validate_model_info,
)
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema

_PIECES = re.compile(r"\S+\s*|\s+")
_TOKEN_LIMIT = 10_000


class ReplayChatCompletionClient(ChatCompletionClient):
    """Gives back a list of answers, one a request.

    Source: AutoGen's class of the same name. Mended here: streamed pieces keep their white space (joined,
    they are the text), and the position and the totals advance even if the consumer stops at the final item.

    Args:
        chat_completions: Texts, streamed word by word, or results, which come as they are and without pieces.
        model_info: What to report as the model's abilities; default: none of them, so that an agent with
            tools needs one.

    Raises:
        ValueError: `model_info` is incomplete.
    """

    def __init__(
        self, chat_completions: Sequence[str | CreateResult], model_info: ModelInfo | None = None
    ) -> None:
        self.chat_completions = list(chat_completions)
        self.create_calls: list[dict[str, Any]] = []
        """The arguments of every `create` (not of `create_stream`), as in AutoGen."""
        if model_info is not None:
            validate_model_info(model_info)
        self._model_info = model_info or ModelInfo(
            vision=False,
            function_calling=False,
            json_output=False,
            family=ModelFamily.UNKNOWN,
            structured_output=False,
        )
        self._index = 0
        self._cached = True
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)

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
        _check(cancellation_token)
        result, _ = self._next(messages)
        self.create_calls.append(
            {
                "messages": messages,
                "tools": tools,
                "tool_choice": tool_choice,
                "json_output": json_output,
                "extra_create_args": extra_create_args,
                "cancellation_token": cancellation_token,
            }
        )
        return result

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
        _check(cancellation_token)
        result, pieces = self._next(messages)
        for piece in pieces:
            yield piece
            _check(cancellation_token)
        yield result

    @override
    async def create_events(
        self,
        messages: Sequence[LLMMessage],
        *,
        stream: bool = True,
        tool_call_deltas: bool = False,
        retry_notices: bool = False,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | ToolCallDelta | RetryNotice | CreateResult, None]:
        items = super().create_events(
            messages,
            stream=stream,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )
        async with aclosing(items):
            async for item in items:
                if stream and tool_call_deltas and isinstance(item, CreateResult):
                    for delta in _deltas(item):
                        yield delta
                        _check(cancellation_token)
                yield item

    def _next(self, messages: Sequence[LLMMessage]) -> tuple[CreateResult, list[str]]:
        """The next answer and the pieces in which it streams."""
        if self._index >= len(self.chat_completions):
            raise ValueError("No more mock responses available")
        item = self.chat_completions[self._index]
        self._index += 1
        if isinstance(item, CreateResult):
            result, pieces = item, []
        else:
            usage = RequestUsage(
                prompt_tokens=self.count_tokens(messages), completion_tokens=len(item.split())
            )
            result = CreateResult(finish_reason="stop", content=item, usage=usage, cached=self._cached)
            pieces = _PIECES.findall(item)
        self._total = RequestUsage(
            prompt_tokens=self._total.prompt_tokens + result.usage.prompt_tokens,
            completion_tokens=self._total.completion_tokens + result.usage.completion_tokens,
        )
        return result, pieces

    @override
    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    @override
    def actual_usage(self) -> RequestUsage:
        return self._total

    @override
    def total_usage(self) -> RequestUsage:
        return self._total

    @override
    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []) -> int:
        """Words, divided by white space; tools are not counted."""
        return sum(_words(message) for message in messages)

    @override
    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        """What is left of an assumed 10,000."""
        return max(0, _TOKEN_LIMIT - self.count_tokens(messages, tools=tools))

    @property
    @override
    def model_info(self) -> ModelInfo:
        return self._model_info

    def set_cached_bool_value(self, value: bool) -> None:
        """Set the `cached` of the answers to come (True at the start)."""
        self._cached = value

    def reset(self) -> None:
        """Begin again with the first answer; totals and recorded calls are cleared."""
        self._index = 0
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self.create_calls.clear()


def _words(message: LLMMessage) -> int:
    content = message.content
    if isinstance(content, str):
        return len(content.split())
    texts = (
        part.arguments if isinstance(part, FunctionCall) else getattr(part, "content", part)
        for part in content
    )
    return sum(len(text.split()) for text in texts if isinstance(text, str))


def _deltas(result: CreateResult) -> Iterator[ToolCallDelta]:
    """The calls in a result as a model would write them."""
    if isinstance(result.content, str):
        return
    for index, call in enumerate(result.content):
        for piece in _PIECES.findall(call.arguments) or [""]:
            yield ToolCallDelta(index=index, call_id=call.id, name=call.name, arguments_piece=piece)


def _check(token: CancellationToken | None) -> None:
    if token is not None and token.is_cancelled():
        raise asyncio.CancelledError
