"""One question to a model, as events: `ModelCall`."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.messages import (
    ModelClientStreamingChunkEvent,
    RetryEvent,
    ThoughtEvent,
    ToolCallDeltaEvent,
    new_id,
)
from desktop_agent.agentchat.models.token_estimate import estimated_tokens, tokens_of_reply
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    CreateResult,
    LLMMessage,
    RequestUsage,
    RetryNotice,
    ThoughtText,
    ToolCallDelta,
    UserMessage,
)

if TYPE_CHECKING:
    from desktop_agent.agentchat.agents.turn import AgentSetup


@dataclass(frozen=True)
class Reply:
    """A whole answer of a model.

    `usage` are the tokens as the server counted them; estimated if it did not say, which `metadata` tells.
    `message_id` is that of the message to come, and `request_id` that of the request for tools: the pieces
    carry them already. `thoughts` are what the model said beside its answer.
    """

    result: CreateResult
    usage: RequestUsage
    message_id: str
    request_id: str
    thoughts: Sequence[ThoughtEvent]
    metadata: dict[str, str]

    @property
    def calls(self) -> Sequence[FunctionCall]:
        """The calls that the model asks for; none if it gave an answer."""
        return () if isinstance(self.result.content, str) else self.result.content

    @property
    def text(self) -> str:
        """The answer; "" if there is none, not even in calls."""
        return self.result.content if isinstance(self.result.content, str) else ""


class ModelCall:
    """Asks a model once with what is in the agent's context.

    Args:
        setup: The agent.
        token: Ends the call.
        arguments: Further arguments for the client: its tools.
    """

    def __init__(self, setup: "AgentSetup", token: CancellationToken, arguments: Mapping[str, Any]) -> None:
        self._setup = setup
        self._token = token
        self._arguments: dict[str, Any] = {**arguments, "cancellation_token": token}
        if setup.output_content_type is not None:
            self._arguments["json_output"] = setup.output_content_type
        self._thought_id, self._message_id, self._request_id = new_id(), new_id(), new_id()
        self._answer: list[str] = []
        self._thought: list[str] = []

    async def stream(
        self,
    ) -> AsyncGenerator[ModelClientStreamingChunkEvent | ToolCallDeltaEvent | RetryEvent | Reply, None]:
        """Ask; yield the pieces, and the `Reply` last; none if the client ended without a result.

        When it ends before, what came so far is kept in the model context, marked as interrupted.

        Raises:
            AgentError: The request failed.
            RuntimeError: The client yielded something that no client may.
            asyncio.CancelledError: The token was cancelled.
        """
        setup, token = self._setup, self._token
        prompt = await self._prompt()
        result: CreateResult | None = None
        if not (setup.model_client_stream or setup.emit_retry_events):
            result = await setup.model_client.create(prompt, **self._arguments)
        else:
            name, message_id, thought_id = setup.name, self._message_id, self._thought_id
            answer, thought = self._answer, self._thought
            chunk_of = ModelClientStreamingChunkEvent.of
            try:
                async with aclosing(self._items(prompt)) as items:
                    async for item in items:
                        if token.is_cancelled():
                            raise asyncio.CancelledError
                        if type(item) is str:
                            answer.append(item)
                            yield chunk_of(item, name, message_id, {})
                        elif isinstance(item, ThoughtText):
                            thought.append(item)
                            yield chunk_of(str(item), name, thought_id, {"kind": "thought"})
                        elif isinstance(item, CreateResult):
                            result = item
                        else:
                            yield self._rare(item)
            except BaseException:
                await self._keep_partial()
                raise
        if result is None:
            await self._keep_partial()
        else:
            yield self._reply(result, prompt)

    async def _prompt(self) -> list[LLMMessage]:
        setup = self._setup
        prompt: list[LLMMessage] = [*setup.system_messages, *await setup.model_context.get_messages()]
        if setup.model_client.model_info["vision"]:
            return prompt
        return [_without_images(message) for message in prompt]

    def _items(self, prompt: Sequence[LLMMessage]) -> AsyncGenerator[Any, None]:
        setup = self._setup
        if not (setup.stream_tool_call_deltas or setup.emit_retry_events):
            return setup.model_client.create_stream(prompt, **self._arguments)
        return setup.model_client.create_events(
            prompt,
            stream=setup.model_client_stream,
            tool_call_deltas=setup.stream_tool_call_deltas,
            retry_notices=setup.emit_retry_events,
            **self._arguments,
        )

    def _rare(self, item: object) -> ModelClientStreamingChunkEvent | ToolCallDeltaEvent | RetryEvent:
        """The event for an item that is neither plain text nor a result."""
        name = self._setup.name
        if isinstance(item, ToolCallDelta):
            return ToolCallDeltaEvent(
                content=item.arguments_piece,
                index=item.index,
                call_id=item.call_id,
                name=item.name,
                full_message_id=self._request_id,
                source=name,
            )
        if isinstance(item, RetryNotice):
            return RetryEvent(
                content=f"{item.error} Trying again in {item.delay:.3g} s "
                f"({item.attempt} of {item.max_retries}).",
                attempt=item.attempt,
                max_retries=item.max_retries,
                delay=item.delay,
                error=type(item.error).__name__,
                source=name,
            )
        if isinstance(item, str):  # a class of somebody else's
            self._answer.append(item)
            return ModelClientStreamingChunkEvent.of(str(item), name, self._message_id, {})
        raise RuntimeError(f"Invalid chunk type: {type(item)}")

    async def _keep_partial(self) -> None:
        if self._answer or self._thought:
            await self._setup.model_context.add_message(
                AssistantMessage(
                    content="".join(self._answer),
                    thought="".join(self._thought) or None,
                    source=self._setup.name,
                    metadata={"interrupted": "true"},
                )
            )

    def _reply(self, result: CreateResult, prompt: Sequence[LLMMessage]) -> Reply:
        metadata: dict[str, str] = {}
        streamed = self._answer or self._thought
        whole = isinstance(result.content, str) and result.content and not streamed
        if self._setup.model_client_stream and whole:
            metadata["streamed"] = "false"
        if result.finish_reason in {"length", "content_filter"}:
            metadata["finish_reason"] = result.finish_reason
        usage = result.usage
        if not (usage.prompt_tokens or usage.completion_tokens or result.cached):
            usage = RequestUsage(
                prompt_tokens=estimated_tokens(prompt, self._arguments.get("tools", ())),
                completion_tokens=tokens_of_reply(result),
            )
            metadata["usage"] = "estimated"
        return Reply(result, usage, self._message_id, self._request_id, self._thoughts(result), metadata)

    def _thoughts(self, result: CreateResult) -> list[ThoughtEvent]:
        """What the model said beside its answer; each has the id that its chunks, if any, told.

        What streamed as an answer and turned out to stand beside calls of tools is a thought, too; when there
        was reasoning as well, they are two.
        """
        has_calls = not isinstance(result.content, str) and result.content
        said = "".join(self._answer) if has_calls else ""
        reasoned = "".join(self._thought)
        if said and reasoned:
            parts = [(self._thought_id, reasoned), (self._message_id, said)]
        elif said:
            parts = [(self._message_id, result.thought or said)]
        else:
            parts = [(self._thought_id, result.thought or reasoned)]
        return [
            ThoughtEvent(id=thought_id, content=text, source=self._setup.name)
            for thought_id, text in parts
            if text
        ]


def _without_images(message: LLMMessage) -> LLMMessage:
    """The same message for a model that sees no images."""
    if not isinstance(message, UserMessage) or isinstance(message.content, str):
        return message
    text = "\n".join(part if isinstance(part, str) else "<image>" for part in message.content)
    return UserMessage(content=text, source=message.source)
