"""Conversations to list, search and export, in the home of the test."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.messages import (
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage
from desktop_agent.config.paths import store_path
from desktop_agent.storage import ConversationStore

Command = Callable[..., "subprocess.CompletedProcess[str]"]
"""The fixture `command`."""

ODD_TITLE = "Red \x1b[31m alert\nsecond \u202eline\x07"
ODD_TEXT = "a\x1b]0;owned\x07 b\x9b31m \u202eabc\u2028 \ud800 \x00 \N{SNOWMAN} end"


def keep(fill: Callable[[ConversationStore], Awaitable[None]]) -> None:
    """Open the store of this home, let `fill` write, close it."""

    async def main() -> None:
        store = ConversationStore(store_path())
        try:
            await fill(store)
        finally:
            await store.close()

    asyncio.run(main())


def user(text: str) -> TextMessage:
    return TextMessage(content=text, source="user")


def chunk(text: str) -> ModelClientStreamingChunkEvent:
    return ModelClientStreamingChunkEvent.of(text, "assistant", "answer-id", {})


async def fill(store: ConversationStore) -> None:
    """Three conversations: a plain one with two versions, one with tools and a cut reply, an odd one."""
    sky = await store.create_conversation("Why the sky is blue", origin="user")
    question = await store.append_message(sky, user("Why is the sky blue?"))
    usage = RequestUsage(prompt_tokens=7, completion_tokens=3)
    first = TextMessage(content="Rayleigh scattering.", source="assistant", models_usage=usage)
    first_id = await store.append_message(sky, first, details={"model": "m", "duration": 1.5})
    second = TextMessage(content="Because of *scattering*.", source="assistant")
    await store.append_message(sky, second, parent_id=question)
    await store.show_version(first_id)
    await store.set_pinned(sky, True)

    tools = await store.create_conversation("Weather")
    await store.append_message(tools, user("How is the weather in Lisbon?"))
    journal = await store.begin_reply(tools, "assistant")
    call = FunctionCall(id="1", name="weather", arguments='{"city": "Lisbon"}')
    result = FunctionExecutionResult(content="21 degrees", name="weather", call_id="1")
    journal.put(ThoughtEvent(content="I should look.", source="assistant"))
    journal.put(ToolCallRequestEvent(content=[call], source="assistant"))
    journal.put(ToolCallExecutionEvent(content=[result], source="assistant"))
    journal.put(chunk("It is 21 "))
    journal.put(chunk("degr"))
    await journal.finish(None, "interrupted")

    odd = await store.create_conversation(ODD_TITLE)
    await store.append_message(odd, user(ODD_TEXT))


async def fill_bin(store: ConversationStore) -> None:
    """A conversation in the bin."""
    conversation = await store.create_conversation("Forgotten")
    await store.append_message(conversation, user("Something forgotten"))
    await store.delete(conversation)
