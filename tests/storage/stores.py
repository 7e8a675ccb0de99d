"""What the tests of the store share."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from desktop_agent.storage import ConversationStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def opened(path: Path, **options: Any) -> AsyncIterator[ConversationStore]:
    """A store that is closed at the end."""
    store = ConversationStore(path, **options)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def said(text: str, source: str = "user") -> TextMessage:
    return TextMessage(content=text, source=source)


def chunk(text: str, message_id: str = "answer", *, thought: bool = False) -> ModelClientStreamingChunkEvent:
    metadata = {"kind": "thought"} if thought else {}
    return ModelClientStreamingChunkEvent.of(text, "assistant", message_id, metadata)


async def texts(store: ConversationStore, conversation_id: int) -> list[str]:
    return [each.message.to_text() for each in await store.messages(conversation_id)]
