"""Payloads to pieces: what servers send beside the documented, and what must not pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desktop_agent.agentchat.errors import AgentError, RateLimitError, ServerError, UnexpectedReplyError
from desktop_agent.agentchat.models import RequestUsage, ThoughtText
from desktop_agent.agentchat.models.chat_stream import ChatStreamReader
from desktop_agent.agentchat.models.completion import completion_of
from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.reply import kind_of_reply
from desktop_agent.agentchat.models.sse import ErrorPayload

ENDPOINT = Endpoint("host:1", "model", ("sk-secret",))


def reader() -> ChatStreamReader:
    return ChatStreamReader(ENDPOINT)


def delta(**fields: Any) -> str:
    return json.dumps({"choices": [{"delta": fields}]})


# One test for all: each costs the checks of conftest.py.
ODD_SHAPES = [
    "null",
    "42",
    "[]",
    "[{}]",
    '"text"',
    "{}",
    '{"choices": null}',
    '{"choices": []}',
    '{"choices": {}}',
    '{"choices": [null]}',
    '{"choices": [[]]}',
    '{"choices": [{}]}',
    '{"choices": [{"delta": null}]}',
    '{"choices": [{"delta": []}]}',
    '{"choices": [{"delta": {}}]}',
    '{"choices": [{"delta": {"content": null}}]}',
    '{"choices": [{"delta": {"content": ""}}]}',
    '{"choices": [{"delta": {"content": 5}}]}',
    '{"choices": [{"delta": {"content": {}}}]}',
    '{"choices": [{"delta": {"content": [[], 1, {"text": 2}]}}]}',
    '{"choices": [{"delta": {"reasoning": {"a": 1}, "reasoning_content": null}}]}',
    '{"choices": [{"delta": {"role": "assistant"}, "finish_reason": ""}]}',
    '{"error": null, "usage": {}}',
    '{"usage": {"prompt_tokens": null}}',
    '{"usage": 3}',
]


def test_odd_shapes_are_passed_over() -> None:
    for payload in ODD_SHAPES:
        one = reader()
        assert one.feed(payload) == (), payload
        assert one.progress == 0, payload
        assert not one.complete, payload
        assert one.feed(delta(content="a")) == ("a",), payload


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "ab"},
        {"content": {"type": "text", "text": "ab"}},
        {"content": [{"type": "text", "text": "a"}, "b"]},
    ],
)
def test_content_in_any_shape(fields: dict[str, Any]) -> None:
    assert reader().feed(delta(**fields)) == ("ab",)


def test_whole_message_in_one_event() -> None:
    one = reader()
    assert one.feed('{"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]}') == ("ab",)
    assert one.complete
    # A closing summary of a server that has streamed already says nothing new.
    assert one.feed('{"choices": [{"message": {"content": "ab"}}]}') == ()


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts(field: str) -> None:
    pieces = reader().feed(delta(**{field: "hm", "content": "ab"}))
    assert pieces == ("hm", "ab")
    assert [type(piece) for piece in pieces] == [ThoughtText, str]


def test_thought_in_both_fields_counts_once() -> None:
    assert reader().feed(delta(reasoning_content="hm", reasoning="hm")) == ("hm",)


def test_lone_surrogates_become_replacement_characters() -> None:
    one = reader()
    assert one.feed(r'{"choices": [{"delta": {"content": "a\ud83dz \ud83d\ude42 \udc00"}}]}') == (
        "a\ufffdz 🙂 \ufffd",
    )
    assert str(one.result().content).encode()


def test_finish_and_usage_from_any_chunk() -> None:
    one = reader()
    one.feed(
        '{"choices": [{"delta": {"content": "a"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}'
    )
    one.feed('{"choices": [{"delta": {"content": "b"}, "finish_reason": "END_TURN"}]}')
    one.feed('{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}')
    one.feed('{"choices": [{"delta": {}, "finish_reason": null}], "usage": null}')
    result = one.result()
    assert result.usage == RequestUsage(prompt_tokens=3, completion_tokens=2)
    assert (result.finish_reason, result.content) == ("stop", "ab")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "function_calls"),
        ("content_filter", "content_filter"),
        ("eos", "unknown"),
    ],
)
def test_finish_reasons(reason: str, expected: str) -> None:
    one = reader()
    one.feed(json.dumps({"choices": [{"finish_reason": reason}]}))
    assert one.complete
    assert one.result().finish_reason == expected


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ("{", UnexpectedReplyError),
        ("", UnexpectedReplyError),
        ("done", UnexpectedReplyError),
        ("[" * 100_000, UnexpectedReplyError),
        ('{"error": "boom"}', ServerError),
        ('{"error": {"message": "boom"}}', ServerError),
        ('{"error": [1]}', ServerError),
        ('{"error": {"code": 429}}', RateLimitError),
        (ErrorPayload("boom"), ServerError),
        (ErrorPayload('{"message": "boom"}'), ServerError),
        (ErrorPayload('{"error": {"message": "boom"}}'), ServerError),
        (ErrorPayload("null"), ServerError),
    ],
)
def test_what_must_not_pass(payload: str, kind: type[AgentError]) -> None:
    one = reader()
    one.feed(delta(content="a"))
    with pytest.raises(kind) as caught:
        one.feed(payload)
    assert type(caught.value) is kind
    assert caught.value.host == "host:1"
    assert caught.value.model == "model"
    if "boom" in payload:
        assert caught.value.detail == "boom"
    assert one.result().content == "a"


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "{}", "{", '{"choices": []}', '{"choices": [{}]}', '{"choices": [1]}']
)
def test_what_is_no_completion(body: str) -> None:
    with pytest.raises(UnexpectedReplyError):
        completion_of(body, ENDPOINT)


KINDS: list[tuple[str, bytes, bool, str | None]] = [
    ("text/event-stream", b"", False, None),
    ("text/event-stream", b"", True, "events"),
    ("text/event-stream", b"d", False, "events"),
    ("text/event-stream", b"\n ", False, None),
    ("text/event-stream", b'{"error"', False, "json"),
    ("text/event-stream", b"<html>", False, "other"),
    ("application/json", b"dat", False, None),
    ("application/json", b"data: ", False, "events"),
    ("application/json", b" \n[", False, "json"),
    ("application/json", b"", True, "other"),
    ("Text/HTML", b"", False, "other"),
    ("", b": hi", False, "events"),
    ("", b"hello", False, None),
    ("", b"hello", True, "other"),
    ("", b"hello!", False, "other"),
]


def test_kind_of_reply() -> None:
    for content_type, head, ended, kind in KINDS:
        assert kind_of_reply(content_type, head, ended=ended) == kind, (content_type, head)


def test_details_are_clean() -> None:
    dirty = "a\x00b\x1b[31m\u202ekey=sk-sec\x00ret\r\nnext\ud800" + "x" * 5_000
    clean = ENDPOINT.clean(dirty)
    assert clean.startswith("ab[31mkey=(hidden)\nnext\ufffdxxx")
    assert len(clean) == 2_000
    assert "sk-secret" not in repr(ENDPOINT)
