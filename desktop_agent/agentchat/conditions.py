"""Conditions that end a conversation. Source: `autogen_agentchat.conditions`."""

import inspect
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from typing_extensions import override

from desktop_agent.agentchat.base.termination import TerminatedException, TerminationCondition
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    StopMessage,
    TextMessage,
    ToolCallExecutionEvent,
)

Messages: TypeAlias = Sequence[BaseAgentEvent | BaseChatMessage]


class _Condition(TerminationCondition):
    """What all below share: met at most once, and then a `StopMessage` from the class."""

    def __init__(self) -> None:
        self._terminated = False

    @property
    @override
    def terminated(self) -> bool:
        return self._terminated

    @override
    async def __call__(self, messages: Messages) -> StopMessage | None:
        if self._terminated:
            raise TerminatedException("Termination condition has already been reached")
        text = await self._reason(messages)
        if text is None:
            return None
        self._terminated = True
        return StopMessage(content=text, source=type(self).__name__)

    @override
    async def reset(self) -> None:
        self._terminated = False

    @abstractmethod
    async def _reason(self, messages: Messages) -> str | None:
        """Why the conversation ends; None: it does not."""


class StopMessageTermination(_Condition):
    """Met by a `StopMessage`."""

    @override
    async def _reason(self, messages: Messages) -> str | None:
        if any(isinstance(message, StopMessage) for message in messages):
            return "Stop message received"
        return None


class MaxMessageTermination(_Condition):
    """Met when there were enough messages.

    Args:
        max_messages: How many.
        include_agent_event: Whether events count, too.
    """

    def __init__(self, max_messages: int, include_agent_event: bool = False) -> None:
        super().__init__()
        self._max_messages = max_messages
        self._include_agent_event = include_agent_event
        self._count = 0

    @override
    async def _reason(self, messages: Messages) -> str | None:
        self._count += sum(
            self._include_agent_event or isinstance(message, BaseChatMessage) for message in messages
        )
        if self._count < self._max_messages:
            return None
        return (
            f"Maximum number of messages {self._max_messages} reached, current message count: {self._count}"
        )

    @override
    async def reset(self) -> None:
        await super().reset()
        self._count = 0


class TextMentionTermination(_Condition):
    """Met when a text is said.

    Args:
        text: The text; case matters.
        sources: By whom; None: by anyone.
    """

    def __init__(self, text: str, sources: Sequence[str] | None = None) -> None:
        super().__init__()
        self._text = text
        self._sources = sources

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if (self._sources is None or message.source in self._sources) and self._text in message.to_text():
                return f"Text '{self._text}' mentioned"
        return None


class FunctionalTermination(_Condition):
    """Met when a function says so.

    Args:
        func: Takes the new messages; may be a coroutine function.
    """

    def __init__(self, func: Callable[[Messages], bool] | Callable[[Messages], Awaitable[bool]]) -> None:
        super().__init__()
        self._func = func

    @override
    async def _reason(self, messages: Messages) -> str | None:
        met = self._func(messages)
        if inspect.isawaitable(met):
            met = await met
        return "Functional termination condition met" if met else None


class TokenUsageTermination(_Condition):
    """Met when models used enough tokens.

    Args:
        max_total_token: How many altogether.
        max_prompt_token: How many in prompts.
        max_completion_token: How many in answers.

    Raises:
        ValueError: None of them is given.
    """

    def __init__(
        self,
        max_total_token: int | None = None,
        max_prompt_token: int | None = None,
        max_completion_token: int | None = None,
    ) -> None:
        super().__init__()
        if max_total_token is None and max_prompt_token is None and max_completion_token is None:
            raise ValueError(
                "At least one of max_total_token, max_prompt_token, or max_completion_token must be provided"
            )
        self._limits = (max_total_token, max_prompt_token, max_completion_token)
        self._prompt = self._completion = 0

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if message.models_usage is not None:
                self._prompt += message.models_usage.prompt_tokens
                self._completion += message.models_usage.completion_tokens
        used = (self._prompt + self._completion, self._prompt, self._completion)
        if not any(
            limit is not None and count >= limit for count, limit in zip(used, self._limits, strict=True)
        ):
            return None
        total, prompt, completion = used
        return (
            f"Token usage limit reached, total token count: {total}, prompt token count: {prompt}, "
            f"completion token count: {completion}."
        )

    @override
    async def reset(self) -> None:
        await super().reset()
        self._prompt = self._completion = 0


class HandoffTermination(_Condition):
    """Met by a `HandoffMessage` to someone.

    Args:
        target: To whom.
    """

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if isinstance(message, HandoffMessage) and message.target == self._target:
                return f"Handoff to {self._target} from {message.source} detected."
        return None


class TimeoutTermination(_Condition):
    """Met when enough time has passed since it was made or reset.

    Args:
        timeout_seconds: How much.
    """

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._timeout_seconds = timeout_seconds
        self._start = time.monotonic()

    @override
    async def _reason(self, messages: Messages) -> str | None:
        if time.monotonic() - self._start < self._timeout_seconds:
            return None
        return f"Timeout of {self._timeout_seconds} seconds reached"

    @override
    async def reset(self) -> None:
        await super().reset()
        self._start = time.monotonic()


class ExternalTermination(_Condition):
    """Met when `set` was called."""

    def __init__(self) -> None:
        super().__init__()
        self._set = False

    def set(self) -> None:
        """End the conversation; in a team, when the one who speaks has finished."""
        self._set = True

    @override
    async def _reason(self, messages: Messages) -> str | None:
        return "External termination requested" if self._set else None

    @override
    async def reset(self) -> None:
        await super().reset()
        self._set = False


class SourceMatchTermination(_Condition):
    """Met when someone of a list has spoken.

    Args:
        sources: The names.
    """

    def __init__(self, sources: list[str]) -> None:
        super().__init__()
        self._sources = sources

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if message.source in self._sources:
                return f"'{message.source}' answered"
        return None


class TextMessageTermination(_Condition):
    """Met by a `TextMessage`.

    Args:
        source: From whom; None: from anyone.
    """

    def __init__(self, source: str | None = None) -> None:
        super().__init__()
        self._source = source

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if isinstance(message, TextMessage) and self._source in {None, message.source}:
                return f"Text message received from '{message.source}'"
        return None


class FunctionCallTermination(_Condition):
    """Met when a tool was run.

    Args:
        function_name: The name of the tool.
    """

    def __init__(self, function_name: str) -> None:
        super().__init__()
        self._function_name = function_name

    @override
    async def _reason(self, messages: Messages) -> str | None:
        for message in messages:
            if isinstance(message, ToolCallExecutionEvent) and any(
                result.name == self._function_name for result in message.content
            ):
                return f"Function '{self._function_name}' was executed."
        return None


__all__ = [
    "ExternalTermination",
    "FunctionCallTermination",
    "FunctionalTermination",
    "HandoffTermination",
    "MaxMessageTermination",
    "SourceMatchTermination",
    "StopMessageTermination",
    "TextMentionTermination",
    "TextMessageTermination",
    "TimeoutTermination",
    "TokenUsageTermination",
]
