"""What is sent again, when, and that it can be seen and stopped."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.errors import (
    AgentError,
    AuthenticationError,
    BadRequestError,
    ConnectionFailedError,
    IncompleteStreamError,
    QuotaError,
    RateLimitError,
    ServerError,
    StreamTimeoutError,
    UnexpectedReplyError,
)
from desktop_agent.agentchat.models import CreateResult
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.models.retry import Retries
from desktop_agent.agentchat.models.types import RetryNotice
from loopback import Fault, LoopbackServer, Reply
from openai_runs import QUESTION, client_of, created, events

SOON = {"retry-after-ms": "1"}  # keeps the tests short
BUSY = Reply(status=429, headers=SOON)


@pytest.mark.parametrize(("config", "retries"), [({}, 2), ({"max_retries": 0}, 0), ({"max_retries": 1}, 1)])
def test_how_often_is_retried(server: LoopbackServer, config: dict[str, Any], retries: int) -> None:
    server.reply = BUSY
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url, **config)
    _, error = events(client)
    assert isinstance(error, RateLimitError)
    assert len(server.requests) == 1 + retries


@pytest.mark.parametrize("stream", [True, False])
def test_retries_are_seen(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(BUSY, Reply(status=503, headers=SOON))
    client = client_of(server.base_url, max_retries=3)
    items, error = events(client, all_events=True, stream=stream, retry_notices=True)
    assert error is None
    notices = [item for item in items if isinstance(item, RetryNotice)]
    assert items[:2] == notices
    assert [(notice.attempt, notice.max_retries, notice.delay) for notice in notices] == [
        (1, 3, 0.001),
        (2, 3, 0.001),
    ]
    assert [type(notice.error) for notice in notices] == [RateLimitError, ServerError]
    assert items[-1].content == "Hello from the loopback server."
    assert len(server.requests) == 3


def test_retries_are_not_told_to_who_does_not_ask(server: LoopbackServer) -> None:
    server.enqueue(BUSY)
    items, error = events(client_of(server.base_url, max_retries=1))
    assert error is None
    assert {type(item) for item in items} == {str, CreateResult}
    server.enqueue(BUSY)
    assert created(client_of(server.base_url, max_retries=1)).content == items[-1].content


def test_the_last_error_is_told(server: LoopbackServer) -> None:
    server.enqueue(BUSY, BUSY, Reply(status=500))
    _, error = events(client_of(server.base_url, max_retries=2))
    assert isinstance(error, ServerError)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=400),
        Reply(status=401),
        Reply(status=429, error={"code": "insufficient_quota"}, headers=SOON),
        Reply(status=429, headers={"retry-after": "600"}),
        Reply(fault="web_page"),
        Reply(fault="redirect"),
    ],
)
def test_what_is_not_sent_again(server: LoopbackServer, reply: Reply) -> None:
    server.reply = reply
    _, error = events(client_of(server.base_url, max_retries=2))
    assert error is not None
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["cut", "drop", "stall", "error_object"])
def test_never_after_the_first_piece(server: LoopbackServer, fault: Fault) -> None:
    server.enqueue(Reply(text="one two", fault=fault, fault_after=1))
    client = client_of(server.base_url, max_retries=2, first_token_timeout=60, idle_timeout=0.3)
    items, error = events(client)
    assert items == ["one "]
    assert error is not None
    assert len(server.requests) == 1


def test_never_after_a_piece_of_a_call(server: LoopbackServer) -> None:
    """Nobody has seen it, but the server has written, and billed, it."""
    server.enqueue(Reply(tool_calls=[("c", "f", "{}")], fault="cut", fault_after=1))
    _, error = events(client_of(server.base_url, max_retries=2))
    assert isinstance(error, IncompleteStreamError)
    assert len(server.requests) == 1


def test_a_timeout_is_retried_once(server: LoopbackServer) -> None:
    server.reply = Reply(fault="silence")
    client = client_of(server.base_url, max_retries=5, timeout=0.1)
    items, error = events(client, all_events=True, retry_notices=True)
    assert isinstance(error, StreamTimeoutError)
    assert [type(item) for item in items] == [RetryNotice]


def test_usage_that_is_refused_is_no_retry(server: LoopbackServer) -> None:
    server.reply = Reply(text="Hi", refuse_stream_options=True)
    items, error = events(client_of(server.base_url), all_events=True, retry_notices=True)
    assert error is None
    assert not any(isinstance(item, RetryNotice) for item in items)


@pytest.mark.parametrize("way", ["token", "task", "aclose"])
def test_wait_for_a_retry_ends_at_once(server: LoopbackServer, way: str) -> None:
    server.reply = Reply(status=429, headers={"retry-after": "60"})

    async def main() -> float:
        client, token, waiting = (
            client_of(server.base_url, max_retries=1),
            CancellationToken(),
            asyncio.Event(),
        )
        stream = client.create_events(QUESTION, retry_notices=True, cancellation_token=token)

        async def consume() -> None:
            async for item in stream:
                assert isinstance(item, RetryNotice)
                waiting.set()
                if way == "aclose":
                    return

        task = asyncio.create_task(consume())
        await waiting.wait()
        begun = time.monotonic()
        if way == "aclose":
            await task
            await stream.aclose()
        else:
            await asyncio.sleep(0)
            token.cancel() if way == "token" else task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        seconds = time.monotonic() - begun
        await client.close()
        return seconds

    assert asyncio.run(main()) < 30.0  # of the 60 that the server asks for


def notice(error: AgentError, retries: Retries) -> RetryNotice:
    told = retries.after(error)
    assert told is not None
    return told


def test_delays_grow_with_jitter_up_to_a_limit() -> None:
    for chance, factor in ((0.0, 1.0), (1.0, 0.75)):
        retries = Retries(8, lambda chance=chance: chance)  # type: ignore[misc]
        delays = [notice(ServerError("x"), retries).delay for _ in range(8)]
        assert delays == [factor * delay for delay in (0.5, 1, 2, 4, 8, 8, 8, 8)]
        assert retries.after(ServerError("x")) is None


def test_delay_that_the_server_asks_for() -> None:
    assert notice(RateLimitError("x", retry_after=0.0), Retries(1)).delay == 0.0
    assert notice(RateLimitError("x", retry_after=120.0), Retries(1)).delay == 120.0
    assert Retries(1).after(RateLimitError("x", retry_after=121.0)) is None


def test_date_that_the_server_asks_for(server: LoopbackServer) -> None:
    at = datetime.now(UTC) + timedelta(seconds=100)
    server.reply = Reply(status=503, headers={"retry-after": format_datetime(at, usegmt=True)})
    _, error = events(client_of(server.base_url))
    assert isinstance(error, ServerError)
    assert error.retry_after is not None
    assert 60 < error.retry_after <= 100


KINDS: list[tuple[Any, bool]] = [
    (RateLimitError("x"), True),
    (QuotaError("x"), False),
    (ServerError("x", status_code=529), True),
    (ServerError("x"), True),
    (ConnectionFailedError("x", reason="refused"), True),
    (ConnectionFailedError("x", reason="name_not_found"), True),
    (ConnectionFailedError("x", reason="lost"), True),
    (ConnectionFailedError("x", reason="certificate"), False),
    (StreamTimeoutError("x", timeout=1), True),
    (IncompleteStreamError("x"), True),
    (UnexpectedReplyError("x"), False),
    (AuthenticationError("x"), False),
    (BadRequestError("x", status_code=400), False),
    (BadRequestError("x", status_code=408), True),
    (AgentError("x"), False),
]


def test_kinds() -> None:
    for error, again in KINDS:
        assert (Retries(1).after(error) is not None) is again, error


def test_number_of_retries_is_checked() -> None:
    with pytest.raises(ValueError, match="max_retries must be 0 or more"):
        client_of("http://127.0.0.1:1/v1", max_retries=-1)
