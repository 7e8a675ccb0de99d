"""The fault table: bytes that break off or go wrong at the first chunk, in the middle and at the end."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time

import openai
import pytest

from desktop_agent.agentchat.errors import (
    AgentError,
    ConnectionFailedError,
    IncompleteStreamError,
    ServerError,
    StreamTimeoutError,
    UnexpectedReplyError,
)
from desktop_agent.agentchat.models import CreateResult
from fault_table import CHUNKED, CLOSED, FAULTS, PIECES, event, faulty, response
from loopback import LoopbackServer, Reply
from openai_runs import QUESTION, client_of, events

PLACES = [0, 2, 4]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
def test_faults(server: LoopbackServer, fault: str, place: int) -> None:
    kind = FAULTS[fault][1]
    server.reply = Reply(response=faulty(fault, place))
    items, error = events(client_of(server.base_url))
    assert items == PIECES[:place]
    assert type(error) is kind
    assert error.host == server.host


# Answers that are none from their first byte on.
NO_REPLIES: dict[str, tuple[bytes, type[AgentError]]] = {
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", UnexpectedReplyError),
    "empty": (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", UnexpectedReplyError),
    "empty stream": (response(CLOSED, b""), IncompleteStreamError),
    "empty stream in chunks": (response(CHUNKED, b"0\r\n\r\n"), IncompleteStreamError),
    "comments alone": (response(CLOSED, b": hello\n\n: there\n\n"), IncompleteStreamError),
    "no HTTP": (b"\x16\x03\x01garbage\r\n\r\n", UnexpectedReplyError),
    "header without end": (b"HTTP/1.1 200 OK\r\nx: " + b"x" * 200_000, UnexpectedReplyError),
    "gzip bomb": (
        response(CLOSED, gzip.compress(b"data: " + bytes(50_000_000)), "gzip"),
        UnexpectedReplyError,
    ),
}


@pytest.mark.parametrize("name", NO_REPLIES)
def test_no_replies(server: LoopbackServer, name: str) -> None:
    answer, kind = NO_REPLIES[name]
    server.reply = Reply(response=answer)
    items, error = events(client_of(server.base_url))
    assert items == []
    assert type(error) is kind


WHOLE = b"".join(map(event, PIECES)) + b"data: [DONE]\n\n"
HARMLESS = {
    "carriage returns": WHOLE.replace(b"\n", b"\r"),
    "both": WHOLE.replace(b"\n", b"\r\n"),
    "no space": WHOLE.replace(b"data: ", b"data:"),
    "comments": WHOLE.replace(b"data: ", b": hello\n\ndata: "),
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "text after the end": WHOLE + b"data: {oops}\n\nmore",
    "no blank line at the end": WHOLE[:-2],
    "finish reason alone": WHOLE.replace(b"[DONE]", b'{"choices":[{"delta":{},"finish_reason":"stop"}]}'),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(server: LoopbackServer, name: str) -> None:
    server.reply = Reply(response=response(CLOSED, HARMLESS[name]))
    items, error = events(client_of(server.base_url))
    assert error is None
    assert items[:-1] == PIECES


def test_bytes_that_are_no_text(server: LoopbackServer) -> None:
    server.reply = Reply(response=response(CLOSED, event("a?b").replace(b"?", b"\xff") + b"data: [DONE]\n\n"))
    items, error = events(client_of(server.base_url))
    assert error is None
    assert items[0] == "a\ufffdb"


def test_event_before_one_that_is_too_large(server: LoopbackServer) -> None:
    """Both come in one read."""
    server.reply = Reply(raw=event("one ") + event("x" * 500) + event("never"))
    items, error = events(client_of(server.base_url, max_event_bytes=200))
    assert items == ["one "]
    assert isinstance(error, UnexpectedReplyError)
    assert "200 bytes" in str(error)


def test_limits_of_a_reply(server: LoopbackServer) -> None:
    server.reply = Reply(chunks=["x" * 100] * 5)
    items, error = events(client_of(server.base_url, max_reply_bytes=300))
    assert len(items) == 3
    assert "more than 300 characters" in str(error)
    server.reply = Reply(fault="json_completion", text="x" * 1_000)
    _, error = events(client_of(server.base_url, max_reply_bytes=300))
    assert "more than 300 bytes" in str(error)


def test_body_of_an_error_is_read_to_a_limit(server: LoopbackServer) -> None:
    server.reply = Reply(status=500, body="x" * 20_000_000)
    _, error = events(client_of(server.base_url))
    assert isinstance(error, ServerError)
    assert isinstance(error.__cause__, openai.APIStatusError)
    assert len(error.__cause__.response.content) == 65_536
    server.reply = Reply(status=500, body=json.dumps({"error": {"message": "boom"}}))
    _, error = events(client_of(server.base_url))
    assert error is not None
    assert error.detail == "boom"


def test_two_waits_for_content(server: LoopbackServer) -> None:
    waits = {"first_token_timeout": 0.2, "idle_timeout": 30.0}
    for after, wait in ((0, waits), (1, {"first_token_timeout": 30.0, "idle_timeout": 0.2})):
        server.reply = Reply(text="one two", fault="comments", fault_after=after)
        items, error = events(client_of(server.base_url, **wait))
        assert len(items) == after
        assert isinstance(error, StreamTimeoutError)
        assert error.timeout == 0.2


def test_time_to_connect_includes_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        _, error = events(client_of(url, api_key="sk-test", connect_timeout=0.2))
    assert isinstance(error, ConnectionFailedError)
    assert error.reason == "unreachable"
    assert "within 0.2 s" in str(error)
    assert time.monotonic() - begun < 10.0


def test_time_to_connect_is_not_the_time_to_answer(server: LoopbackServer) -> None:
    server.reply = Reply(chunks=["one ", "two "], rate=0.75)

    async def main() -> None:
        client = client_of(server.base_url, connect_timeout=1.2)
        for _ in range(2):  # with a new connection, and with one that stands
            items = [item async for item in client.create_stream(QUESTION)]
            assert isinstance(items[-1], CreateResult)
        await client.close()

    asyncio.run(main())
    assert server.connections == 1


@pytest.mark.parametrize(
    "name", ["first_token_timeout", "idle_timeout", "connect_timeout", "max_event_bytes"]
)
def test_limits_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be more than 0"):
        client_of("http://127.0.0.1:1/v1", **{name: 0})
