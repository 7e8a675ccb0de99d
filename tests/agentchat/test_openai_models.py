"""Which models a server offers: the smallest request there is."""

from __future__ import annotations

import asyncio

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.errors import (
    AgentError,
    AuthenticationError,
    ConnectionFailedError,
    UnexpectedReplyError,
)
from loopback import LoopbackServer, Reply
from openai_runs import client_of

KEY = "sk-canary-0123456789abcdef"


def listed(url: str, token: CancellationToken | None = None, **config: object) -> list[str]:
    async def main() -> list[str]:
        client = client_of(url, **config)
        try:
            return await client.list_models(token)
        finally:
            await client.close()

    return asyncio.run(main())


def test_the_models_of_a_server_come_sorted() -> None:
    with LoopbackServer(models=("small", "large", "Llama-3\u202e")) as server:
        assert listed(server.base_url, api_key=KEY) == ["Llama-3", "large", "small"]
        request = server.wait_request()
    assert (request.method, request.path, request.body) == ("GET", "/v1/models", None)
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent(server: LoopbackServer) -> None:
    assert listed(server.base_url) == ["loopback"]
    assert "authorization" not in server.wait_request().headers


def of_body(body: bytes) -> Reply:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
    return Reply(response=head + body)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401, error={"message": f"Incorrect API key: {KEY}"}), AuthenticationError),
        (Reply(fault="web_page"), UnexpectedReplyError),
        (Reply(fault="hang_up"), ConnectionFailedError),
        (of_body(b"nonsense"), UnexpectedReplyError),
        (of_body(b'{"data": {"a": 1}}'), UnexpectedReplyError),
        (of_body(b'{"error": {"message": "no", "code": "invalid_api_key"}}'), AuthenticationError),
        (of_body(b"[" * 100_000), UnexpectedReplyError),
    ],
    ids=["key", "web page", "hang up", "no json", "no list", "error object", "deep"],
)
def test_whatever_else_comes_is_a_typed_error(
    server: LoopbackServer, reply: Reply, kind: type[AgentError]
) -> None:
    server.reply = reply
    with pytest.raises(kind) as caught:
        listed(server.base_url, api_key=KEY)
    assert KEY not in f"{caught.value} {caught.value.detail}"


def test_names_that_are_no_names_are_left_out(server: LoopbackServer) -> None:
    server.reply = of_body(b'{"data": [{"id": "good"}, {"id": 7}, "x", null, {}]}')
    assert listed(server.base_url) == ["good"]


def test_a_cancelled_token_sends_nothing(server: LoopbackServer) -> None:
    token = CancellationToken()
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        listed(server.base_url, token)
    assert server.connections == 0
