"""One answer of an `AssistantAgent`, from the new messages to the `Response`: `Turn`."""

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel

from desktop_agent.agentchat.agents.model_call import ModelCall, Reply
from desktop_agent.agentchat.agents.tool_run import CANCELLED, Event, ToolRun
from desktop_agent.agentchat.base import Handoff, Response
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.memory import Memory
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    MemoryQueryEvent,
    StructuredMessage,
    TextMessage,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.messages.chunk import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.model_context import ChatCompletionContext
from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from desktop_agent.agentchat.tools import (
    ImageResultContent,
    StaticWorkbench,
    StreamWorkbench,
    ToolResult,
    ToolSchema,
    Workbench,
)
from desktop_agent.agentchat.tools.results import without_surrogates

T = TypeVar("T")

# The API takes ASCII names alone, and an agent may be called anything.
_PICTURE_SOURCE: Final = "tool"


@dataclass(frozen=True)
class AgentSetup:
    """What a turn needs to know of its agent; the names are those of the agent's parameters."""

    name: str
    model_client: ChatCompletionClient
    model_context: ChatCompletionContext
    system_messages: Sequence[SystemMessage]
    memory: Sequence[Memory]
    workbenches: Sequence[Workbench]
    handoffs: dict[str, Handoff]
    """By the names of their tools."""
    handoff_bench: StaticWorkbench
    model_client_stream: bool
    reflect_on_tool_use: bool
    max_tool_iterations: int
    tool_call_summary_format: str
    tool_call_summary_formatter: Callable[[FunctionCall, FunctionExecutionResult], str] | None
    output_content_type: type[BaseModel] | None
    output_content_type_format: str | None
    stream_tool_call_deltas: bool
    emit_retry_events: bool
    tool_timeout: float


