"""What all agents share: a name, and tasks run on top of messages."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from desktop_agent.agentchat.base import ChatAgent, Response, TaskResult
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallDeltaEvent,
)
from desktop_agent.agentchat.state import BaseState

Task = str | BaseChatMessage | Sequence[BaseChatMessage] | None


class BaseChatAgent(ChatAgent, ABC):
    """An agent that needs only `on_messages` and `on_reset`. Source: AutoGen's class of the same name.

    Args:
        name: A Python identifier.
        description: What the agent is good for.

    Raises:
        ValueError: The name is no identifier.
    """

    def __init__(self, name: str, description: str) -> None:
        if not name.isidentifier():
            raise ValueError("The agent name must be a valid Python identifier.")
        self._name = name
        self._description = description

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    @override
    def description(self) -> str:
        return self._description

    @property
    @abstractmethod
    @override
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]: ...

    @abstractmethod
    @override
    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response: ...

    @override
    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        response = await self.on_messages(messages, cancellation_token)
        for message in response.inner_messages or ():
            yield message
        yield response

    async def run(
        self,
        *,
        task: Task = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
    ) -> TaskResult:
        """Run a task to its end.

        Args:
            task: What to do: a text (from "user"), one or several messages; None continues the conversation.
            cancellation_token: Ends the run.
            output_task_messages: Whether the result begins with the task.

        Raises:
            ValueError: The task is an empty list, or holds something that is no message.
            asyncio.CancelledError: The token was cancelled.
        """
        messages = _task_messages(task)
        response = await self.on_messages(messages, cancellation_token or CancellationToken())
        shown = messages if output_task_messages else []
        return TaskResult(messages=[*shown, *(response.inner_messages or ()), response.chat_message])

    async def run_stream(
        self,
        *,
        task: Task = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
        raise_on_cancel: bool = True,
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | TaskResult, None]:
        """Run a task; yield its messages, what happens, the answer, and the `TaskResult` last.

        Args:
            task: See `run`.
            cancellation_token: See `run`.
            output_task_messages: Whether the task's messages are yielded and in the result.
            raise_on_cancel: Not in AutoGen. False: a cancelled token ends the run with the thought and the
                text so far as messages with `metadata["interrupted"] = "true"`, if there are any, and with
                `TaskResult(stop_reason="cancelled")`; cancelling the task that runs this raises all the same.

        Raises:
            ValueError: As `run`, at the first step.
            asyncio.CancelledError: The token was cancelled, unless `raise_on_cancel` is false.
        """
        token = cancellation_token or CancellationToken()
        messages = _task_messages(task)
        seen: list[BaseAgentEvent | BaseChatMessage] = []
        partial = _PartialAnswer()
        if output_task_messages:
            for message in messages:
                seen.append(message)
                yield message
        try:
            async with aclosing(self.on_messages_stream(messages, token)) as stream:
                async for item in stream:
                    if isinstance(item, ModelClientStreamingChunkEvent):
                        if not raise_on_cancel and item.source == self.name:  # not of an agent in a tool
                            partial.add(item)
                        yield item
                    elif isinstance(item, ToolCallDeltaEvent):
                        yield item
                    elif isinstance(item, Response):
                        seen.append(item.chat_message)
                        yield item.chat_message
                        yield TaskResult(messages=seen)
                    else:
                        seen.append(item)
                        yield item
        except asyncio.CancelledError:
            task_running = asyncio.current_task()
            if raise_on_cancel or not token.is_cancelled() or (task_running and task_running.cancelling()):
                raise
            for cut in partial.messages(self.name, seen):
                seen.append(cut)
                yield cut
            yield TaskResult(messages=seen, stop_reason="cancelled")

    @abstractmethod
    @override
    async def on_reset(self, cancellation_token: CancellationToken) -> None: ...

    @override
    async def on_pause(self, cancellation_token: CancellationToken) -> None:
        """Do nothing."""

    @override
    async def on_resume(self, cancellation_token: CancellationToken) -> None:
        """Do nothing."""

    @override
    async def save_state(self) -> Mapping[str, Any]:
        return BaseState().model_dump()

    @override
    async def load_state(self, state: Mapping[str, Any]) -> None:
        BaseState.model_validate(state)

    @override
    async def close(self) -> None:
        """Do nothing."""


class _PartialAnswer:
    """The thought and the answer under way, as far as they were yielded."""

    def __init__(self) -> None:
        self._thought = _Partial()
        self._answer = _Partial()

    def add(self, chunk: ModelClientStreamingChunkEvent) -> None:
        partial = self._thought if chunk.metadata.get("kind") == "thought" else self._answer
        if chunk.full_message_id != partial.message_id:
            partial.message_id = chunk.full_message_id
            partial.pieces = []
        partial.pieces.append(chunk.content)

    def messages(
        self, source: str, seen: Sequence[BaseAgentEvent | BaseChatMessage]
    ) -> Sequence[ThoughtEvent | TextMessage]:
        """What came of messages that were not yielded whole, marked as interrupted."""
        whole = {message.id for message in seen}
        kinds = ((self._thought, ThoughtEvent), (self._answer, TextMessage))
        return [
            kind(
                id=partial.message_id,
                content="".join(partial.pieces),
                source=source,
                metadata={"interrupted": "true"},
            )
            for partial, kind in kinds
            if partial.message_id is not None and partial.message_id not in whole
        ]


@dataclass
class _Partial:
    """The pieces that came of one message, which has this id."""

    message_id: str | None = None
    pieces: list[str] = field(default_factory=list)


def _task_messages(task: Task) -> list[BaseChatMessage]:
    if task is None:
        return []
    if isinstance(task, str):
        return [TextMessage(content=task, source="user")]
    if isinstance(task, BaseChatMessage):
        return [task]
    if not task:
        raise ValueError("Task list cannot be empty.")
    if not all(isinstance(message, BaseChatMessage) for message in task):
        raise ValueError("All messages in task list must be valid BaseChatMessage types")
    return list(task)
