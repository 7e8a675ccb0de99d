"""The vocabulary of a stream: what agents say to one another, and what can be watched meanwhile.

Fields, defaults, dump keys and their order are those of `autogen_agentchat.messages`; what is ours goes into
`metadata`:

- "kind" = "thought" on a chunk of reasoning,
- "interrupted" = "true" on a message that was cut short,
- "streamed" = "false" on one that came whole although it was asked for in pieces,
- "finish_reason" = "length" or "content_filter" on one that the model did not end of itself.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer
from typing_extensions import override

from desktop_agent.agentchat.models.types import RequestUsage, UserMessage


def new_id() -> str:
    """A new unique message id."""
    return str(uuid.uuid4())


def _now() -> datetime:
    return datetime.now(UTC)


# What `BaseModel.model_construct` sets, past pydantic's own `__setattr__`.
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_fields_set = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


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


class TextMessage(BaseTextChatMessage):
    """A text."""

    type: Literal["TextMessage"] = "TextMessage"


class StopMessage(BaseTextChatMessage):
    """A text that asks to stop."""

    type: Literal["StopMessage"] = "StopMessage"


class ModelClientStreamingChunkEvent(BaseAgentEvent):
    """A piece of a message under way.

    `full_message_id` is the id of the message that it belongs to: the `ThoughtEvent` if `metadata["kind"]` is
    "thought", else the final message (AutoGen gives both the id of the thought). The `id` is a valid UUID
    that is made when it is first read: a long reply has thousands of chunks whose id nobody asks for.
    """

    content: str
    full_message_id: str | None = None
    type: Literal["ModelClientStreamingChunkEvent"] = "ModelClientStreamingChunkEvent"

    @classmethod
    def of(cls, content: str, source: str, full_message_id: str, metadata: dict[str, str]) -> Self:
        """Build an event from values that need no validation; a fifth of the constructor's cost.

        Args:
            content: The piece of text.
            source: The agent's name.
            full_message_id: The id of the message to come.
            metadata: Kept as it is, not copied.
        """
        event = cls.__new__(cls)
        _set_fields_set(event, {"source", "content", "full_message_id", "metadata"})
        _set_extra(event, None)
        _set_private(event, None)
        _set_values(
            event,
            {
                "source": source,
                "models_usage": None,
                "metadata": metadata,
                "created_at": datetime.now(UTC),
                "content": content,
                "full_message_id": full_message_id,
                "type": "ModelClientStreamingChunkEvent",
            },
        )
        return event

    @override
    def to_text(self) -> str:
        return self.content

    # Below: everything that looks at all fields at once sees to it that the id is there.

    def __getattr__(self, name: str) -> Any:
        if name == "id":
            return self._with_id().__dict__["id"]
        return super().__getattr__(name)  # type: ignore[misc]  # pydantic hides it from type checkers

    def _with_id(self) -> Self:
        values = self.__dict__
        if "id" not in values:
            rest = dict(values)
            values.clear()
            values["id"] = new_id()  # first, as in the order of the fields
            values.update(rest)
        return self

    @model_serializer(mode="wrap")
    def _serialize(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self._with_id())
        return dumped

    @override
    def __eq__(self, other: object) -> bool:
        if isinstance(other, ModelClientStreamingChunkEvent):
            other._with_id()
        return super(ModelClientStreamingChunkEvent, self._with_id()).__eq__(other)

    @override
    def __iter__(self) -> Generator[tuple[str, Any], None, None]:  # noqa: PYI058 - as declared by pydantic
        return super(ModelClientStreamingChunkEvent, self._with_id()).__iter__()

    @override
    def __repr_args__(self) -> Any:
        return super(ModelClientStreamingChunkEvent, self._with_id()).__repr_args__()

    @override
    def __copy__(self) -> Self:
        return super(ModelClientStreamingChunkEvent, self._with_id()).__copy__()

    @override
    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super(ModelClientStreamingChunkEvent, self._with_id()).__deepcopy__(memo)

    @override
    def __getstate__(self) -> dict[Any, Any]:
        return super(ModelClientStreamingChunkEvent, self._with_id()).__getstate__()


class ThoughtEvent(BaseAgentEvent):
    """The reasoning of a model, whole."""

    content: str
    type: Literal["ThoughtEvent"] = "ThoughtEvent"

    @override
    def to_text(self) -> str:
        return self.content


ChatMessage: TypeAlias = Annotated[TextMessage | StopMessage, Field(discriminator="type")]
"""The concrete chat messages, told apart by `type`."""

AgentEvent: TypeAlias = Annotated[ModelClientStreamingChunkEvent | ThoughtEvent, Field(discriminator="type")]
"""The concrete events, told apart by `type`."""


class MessageFactory:
    """Makes messages and events from their dumps, by their `type`. Source: AutoGen's `MessageFactory`."""

    def __init__(self) -> None:
        self._types: dict[str, type[BaseChatMessage | BaseAgentEvent]] = {}
        for message_type in (TextMessage, StopMessage, ModelClientStreamingChunkEvent, ThoughtEvent):
            self._types[message_type.__name__] = message_type

    def is_registered(self, message_type: type[BaseChatMessage | BaseAgentEvent]) -> bool:
        """Whether dumps of this class are understood."""
        return message_type.__name__ in self._types

    def register(self, message_type: type[BaseChatMessage | BaseAgentEvent]) -> None:
        """Understand dumps of a further class.

        Raises:
            ValueError: A class of this name is registered, or it is no message or event.
        """
        if self.is_registered(message_type):
            raise ValueError(f"Message type {message_type} is already registered.")
        if not issubclass(message_type, (BaseChatMessage, BaseAgentEvent)):
            raise ValueError(  # noqa: TRY004 - AutoGen's type of error
                f"Message type {message_type} must be a subclass of BaseChatMessage or BaseAgentEvent."
            )
        self._types[message_type.__name__] = message_type

    def create(self, data: Mapping[str, Any]) -> BaseChatMessage | BaseAgentEvent:
        """The message that `data` is a dump of.

        Raises:
            ValueError: `type` is missing or unknown, or the other fields do not fit.
        """
        name = data.get("type")
        if name is None:
            raise ValueError("Field 'type' is required in the message data.")
        message_type = self._types.get(name)
        if message_type is None:
            raise ValueError(f"Unknown message type: {name}")
        return message_type.load(data)


__all__ = [
    "AgentEvent",
    "BaseAgentEvent",
    "BaseChatMessage",
    "BaseMessage",
    "BaseTextChatMessage",
    "ChatMessage",
    "MessageFactory",
    "ModelClientStreamingChunkEvent",
    "StopMessage",
    "TextMessage",
    "ThoughtEvent",
]
