"""What the server answers: `Reply`, and its events as bytes."""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

Fault = Literal[
    "web_page",  # 200 and HTML
    "json_completion",  # 200 and one JSON completion
    "json_error",  # 200 and a JSON error object
    "empty",  # 200, an event stream without a byte
    "redirect",  # 307 to `location`
    "not_http",  # bytes that are no HTTP
    "silence",  # takes the request, sends nothing at all
    "hang_up",  # takes the request, closes without an answer
    # The rest happen after `fault_after` chunks, with the headers and the role sent before.
    "cut",  # a clean end, with neither finish reason nor [DONE]
    "drop",  # FIN inside the chunked body
    "reset",  # RST
    "stall",  # sends nothing more
    "comments",  # sends nothing more but comment lines
    "empty_events",  # sends nothing more but events without content
    "garbage",  # an event that is no JSON
    "error_object",  # an event with an error object
    "error_event",  # an event named "error"
    "huge_event",  # a line without end
    "hang_after_done",  # all of the reply, then no end of the body
    "hang_after_finish",  # all of the text and the finish reason, then nothing
]
CallStyle = Literal["usual", "repeated", "no_index", "whole", "interleaved", "function_call"]
_ARGUMENT_PIECE = 8
ERROR_CODES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    403: "permission_denied",
    404: "model_not_found",
    429: "rate_limit_exceeded",
}


