"""Chat completions as JSON: payloads in, pieces of text and one result out; no network."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic_core import from_json

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models.failures import Endpoint, from_error_object
from desktop_agent.agentchat.models.sse import ErrorPayload
from desktop_agent.agentchat.models.types import CreateResult, FinishReasons, RequestUsage, ThoughtText

MAX_REPLY: Final = 32_000_000
"""The limit of one reply: characters of a stream's text, bytes of a JSON completion."""

ReplyKind = Literal["events", "json", "other"]

_EVENT_STARTS: Final = (b"data:", b"event:", b":", b"id:", b"retry:")
_LONGEST_START: Final = 6

_FINISH_REASONS: Final[Mapping[str, FinishReasons]] = {
    "stop": "stop",
    "end_turn": "stop",
    "length": "length",
    "tool_calls": "function_calls",
    "function_call": "function_calls",
    "function_calls": "function_calls",
    "content_filter": "content_filter",
}


def kind_of_reply(content_type: str, head: bytes, *, ended: bool) -> ReplyKind | None:
    """What a server sends in answer to a streaming request, seen from its first bytes.

    The bytes count for more than the content type: servers send events as text/plain, and JSON as events.

    Args:
        content_type: The header, in any case.
        head: The bytes that came so far.
        ended: Whether these are all.

    Returns:
        The kind, or None as long as it cannot be told.
    """
    content_type = content_type.lower()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        return "json"
    if start[:1] == b"<" or "html" in content_type:
        return "other"
    if "event-stream" in content_type:
        return "events" if start or ended else None
    if start.startswith(_EVENT_STARTS):
        return "events"
    return "other" if ended or len(start) >= _LONGEST_START else None


class ChatStreamReader:
    """Reads the payloads of one streamed reply.

    Servers differ: usage and the finish reason are taken from any chunk, and values of an unknown shape are
    passed over (null, numbers and lists for an event, no choices, no delta, a dict for the content). What
    cannot be passed over raises: data that is no JSON, an error object, a reply above the limit.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.done = False
        """Whether `[DONE]` came."""
        self._endpoint = endpoint
        self._answer: list[str] = []
        self._thought: list[str] = []
        self._size = 0
        self._finish: str | None = None
        self._usage: RequestUsage | None = None
        self._progress = 0

    @property
    def progress(self) -> int:
        """Grows with all that is content: text, thoughts, a finish reason, usage; not with empty events."""
        return self._progress

    @property
    def complete(self) -> bool:
        """Whether a finish reason or `[DONE]` came: the reply did not just break off."""
        return self.done or self._finish is not None

    @property
    def counted(self) -> bool:
        """Whether usage came."""
        return self._usage is not None

    def feed(self, payload: str) -> tuple[str, ...]:
        """Take the data of one event; return its pieces of text (`ThoughtText` for reasoning), mostly one.

        Raises:
            AgentError: An error of the server, malformed data, or a reply above the limit.
        """
        if payload == "[DONE]":
            self.done = True
            return ()
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
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return ()
        return self._read_choice(choices[0])

    def result(self) -> CreateResult:
        """The reply as far as it came."""
        return CreateResult(
            finish_reason=finish_reason(self._finish),
            content="".join(self._answer),
            usage=self._usage or RequestUsage(prompt_tokens=0, completion_tokens=0),
            cached=False,
            thought="".join(self._thought) or None,
        )

    def _parsed(self, payload: str) -> Any:
        try:
            return from_json(payload)
        except ValueError:
            pass
        # Twice as slow, but it knows lone surrogates and deep nesting.
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
            self._progress += 1

    def _read_choice(self, choice: dict[str, Any]) -> tuple[str, ...]:
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._finish = reason
            self._progress += 1
        delta = choice.get("delta")
        if delta is None and not self._answer:
            delta = choice.get("message")  # a server that streams its whole reply as one event
        if not isinstance(delta, dict):
            return ()
        content = delta.get("content")
        if not isinstance(content, str):
            content = text_of(content)
        thought = thought_of(delta)
        if not content and not thought:
            return ()
        self._progress += 1
        self._size += len(content) + len(thought)
        if self._size > MAX_REPLY:
            raise self._endpoint.unexpected(f"more than {MAX_REPLY:,} characters")
        if thought:
            piece = ThoughtText(thought)
            self._thought.append(piece)
            if not content:
                return (piece,)
            self._answer.append(content)
            return (piece, content)
        self._answer.append(content)
        return (content,)


def completion_of(body: str, endpoint: Endpoint) -> CreateResult:
    """The result in a whole JSON completion.

    Raises:
        AgentError: An error object, or anything that is no completion.
    """
    try:
        data = without_surrogates(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise endpoint.unexpected("data that is no JSON", detail=body[:200]) from error
    if isinstance(data, dict) and data.get("error"):
        raise from_error_object(data["error"], endpoint)
    choices = data.get("choices") if isinstance(data, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise endpoint.unexpected("JSON that is no reply", content_type="application/json", detail=body[:200])
    reason = choice.get("finish_reason")
    return CreateResult(
        finish_reason=finish_reason(reason if isinstance(reason, str) else None),
        content=text_of(message.get("content")),
        usage=usage_of(data.get("usage")) or RequestUsage(prompt_tokens=0, completion_tokens=0),
        cached=False,
        thought=thought_of(message) or None,
    )


def finish_reason(reason: str | None) -> FinishReasons:
    """A server's finish reason in our words; "unknown" for those that we do not know."""
    return _FINISH_REASONS.get((reason or "").lower(), "unknown")


def usage_of(usage: object) -> RequestUsage | None:
    """The token counts in a usage object; None if it has none."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(prompt, int) and not isinstance(completion, int):
        return None
    return RequestUsage(prompt_tokens=_count(prompt), completion_tokens=_count(completion))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def thought_of(delta: dict[str, Any]) -> str:
    """The reasoning in a delta: `reasoning_content` (DeepSeek) or `reasoning` (OpenRouter, vLLM)."""
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    return thought if isinstance(thought, str) else ""


def text_of(content: object) -> str:
    """The text in a content of whatever shape: a text, a list of parts, one part, nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return text if isinstance(text := content.get("text"), str) else ""
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else text_of(part) for part in content[:10_000])
    return ""


def without_surrogates(value: Any) -> Any:
    """The same JSON value, lone surrogates replaced by U+FFFD: a later `.encode()` would raise on them."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value
