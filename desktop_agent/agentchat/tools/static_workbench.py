"""Tools that are there from the start: `StaticWorkbench`, `StaticStreamWorkbench`."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, cast

from pydantic import BaseModel, Field
from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.tools.results import ToolResult, contents_of_value, text_of_error
from desktop_agent.agentchat.tools.schema import StreamTool, Tool, ToolSchema
from desktop_agent.agentchat.tools.workbench import StreamWorkbench, Workbench


class ToolOverride(BaseModel):
    """Another name or description for a tool."""

    name: str | None = None
    description: str | None = None


class StaticWorkbenchState(BaseModel):
    """What the tools of a `StaticWorkbench` remember, by their own names."""

    type: Literal["StaticWorkbenchState"] = "StaticWorkbenchState"
    tools: dict[str, Mapping[str, Any]] = Field(default_factory=dict)


class StaticWorkbench(Workbench):
    """Holds a list of tools. Source: AutoGen's class of the same name.

    Args:
        tools: The tools.
        tool_overrides: Other names and descriptions, by the tools' own names.

    Raises:
        ValueError: Two tools would have the same name.
    """

    def __init__(
        self, tools: Sequence[Tool], tool_overrides: Mapping[str, ToolOverride] | None = None
    ) -> None:
        self._tools = list(tools)
        self._overrides = dict(tool_overrides or {})
        self._by_name = {self._shown_name(tool): tool for tool in self._tools}
        if len(self._by_name) != len(self._tools):
            names = [self._shown_name(tool) for tool in self._tools]
            raise ValueError(f"Tool names must be unique: {names}")

    @override
    async def list_tools(self) -> list[ToolSchema]:
        schemas = []
        for name, tool in self._by_name.items():
            schema = tool.schema
            override = self._overrides.get(tool.name)
            if override is not None:
                schema = {**schema, "name": name}
                if override.description is not None:
                    schema["description"] = override.description
            schemas.append(schema)
        return schemas

    @override
    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        tool = self._by_name.get(name)
        if tool is None:
            return ToolResult.error(name, f"Tool {name} not found.")
        token = cancellation_token or CancellationToken()
        # A task, so that the token reaches into the tool.
        work = asyncio.ensure_future(_run(tool, arguments or {}, token, call_id))
        try:
            value = await token.link_future(work)
            return self._result(name, tool, value)
        except Exception as error:  # noqa: BLE001 - the model is told
            return ToolResult.error(name, text_of_error(error))
        except asyncio.CancelledError:
            if _was_cancelled(token):
                raise
            return ToolResult.error(name, "The tool gave up: it was cancelled from within.")

    def _result(self, name: str, tool: Tool, value: Any) -> ToolResult:
        return ToolResult(name=name, result=contents_of_value(value, tool.return_value_as_string))

    def _shown_name(self, tool: Tool) -> str:
        override = self._overrides.get(tool.name)
        return override.name if override is not None and override.name else tool.name

    @override
    def timeout_of(self, name: str) -> float | None:
        return getattr(self._by_name.get(name), "timeout", None)

    @override
    async def start(self) -> None:
        """Do nothing."""

    @override
    async def stop(self) -> None:
        """Do nothing."""

    @override
    async def reset(self) -> None:
        """Do nothing."""

    @override
    async def save_state(self) -> Mapping[str, Any]:
        states = {tool.name: await tool.save_state_json() for tool in self._tools}
        return StaticWorkbenchState(tools=states).model_dump()

    @override
    async def load_state(self, state: Mapping[str, Any]) -> None:
        saved = StaticWorkbenchState.model_validate(state).tools
        for tool in self._tools:
            if tool.name in saved:
                await tool.load_state_json(saved[tool.name])


class StaticStreamWorkbench(StaticWorkbench, StreamWorkbench):
    """Holds a list of tools, and passes on what those that stream tell.

    Source: AutoGen's class of the same name. Mended here: overridden names work when streaming, too, and an
    event comes when it happens, not when the next one does.
    """

    @override
    async def call_tool_stream(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> AsyncGenerator[Any | ToolResult, None]:
        """Run a tool; yield what happens, and the `ToolResult` last.

        The stream ends with `CancelledError` when the task that reads it is cancelled; between two items the
        token is looked at, too.
        """
        tool = self._by_name.get(name)
        if tool is None or not hasattr(tool, "run_json_stream"):
            yield await self.call_tool(name, arguments, cancellation_token, call_id)
            return
        token = cancellation_token or CancellationToken()
        kind = tool.return_type()
        last: Any = None
        held = False  # `last` may be the result, or an event that is still to be passed on
        try:
            items = cast("StreamTool", tool).run_json_stream(arguments or {}, token, call_id)
            async with aclosing(items) as stream:
                async for item in stream:
                    if token.is_cancelled():
                        raise asyncio.CancelledError
                    if held:
                        yield last
                    last, held = item, not isinstance(kind, type) or isinstance(item, kind)
                    if not held:
                        yield item
            result = self._result(name, tool, last)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the model is told
            result = ToolResult.error(name, text_of_error(error))
        except asyncio.CancelledError:
            if _was_cancelled(token):
                raise
            result = ToolResult.error(name, "The tool gave up: it was cancelled from within.")
        yield result


async def _run(
    tool: Tool, arguments: Mapping[str, Any], token: CancellationToken, call_id: str | None
) -> Any:
    """Run a tool; one that wants to end the program fails instead."""
    try:
        return await tool.run_json(arguments, token, call_id)
    except SystemExit as error:  # a task would hand it to the loop
        raise RuntimeError(f"The tool tried to end the program: {error}") from error


def _was_cancelled(token: CancellationToken) -> bool:
    """Whether a `CancelledError` came from outside: from the token or from the task's owner."""
    task = asyncio.current_task()
    return token.is_cancelled() or (task is not None and task.cancelling() > 0)