@dataclass
class Reply:
    """One answer.

    Args:
        text: The text; cut into words with their spaces (`pieces_of`).
        chunks: The pieces of the text themselves, in place of `text`.
        thought: Reasoning before the text; a text or its pieces.
        thought_field: The name of the delta's field that carries it.
        rate: Chunks a second; None: as fast as they go.
        repeat: How often thought, text and calls (or `events`) come, one time after another.
        tool_calls: Calls after the text: (id, name, arguments) each; the arguments in pieces of 8 characters.
        call_style: How servers spell calls. "usual": id and name once, then pieces by index. "repeated": id
            and name in every piece. "no_index": as usual, without `index`. "whole": one delta with all calls.
            "interleaved": as usual, the pieces of the calls by turns. "function_call": the form before tools.
        call_with_text: The last piece of the text and the first of the calls come in one delta.
        refusal: What the model says in the field `refusal`, after the text.
        further_choices: Texts of further choices, in the same events as the calls and the text.
        usage: Prompt and completion tokens, sent if the request asks for usage; None: never sent.
        usage_everywhere: Usage comes in every chunk, asked for or not.
        finish_reason: None: none is sent; "fitting": "tool_calls" with calls, else "stop".
        done: Whether `[DONE]` ends the stream.
        events: Raw payloads in place of all that is above, e.g. '{"choices": null}'.
        raw: Raw bytes of the body in place of all that is above.
        response: All bytes of the answer, status line and headers included; then the connection closes.
        cuts: Where the response is cut into several writes.
        status: Any but 200 is answered with an error object, or with `body`.
        error: The error object's fields, over the usual ones of the status.
        headers: Further headers.
        content_type: Of the answer; None: the usual one.
        body: The body of an error status or of a web page.
        fault: What goes wrong.
        fault_after: After how many chunks (thoughts included) it goes wrong; 0: before the first.
        fault_when: What is waited for before it goes wrong after chunks; None: it goes wrong at once.
        location: The target of a redirect.
        refuse_stream_options: Answer 400 to a request with `stream_options`.
        per_write: Events that are written at once.
    """

    text: str = ""
    chunks: Sequence[str] | None = None
    thought: str | Sequence[str] = ()
    thought_field: str = "reasoning_content"
    rate: float | None = None
    repeat: int = 1
    tool_calls: Sequence[tuple[str, str, str]] = ()
    call_style: CallStyle = "usual"
    call_with_text: bool = False
    refusal: str = ""
    further_choices: Sequence[str] = ()
    usage: tuple[int, int] | None = None
    usage_everywhere: bool = False
    finish_reason: str | None = "fitting"
    done: bool = True
    events: Sequence[str] | None = None
    raw: bytes | None = None
    response: bytes | None = None
    cuts: Sequence[int] = ()
    status: int = 200
    error: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    body: str | None = None
    fault: Fault | None = None
    fault_after: int = 0
    fault_when: threading.Event | None = None
    location: str = "https://example.invalid/v1/chat/completions"
    refuse_stream_options: bool = False
    per_write: int = 1

    @property
    def pieces(self) -> list[str]:
        """The pieces of the text."""
        return list(self.chunks) if self.chunks is not None else pieces_of(self.text)

    @property
    def thought_pieces(self) -> list[str]:
        """The pieces of the reasoning."""
        return pieces_of(self.thought) if isinstance(self.thought, str) else list(self.thought)

    @property
    def reason(self) -> str | None:
        """The finish reason that is sent."""
        if self.finish_reason != "fitting":
            return self.finish_reason
        return "tool_calls" if self.tool_calls else "stop"

    def content_events(self) -> list[bytes]:
        """The events that carry thoughts, text and calls, or the raw events."""
        if self.events is not None:
            return [_event(payload) for payload in self.events] * self.repeat
        deltas: list[dict[str, Any]] = [{self.thought_field: piece} for piece in self.thought_pieces]
        deltas += [{"content": piece} for piece in self.pieces]
        calls = call_deltas(self.tool_calls, self.call_style)
        if self.call_with_text and calls and self.pieces:
            deltas[-1].update(calls.pop(0))
        deltas += calls
        if self.refusal:
            deltas.append({"refusal": self.refusal})
        return [_event(self._chunk(delta, None)) for delta in deltas] * self.repeat

    def first_event(self) -> bytes:
        """The event with the role alone."""
        if self.events is not None:
            return b""
        return _event(self._chunk({"role": "assistant", "content": ""}, None))

    def finish_event(self) -> bytes:
        """The event with the finish reason."""
        if self.events is not None or self.reason is None:
            return b""
        return _event(self._chunk({}, self.reason))

    def last_events(self, *, with_usage: bool) -> bytes:
        """What follows the finish reason: usage and `[DONE]`."""
        end = b""
        if self.events is None and with_usage and self.usage is not None:
            end += _event(json.dumps({**_HEAD, "choices": [], "usage": _usage(self.usage)}))
        return end + (b"data: [DONE]\n\n" if self.done else b"")

    def completion(self) -> str:
        """The whole reply as one JSON completion."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.pieces)}
        if self.thought_pieces:
            message[self.thought_field] = "".join(self.thought_pieces)
        if self.tool_calls:
            message["content"] = message["content"] or None
            message["tool_calls"] = [_whole_call(*call) for call in self.tool_calls]
        if self.refusal:
            message["refusal"] = self.refusal
        texts = [{"role": "assistant", "content": text} for text in self.further_choices]
        choices = [
            {"index": place, "message": each, "finish_reason": self.reason}
            for place, each in enumerate([message, *texts])
        ]
        usage = {"usage": _usage(self.usage)} if self.usage is not None else {}
        return json.dumps({**_HEAD, "object": "chat.completion", "choices": choices, **usage})

    def error_body(self) -> str:
        """The body of an error."""
        if self.body is not None:
            return self.body
        code = ERROR_CODES.get(self.status, "server_error")
        error = {"message": f"This is error {self.status}.", "type": code, "param": None, "code": code}
        return json.dumps({"error": {**error, **self.error}})

    def _chunk(self, delta: Mapping[str, Any], finish_reason: str | None) -> str:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
        for place, text in enumerate(self.further_choices, 1):
            choices.append({**choices[0], "index": place, "delta": {"content": text}})
        usage = _usage(self.usage) if self.usage_everywhere and self.usage is not None else None
        return json.dumps({**_HEAD, "choices": choices, **({"usage": usage} if usage else {})})


def call_deltas(calls: Sequence[tuple[str, str, str]], style: CallStyle) -> list[dict[str, Any]]:
    """The deltas in which servers send tool calls; the styles are those of `Reply.call_style`."""
    if style == "function_call":
        return [
            {"function_call": {**({"name": name} if begins else {}), "arguments": piece}}
            for _, name, arguments in calls
            for begins, piece in _argument_pieces(arguments)
        ]
    if style == "whole":
        whole = [{"index": place, **_whole_call(*call)} for place, call in enumerate(calls)]
        return [{"tool_calls": whole}] if whole else []
    runs: list[list[dict[str, Any]]] = []
    for place, (call_id, name, arguments) in enumerate(calls):
        run = []
        for begins, piece in _argument_pieces(arguments):
            part: dict[str, Any] = {} if style == "no_index" else {"index": place}
            if begins or style == "repeated":
                part |= _whole_call(call_id, name, piece)
            else:
                part["function"] = {"arguments": piece}
            run.append({"tool_calls": [part]})
        runs.append(run)
    if style == "interleaved":
        return [delta for turn in zip_longest(*runs) for delta in turn if delta is not None]
    return [delta for run in runs for delta in run]


def _argument_pieces(arguments: str) -> list[tuple[bool, str]]:
    """Whether it is the first, and the piece; the first is empty, as OpenAI sends it."""
    cuts = range(0, len(arguments), _ARGUMENT_PIECE)
    return [(True, ""), *((False, arguments[cut : cut + _ARGUMENT_PIECE]) for cut in cuts)]


def _whole_call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def pieces_of(text: str) -> list[str]:
    """A text cut into words, each with the space after it."""
    return re.findall(r"\S+\s*|\s+", text)


_HEAD: Mapping[str, Any] = {
    "id": "chatcmpl-loopback",
    "object": "chat.completion.chunk",
    "created": 1_700_000_000,
    "model": "loopback",
    "system_fingerprint": "fp_0123456789",
}


def _event(payload: str) -> bytes:
    return f"data: {payload}\n\n".encode()


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    prompt, completion = usage
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
