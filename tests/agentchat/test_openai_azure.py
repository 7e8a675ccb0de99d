"""Azure: its address, its ways to authenticate, and what it shares with OpenAI."""

from __future__ import annotations

from typing import Any

import pytest

from desktop_agent.agentchat.errors import MissingKeyError
from desktop_agent.agentchat.models.openai import (
    AzureOpenAIChatCompletionClient,
    BaseOpenAIChatCompletionClient,
)
from loopback import LoopbackServer
from openai_runs import answer, created, streamed

KEY = "sk-canary-0123456789abcdef"


def azure(server: LoopbackServer, **config: Any) -> AzureOpenAIChatCompletionClient:
    given = {
        "model": "gpt-4o",
        "azure_endpoint": f"http://{server.host}",
        "azure_deployment": "my-own",
        "api_version": "2024-06-01",
        **config,
    }
    return AzureOpenAIChatCompletionClient(**given)


def test_request(server: LoopbackServer) -> None:
    client = azure(server, api_key=KEY)
    assert isinstance(client, BaseOpenAIChatCompletionClient)
    assert client.host == server.host
    assert client.model_info["vision"]
    pieces, result = streamed(client)
    assert answer(pieces) == result.content == created(client).content == "Hello from the loopback server."
    request = server.requests[0]
    assert request.path == "/openai/deployments/my-own/chat/completions?api-version=2024-06-01"
    assert request.headers["api-key"] == KEY
    assert request.body["model"] == "gpt-4o"
    assert KEY not in repr(client)


@pytest.mark.parametrize(
    "given", [{"azure_ad_token": "token-1"}, {"azure_ad_token_provider": lambda: "token-1"}]
)
def test_token(server: LoopbackServer, given: dict[str, Any]) -> None:
    created(azure(server, **given))
    assert server.requests[0].headers["authorization"] == "Bearer token-1"
    assert "api-key" not in server.requests[0].headers


def test_environment(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    created(azure(server))
    assert server.requests[0].headers["api-key"] == KEY


def test_what_is_required(server: LoopbackServer) -> None:
    with pytest.raises(MissingKeyError):
        azure(server)
    for name in ("azure_endpoint", "api_version"):
        with pytest.raises(ValueError, match=f"{name} is required"):
            azure(server, api_key=KEY, **{name: None})
    with pytest.raises(TypeError, match=r"AzureOpenAIChatCompletionClient\(\) got unknown arguments: colour"):
        azure(server, api_key=KEY, colour=1)
    with pytest.raises(ValueError, match="model_info is required"):
        azure(server, api_key=KEY, model="unheard-of")