class Turn:
    """Answers new messages once.

    Whatever ends it, the conversation in the model context can go on: calls without a result get the result
    "cancelled by user", because servers refuse a conversation with open calls.

    Args:
        setup: The agent.
        token: Ends the turn.
    """

    def __init__(self, setup: AgentSetup, token: CancellationToken) -> None:
        self._setup = setup
        self._token = token
        self._inner: list[Event] = []
        self._open_calls: Sequence[FunctionCall] = ()
        self._run: ToolRun | None = None
        self._benches: dict[str, Workbench] = {}

    async def stream(
        self, messages: Sequence[BaseChatMessage]
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Yield what happens, and the `Response` last; errors as in `AssistantAgent.on_messages_stream`."""
        try:
            await self._take(messages)
            for memory in self._setup.memory:
                updated = await self._unless_cancelled(memory.update_context(self._setup.model_context))
                if updated.memories.results:
                    yield self._record(
                        MemoryQueryEvent(content=updated.memories.results, source=self._setup.name)
                    )
            reply = None
            for _ in range(self._setup.max_tool_iterations):
                async with aclosing(self._ask()) as items:
                    async for item in items:
                        if isinstance(item, Reply):
                            reply = item
                        else:
                            yield item
                if reply is None or not reply.calls:
                    break
                async with aclosing(self._use_tools(reply)) as events:
                    async for event in events:
                        yield event
                if self._handed_over(reply):
                    break
            self._check()
            assert reply is not None  # each call to the model ends with a reply or raises
            if not reply.calls:
                yield Response(chat_message=self._answer(reply), inner_messages=self._inner)
            elif self._handed_over(reply):
                yield Response(chat_message=self._handoff_message(reply), inner_messages=self._inner)
            elif self._setup.reflect_on_tool_use:
                async with aclosing(self._reflect()) as words:
                    async for word in words:
                        yield word
            else:
                yield Response(chat_message=self._summary(), inner_messages=self._inner)
        except BaseException:
            await self._answer_open_calls()
            raise

    async def _take(self, messages: Sequence[BaseChatMessage]) -> None:
        """Add new messages to the context, with what a handoff brings along."""
        context = self._setup.model_context
        for message in messages:
            if isinstance(message, HandoffMessage):
                for earlier in message.context:
                    await context.add_message(earlier)
            await context.add_message(message.to_model_message())

    async def _ask(self) -> AsyncGenerator[Event | Reply, None]:
        """Ask the model; yield what happens, and the `Reply` last, which is in the context by then."""
        tools: list[ToolSchema] = []
        self._benches = {}
        benches = [*self._setup.workbenches, *([self._setup.handoff_bench] if self._setup.handoffs else [])]
        for bench in benches:
            for schema in await self._unless_cancelled(bench.list_tools()):
                if schema["name"] not in self._benches:  # else a workbench before it has one of this name
                    tools.append(schema)
                    self._benches[schema["name"]] = bench
        call = ModelCall(self._setup, self._token, {"tools": tools} if tools else {})
        async with aclosing(call.stream()) as items:
            async for item in items:
                if not isinstance(item, Reply):
                    yield self._record(item)
                    continue
                await self._keep(item)
                for thought in item.thoughts:
                    yield self._record(thought)
                yield item
                return
        raise RuntimeError("No final model result in streaming mode.")

    async def _keep(self, reply: Reply) -> None:
        # Before anything of it is yielded: a consumer that leaves now has the answer in the conversation.
        await self._setup.model_context.add_message(
            AssistantMessage(
                content=list(reply.calls) if reply.calls else reply.text,
                thought=reply.result.thought,
                source=self._setup.name,
            )
        )
        self._open_calls = reply.calls

    async def _use_tools(self, reply: Reply) -> AsyncGenerator[Event, None]:
        """Run the calls of a reply; yield the request, what tools tell, and the results."""
        setup = self._setup
        yield self._record(
            ToolCallRequestEvent(
                id=reply.request_id,
                content=list(reply.calls),
                source=setup.name,
                models_usage=reply.usage,
                metadata=reply.metadata,
            )
        )
        self._run = ToolRun(reply.calls, self._call_tool, self._timeout_of, self._token)
        async with aclosing(self._run.stream()) as events:
            async for event in events:
                yield self._record(event)
        results = await self._keep_results()
        yield self._record(ToolCallExecutionEvent(content=results, source=setup.name))

    async def _keep_results(self) -> list[FunctionExecutionResult]:
        """Answer the open calls with what their run gave, in the context; also when it was cut short."""
        calls, run = self._open_calls, self._run
        self._open_calls = ()
        if run is not None and run.calls is calls:
            outcomes = run.results
        else:
            outcomes = [ToolResult.error(call.name, CANCELLED) for call in calls]
        results = [
            FunctionExecutionResult(
                content=without_surrogates(outcome.to_text(replace_image="[image]")),
                name=call.name,
                call_id=call.id,
                is_error=outcome.is_error,
            )
            for call, outcome in zip(calls, outcomes, strict=True)
        ]
        context = self._setup.model_context
        await context.add_message(FunctionExecutionResultMessage(content=results))
        if self._setup.model_client.model_info["vision"]:
            for outcome in outcomes:
                images = [part.content for part in outcome.result if isinstance(part, ImageResultContent)]
                if images:  # the API takes no pictures from tools, only from users
                    content: list[str | Image] = [f"From the tool {outcome.name}:", *images]
                    await context.add_message(UserMessage(content=content, source=_PICTURE_SOURCE))
        return results

    async def _answer_open_calls(self) -> None:
        if self._open_calls:
            await self._keep_results()

    async def _call_tool(self, call: FunctionCall, emit: Callable[[Event], Awaitable[None]]) -> ToolResult:
        """Run one call; what is wrong with it is told to the model."""
        bench = self._benches.get(call.name)
        if bench is self._setup.handoff_bench and call.name in self._setup.handoffs:
            return await bench.call_tool(call.name, {}, self._token, call.id)  # it takes no arguments
        try:
            arguments = json.loads(call.arguments) if call.arguments.strip() else {}
        except (ValueError, RecursionError) as error:
            return ToolResult.error(call.name, f"Error: {error}")
        if not isinstance(arguments, dict):
            return ToolResult.error(call.name, "Error: the arguments are not a JSON object")
        if bench is None:
            return ToolResult.error(call.name, f"Error: tool '{call.name}' not found in any workbench")
        if not isinstance(bench, StreamWorkbench):
            return await bench.call_tool(call.name, arguments, self._token, call.id)
        result: ToolResult | None = None
        async with aclosing(bench.call_tool_stream(call.name, arguments, self._token, call.id)) as items:
            async for item in items:
                if isinstance(item, ToolResult):
                    result = item
                elif isinstance(item, (BaseAgentEvent, BaseChatMessage)):
                    await emit(item)
                else:
                    warnings.warn(f"Unexpected event type: {type(item)}", UserWarning, stacklevel=2)
        return result or ToolResult.error(call.name, "Error: the tool ended without a result")

    def _timeout_of(self, call: FunctionCall) -> float:
        bench = self._benches.get(call.name)
        own = bench.timeout_of(call.name) if bench is not None else None
        return self._setup.tool_timeout if own is None else own

    async def _reflect(self) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Have the model put the results of tools into words."""
        call = ModelCall(self._setup, self._token, {"tool_choice": "none"})
        async with aclosing(call.stream()) as items:
            async for item in items:
                if not isinstance(item, Reply):
                    yield self._record(item)
                    continue
                if not isinstance(item.result.content, str):
                    break
                await self._keep(item)
                for thought in item.thoughts:
                    yield self._record(thought)
                yield Response(chat_message=self._answer(item), inner_messages=self._inner)
                return
        raise RuntimeError("Reflect on tool use produced no valid text response.")

    def _answer(self, reply: Reply) -> BaseChatMessage:
        """The answer in words, or as the value that was asked for."""
        setup = self._setup
        if setup.output_content_type is None:
            return TextMessage(
                id=reply.message_id,
                content=reply.text,
                source=setup.name,
                models_usage=reply.usage,
                metadata=reply.metadata,
            )
        return StructuredMessage[setup.output_content_type](  # type: ignore[name-defined]  # a class of run time
            id=reply.message_id,
            content=setup.output_content_type.model_validate_json(reply.text),
            source=setup.name,
            models_usage=reply.usage,
            metadata=reply.metadata,
            format_string=setup.output_content_type_format,
        )

    def _handed_over(self, reply: Reply) -> bool:
        return any(call.name in self._setup.handoffs for call in reply.calls)

    def _handoff_message(self, reply: Reply) -> HandoffMessage:
        """Hand over to the first that the model named, with what the same turn found out."""
        setup = self._setup
        pairs = self._pairs()
        handed = [(call, result) for call, result in pairs if call.name in setup.handoffs]
        if len(handed) > 1:
            names = [call.name for call, _ in handed]
            warnings.warn(
                f"Multiple handoffs detected. Only the first is executed: {names}", UserWarning, stacklevel=2
            )
        others = [(call, result) for call, result in pairs if call.name not in setup.handoffs]
        thought = reply.result.thought
        context: list[LLMMessage] = []
        if others:
            calls = [call for call, _ in others]
            context.append(AssistantMessage(content=calls, thought=thought, source=setup.name))
            context.append(FunctionExecutionResultMessage(content=[result for _, result in others]))
        elif thought:
            context.append(AssistantMessage(content=thought, source=setup.name))
        call, result = handed[0]
        return HandoffMessage(
            content=result.content,
            target=setup.handoffs[call.name].target,
            source=setup.name,
            context=context,
        )

    def _summary(self) -> ToolCallSummaryMessage:
        """The last results as they are, a line each; the model is not told it again."""
        setup = self._setup
        pairs = [(call, result) for call, result in self._pairs() if call.name not in setup.handoffs]
        lines = []
        for call, result in pairs:
            if setup.tool_call_summary_formatter is not None:
                lines.append(setup.tool_call_summary_formatter(call, result))
            else:
                lines.append(
                    setup.tool_call_summary_format.format(
                        tool_name=call.name,
                        arguments=call.arguments,
                        result=result.content,
                        is_error=result.is_error,
                    )
                )
        return ToolCallSummaryMessage(
            content="\n".join(lines),
            source=setup.name,
            tool_calls=[call for call, _ in pairs],
            results=[result for _, result in pairs],
        )

    def _pairs(self) -> list[tuple[FunctionCall, FunctionExecutionResult]]:
        """The last calls and their results."""
        request = next(each for each in reversed(self._inner) if isinstance(each, ToolCallRequestEvent))
        executed = next(each for each in reversed(self._inner) if isinstance(each, ToolCallExecutionEvent))
        return list(zip(request.content, executed.content, strict=True))

    def _check(self) -> None:
        """Yield nothing more once the token is cancelled; what is in the context stays there."""
        if self._token.is_cancelled():
            raise asyncio.CancelledError

    def _record(self, event: Event) -> Event:
        self._check()
        if not isinstance(event, (ModelClientStreamingChunkEvent, ToolCallDeltaEvent)):
            self._inner.append(event)
        return event

    async def _unless_cancelled(self, work: Awaitable[T]) -> T:
        """What `work` gives, unless the token is cancelled before."""
        return await self._token.link_future(asyncio.ensure_future(work))
