"""What a model is told of a tool, and what a tool is to an agent. Source: `autogen_core.tools`."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, NotRequired, Protocol, runtime_checkable

from pydantic import BaseModel
from typing_extensions import TypedDict

from desktop_agent.agentchat.cancellation import CancellationToken


class ParametersSchema(TypedDict):
    """The parameters of a tool, as a JSON schema of an object."""

    type: str
    properties: dict[str, Any]
    required: NotRequired[list[str]]
    additionalProperties: NotRequired[bool]


class ToolSchema(TypedDict):
    """A tool as a model is told it."""

    parameters: NotRequired[ParametersSchema]
    name: str
    description: NotRequired[str]
    strict: NotRequired[bool]


@runtime_checkable
class Tool(Protocol):
    """Something that a model may ask to run."""

    @property
    def name(self) -> str:
        """The name by which the model calls it."""
        ...

    @property
    def description(self) -> str:
        """What it is good for, for the model."""
        ...

    @property
    def schema(self) -> ToolSchema:
        """What the model is told."""
        ...

    def args_type(self) -> type[BaseModel]:
        """The class that arguments are validated with."""
        ...

    def return_type(self) -> type[Any]:
        """The class of the results."""
        ...

    def state_type(self) -> type[BaseModel] | None:
        """The class of the saved state; None if there is none."""
        ...

    def return_value_as_string(self, value: Any) -> str:
        """A result as the model is told it."""
        ...

    async def run_json(
        self, args: Mapping[str, Any], cancellation_token: CancellationToken, call_id: str | None = None
    ) -> Any:
        """Run with arguments that are not validated yet."""
        ...

    async def save_state_json(self) -> Mapping[str, Any]:
        """What the tool remembers."""
        ...

    async def load_state_json(self, state: Mapping[str, Any]) -> None:
        """Continue from what `save_state_json` returned."""
        ...


@runtime_checkable
class StreamTool(Tool, Protocol):
    """A tool that tells what happens while it runs."""

    def run_json_stream(
        self, args: Mapping[str, Any], cancellation_token: CancellationToken, call_id: str | None = None
    ) -> AsyncGenerator[Any, None]:
        """Run; yield what happens, and the result last."""
        ...
