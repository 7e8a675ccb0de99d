"""The contract between an agent and a model."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.models.types import (
    CreateResult,
    LLMMessage,
    ModelInfo,
    RequestUsage,
    RetryNotice,
    ToolCallDelta,
)
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema

ToolChoice: TypeAlias = Tool | Literal["auto", "required", "none"]
"""Whether the model may, must or must not call a tool; a `Tool`: that it must call this one."""

JsonOutput: TypeAlias = bool | type[BaseModel] | None
"""Whether the answer is JSON; a class: JSON that fits it."""


class ChatCompletionClient(ABC):
    """A model that can be asked. Source: AutoGen's class of the same name."""

    @abstractmethod
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
        """Ask once and return the whole answer.

        Args:
            messages: The conversation, oldest first.
            tools: What the model may ask to call.
            tool_choice: Whether it may; without `tools` of no effect.
            json_output: Whether the answer is to be JSON, or the class that it is to fit.
            extra_create_args: Further arguments of the request, over those of the constructor.
            cancellation_token: Ends the request at once.

        Raises:
            AgentError: The request failed.
            ValueError: The arguments contradict one another, or the model can't do what they ask for.
            asyncio.CancelledError: The token was cancelled.
        """

    @abstractmethod
    def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Ask once and yield the answer as it comes: `str` pieces, then exactly one `CreateResult`.

        Pieces of reasoning are `ThoughtText`. Arguments and errors as in `create`. A consumer that leaves
        early closes the generator (`contextlib.aclosing`), which closes the connection.
        """

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
        """Ask once and yield more of what happens than `create_stream` does. Not in AutoGen.

        A client that has nothing more to tell need not override it.

        Args:
            messages: See `create`, as for the arguments that are not named here.
            stream: Whether the answer comes in pieces; if not, the only piece of it is the `CreateResult`.
            tool_call_deltas: Yield function calls as they are written, too; needs `stream`.
            retry_notices: Yield each retry before it is waited for.
            tools: See `create`.
            tool_choice: See `create`.
            json_output: See `create`.
            extra_create_args: See `create`.
            cancellation_token: See `create`.
        """
        arguments: dict[str, Any] = {
            "tools": tools,
            "tool_choice": tool_choice,
            "json_output": json_output,
            "extra_create_args": extra_create_args,
            "cancellation_token": cancellation_token,
        }
        if not stream:
            yield await self.create(messages, **arguments)
            return
        async with aclosing(self.create_stream(messages, **arguments)) as items:
            async for item in items:
                yield item

    @abstractmethod
    async def close(self) -> None:
        """Close what the client opened; it may be used again and then opens anew."""

    @abstractmethod
    def actual_usage(self) -> RequestUsage:
        """Tokens of all requests that a server counted (cached answers excluded)."""

    @abstractmethod
    def total_usage(self) -> RequestUsage:
        """Tokens of all requests, cached answers included."""

    @abstractmethod
    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []) -> int:
        """About how many tokens `messages` and the descriptions of `tools` take."""

    @abstractmethod
    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        """About how many tokens the model's context has left after `messages` and `tools`."""

    @property
    @abstractmethod
    def model_info(self) -> ModelInfo:
        """What the model can do."""

    @property
    def capabilities(self) -> ModelInfo:
        """The old name of `model_info`."""
        return self.model_info
