"""All that a server, a network or a user can do wrong: the right error class, and no received text lost."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from desktop_agent.agentchat.errors import (
    AgentError,
    AuthenticationError,
    BadRequestError,
    ConnectionFailedError,
    ContextLengthError,
    IncompleteStreamError,
    NotFoundError,
    PermissionDeniedError,
    QuotaError,
    RateLimitError,
    ServerError,
    StreamTimeoutError,
    UnexpectedReplyError,
)
from desktop_agent.agentchat.models import CreateResult, RequestUsage, UserMessage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from loopback import Fault, LoopbackServer, Reply, make_certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "one two three four "
QUOTA = {"code": "insufficient_quota"}
CONTEXT = {"code": "context_length_exceeded"}


def ask(
    base_url: str, *, saw: Callable[[int], None] | None = None, **waits: Any
) -> tuple[list[str | CreateResult], AgentError | None]:
    """What a stream gave, and the error that ended it; `saw` is told how many items have come."""

    async def main() -> tuple[list[str | CreateResult], AgentError | None]:
        client = OpenAIChatCompletionClient(
            model="gpt-4o-mini",
            base_url=base_url,
            api_key="sk-test",
            max_retries=0,
            **{"timeout": 60.0, **waits},
        )
        items: list[str | CreateResult] = []
        try:
            async for item in client.create_stream([UserMessage(content="Hi", source="user")]):
                items.append(item)
                if saw is not None:
                    saw(len(items))
        except AgentError as error:
            return items, error
        finally:
            await client.close()
        return items, None

    return asyncio.run(main())


def failure(base_url: str, **waits: Any) -> AgentError:
    """The error of a request that gives nothing."""
    items, error = ask(base_url, **waits)
    assert items == []
    assert error is not None
    assert error.__cause__ is not None or isinstance(error, StreamTimeoutError | UnexpectedReplyError)
    assert error.model == "gpt-4o-mini"
    return error


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {}, BadRequestError),
        (400, CONTEXT, ContextLengthError),
        (400, {"message": "This model's maximum context length is 8192 tokens."}, ContextLengthError),
        (401, {}, AuthenticationError),
        (402, {}, QuotaError),
        (403, {}, PermissionDeniedError),
        (404, {}, NotFoundError),
        (413, {}, BadRequestError),
        (422, {}, BadRequestError),
        (429, {}, RateLimitError),
        (429, QUOTA, QuotaError),
        (429, {"code": None, "type": "insufficient_quota"}, QuotaError),
        (500, {}, ServerError),
        (502, {}, ServerError),
        (503, {}, ServerError),
        (529, {}, ServerError),
    ],
)
def test_http_errors(
    server: LoopbackServer, status: int, error: dict[str, Any], kind: type[AgentError]
) -> None:
    server.reply = Reply(status=status, error=error)
    raised = failure(server.base_url)
    assert type(raised) is kind
    assert raised.status_code == status
    assert raised.host == server.host
    assert server.host in str(raised) or isinstance(raised, ContextLengthError)
    assert raised.hint
    if status >= 500:
        assert f"({status})" in str(raised)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, BadRequestError), (403, PermissionDeniedError), (404, NotFoundError), (502, ServerError)],
)
def test_http_errors_with_web_pages(server: LoopbackServer, status: int, kind: type[AgentError]) -> None:
    page = "<html><head><title>Bad gateway</title></head><body><h1>nginx</h1></body></html>"
    server.reply = Reply(status=status, body=page, content_type="text/html")
    raised = failure(server.base_url)
    assert type(raised) is kind
    assert raised.detail == "Bad gateway"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after(server: LoopbackServer, headers: dict[str, str], seconds: float | None) -> None:
    server.reply = Reply(status=429, headers=headers)
    raised = failure(server.base_url)
    assert isinstance(raised, RateLimitError)
    assert raised.retry_after == seconds


@pytest.mark.parametrize(
    "body", ['{"error": "no such thing"}', '{"detail": [{"msg": "no such thing"}]}', "no such thing", "", "{"]
)
def test_odd_error_bodies(server: LoopbackServer, body: str) -> None:
    server.reply = Reply(status=400, body=body)
    raised = failure(server.base_url)
    assert type(raised) is BadRequestError
    assert "no such thing" in raised.detail or len(body) < 2


def test_long_error_bodies_are_cut(server: LoopbackServer) -> None:
    server.reply = Reply(status=400, body="x" * 100_000)
    assert len(failure(server.base_url).detail) == 2_000


@pytest.mark.parametrize("after", [0, 2, 4])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut", IncompleteStreamError),
        ("drop", ConnectionFailedError),
        ("reset", ConnectionFailedError),
        ("stall", StreamTimeoutError),
        ("comments", StreamTimeoutError),
        ("empty_events", StreamTimeoutError),
        ("garbage", UnexpectedReplyError),
        ("error_object", ServerError),
        ("error_event", ServerError),
        ("huge_event", UnexpectedReplyError),
    ],
)
def test_faults_in_a_stream(server: LoopbackServer, fault: Fault, kind: type[AgentError], after: int) -> None:
    # In one write, so that a wait of a fraction of a second can be for the server's silence alone.
    server.reply = Reply(text=TEXT, fault=fault, fault_after=after, per_write=max(1, after))
    waits: dict[str, Any] = {}
    if kind is StreamTimeoutError:
        waits = {"first_token_timeout": 60.0 if after else 0.3, "idle_timeout": 0.3}
    seen = threading.Event()

    def saw(count: int) -> None:
        if count == after:
            seen.set()

    if fault == "reset" and after:  # it would discard, on some systems, what has not been read
        server.reply.fault_when = seen
    items, error = ask(server.base_url, saw=saw, **waits)
    assert items == ["one ", "two ", "three ", "four "][:after]
    assert type(error) is kind
    if isinstance(error, ConnectionFailedError):
        assert error.reason == "lost"
    if isinstance(error, StreamTimeoutError):
        assert error.timeout == 0.3
        assert str(error) == f"{server.host} sent nothing for 0.3 s."
        server.wait_disconnected()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("web_page", UnexpectedReplyError),
        ("json_error", ServerError),
        ("empty", IncompleteStreamError),
        ("redirect", UnexpectedReplyError),
        ("not_http", UnexpectedReplyError),
        ("hang_up", ConnectionFailedError),
        ("silence", StreamTimeoutError),
    ],
)
def test_faults_before_a_stream(server: LoopbackServer, fault: Fault, kind: type[AgentError]) -> None:
    server.reply = Reply(fault=fault)
    items, error = ask(server.base_url, timeout=0.3 if kind is StreamTimeoutError else 60.0)
    assert items == []
    assert type(error) is kind
    if fault == "web_page":
        assert isinstance(error, UnexpectedReplyError)
        assert error.content_type == "text/html; charset=utf-8"
        assert error.detail == "Sign in"
        assert "web page" in str(error)
    if fault == "redirect":
        assert "example.invalid" in str(error)
        assert len(server.requests) == 1
    if fault == "silence":
        server.wait_disconnected()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 429, "message": "slow down"}, RateLimitError),
        ({"code": "insufficient_quota"}, QuotaError),
        ({"code": "context_length_exceeded"}, ContextLengthError),
        ({"code": None, "type": "overloaded_error"}, ServerError),
        ({"code": 502}, ServerError),
    ],
)
def test_error_objects_in_a_stream_are_told_apart(
    server: LoopbackServer, error: dict[str, Any], kind: type[AgentError]
) -> None:
    server.reply = Reply(text=TEXT, fault="error_object", fault_after=1, error=error)
    items, raised = ask(server.base_url)
    assert items == ["one "]
    assert type(raised) is kind


@pytest.mark.parametrize(("done", "finish"), [(True, None), (False, "stop")])
def test_one_sign_of_the_end_is_enough(server: LoopbackServer, done: bool, finish: str | None) -> None:
    server.reply = Reply(text=TEXT, done=done, finish_reason=finish, usage=(1, 4))
    items, error = ask(server.base_url)
    assert error is None
    assert isinstance(items[-1], CreateResult)
    assert items[-1].usage == RequestUsage(1, 4)
    assert items[-1].finish_reason == ("unknown" if finish is None else "stop")


def test_no_sign_of_the_end_is_an_incomplete_reply(server: LoopbackServer) -> None:
    server.reply = Reply(text=TEXT, done=False, finish_reason=None)
    items, error = ask(server.base_url)
    assert len(items) == 4
    assert type(error) is IncompleteStreamError


@pytest.mark.parametrize("fault", ["hang_after_done", "hang_after_finish"])
def test_reply_whose_text_is_complete_does_not_wait_for_the_server(
    server: LoopbackServer, fault: Fault
) -> None:
    server.reply = Reply(text=TEXT, fault=fault)
    begun = time.monotonic()
    items, error = ask(server.base_url)
    assert time.monotonic() - begun < 30
    assert error is None
    assert isinstance(items[-1], CreateResult)
    assert items[-1].content == TEXT


def test_reply_above_the_limit(server: LoopbackServer) -> None:
    server.reply = Reply(chunks=["x" * 900_000] * 40, per_write=4)
    items, error = ask(server.base_url)
    assert len(items) == 35
    assert type(error) is UnexpectedReplyError


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "application/json", "TEXT/EVENT-STREAM;x=1"]
)
def test_events_count_more_than_their_content_type(server: LoopbackServer, content_type: str) -> None:
    server.reply = Reply(raw=b"\xef\xbb\xbf" + event("one ") + event("two") + DONE, content_type=content_type)
    items, error = ask(server.base_url)
    assert error is None
    assert items[:-1] == ["one ", "two"]


def test_other_text_is_no_reply(server: LoopbackServer) -> None:
    server.reply = Reply(raw=b"Service is down for maintenance.", content_type="text/plain")
    error = failure(server.base_url)
    assert type(error) is UnexpectedReplyError
    assert error.detail == "Service is down for maintenance."


def test_last_event_may_lack_its_blank_line(server: LoopbackServer) -> None:
    server.reply = Reply(raw=event("one ") + b"data: [DONE]")
    items, error = ask(server.base_url)
    assert error is None
    assert items[:-1] == ["one "]


def event(text: str) -> bytes:
    return b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % text.encode()


DONE = b"data: [DONE]\n\n"


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_refused_connection() -> None:
    error = failure(f"http://127.0.0.1:{free_port()}/v1")
    assert isinstance(error, ConnectionFailedError)
    assert error.reason == "refused"


def test_unknown_host() -> None:
    error = failure("http://no-such-host.invalid/v1")
    assert isinstance(error, ConnectionFailedError)
    assert error.reason == "name_not_found"
    assert error.host == "no-such-host.invalid"


@pytest.mark.parametrize("url", ["127.0.0.1:1/v1", "ftp://127.0.0.1/v1", "nonsense", "http://[::1/v1"])
def test_what_is_no_address(url: str) -> None:
    error = failure(url)
    assert isinstance(error, ConnectionFailedError)
    assert error.reason in {"unreachable", "refused"}


def test_user_and_password_of_an_address_are_not_shown() -> None:
    error = failure(f"http://me:secret@127.0.0.1:{free_port()}/v1")
    assert "secret" not in str(vars(error))
    assert error.host.startswith("127.0.0.1:")


def test_certificate_that_nobody_knows(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("neither the library cryptography nor the program openssl is here to make a certificate")
    with LoopbackServer(certificate=certificate) as server:
        error = failure(server.base_url)
        assert isinstance(error, ConnectionFailedError)
        assert error.reason == "certificate"
        assert "self-signed" in error.detail
        assert server.requests == []


def test_certificate_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("neither the library cryptography nor the program openssl is here to make a certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with LoopbackServer(Reply(text=TEXT), certificate=certificate) as server:
        items, error = ask(server.base_url)
        assert error is None
        assert len(items) == 5


def test_tls_to_a_server_without(server: LoopbackServer) -> None:
    error = failure(server.base_url.replace("http:", "https:"))
    assert isinstance(error, ConnectionFailedError)
    assert error.reason == "certificate"


def test_server_that_never_answers_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        error = failure(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", timeout=0.2)
    assert type(error) is StreamTimeoutError
    assert time.monotonic() - begun < 10.0  # the time to connect, were it another limit's


def test_create_translates_too(server: LoopbackServer) -> None:
    async def main(reply: Reply) -> None:
        timeout = 0.2 if reply.fault == "silence" else 60.0
        client = OpenAIChatCompletionClient(
            model="gpt-4o-mini", base_url=server.base_url, timeout=timeout, max_retries=0
        )
        server.enqueue(reply)
        try:
            await client.create([UserMessage(content="Hi", source="user")])
        finally:
            await client.close()

    faults: list[tuple[Reply, type[AgentError]]] = [
        (Reply(status=401), AuthenticationError),
        (Reply(fault="web_page"), UnexpectedReplyError),
        (Reply(fault="json_error"), ServerError),
        (Reply(fault="silence"), StreamTimeoutError),
        (Reply(fault="hang_up"), ConnectionFailedError),
    ]
    for reply, kind in faults:
        with pytest.raises(kind):
            asyncio.run(main(reply))
