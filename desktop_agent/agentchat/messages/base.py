"""What all messages and events have in common. Source: `autogen_agentchat.messages`."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, Field
from typing_extensions import override

from desktop_agent.agentchat.models.types import RequestUsage, UserMessage


def new_id() -> str:
    """A new unique message id."""
    return str(uuid.uuid4())


def _now() -> datetime:
    return datetime.now(UTC)


class BaseMessage(BaseModel, ABC):
    """What every message and event has in common."""

    @abstractmethod
    def to_text(self) -> str:
        """The content as text for people."""

    def dump(self) -> Mapping[str, Any]:
        """The message as JSON-ready values, with AutoGen's keys."""
        return self.model_dump(mode="json")

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `dump`.

        Raises:
            pydantic.ValidationError: `data` does not fit.
        """
        return cls.model_validate(data)


class BaseChatMessage(BaseMessage, ABC):
    """A message from one agent (or "user") to another."""

    id: str = Field(default_factory=new_id)
    source: str
    models_usage: RequestUsage | None = None
    metadata: dict[str, str] = {}
    created_at: datetime = Field(default_factory=_now)

    @abstractmethod
    def to_model_text(self) -> str:
        """The content as text for a model."""

    @abstractmethod
    def to_model_message(self) -> UserMessage:
        """The message as a model is told it."""


class BaseTextChatMessage(BaseChatMessage, ABC):
    """A chat message whose content is text."""

    content: str

    @override
    def to_text(self) -> str:
        return self.content

    @override
    def to_model_text(self) -> str:
        return self.content

    @override
    def to_model_message(self) -> UserMessage:
        return UserMessage(content=self.content, source=self.source)


class BaseAgentEvent(BaseMessage, ABC):
    """Something to watch; never told to an agent."""

    id: str = Field(default_factory=new_id)
    source: str
    models_usage: RequestUsage | None = None
    metadata: dict[str, str] = {}
    created_at: datetime = Field(default_factory=_now)
