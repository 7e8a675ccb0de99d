"""The agent that answers with a model, and with tools: `AssistantAgent`."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from pydantic import BaseModel
from typing_extensions import override

from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent
from desktop_agent.agentchat.agents.tool_run import cancelled_results
from desktop_agent.agentchat.agents.turn import AgentSetup, Turn
from desktop_agent.agentchat.base import Handoff, Response
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.memory import Memory
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    StructuredMessage,
    TextMessage,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.model_context import ChatCompletionContext, UnboundedChatCompletionContext
from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.types import AssistantMessage, FunctionExecutionResult, SystemMessage
from desktop_agent.agentchat.state import AssistantAgentState
from desktop_agent.agentchat.tools import (
    BaseTool,
    FunctionTool,
    StaticStreamWorkbench,
    StaticWorkbench,
    Tool,
    Workbench,
)


class AssistantAgent(BaseChatAgent):
    """Answers with a model that may call tools, and remembers the conversation: pass only what is new.

    Source: AutoGen's class of the same name; sequences, errors and texts are its own. Different here:

    - Chunks of reasoning carry `metadata["kind"] = "thought"` and the id of the `ThoughtEvent` to come, those
      of the answer the id of the message to come; there are no tags in their text.
    - When a run is cancelled or fails in the middle, the answer so far stays in the model context, marked as
      interrupted, and calls of tools without a result get the result "cancelled by user", so that the
      conversation goes on.
    - A cancel ends the tools that run, and the stream, within 100 ms; a tool that never ends is given up.
    - Results of tools reach the model as JSON, and pictures from tools as pictures.
    - `close` closes the model client.

    Args:
        name: A Python identifier.
        model_client: The model.
        tools: Tools, or functions with type hints, whose docstrings describe them.
        workbench: Sets of tools, in place of `tools`.
        handoffs: To whom the model may hand over: names of agents, or `Handoff`.
        model_context: What the model is told; default: everything.
        description: What the agent is good for.
        system_message: Instructions to the model; None for none.
        model_client_stream: Whether the answer comes in chunks.
        reflect_on_tool_use: Whether the model puts the results of tools into words; if not, they are the
            answer as they are. Default: only for structured output.
        max_tool_iterations: How many times in a row the model may ask for tools.
        tool_call_summary_format: A line of a summary; keys: tool_name, arguments, result, is_error.
        tool_call_summary_formatter: Makes such a line; wins over the format.
        output_content_type: Have the model answer with a value of this class, as a `StructuredMessage`.
        output_content_type_format: How that value reads as text; its fields are the keys.
        memory: What the agent knows beside the conversation.
        metadata: Notes of the caller's.
        stream_tool_call_deltas: Yield a `ToolCallDeltaEvent` for each piece of a call; needs
            `model_client_stream`. Not in AutoGen.
        emit_retry_events: Yield a `RetryEvent` before a request is sent again. Not in AutoGen.
        tool_timeout: Seconds after which a tool is given up, unless it has a limit of its own; the model is
            told. Not in AutoGen.

    Raises:
        ValueError: The name is no identifier; the model can't call functions but is to; names of tools or
            handoffs are taken; a tool or handoff is of no known type; `tools` and `workbench` are both given;
            `max_tool_iterations` or `tool_timeout` is too small.
        TypeError: `memory` is no list.
    """

    def __init__(
        self,
        name: str,
        model_client: ChatCompletionClient,
        *,
        tools: Sequence[BaseTool[Any, Any] | Callable[..., Any]] | None = None,
        workbench: Workbench | Sequence[Workbench] | None = None,
        handoffs: Sequence[Handoff | str] | None = None,
        model_context: ChatCompletionContext | None = None,
        description: str = "An agent that provides assistance with ability to use tools.",
        system_message: str | None = (
            "You are a helpful assistant. Use your tools to solve tasks. "
            "Reply with TERMINATE when the task is done."
        ),
        model_client_stream: bool = False,
        reflect_on_tool_use: bool | None = None,
        max_tool_iterations: int = 1,
        tool_call_summary_format: str = "{result}",
        tool_call_summary_formatter: Callable[[FunctionCall, FunctionExecutionResult], str] | None = None,
        output_content_type: type[BaseModel] | None = None,
        output_content_type_format: str | None = None,
        memory: Sequence[Memory] | None = None,
        metadata: dict[str, str] | None = None,
        stream_tool_call_deltas: bool = False,
        emit_retry_events: bool = False,
        tool_timeout: float = 300.0,
    ) -> None:
        super().__init__(name, description)
        self._metadata = metadata or {}
        self._model_client = model_client
        self._model_context = UnboundedChatCompletionContext() if model_context is None else model_context
        self._output_content_type = output_content_type
        if memory is not None and not isinstance(memory, list):
            raise TypeError(f"Expected Memory, List[Memory], or None, got {type(memory)}")
        if max_tool_iterations < 1:
            raise ValueError(
                "Maximum number of tool iterations must be greater than or equal to 1, "
                f"got {max_tool_iterations}"
            )
        if not tool_timeout > 0:
            raise ValueError(f"tool_timeout must be greater than 0, got {tool_timeout}")
        known_tools = _tools(tools or (), model_client)
        known_handoffs = _handoffs(handoffs or (), model_client, [tool.name for tool in known_tools])
        self._setup = AgentSetup(
            name=name,
            model_client=model_client,
            model_context=self._model_context,
            system_messages=[] if system_message is None else [SystemMessage(content=system_message)],
            memory=memory or [],
            workbenches=_workbenches(workbench, known_tools),
            handoffs=known_handoffs,
            handoff_bench=StaticWorkbench([handoff.handoff_tool for handoff in known_handoffs.values()]),
            model_client_stream=model_client_stream,
            reflect_on_tool_use=(
                output_content_type is not None if reflect_on_tool_use is None else reflect_on_tool_use
            ),
            max_tool_iterations=max_tool_iterations,
            tool_call_summary_format=tool_call_summary_format,
            tool_call_summary_formatter=tool_call_summary_formatter,
            output_content_type=output_content_type,
            output_content_type_format=output_content_type_format,
            stream_tool_call_deltas=stream_tool_call_deltas,
            emit_retry_events=emit_retry_events,
            tool_timeout=tool_timeout,
        )

    @property
    @override
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        types: list[type[BaseChatMessage]] = [TextMessage, ToolCallSummaryMessage, HandoffMessage]
        if self._output_content_type is not None:
            types.append(StructuredMessage[self._output_content_type])  # type: ignore[name-defined]  # of run time
        return types

    @property
    def model_context(self) -> ChatCompletionContext:
        """What the model is told of the conversation."""
        return self._model_context

    @override
    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        async with aclosing(self.on_messages_stream(messages, cancellation_token)) as stream:
            async for item in stream:
                if isinstance(item, Response):
                    return item
        raise AssertionError("The stream should have returned the final result.")

    @override
    def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Answer new messages; yield what happens, and the `Response` last.

        Raises:
            AgentError: A request to the model failed.
            pydantic.ValidationError: The answer does not fit `output_content_type`.
            RuntimeError: The model client broke its contract, or the model answered the results of tools with
                calls of tools although it was to put them into words.
            asyncio.CancelledError: The token was cancelled.
        """
        # No generator around the turn's: this is the way of every token.
        return Turn(self._setup, cancellation_token).stream(messages)

    @override
    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        await self._model_context.clear()

    @override
    async def save_state(self) -> Mapping[str, Any]:
        return AssistantAgentState(llm_context=await self._model_context.save_state()).model_dump()

    @override
    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `save_state` returned, AutoGen's included.

        Calls of tools that its run left without a result get the result "cancelled by user".

        Raises:
            pydantic.ValidationError: `state` is none that `save_state` returned.
        """
        await self._model_context.load_state(AssistantAgentState.model_validate(state).llm_context)
        messages = await self._model_context.get_messages()
        last = messages[-1] if messages else None
        if isinstance(last, AssistantMessage) and not isinstance(last.content, str):
            await self._model_context.add_message(cancelled_results(last.content))

    @override
    async def close(self) -> None:
        """Close the model client (AutoGen leaves it open and its sockets to the garbage collector)."""
        await self._model_client.close()


def _tools(
    tools: Sequence[BaseTool[Any, Any] | Callable[..., Any]], model_client: ChatCompletionClient
) -> list[Tool]:
    if tools and not model_client.model_info["function_calling"]:
        raise ValueError("The model does not support function calling.")
    known: list[Tool] = []
    for tool in tools:
        if isinstance(tool, BaseTool):
            known.append(tool)
        elif callable(tool):
            known.append(FunctionTool(tool, description=getattr(tool, "__doc__", None) or ""))
        elif hasattr(tool, "run_json"):
            known.append(cast("Tool", tool))
        else:
            raise ValueError(f"Unsupported tool type: {type(tool)}")
    names = [tool.name for tool in known]
    if len(names) != len(set(names)):
        raise ValueError(f"Tool names must be unique: {names}")
    return known


def _handoffs(
    handoffs: Sequence[Handoff | str], model_client: ChatCompletionClient, tool_names: Sequence[str]
) -> dict[str, Handoff]:
    if handoffs and not model_client.model_info["function_calling"]:
        raise ValueError("The model does not support function calling, which is needed for handoffs.")
    known: list[Handoff] = []
    for handoff in handoffs:
        if not isinstance(handoff, (Handoff, str)):
            raise ValueError(f"Unsupported handoff type: {type(handoff)}")  # noqa: TRY004 - AutoGen's
        known.append(Handoff(target=handoff) if isinstance(handoff, str) else handoff)
    names = [handoff.name for handoff in known]
    if len(names) != len(set(names)):
        raise ValueError(f"Handoff names must be unique: {names}")
    if any(handoff.name in tool_names or handoff.target in tool_names for handoff in known):
        raise ValueError(
            "Handoff names must be unique from tool names. "
            f"Handoff names: {names}; tool names: {list(tool_names)}"
        )
    return dict(zip(names, known, strict=True))


def _workbenches(
    workbench: Workbench | Sequence[Workbench] | None, tools: Sequence[Tool]
) -> Sequence[Workbench]:
    if workbench is None:
        return [StaticStreamWorkbench(tools)] if tools else []
    if tools:
        raise ValueError("Tools cannot be used with a workbench.")
    return [workbench] if isinstance(workbench, Workbench) else list(workbench)
