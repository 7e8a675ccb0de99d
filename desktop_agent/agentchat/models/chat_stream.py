"""A streamed chat completion: payloads in, pieces of text and one result out; no network."""

import json
import warnings
from typing import Any, TypeAlias

from pydantic_core import from_json

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models.completion import result_of
from desktop_agent.agentchat.models.failures import Endpoint, from_error_object
from desktop_agent.agentchat.models.limits import MAX_REPLY
from desktop_agent.agentchat.models.shapes import (
    answer_of,
    logprobs_of,
    thought_of,
    usage_of,
    without_surrogates,
)
from desktop_agent.agentchat.models.sse import ErrorPayload
from desktop_agent.agentchat.models.think_tags import ThinkTagParser
from desktop_agent.agentchat.models.tool_calls import ToolCallReader
from desktop_agent.agentchat.models.types import (
    ChatCompletionTokenLogprob,
    CreateResult,
    RequestUsage,
    ToolCallDelta,
)

Piece: TypeAlias = str | ToolCallDelta
"""What a reply is streamed in; reasoning is a `ThoughtText`."""


class ChatStreamReader:
    """Reads the payloads of one streamed reply.

    Servers differ: usage and the finish reason are taken from any chunk, and values of an unknown shape are
    passed over (null, numbers and lists for an event, no choices, no delta, a dict for the content). What
    cannot be passed over raises: data that is no JSON, an error object, a reply above the limit.

    Args:
        endpoint: Who answers.
        max_reply: How many characters of text, thoughts and arguments may come.
        call_deltas: Whether pieces of function calls are handed out.
    """

    def __init__(self, endpoint: Endpoint, *, max_reply: int = MAX_REPLY, call_deltas: bool = False) -> None:
        self.done = False
        """Whether `[DONE]` came."""
        self.progress = 0
        """Grows with content: text, thoughts, calls, a finish reason, usage; not with empty events."""
        self._endpoint = endpoint
        self._max_reply = max_reply
        self._call_deltas = call_deltas
        self._tags = ThinkTagParser()
        self._calls = ToolCallReader()
        self._logprobs: list[ChatCompletionTokenLogprob] = []
        self._size = 0
        self._finish: str | None = None
        self._usage: RequestUsage | None = None
        self._choice: object = None  # the index of the first one; only this one is read
        self._has_text = False

    @property
    def complete(self) -> bool:
        """Whether a finish reason or `[DONE]` came: the reply did not just break off."""
        return self.done or self._finish is not None

    def feed(self, payload: str) -> tuple[Piece, ...]:
        """Take the data of one event; return the pieces in it, mostly one.

        Raises:
            AgentError: An error of the server, malformed data, or a reply above the limit.
        """
        if payload == "[DONE]":
            self.done = True
            return ()
        try:
            event = from_json(payload)
        except ValueError:
            event = self._parsed(payload)
        if type(payload) is ErrorPayload:
            raise self._error(event.get("error", event) if isinstance(event, dict) else event)
        if not isinstance(event, dict):
            return ()
        if event.get("error"):
            raise self._error(event["error"])
        usage = event.get("usage")
        if usage is not None:
            self._take_usage(usage)
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices:
            return ()
        if len(choices) > 1:
            self._warn_of_choices(len(choices))
        choice = choices[0]
        return self._read_choice(choice) if isinstance(choice, dict) else ()

    def flush(self) -> tuple[Piece, ...]:
        """The pieces that were held back because they might have become a tag; for every kind of end."""
        return self._tags.finish()

    def result(self) -> CreateResult:
        """The reply as far as it came; call `flush` before."""
        return result_of(
            self._calls.calls(),
            self._tags,
            reason=self._finish,
            usage=self._usage,
            logprobs=self._logprobs,
        )

    def _parsed(self, payload: str) -> Any:
        """Parse what the fast parser refuses: this one knows lone surrogates and deep nesting."""
        try:
            return without_surrogates(json.loads(payload))
        except (ValueError, RecursionError) as error:
            if type(payload) is ErrorPayload:
                return payload
            raise self._endpoint.unexpected("data that is no JSON", detail=payload[:200]) from error

    def _error(self, error: object) -> AgentError:
        return from_error_object(error, self._endpoint)

    def _take_usage(self, usage: object) -> None:
        counted = usage_of(usage)
        if counted is not None:
            self._usage = counted
            self.progress += 1

    def _warn_of_choices(self, count: int) -> None:
        if self._choice is None:  # once a reply; AutoGen warns at every chunk
            warnings.warn(
                f"Received a chunk with {count} choices. Only the first choice will be used.",
                UserWarning,
                stacklevel=4,
            )

    def _read_choice(self, choice: dict[str, Any]) -> tuple[Piece, ...]:
        index = choice.get("index")
        if index != self._choice and index is not None:
            if self._choice is not None:
                return ()
            self._choice = index
        reason = choice.get("finish_reason")
        if reason is not None and isinstance(reason, str) and reason:
            self._finish = reason
            self.progress += 1
        if choice.get("logprobs") is not None:
            self._logprobs += logprobs_of(choice)
        delta = choice.get("delta")
        if delta is None and not self._has_text:
            delta = choice.get("message")  # a server that streams its whole reply as one event
        return self._read_delta(delta) if isinstance(delta, dict) else ()

    def _read_delta(self, delta: dict[str, Any]) -> tuple[Piece, ...]:
        content, thought = delta.get("content"), ""
        if len(delta) > 1 or type(content) is not str:  # nearly all have a text alone
            content, thought = answer_of(delta), thought_of(delta)
        calls: tuple[ToolCallDelta, ...] = ()
        if "tool_calls" in delta or "function_call" in delta:
            calls = tuple(self._calls.feed(delta))
            self._size += sum(len(call.arguments_piece) for call in calls)
        if not content and not thought and not calls:
            return ()
        self.progress += 1
        self._size += len(content) + len(thought)
        if self._size > self._max_reply:
            raise self._endpoint.unexpected(f"more than {self._max_reply:,} characters")
        pieces: tuple[Piece, ...] = (self._tags.think(thought),) if thought else ()
        if content:
            self._has_text = True
            told = self._tags.feed(content)
            pieces = pieces + told if pieces else told
        return pieces + calls if self._call_deltas else pieces
