"""A set of tools that share something: `Workbench`. Source: `autogen_core.tools`."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.tools.results import ToolResult
from desktop_agent.agentchat.tools.schema import ToolSchema


class Workbench(ABC):
    """Tools, their number possibly changing, with a life: `async with workbench: …`."""

    @abstractmethod
    async def list_tools(self) -> list[ToolSchema]:
        """The tools at the moment."""

    @abstractmethod
    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        """Run a tool; a failure is a result, too (`is_error`).

        Raises:
            asyncio.CancelledError: The token was cancelled.
        """

    @abstractmethod
    async def start(self) -> None:
        """Open what the tools need."""

    @abstractmethod
    async def stop(self) -> None:
        """Close it."""

    @abstractmethod
    async def reset(self) -> None:
        """Forget what happened."""

    @abstractmethod
    async def save_state(self) -> Mapping[str, Any]:
        """What the tools remember, as JSON-ready values."""

    @abstractmethod
    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `save_state` returned."""

    def timeout_of(self, name: str) -> float | None:
        """Seconds after which an agent gives a tool up; None: the agent's own limit. Not in AutoGen."""
        return None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.stop()


class StreamWorkbench(Workbench, ABC):
    """A workbench that tells what its tools do while they run."""

    @abstractmethod
    def call_tool_stream(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> AsyncGenerator[Any | ToolResult, None]:
        """Run a tool; yield what happens, and the `ToolResult` last."""
