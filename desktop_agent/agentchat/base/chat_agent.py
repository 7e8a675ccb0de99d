"""What an agent is: its results and its contract."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, SerializeAsAny

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage


@dataclass(kw_only=True)
class Response:
    """The last item of `on_messages_stream`.

    `chat_message` is the answer; `inner_messages` are the events on the way to it, without chunks.
    """

    chat_message: BaseChatMessage
    inner_messages: Sequence[BaseAgentEvent | BaseChatMessage] | None = None


class TaskResult(BaseModel):
    """The last item of `run_stream`.

    `messages` are the task, the events (without chunks) and the answer; `stop_reason` is None for a single
    agent, or "cancelled" after `run_stream(raise_on_cancel=False)` was cancelled.
    """

    messages: Sequence[SerializeAsAny[BaseAgentEvent | BaseChatMessage]]
    stop_reason: str | None = None


class TaskRunner(Protocol):
    """Anything that can be given a task."""

    async def run(
        self,
        *,
        task: str | BaseChatMessage | Sequence[BaseChatMessage] | None = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
    ) -> TaskResult:
        """Run a task to its end."""
        ...

    def run_stream(
        self,
        *,
        task: str | BaseChatMessage | Sequence[BaseChatMessage] | None = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | TaskResult, None]:
        """Run a task; yield what happens, and its `TaskResult` last."""
        ...


class ChatAgent(ABC):
    """Someone who answers messages and remembers them: pass only what is new."""

    @property
    @abstractmethod
    def name(self) -> str:
        """A unique name; a Python identifier."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What the agent is good for, for other agents."""

    @property
    @abstractmethod
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """The classes that `Response.chat_message` may have."""

    @abstractmethod
    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        """Answer new messages."""

    @abstractmethod
    def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Answer new messages; yield what happens, and the `Response` last."""

    @abstractmethod
    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Forget the conversation."""

    @abstractmethod
    async def on_pause(self, cancellation_token: CancellationToken) -> None:
        """Be told of a pause."""

    @abstractmethod
    async def on_resume(self, cancellation_token: CancellationToken) -> None:
        """Be told that a pause is over."""

    @abstractmethod
    async def save_state(self) -> Mapping[str, Any]:
        """The conversation as JSON-ready values."""

    @abstractmethod
    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `save_state` returned."""

    @abstractmethod
    async def close(self) -> None:
        """Release what the agent holds."""
