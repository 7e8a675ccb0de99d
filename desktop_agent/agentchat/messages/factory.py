"""Messages from their dumps, and structured messages from their schemas."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from desktop_agent.agentchat.messages.base import BaseAgentEvent, BaseChatMessage
from desktop_agent.agentchat.messages.chat_messages import (
    HandoffMessage,
    MultiModalMessage,
    StopMessage,
    StructuredMessage,
    TextMessage,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.messages.chunk import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.messages.events import (
    CodeExecutionEvent,
    CodeGenerationEvent,
    MemoryQueryEvent,
    RetryEvent,
    SelectSpeakerEvent,
    ThoughtEvent,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    UserInputRequestedEvent,
)
from desktop_agent.agentchat.messages.schema_models import model_of_schema

_BASES: Final = (BaseChatMessage, BaseAgentEvent)
_KNOWN: Final[tuple[type[BaseChatMessage | BaseAgentEvent], ...]] = (
    TextMessage,
    MultiModalMessage,
    StopMessage,
    ToolCallSummaryMessage,
    HandoffMessage,
    ToolCallRequestEvent,
    ToolCallExecutionEvent,
    ToolCallDeltaEvent,
    MemoryQueryEvent,
    UserInputRequestedEvent,
    ModelClientStreamingChunkEvent,
    ThoughtEvent,
    RetryEvent,
    SelectSpeakerEvent,
    CodeGenerationEvent,
    CodeExecutionEvent,
)


class MessageFactory:
    """Makes messages and events from their dumps, by their `type`. Source: AutoGen's `MessageFactory`."""

    def __init__(self) -> None:
        self._types: dict[str, type[BaseChatMessage | BaseAgentEvent]] = {}
        for message_type in _KNOWN:
            self._types[message_type.__name__] = message_type

    def is_registered(self, message_type: type[BaseChatMessage | BaseAgentEvent]) -> bool:
        """Whether dumps of this class are understood."""
        return getattr(message_type, "__name__", None) in self._types

    def register(self, message_type: type[BaseChatMessage | BaseAgentEvent]) -> None:
        """Understand dumps of a further class.

        Raises:
            ValueError: A class of this name is registered, or it is no message or event.
        """
        if self.is_registered(message_type):
            raise ValueError(f"Message type {message_type} is already registered.")
        if not (isinstance(message_type, type) and issubclass(message_type, _BASES)):
            raise ValueError(  # noqa: TRY004 - AutoGen's type of error
                f"Message type {message_type} must be a subclass of BaseChatMessage or BaseAgentEvent."
            )
        self._types[message_type.__name__] = message_type

    def create(self, data: Mapping[str, Any]) -> BaseChatMessage | BaseAgentEvent:
        """The message that `data` is a dump of.

        Raises:
            ValueError: `type` is missing or unknown, or the other fields do not fit.
        """
        name = data.get("type") if isinstance(data, Mapping) else None
        if name is None:
            raise ValueError("Field 'type' is required in the message data.")
        message_type = self._types.get(name) if isinstance(name, str) else None
        if message_type is None:
            raise ValueError(f"Unknown message type: {name}")
        return message_type.load(data)


class StructuredMessageFactory:
    """Makes a class of structured messages from a JSON schema or from a pydantic model.

    Source: AutoGen's class of the same name.

    Args:
        json_schema: A JSON schema of an object.
        input_model: A pydantic model; wins over `json_schema`.
        format_string: See `StructuredMessage`.
        content_model_name: The name of the class made from `json_schema`; default: its title.

    Attributes:
        ContentModel: The class of the content.
        StructuredMessage: `StructuredMessage[ContentModel]`.
        format_string: As given.

    Raises:
        ValueError: Neither is given, or the schema is of no object.
    """

    def __init__(
        self,
        json_schema: Mapping[str, Any] | None = None,
        input_model: type[BaseModel] | None = None,
        format_string: str | None = None,
        content_model_name: str | None = None,
    ) -> None:
        self.format_string = format_string
        if input_model is not None:
            self.ContentModel: type[BaseModel] = input_model
        elif json_schema:
            self.ContentModel = model_of_schema(json_schema, content_model_name)
        else:
            raise ValueError("Either `json_schema` or `input_model` must be provided.")
        self.StructuredMessage: type[StructuredMessage[Any]] = StructuredMessage[self.ContentModel]  # type: ignore[name-defined]  # a class of run time
