"""One question to a server through the OpenAI client, for the tests of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, cast

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models import CreateResult, LLMMessage, ModelInfo, UserMessage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.models.types import ThoughtText

QUESTION: list[LLMMessage] = [UserMessage(content="Hi", source="user")]


def info(**changes: Any) -> ModelInfo:
    """A model that can do everything, but for the changes."""
    able = {
        "vision": True,
        "function_calling": True,
        "json_output": True,
        "family": "gpt-4o",
        "structured_output": True,
        "multiple_system_messages": True,
        **changes,
    }
    return cast("ModelInfo", able)


def client_of(url: str, **config: Any) -> OpenAIChatCompletionClient:
    return OpenAIChatCompletionClient(
        **{"model": "m", "base_url": url, "model_info": info(), "max_retries": 0, **config}
    )


def created(client: Any, messages: list[LLMMessage] = QUESTION, **options: Any) -> CreateResult:
    """What `create` gives."""

    async def main() -> CreateResult:
        try:
            result: CreateResult = await client.create(messages, **options)
            return result
        finally:
            await client.close()

    return asyncio.run(main())


def streamed(
    client: Any, messages: list[LLMMessage] = QUESTION, **options: Any
) -> tuple[list[Any], CreateResult]:
    """What `create_stream` gives: the pieces, and the result."""
    items, error = events(client, messages, **options)
    if error is not None:
        raise error
    assert isinstance(items[-1], CreateResult)
    return items[:-1], items[-1]


def events(
    client: Any, messages: list[LLMMessage] = QUESTION, *, all_events: bool = False, **options: Any
) -> tuple[list[Any], AgentError | None]:
    """What `create_stream`, or `create_events`, gave, and the error that ended it."""
    ask = client.create_events if all_events else client.create_stream

    async def main() -> tuple[list[Any], AgentError | None]:
        items: list[Any] = []
        try:
            async with aclosing(ask(messages, **options)) as stream:
                async for item in stream:
                    items.append(item)  # noqa: PERF401 - the items before the error count
        except AgentError as error:
            return items, error
        finally:
            await client.close()
        return items, None

    return asyncio.run(main())


def answer(items: list[Any]) -> str:
    """The pieces of the answer, joined."""
    return "".join(item for item in items if type(item) is str)


def thought(items: list[Any]) -> str:
    """The pieces of reasoning, joined."""
    return "".join(item for item in items if type(item) is ThoughtText)
