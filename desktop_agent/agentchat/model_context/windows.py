"""The contexts that differ in what of a conversation the model sees."""

from collections.abc import Sequence

from typing_extensions import override

from desktop_agent.agentchat.model_context.context import ChatCompletionContext
from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
    UserMessage,
)
from desktop_agent.agentchat.tools.schema import ToolSchema


class UnboundedChatCompletionContext(ChatCompletionContext):
    """Shows the model everything."""

    @override
    async def get_messages(self) -> list[LLMMessage]:
        return list(self._messages)


class BufferedChatCompletionContext(ChatCompletionContext):
    """Shows the model the last messages; results whose calls are out of sight are left out.

    Args:
        buffer_size: How many messages.
        initial_messages: Messages at the start.

    Raises:
        ValueError: `buffer_size` is below 1.
    """

    def __init__(self, buffer_size: int, initial_messages: Sequence[LLMMessage] | None = None) -> None:
        super().__init__(initial_messages)
        if buffer_size <= 0:
            raise ValueError("buffer_size must be greater than 0.")
        self._buffer_size = buffer_size

    @override
    async def get_messages(self) -> list[LLMMessage]:
        return _without_results_at_the_start(self._messages[-self._buffer_size :])


class HeadAndTailChatCompletionContext(ChatCompletionContext):
    """Shows the model the first and the last messages, and how many are left out between.

    Args:
        head_size: How many of the first.
        tail_size: How many of the last.
        initial_messages: Messages at the start.

    Raises:
        ValueError: A size is below 1.
    """

    def __init__(
        self, head_size: int, tail_size: int, initial_messages: Sequence[LLMMessage] | None = None
    ) -> None:
        super().__init__(initial_messages)
        if head_size <= 0:
            raise ValueError("head_size must be greater than 0.")
        if tail_size <= 0:
            raise ValueError("tail_size must be greater than 0.")
        self._head_size = head_size
        self._tail_size = tail_size

    @override
    async def get_messages(self) -> list[LLMMessage]:
        if len(self._messages) <= self._head_size + self._tail_size:
            return list(self._messages)
        head = self._messages[: self._head_size]
        if _asks_for_calls(head[-1]):
            head = head[:-1]  # their results are out of sight
        tail = _without_results_at_the_start(self._messages[-self._tail_size :])
        skipped = len(self._messages) - len(head) - len(tail)
        return [*head, UserMessage(content=f"Skipped {skipped} messages.", source="System"), *tail]


class TokenLimitedChatCompletionContext(ChatCompletionContext):
    """Shows the model what fits, by leaving messages out from the middle.

    Source: AutoGen's class of the same name. Mended here: calls of tools and their results are left out
    together; servers refuse one without the other.

    Args:
        model_client: Counts the tokens.
        token_limit: How many there may be; None: what the model has.
        tool_schema: Tools that take part of them.
        initial_messages: Messages at the start.

    Raises:
        ValueError: `token_limit` is below 1.
    """

    def __init__(
        self,
        model_client: ChatCompletionClient,
        *,
        token_limit: int | None = None,
        tool_schema: list[ToolSchema] | None = None,
        initial_messages: Sequence[LLMMessage] | None = None,
    ) -> None:
        super().__init__(initial_messages)
        if token_limit is not None and token_limit <= 0:
            raise ValueError("token_limit must be greater than 0.")
        self._model_client = model_client
        self._token_limit = token_limit
        self._tool_schema = tool_schema or []

    @override
    async def get_messages(self) -> list[LLMMessage]:
        messages = list(self._messages)
        while messages and not self._fit(messages):
            middle = len(messages) // 2
            first = last = middle
            if isinstance(messages[middle], FunctionExecutionResultMessage) and middle > 0:
                first -= 1
            elif _asks_for_calls(messages[middle]) and middle + 1 < len(messages):
                last += 1
            if not _belong_together(messages, first, last):
                first = last = middle
            del messages[first : last + 1]
        return _without_results_at_the_start(messages)

    def _fit(self, messages: Sequence[LLMMessage]) -> bool:
        if self._token_limit is None:
            return self._model_client.remaining_tokens(messages, tools=self._tool_schema) >= 0
        return self._model_client.count_tokens(messages, tools=self._tool_schema) <= self._token_limit


def _asks_for_calls(message: LLMMessage) -> bool:
    return isinstance(message, AssistantMessage) and not isinstance(message.content, str)


def _belong_together(messages: Sequence[LLMMessage], first: int, last: int) -> bool:
    return _asks_for_calls(messages[first]) and isinstance(messages[last], FunctionExecutionResultMessage)


def _without_results_at_the_start(messages: list[LLMMessage]) -> list[LLMMessage]:
    start = 0
    while start < len(messages) and isinstance(messages[start], FunctionExecutionResultMessage):
        start += 1
    return messages[start:]
