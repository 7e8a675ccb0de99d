"""What the systems of the world call a failed connection, and what we make of it."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import pytest

from desktop_agent.agentchat.errors import AgentError, BadRequestError, ConnectionFailedError
from desktop_agent.agentchat.models import UserMessage
from desktop_agent.agentchat.models.failures import Endpoint, from_transport, mask_secrets
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from loopback import LoopbackServer

ENDPOINT = Endpoint("host:1", "model", ("sk-secret",))


def windows_error(code: int) -> OSError:
    """What asyncio raises on Windows; elsewhere the fifth argument is not kept."""
    error = OSError(code, "text")
    error.winerror = code  # type: ignore[attr-defined, unused-ignore]
    return error


def wrapped(*errors: BaseException) -> Exception:
    """Errors as an SDK hands them out: in one another, the last innermost; several at a level in a group."""
    outer = Exception("Connection error.")
    outer.__cause__ = OSError("All connection attempts failed")
    outer.__cause__.__cause__ = BaseExceptionGroup("attempts", list(errors))
    return outer


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "refused"),
        (windows_error(1225), "refused"),
        (windows_error(10061), "refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name_not_found"),
        (socket.gaierror(11001, "getaddrinfo failed"), "name_not_found"),
        (UnicodeEncodeError("idna", "x" * 70, 0, 1, "label too long"), "name_not_found"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "certificate"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "certificate"),
        (ssl.SSLWantReadError(2, "The operation did not complete (read)"), "unreachable"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "lost"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "lost"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable"),
        (TimeoutError(), "unreachable"),
    ],
)
def test_reasons(error: BaseException, reason: str) -> None:
    translated = from_transport(wrapped(error), ENDPOINT, under_way=False)
    assert isinstance(translated, ConnectionFailedError)
    assert translated.reason == reason
    assert translated.host == "host:1"
    lost = from_transport(wrapped(error), ENDPOINT, under_way=True)
    assert isinstance(lost, ConnectionFailedError)
    assert lost.reason == "lost"


def test_keys_are_masked_all_the_way_down() -> None:
    inner = ValueError("Illegal header value b'Bearer sk-secret'", {"body": ["sk-secret"]}, 5)
    outer = wrapped(inner)
    outer.body = {"error": "sk-secret"}  # type: ignore[attr-defined]
    mask_secrets(outer, ENDPOINT)
    assert inner.args == ("Illegal header value b'Bearer (hidden)'", {"body": ["(hidden)"]}, 5)
    assert vars(outer)["body"] == {"error": "(hidden)"}


def test_errors_that_refer_to_one_another() -> None:
    one, two = OSError("one"), OSError("two")
    one.__cause__, two.__cause__ = two, one
    assert isinstance(from_transport(one, ENDPOINT, under_way=False), AgentError)


def test_requests_that_cannot_be_written(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(
        model="gpt-4o-mini", base_url=server.base_url, default_headers={"X-Note": "größer"}
    )

    async def ask(text: str) -> None:
        try:
            await client.create([UserMessage(content=text, source="user")])
        finally:
            await client.close()

    with pytest.raises(BadRequestError):
        asyncio.run(ask("Hi"))
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    asyncio.run(ask("lone \ud83d and NUL \x00"))
    assert server.requests[-1].body["messages"][0]["content"] == "lone \ufffd and NUL \x00"
