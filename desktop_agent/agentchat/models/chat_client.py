"""The client of a chat completions API, without the library that carries its requests."""

import asyncio
import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from pydantic import BaseModel
from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.errors import AgentError, AuthenticationError, BadRequestError
from desktop_agent.agentchat.logging import EVENT_LOGGER_NAME, TRACE_LOGGER_NAME, LLMCallEvent
from desktop_agent.agentchat.models.chat_request import Question, RequestWriter, ask_for_usage
from desktop_agent.agentchat.models.completion import completion_of, model_names_of
from desktop_agent.agentchat.models.known_models import token_limit
from desktop_agent.agentchat.models.model_client import ChatCompletionClient, JsonOutput, ToolChoice
from desktop_agent.agentchat.models.openai_config import Settings
from desktop_agent.agentchat.models.read_guard import ReadGuard
from desktop_agent.agentchat.models.reply import ReplyBody
from desktop_agent.agentchat.models.retry import Retries
from desktop_agent.agentchat.models.streamed_reply import StreamedReply
from desktop_agent.agentchat.models.token_estimate import estimated_tokens
from desktop_agent.agentchat.models.types import (
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    RetryNotice,
    ToolCallDelta,
)
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema

_Send = Callable[[Callable[[], None]], Coroutine[Any, Any, Any]]
"""Sends a request and returns the answer; calls what it is given when the connection stands."""

_trace = logging.getLogger(TRACE_LOGGER_NAME)
_events = logging.getLogger(EVENT_LOGGER_NAME)

_USAGE_WORDS: Final = ("stream_options", "include_usage")


