"""How streams end and are told apart: small promises that programs lean on."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel
from typing_extensions import override

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.messages import MessageFactory, TextMessage, ThoughtEvent
from desktop_agent.agentchat.model_context import UnboundedChatCompletionContext
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient
from desktop_agent.agentchat.ui import Console
from loopback import LoopbackServer, Reply


class Out(BaseModel):
    answer: str
    n: int


def test_console_prints_structured_output_once(capsys: pytest.CaptureFixture[str]) -> None:
    async def run(server: LoopbackServer) -> None:
        client = OpenAIChatCompletionClient(model="gpt-4o", base_url=server.base_url, api_key="k")
        agent = AssistantAgent("assistant", client, model_client_stream=True, output_content_type=Out)
        message = TextMessage(content="Go", source="user")
        await Console(agent.on_messages_stream([message], CancellationToken()))
        await agent.close()

    with LoopbackServer(Reply(chunks=['{"answer": ', '"x", ', '"n": 1}'])) as server:
        asyncio.run(run(server))
    assert capsys.readouterr().out == '---------- assistant ----------\n{"answer": "x", "n": 1}\n'


def test_console_knows_a_run_without_its_task(capsys: pytest.CaptureFixture[str]) -> None:
    agent = AssistantAgent("assistant", ReplayChatCompletionClient(["One two"]), model_client_stream=True)
    asyncio.run(Console(agent.run_stream(task="x", output_task_messages=False)))
    header = "---------- ModelClientStreamingChunkEvent (assistant) ----------"
    assert capsys.readouterr().out == f"{header}\nOne two\n"


def test_a_token_that_is_cancelled_between_events_ends_the_stream() -> None:
    async def run() -> list[object]:
        client = OpenAIChatCompletionClient(model="gpt-4o", base_url=server.base_url, api_key="k")
        agent = AssistantAgent("assistant", client, model_client_stream=True)
        token = CancellationToken()
        seen: list[object] = []

        async def watch() -> None:
            async for item in agent.run_stream(task="Go", cancellation_token=token):
                seen.append(item)
                if isinstance(item, ThoughtEvent):
                    token.cancel()

        with pytest.raises(asyncio.CancelledError):
            await watch()
        await agent.close()
        return seen

    with LoopbackServer(Reply(thought="Hm.", text="Yes.")) as server:
        seen = asyncio.run(run())
    assert isinstance(seen[-1], ThoughtEvent)
    assert not any(isinstance(item, TaskResult) for item in seen)


def test_an_empty_context_of_the_callers_own_is_used() -> None:
    class Counted(UnboundedChatCompletionContext):
        def __len__(self) -> int:
            return 0

        @override
        async def clear(self) -> None:
            await super().clear()

    context = Counted()
    agent = AssistantAgent("assistant", ReplayChatCompletionClient(["x"]), model_context=context)
    assert agent.model_context is context


@pytest.mark.parametrize("data", [{"type": []}, {"type": {}}, [], None])
def test_nonsense_is_no_message(data: object) -> None:
    with pytest.raises(ValueError, match=r"required|Unknown"):
        MessageFactory().create(data)  # type: ignore[arg-type]
