"""The agent that answers with a model: `AssistantAgent`."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from typing_extensions import override

from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    new_id,
)
from desktop_agent.agentchat.model_context import ChatCompletionContext, UnboundedChatCompletionContext
from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.types import AssistantMessage, CreateResult, SystemMessage, ThoughtText
from desktop_agent.agentchat.state import AssistantAgentState


class AssistantAgent(BaseChatAgent):
    """Answers with a model, and remembers the conversation: pass only what is new.

    Source: AutoGen's class of the same name. Different here: chunks of reasoning carry `metadata["kind"] =
    "thought"` and the id of the `ThoughtEvent` to come, those of the answer the id of the `TextMessage`; when
    a run is cancelled or fails in the middle, the answer so far is kept in the model context, so that the
    conversation goes on; `close` closes the model client.

    Args:
        name: A Python identifier.
        model_client: The model.
        model_context: What the model is told; default: everything.
        description: What the agent is good for.
        system_message: Instructions to the model; None for none.
        model_client_stream: Whether the answer comes in chunks.
        metadata: Notes of the caller's.

    Raises:
        ValueError: The name is no identifier.
    """

    def __init__(
        self,
        name: str,
        model_client: ChatCompletionClient,
        *,
        model_context: ChatCompletionContext | None = None,
        description: str = "An agent that provides assistance with ability to use tools.",
        system_message: str | None = (
            "You are a helpful assistant. Use your tools to solve tasks. "
            "Reply with TERMINATE when the task is done."
        ),
        model_client_stream: bool = False,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(name, description)
        self._model_client = model_client
        self._model_context = model_context or UnboundedChatCompletionContext()
        self._system_messages = [] if system_message is None else [SystemMessage(content=system_message)]
        self._model_client_stream = model_client_stream
        self._metadata = metadata or {}

    @property
    @override
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return [TextMessage]

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
    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        for message in messages:
            await self._model_context.add_message(message.to_model_message())
        thought_id, message_id = new_id(), new_id()
        result: CreateResult | None = None
        streamed = False
        if self._model_client_stream:
            async with aclosing(self._stream(thought_id, message_id, cancellation_token)) as stream:
                async for item in stream:
                    if isinstance(item, CreateResult):
                        result = item
                    else:
                        streamed = True
                        yield item
            if result is None:
                raise RuntimeError("No final model result in streaming mode.")
        else:
            prompt = [*self._system_messages, *await self._model_context.get_messages()]
            result = await self._model_client.create(prompt, cancellation_token=cancellation_token)
        # Before anything is yielded: a consumer that leaves now has the answer in the conversation.
        await self._model_context.add_message(
            AssistantMessage(content=result.content, thought=result.thought, source=self.name)
        )
        inner: list[BaseAgentEvent | BaseChatMessage] = []
        if result.thought:
            thought = ThoughtEvent(id=thought_id, content=result.thought, source=self.name)
            inner.append(thought)
            yield thought
        answer = TextMessage(
            id=message_id,
            content=result.content,
            source=self.name,
            models_usage=result.usage,
            metadata=self._answer_metadata(result, streamed),
        )
        yield Response(chat_message=answer, inner_messages=inner)

    async def _stream(
        self, thought_id: str, message_id: str, token: CancellationToken
    ) -> AsyncGenerator[ModelClientStreamingChunkEvent | CreateResult, None]:
        """The model's answer as chunk events and the result; keeps a partial one whatever ends it."""
        prompt = [*self._system_messages, *await self._model_context.get_messages()]
        answer: list[str] = []
        thought: list[str] = []
        name, chunk_of = self.name, ModelClientStreamingChunkEvent.of
        try:
            async with aclosing(self._model_client.create_stream(prompt, cancellation_token=token)) as stream:
                async for item in stream:
                    if token.is_cancelled():
                        raise asyncio.CancelledError
                    if type(item) is str:
                        answer.append(item)
                        yield chunk_of(item, name, message_id, {})
                    elif isinstance(item, ThoughtText):
                        thought.append(item)
                        yield chunk_of(str(item), name, thought_id, {"kind": "thought"})
                    elif isinstance(item, CreateResult):
                        yield item
                    else:
                        raise RuntimeError(f"Invalid chunk type: {type(item)}")
        except BaseException:
            if answer:
                await self._model_context.add_message(
                    AssistantMessage(content="".join(answer), thought="".join(thought) or None, source=name)
                )
            raise

    def _answer_metadata(self, result: CreateResult, streamed: bool) -> dict[str, str]:
        metadata: dict[str, str] = {}
        if self._model_client_stream and not streamed and result.content:
            metadata["streamed"] = "false"
        if result.finish_reason in {"length", "content_filter"}:
            metadata["finish_reason"] = result.finish_reason
        return metadata

    @override
    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        await self._model_context.clear()

    @override
    async def save_state(self) -> Mapping[str, Any]:
        return AssistantAgentState(llm_context=await self._model_context.save_state()).model_dump()

    @override
    async def load_state(self, state: Mapping[str, Any]) -> None:
        await self._model_context.load_state(AssistantAgentState.model_validate(state).llm_context)

    @override
    async def close(self) -> None:
        """Close the model client (AutoGen leaves it open and its sockets to the garbage collector)."""
        await self._model_client.close()
