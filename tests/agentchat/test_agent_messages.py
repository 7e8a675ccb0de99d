"""Messages and events: AutoGen's fields and dumps, and ids that are made when they are read."""

from __future__ import annotations

import copy
import pickle
import uuid
from typing import Any

import pytest
from pydantic import TypeAdapter

from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.messages import (
    AgentEvent,
    BaseAgentEvent,
    BaseChatMessage,
    BaseTextChatMessage,
    ChatMessage,
    MessageFactory,
    ModelClientStreamingChunkEvent,
    StopMessage,
    TextMessage,
    ThoughtEvent,
)
from desktop_agent.agentchat.models import ModelFamily, RequestUsage, UserMessage

COMMON = ["id", "source", "models_usage", "metadata", "created_at"]


def fast_chunk() -> ModelClientStreamingChunkEvent:
    return ModelClientStreamingChunkEvent.of("text", "a", "m", {"kind": "thought"})


@pytest.mark.parametrize(
    ("message", "own"),
    [
        (TextMessage(content="text", source="a"), ["content", "type"]),
        (StopMessage(content="text", source="a"), ["content", "type"]),
        (ThoughtEvent(content="text", source="a"), ["content", "type"]),
        (
            ModelClientStreamingChunkEvent(content="text", source="a"),
            ["content", "full_message_id", "type"],
        ),
        (fast_chunk(), ["content", "full_message_id", "type"]),
    ],
)
def test_dump_and_load(message: BaseChatMessage | BaseAgentEvent, own: list[str]) -> None:
    dumped = message.dump()
    assert list(dumped) == COMMON + own
    assert dumped["type"] == type(message).__name__
    assert dumped["created_at"].endswith("Z")
    assert uuid.UUID(dumped["id"]).version == 4
    assert type(message).load(dumped) == message
    assert MessageFactory().create(dumped) == message
    assert message.to_text() == "text"


def test_text_messages_go_to_models() -> None:
    message = TextMessage(content="text", source="a", models_usage=RequestUsage(1, 2))
    assert message.to_model_text() == "text"
    assert message.to_model_message() == UserMessage(content="text", source="a")
    assert message.dump()["models_usage"] == {"prompt_tokens": 1, "completion_tokens": 2}


def test_fast_chunk_is_like_any_other() -> None:
    fast = fast_chunk()
    slow = ModelClientStreamingChunkEvent(
        id=fast.id,
        content="text",
        source="a",
        full_message_id="m",
        metadata={"kind": "thought"},
        created_at=fast.created_at,
    )
    assert fast == slow
    assert repr(fast) == repr(slow)
    assert fast.model_dump_json() == slow.model_dump_json()
    assert dict(fast) == dict(slow)


@pytest.mark.parametrize(
    "same",
    [
        copy.copy,
        copy.deepcopy,
        lambda event: event.model_copy(),
        lambda event: pickle.loads(pickle.dumps(event)),
        lambda event: ModelClientStreamingChunkEvent.model_validate(event),
        lambda event: ModelClientStreamingChunkEvent.load(event.dump()),
    ],
)
def test_id_of_a_fast_chunk_is_made_once(same: Any) -> None:
    event = fast_chunk()
    assert "id" not in vars(event)
    twin = same(event)
    assert twin.id == event.id
    assert twin == event
    assert fast_chunk().id != event.id
    assert fast_chunk() != event


def test_unknown_attributes_raise() -> None:
    with pytest.raises(AttributeError):
        _ = fast_chunk().colour


def test_unions_are_told_apart_by_type() -> None:
    thought = ThoughtEvent(content="text", source="a")
    stop = StopMessage(content="text", source="a")
    assert TypeAdapter[Any](AgentEvent).validate_python(thought.dump()) == thought
    assert TypeAdapter[Any](ChatMessage).validate_python(stop.dump()) == stop


def test_task_result_dumps_every_field() -> None:
    dumped = TaskResult(messages=[TextMessage(content="text", source="a"), fast_chunk()]).model_dump()
    assert dumped["messages"][0]["content"] == "text"
    assert dumped["messages"][1]["full_message_id"] == "m"


class OwnMessage(BaseTextChatMessage):
    type: str = "OwnMessage"


def test_factory_learns_classes() -> None:
    factory = MessageFactory()
    message = OwnMessage(content="text", source="a")
    with pytest.raises(ValueError, match="Unknown message type"):
        factory.create(message.dump())
    assert not factory.is_registered(OwnMessage)
    factory.register(OwnMessage)
    assert factory.is_registered(OwnMessage)
    assert factory.create(message.dump()) == message
    with pytest.raises(ValueError, match="already registered"):
        factory.register(OwnMessage)
    with pytest.raises(ValueError, match="must be a subclass"):
        factory.register(int)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'type' is required"):
        factory.create({"content": "text"})


def test_model_family_is_a_namespace() -> None:
    with pytest.raises(TypeError):
        ModelFamily()
    assert ModelFamily.is_openai(ModelFamily.GPT_4O)
    assert ModelFamily.is_claude(ModelFamily.CLAUDE_4_OPUS)
    assert ModelFamily.is_gemini(ModelFamily.GEMINI_2_5_PRO)
    assert ModelFamily.is_llama(ModelFamily.LLAMA_4_SCOUT)
    assert ModelFamily.is_mistral(ModelFamily.PIXTRAL)
    assert not ModelFamily.is_openai(ModelFamily.UNKNOWN)
