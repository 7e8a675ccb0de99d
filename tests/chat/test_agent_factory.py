"""The agent that a profile describes, and what reaches the server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from desktop_agent.chat.agent_factory import create_agent
from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile
from desktop_agent.config.provider import Provider, make_provider
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import new_entry, provider_for
from loopback import LoopbackServer, Reply

KEY = "sk-canary-0123456789"


def events_of(provider: Provider, profile: AgentProfile | None) -> list[Any]:
    async def main() -> list[Any]:
        agent = create_agent(provider, profile)
        try:
            question = TextMessage(content="Hi", source="user")
            return [event async for event in agent.on_messages_stream([question], CancellationToken())]
        finally:
            await agent.close()

    return asyncio.run(main())


def test_a_profile_reaches_the_server() -> None:
    profile = AgentProfile(
        id="x",
        name="Code reviewer",
        system_message="Review code.",
        temperature=0.2,
        max_tokens=50,
        reasoning_effort="low",
    )
    with LoopbackServer(Reply(text="Well done.")) as server:
        events = events_of(make_provider(server.base_url, "m", KEY), profile)
        body = server.requests[0].body
    assert body["messages"][0] == {"role": "system", "content": "Review code."}
    assert (body["temperature"], body["max_tokens"], body["reasoning_effort"]) == (0.2, 50, "low")
    assert "top_p" not in body
    assert body["stream"] is True
    assert events[-1].chat_message.source == "Code_reviewer"


def test_a_profile_may_do_without_streaming_and_system_message() -> None:
    profile = AgentProfile(id="x", name="x", streaming=False)
    with LoopbackServer(Reply(text="All at once.", fault="json_completion")) as server:
        events = events_of(make_provider(server.base_url, "m", KEY), profile)
        body = server.requests[0].body
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert not body.get("stream")
    assert not any(isinstance(event, ModelClientStreamingChunkEvent) for event in events)
    assert events[-1].chat_message.content == "All at once."


def test_without_a_profile_it_is_the_built_in_one() -> None:
    with LoopbackServer() as server:
        provider = make_provider(server.base_url, "m", KEY)
        events_of(provider, None)
        events_of(provider, BUILT_IN)
        first, second = (request.body for request in server.requests)
    assert first == second


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("assistant", "assistant"),
        ("Code reviewer", "Code_reviewer"),
        ("  C++ / Rust! ", "C_Rust"),
        ("2nd", "agent_2nd"),
        ("Übersetzer", "Übersetzer"),
        ("🤖", "agent"),
        ("", "agent"),
        ("class", "class"),
    ],
)
def test_every_name_becomes_an_identifier(name: str, identifier: str) -> None:
    made = AgentProfile(id="x", name=name).identifier
    assert made == identifier
    assert made.isidentifier()


@pytest.mark.parametrize("version", ["", "2024-10-21"])
def test_azure_is_asked_in_both_ways(version: str) -> None:
    with LoopbackServer() as server:
        entry = new_entry(ProviderKind.AZURE, base_url=f"http://{server.host}/")
        entry = entry.model_copy(update={"api_version": version})
        events_of(provider_for(entry, "my-deployment", KEY), None)
        request = server.requests[0]
    if version:
        assert request.path == f"/openai/deployments/my-deployment/chat/completions?api-version={version}"
        assert request.headers["api-key"] == KEY
    else:
        assert request.path == "/openai/v1/chat/completions"
        assert request.headers["authorization"] == f"Bearer {KEY}"