class Carrier(ABC):
    """Carries requests to a server: the SDK, behind what a client needs of it."""

    @abstractmethod
    def known_args(self) -> frozenset[str]:
        """The arguments that a request may have."""

    @abstractmethod
    def strict_schema(self, model: type[BaseModel]) -> dict[str, Any]:
        """The schema of a class as OpenAI's strict mode takes it."""

    @abstractmethod
    async def open(self, request: Mapping[str, Any], connected: Callable[[], None]) -> Any:
        """Send a request; return the answer, its body not yet read.

        Args:
            request: The arguments of the API.
            connected: Called when the connection stands, before the request goes out.

        Raises:
            AgentError: It could not be sent, or the status is no success.
        """

    @abstractmethod
    async def open_models(self, connected: Callable[[], None]) -> Any:
        """Ask which models there are; as `open`."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""


class BaseOpenAIChatCompletionClient(ChatCompletionClient):
    """What the clients of OpenAI and of Azure share. Source: AutoGen's class of the same name.

    Args:
        settings: The arguments, checked.
        carrier: Sends the requests.
        key: The API key, "" for none.
    """

    def __init__(self, settings: Settings, carrier: Carrier, key: str) -> None:
        self._settings = settings
        self._endpoint = settings.endpoint
        self._carrier = carrier
        self._writer = RequestWriter(settings, carrier.known_args, carrier.strict_schema)
        self._key = key
        self._usage_refused = False
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self._settings.model!r}, host={self.host!r})"

    @property
    def host(self) -> str:
        """The `host[:port]` that requests go to, without user and password."""
        return self._endpoint.host

    @override
    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        question = Question(messages, tools, tool_choice, json_output, extra_create_args)
        async with aclosing(self._whole(question, cancellation_token)) as items:
            async for item in items:
                if isinstance(item, CreateResult):
                    return item
        raise AssertionError("A request ends with a result or an error.")

    @override
    def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
        include_usage: bool | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Ask and yield the answer as it comes; see `ChatCompletionClient.create_stream`.

        A server that answers with one JSON completion gives a `CreateResult` without pieces.

        Args:
            messages: See `create`, as for the arguments that are not named here.
            tools: See `create`.
            tool_choice: See `create`.
            json_output: See `create`.
            extra_create_args: Any argument of the API; `extra_body` for others, `timeout` in seconds.
            cancellation_token: Closes the connection at once.
            include_usage: Ask for usage or not; default: yes.
        """
        question = Question(messages, tools, tool_choice, json_output, extra_create_args, include_usage)
        return self._stream(question, cancellation_token)  # type: ignore[return-value]  # without deltas

    @override
    def create_events(
        self,
        messages: Sequence[LLMMessage],
        *,
        stream: bool = True,
        tool_call_deltas: bool = False,
        retry_notices: bool = False,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | ToolCallDelta | RetryNotice | CreateResult, None]:
        question = Question(messages, tools, tool_choice, json_output, extra_create_args)
        if not stream:
            return self._whole(question, cancellation_token, notices=retry_notices)
        return self._stream(question, cancellation_token, deltas=tool_call_deltas, notices=retry_notices)

    async def list_models(self, cancellation_token: CancellationToken | None = None) -> list[str]:
        """The names of the models that the server offers; the least that shows whether it answers.

        Not in AutoGen.

        Args:
            cancellation_token: Closes the connection at once.

        Raises:
            AgentError: It can't be reached, refuses, or answers something else.
        """
        self._check_key()
        limits = self._settings.limits
        with ReadGuard(cancellation_token, self._endpoint) as guard:
            guard.check()
            body = await self._receive(self._carrier.open_models, guard, limits.connect)
            try:
                return model_names_of(await body.whole(), self._endpoint)
            finally:
                await body.close()

    @override
    async def close(self) -> None:
        await self._carrier.close()

    @override
    def actual_usage(self) -> RequestUsage:
        return self._usage

    @override
    def total_usage(self) -> RequestUsage:
        return self._usage

    @override
    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []) -> int:
        """An estimate, see `token_estimate.estimated_tokens`."""
        return estimated_tokens(messages, tools)

    @override
    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        """An estimate, see `count_tokens`; 128,000 is assumed for models whose context is not known."""
        return token_limit(self._settings.model) - self.count_tokens(messages, tools=tools)

    @property
    @override
    def model_info(self) -> ModelInfo:
        return self._settings.info

    async def _stream(
        self,
        question: Question,
        token: CancellationToken | None,
        *,
        deltas: bool = False,
        notices: bool = False,
    ) -> AsyncGenerator[str | ToolCallDelta | RetryNotice | CreateResult, None]:
        request, seconds = self._write(question)
        request["stream"] = True
        ask_for_usage(request, question.include_usage, refused=self._usage_refused)
        limits, retries = self._settings.limits, Retries(self._settings.max_retries)
        if seconds is not None:
            limits = limits.within(seconds)
        with ReadGuard(token, self._endpoint) as guard:
            guard.check()
            while True:
                body = reply = None
                try:
                    body = await self._send_asking_for_usage(request, guard, limits.first)
                    reply = StreamedReply(body, self._endpoint, limits, guard, call_deltas=deltas)
                    await reply.begin()
                    while pieces := await reply.next():
                        for piece in pieces:
                            guard.check()
                            yield piece
                    result = await reply.result()
                    guard.check()
                    self._count(result)
                    yield result
                    break
                except AgentError as error:
                    notice = None if reply is not None and reply.begun else retries.after(error)
                    if notice is None:
                        raise
                finally:
                    if body is not None:
                        await body.close()
                self._tell(notice)
                if notices:
                    yield notice
                await guard.sleep(notice.delay)

    async def _whole(
        self, question: Question, token: CancellationToken | None, *, notices: bool = False
    ) -> AsyncGenerator[RetryNotice | CreateResult, None]:
        request, seconds = self._write(question)
        request.pop("stream_options", None)
        limits, retries = self._settings.limits, Retries(self._settings.max_retries)
        with ReadGuard(token, self._endpoint) as guard:
            guard.check()
            result: CreateResult | None = None
            while result is None:
                body = None
                try:
                    body = await self._send(request, guard, seconds or limits.whole)
                    result = completion_of(await body.whole(), self._endpoint)
                    continue
                except AgentError as error:
                    notice = retries.after(error)
                    if notice is None:
                        raise
                finally:
                    if body is not None:
                        await body.close()
                self._tell(notice)
                if notices:
                    yield notice
                await guard.sleep(notice.delay)
        self._count(result)
        yield result

    def _write(self, question: Question) -> tuple[dict[str, Any], float | None]:
        """The arguments for the SDK, and the caller's time limit."""
        self._check_key()
        return self._writer.write(question)

    def _check_key(self) -> None:
        if any(not "!" <= character <= "~" for character in self._key):
            raise AuthenticationError(
                "The API key holds characters that no key can have.",
                hint="Copy the key again, without spaces and line breaks.",
                host=self.host,
                model=self._settings.model,
            )

    async def _send_asking_for_usage(
        self, request: dict[str, Any], guard: ReadGuard, seconds: float
    ) -> ReplyBody:
        """Send a request; once more without `stream_options` to a server that does not know them."""
        try:
            return await self._send(request, guard, seconds)
        except BadRequestError as error:
            words = error.detail.lower()
            if "stream_options" not in request or not any(word in words for word in _USAGE_WORDS):
                raise
        del request["stream_options"]
        body = await self._send(request, guard, seconds)
        self._usage_refused = True
        return body

    async def _send(self, request: Mapping[str, Any], guard: ReadGuard, seconds: float) -> ReplyBody:
        """Send a request; return its answer's body, once the headers have come and tell success."""
        return await self._receive(partial(self._carrier.open, request), guard, seconds)

    async def _receive(self, send: _Send, guard: ReadGuard, seconds: float) -> ReplyBody:
        """The same for any kind of request."""
        limits = self._settings.limits
        deadline = asyncio.get_running_loop().time() + seconds

        def connected() -> None:
            guard.allow_until(deadline, seconds)

        if limits.connect < seconds:
            guard.allow(limits.connect, connecting=True)
        else:
            connected()
        response = await guard.wait(send(connected))
        connected()
        return ReplyBody(response, self._endpoint, guard, limits.max_reply)

    def _tell(self, notice: RetryNotice) -> None:
        _trace.debug(
            "%s: %s; attempt %d of %d follows in %.3g s",
            self._settings.model,
            type(notice.error).__name__,
            notice.attempt,
            notice.max_retries,
            notice.delay,
        )

    def _count(self, result: CreateResult) -> None:
        usage = result.usage
        _events.info(LLMCallEvent(self._settings.model, usage.prompt_tokens, usage.completion_tokens))
        self._usage = RequestUsage(
            prompt_tokens=self._usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self._usage.completion_tokens + usage.completion_tokens,
        )
        if not result.content:
            message = f"The model {self._settings.model} gave an empty reply."
            warnings.warn(message, UserWarning, stacklevel=3)
        elif (
            self._settings.info["family"] == ModelFamily.R1
            and isinstance(result.content, str)
            and not result.thought
        ):
            message = "Could not find <think>..</think> field in model response content."
            warnings.warn(message, UserWarning, stacklevel=3)
