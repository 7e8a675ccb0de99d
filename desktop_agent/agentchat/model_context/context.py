"""The list of a conversation's messages: `ChatCompletionContext`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from desktop_agent.agentchat.models.types import LLMMessage


class ChatCompletionContextState(BaseModel):
    """A saved context."""

    messages: list[LLMMessage] = []


class ChatCompletionContext(ABC):
    """A list of messages, and the choice of those that the model sees.

    Args:
        initial_messages: Messages at the start.
    """

    def __init__(self, initial_messages: Sequence[LLMMessage] | None = None) -> None:
        self._messages: list[LLMMessage] = list(initial_messages or ())

    async def add_message(self, message: LLMMessage) -> None:
        """Append a message."""
        self._messages.append(message)

    @abstractmethod
    async def get_messages(self) -> list[LLMMessage]:
        """The messages that the model is to see."""

    async def clear(self) -> None:
        """Forget all messages."""
        self._messages = []

    async def save_state(self) -> Mapping[str, Any]:
        """All messages as JSON-ready values: `{"messages": [...]}`."""
        return ChatCompletionContextState(messages=self._messages).model_dump()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Replace all messages by saved ones.

        Raises:
            pydantic.ValidationError: `state` is none that `save_state` returned.
        """
        self._messages = ChatCompletionContextState.model_validate(state).messages
