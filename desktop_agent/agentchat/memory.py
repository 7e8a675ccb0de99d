"""What an agent knows beside the conversation: `Memory`, `ListMemory`. Source: `autogen_core.memory`."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, field_serializer
from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.model_context import ChatCompletionContext
from desktop_agent.agentchat.models.types import SystemMessage


class MemoryMimeType(Enum):
    """What a memory holds."""

    TEXT = "text/plain"
    JSON = "application/json"
    MARKDOWN = "text/markdown"
    IMAGE = "image/*"
    BINARY = "application/octet-stream"


class MemoryContent(BaseModel):
    """One thing to remember."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    content: str | bytes | dict[str, Any] | Image
    mime_type: MemoryMimeType | str
    metadata: dict[str, Any] | None = None

    @field_serializer("mime_type")
    def _mime_type_as_text(self, mime_type: MemoryMimeType | str) -> str:
        return mime_type.value if isinstance(mime_type, MemoryMimeType) else mime_type


class MemoryQueryResult(BaseModel):
    """What a memory had to say."""

    results: list[MemoryContent]


class UpdateContextResult(BaseModel):
    """What a memory added to a context."""

    memories: MemoryQueryResult


class Memory(ABC):
    """Things that an agent's model is told beside the conversation."""

    @abstractmethod
    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        """Add what matters now to the context."""

    @abstractmethod
    async def query(
        self,
        query: str | MemoryContent,
        cancellation_token: CancellationToken | None = None,
        **kwargs: Any,
    ) -> MemoryQueryResult:
        """What matters for `query`."""

    @abstractmethod
    async def add(self, content: MemoryContent, cancellation_token: CancellationToken | None = None) -> None:
        """Remember something."""

    @abstractmethod
    async def clear(self) -> None:
        """Forget everything."""

    @abstractmethod
    async def close(self) -> None:
        """Release what the memory holds."""


class ListMemory(Memory):
    """Remembers everything in order, and tells the model all of it in one system message at every turn.

    Args:
        name: For people.
        memory_contents: What it knows at the start.
    """

    def __init__(
        self, name: str | None = None, memory_contents: Sequence[MemoryContent] | None = None
    ) -> None:
        self._name = name or "default_list_memory"
        self._contents = list(memory_contents or ())

    @property
    def name(self) -> str:
        """For people."""
        return self._name

    @property
    def content(self) -> list[MemoryContent]:
        """Everything remembered, oldest first."""
        return self._contents

    @content.setter
    def content(self, value: Sequence[MemoryContent]) -> None:
        self._contents = list(value)

    @override
    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        if self._contents:
            lines = [f"{number}. {memory.content!s}" for number, memory in enumerate(self._contents, 1)]
            await model_context.add_message(
                SystemMessage(
                    content="\nRelevant memory content (in chronological order):\n" + "\n".join(lines) + "\n"
                )
            )
        return UpdateContextResult(memories=MemoryQueryResult(results=list(self._contents)))

    @override
    async def query(
        self,
        query: str | MemoryContent = "",
        cancellation_token: CancellationToken | None = None,
        **kwargs: Any,
    ) -> MemoryQueryResult:
        """Everything, whatever `query` is."""
        return MemoryQueryResult(results=list(self._contents))

    @override
    async def add(self, content: MemoryContent, cancellation_token: CancellationToken | None = None) -> None:
        self._contents.append(content)

    @override
    async def clear(self) -> None:
        self._contents = []

    @override
    async def close(self) -> None:
        """Do nothing."""
