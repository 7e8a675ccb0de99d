"""A piece of a message under way: `ModelClientStreamingChunkEvent`, cheap enough to make thousands of."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer
from typing_extensions import override

from desktop_agent.agentchat.messages.base import BaseAgentEvent, new_id

# What `BaseModel.model_construct` sets, past pydantic's own `__setattr__`.
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_fields_set = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


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
