"""The contract between an agent and a model."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.models.types import CreateResult, LLMMessage, ModelInfo, RequestUsage


class ChatCompletionClient(ABC):
    """A model that can be asked. Source: AutoGen's class of the same name."""

    @abstractmethod
    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Ask once and return the whole answer.

        Args:
            messages: The conversation, oldest first.
            extra_create_args: Further arguments of the request, over those of the constructor.
            cancellation_token: Ends the request at once.

        Raises:
            AgentError: The request failed.
            asyncio.CancelledError: The token was cancelled.
        """

    @abstractmethod
    def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Ask once and yield the answer as it comes: `str` pieces, then exactly one `CreateResult`.

        Pieces of reasoning are `ThoughtText`. Arguments and errors as in `create`. A consumer that leaves
        early closes the generator (`contextlib.aclosing`), which closes the connection.
        """

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
    def count_tokens(self, messages: Sequence[LLMMessage]) -> int:
        """About how many tokens `messages` take."""

    @abstractmethod
    def remaining_tokens(self, messages: Sequence[LLMMessage]) -> int:
        """About how many tokens the model's context has left after `messages`."""

    @property
    @abstractmethod
    def model_info(self) -> ModelInfo:
        """What the model can do."""
