"""What tools have in common: `BaseTool`, `BaseToolWithState`, `BaseStreamTool`."""

import copy
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.tools.parameters import parameters_schema
from desktop_agent.agentchat.tools.results import text_of_value
from desktop_agent.agentchat.tools.schema import ToolSchema

ArgsT = TypeVar("ArgsT", bound=BaseModel, contravariant=True)
ReturnT = TypeVar("ReturnT", covariant=True)
StreamT = TypeVar("StreamT", covariant=True)
StateT = TypeVar("StateT", bound=BaseModel)


class BaseTool(ABC, Generic[ArgsT, ReturnT]):
    """A tool whose arguments are a pydantic model. Source: AutoGen's class of the same name.

    Args:
        args_type: The class of the arguments.
        return_type: The class of the results.
        name: By which the model calls it.
        description: What it is good for, for the model.
        strict: Have the server hold the model to the schema; then no argument may have a default.
        timeout: Not in AutoGen: seconds after which an agent gives it up; None: the agent's `tool_timeout`.
    """

    def __init__(
        self,
        args_type: type[ArgsT],
        return_type: type[ReturnT],
        name: str,
        description: str,
        strict: bool = False,
        *,
        timeout: float | None = None,
    ) -> None:
        self._args_type = args_type
        self._return_type = return_type
        self._name = name
        self._description = description
        self._strict = strict
        self._schema: ToolSchema | None = None
        self.timeout = timeout
        """Seconds after which an agent gives the tool up; None: the agent's own limit."""

    @property
    def schema(self) -> ToolSchema:
        """What the model is told.

        Raises:
            ValueError: `strict`, and an argument has a default or others than those named are allowed.
        """
        if self._schema is None:
            parameters = parameters_schema(self._args_type)
            if self._strict and set(parameters["required"]) != set(parameters["properties"]):
                raise ValueError(
                    f"Strict mode is enabled for the tool {self._name!r}, so all its arguments must be "
                    "required: none may have a default."
                )
            if self._strict and parameters["additionalProperties"]:
                raise ValueError(
                    f"Strict mode is enabled for the tool {self._name!r}, so it can't take other arguments "
                    "than those it names."
                )
            self._schema = ToolSchema(
                name=self._name,
                description=self._description,
                parameters=parameters,
                strict=self._strict,
            )
        return copy.deepcopy(self._schema)

    @property
    def name(self) -> str:
        """By which the model calls it."""
        return self._name

    @property
    def description(self) -> str:
        """What it is good for, for the model."""
        return self._description

    def args_type(self) -> type[BaseModel]:
        """The class of the arguments."""
        return self._args_type

    def return_type(self) -> type[Any]:
        """The class of the results."""
        return self._return_type

    def state_type(self) -> type[BaseModel] | None:
        """The class of the saved state; None if there is none."""
        return None

    def return_value_as_string(self, value: Any) -> str:
        """A result as the model is told it: texts as they are, else JSON (AutoGen: mostly Python's repr)."""
        return text_of_value(value)

    @abstractmethod
    async def run(self, args: ArgsT, cancellation_token: CancellationToken) -> ReturnT:
        """Do the work."""

    async def run_json(
        self, args: Mapping[str, Any], cancellation_token: CancellationToken, call_id: str | None = None
    ) -> Any:
        """Run with arguments that are not validated yet.

        Raises:
            pydantic.ValidationError: The arguments do not fit.
            Exception: What the tool raises.
        """
        return await self.run(self._args_type.model_validate(args), cancellation_token)

    async def save_state_json(self) -> Mapping[str, Any]:
        """What the tool remembers: nothing."""
        return {}

    async def load_state_json(self, state: Mapping[str, Any]) -> None:
        """Do nothing."""


class BaseToolWithState(BaseTool[ArgsT, ReturnT], ABC, Generic[ArgsT, ReturnT, StateT]):
    """A tool that remembers something. Source: AutoGen's class of the same name.

    Args:
        args_type: See `BaseTool`.
        return_type: See `BaseTool`.
        state_type: The class of what it remembers.
        name: See `BaseTool`.
        description: See `BaseTool`.
    """

    def __init__(
        self,
        args_type: type[ArgsT],
        return_type: type[ReturnT],
        state_type: type[StateT],
        name: str,
        description: str,
    ) -> None:
        super().__init__(args_type, return_type, name, description)
        self._state_type = state_type
        self.component_state: StateT | None = None

    @override
    def state_type(self) -> type[BaseModel]:
        return self._state_type

    @abstractmethod
    def save_state(self) -> StateT:
        """What the tool remembers."""

    @abstractmethod
    def load_state(self, state: StateT) -> None:
        """Continue from what `save_state` returned."""

    @override
    async def save_state_json(self) -> Mapping[str, Any]:
        return self.save_state().model_dump()

    @override
    async def load_state_json(self, state: Mapping[str, Any]) -> None:
        self.load_state(self._state_type.model_validate(state))


class BaseStreamTool(BaseTool[ArgsT, ReturnT], ABC, Generic[ArgsT, StreamT, ReturnT]):
    """A tool that tells what happens while it runs. Source: AutoGen's class of the same name.

    A subclass needs only `run_stream`.
    """

    @abstractmethod
    def run_stream(
        self, args: ArgsT, cancellation_token: CancellationToken
    ) -> AsyncGenerator[StreamT | ReturnT, None]:
        """Do the work; yield events, and the result last."""

    @override
    async def run(self, args: ArgsT, cancellation_token: CancellationToken) -> ReturnT:
        result: Any = None
        async with aclosing(self.run_stream(args, cancellation_token)) as stream:
            async for item in stream:
                result = item
        self._check(result)
        return result  # type: ignore[no-any-return]  # checked

    async def run_json_stream(
        self, args: Mapping[str, Any], cancellation_token: CancellationToken, call_id: str | None = None
    ) -> AsyncGenerator[StreamT | ReturnT, None]:
        """Run with arguments that are not validated yet; yield events, and the result last.

        Raises:
            pydantic.ValidationError: The arguments do not fit.
            TypeError: The last item is not of the class of the results.
            Exception: What the tool raises.
        """
        item: Any = None
        stream = self.run_stream(self._args_type.model_validate(args), cancellation_token)
        async with aclosing(stream):
            async for item in stream:
                yield item
        self._check(item)

    def _check(self, result: Any) -> None:
        if isinstance(self._return_type, type) and not isinstance(result, self._return_type):
            raise TypeError(
                f"The last item of the tool {self.name!r} must be of the type {self._return_type.__name__}, "
                f"but it is of the type {type(result).__name__}."
            )
