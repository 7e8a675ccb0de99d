"""The agent that asks a person: `UserProxyAgent`."""

import asyncio
import inspect
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeAlias

from typing_extensions import override

from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    TextMessage,
    UserInputRequestedEvent,
)
from desktop_agent.agentchat.tools.threads import run_in_thread

SyncInputFunc: TypeAlias = Callable[[str], str]
AsyncInputFunc: TypeAlias = Callable[[str, CancellationToken | None], Awaitable[str]]
InputFuncType: TypeAlias = SyncInputFunc | AsyncInputFunc


class UserProxyAgent(BaseChatAgent):
    """Asks a person for the answer. Source: AutoGen's class of the same name.

    Args:
        name: A Python identifier.
        description: What the person is good for.
        input_func: Asks: takes the prompt, and, if it is a coroutine function, the token. Default: `input`.
            A function that is none runs in a thread of its own; when the run is cancelled, what it returns
            is dropped.

    Raises:
        ValueError: The name is no identifier.
    """

    class InputRequestContext:
        """Which request an input function is asked for. Source: AutoGen."""

        _request_id: ClassVar[ContextVar[str]] = ContextVar("request_id")

        @classmethod
        @contextmanager
        def populate_context(cls, request_id: str) -> Generator[None, None, None]:
            """Within, `request_id` gives this one."""
            reset = cls._request_id.set(request_id)
            try:
                yield
            finally:
                cls._request_id.reset(reset)

        @classmethod
        def request_id(cls) -> str:
            """The id of the `UserInputRequestedEvent` that is to be answered.

            Raises:
                RuntimeError: No input function is being called.
            """
            try:
                return cls._request_id.get()
            except LookupError:
                raise RuntimeError(
                    "InputRequestContext.request_id() must be called within the input function of a "
                    "UserProxyAgent."
                ) from None

    def __init__(
        self, name: str, *, description: str = "A human user", input_func: InputFuncType | None = None
    ) -> None:
        super().__init__(name, description)
        self._input_func: Callable[..., Any] = input_func or input

    @property
    @override
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return [TextMessage, HandoffMessage]

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
        """Yield a `UserInputRequestedEvent`, ask, and yield the `Response`.

        Raises:
            RuntimeError: Asking failed, or the last message hands over to somebody else.
            asyncio.CancelledError: The token was cancelled.
        """
        handoff = self._handoff(messages)
        prompt = "Enter your response: "
        if handoff is not None:
            prompt = f"Handoff received from {handoff.source}. {prompt}"
        request_id = str(uuid.uuid4())
        event = UserInputRequestedEvent(request_id=request_id, source=self.name)
        yield event
        with self.InputRequestContext.populate_context(request_id):
            text = await self._ask(prompt, cancellation_token)
        answer: BaseChatMessage
        if handoff is None:
            answer = TextMessage(content=text, source=self.name)
        else:
            answer = HandoffMessage(content=text, target=handoff.source, source=self.name)
        yield Response(chat_message=answer, inner_messages=[event])

    def _handoff(self, messages: Sequence[BaseChatMessage]) -> HandoffMessage | None:
        last = messages[-1] if messages else None
        if not isinstance(last, HandoffMessage):
            return None
        if last.target != self.name:
            raise RuntimeError(f"Handoff message target does not match agent name: {last.source}")
        return last

    async def _ask(self, prompt: str, token: CancellationToken) -> str:
        try:
            if inspect.iscoroutinefunction(self._input_func):
                asking = self._input_func(prompt, token)
            else:
                asking = run_in_thread(lambda: self._input_func(prompt), f"input of {self.name}")
            # A task, so that the token reaches into the function.
            return str(await token.link_future(asyncio.ensure_future(asking)))
        except Exception as error:
            raise RuntimeError(f"Failed to get user input: {error}") from error

    @override
    async def on_reset(self, cancellation_token: CancellationToken | None = None) -> None:
        """Do nothing: there is nothing to forget."""
