"""Images, structured messages, memories and model contexts."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from desktop_agent.agentchat import FunctionCall, Image
from desktop_agent.agentchat.code_executor import CodeBlock, CodeResult
from desktop_agent.agentchat.memory import (
    ListMemory,
    MemoryContent,
    MemoryMimeType,
    MemoryQueryResult,
    UpdateContextResult,
)
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    CodeExecutionEvent,
    CodeGenerationEvent,
    HandoffMessage,
    MemoryQueryEvent,
    MessageFactory,
    MultiModalMessage,
    RetryEvent,
    SelectorEvent,
    SelectSpeakerEvent,
    StructuredMessage,
    StructuredMessageFactory,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
    UserInputRequestedEvent,
)
from desktop_agent.agentchat.model_context import (
    BufferedChatCompletionContext,
    ChatCompletionContext,
    HeadAndTailChatCompletionContext,
    TokenLimitedChatCompletionContext,
    UnboundedChatCompletionContext,
)
from desktop_agent.agentchat.models import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
    validate_model_info,
)
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
PNG_TEXT = base64.b64encode(PNG).decode()
COMMON = ["id", "source", "models_usage", "metadata", "created_at"]
CALL = FunctionCall(id="1", arguments="{}", name="n")
RESULT = FunctionExecutionResult(content="c", name="n", call_id="1", is_error=False)


@pytest.mark.parametrize(
    ("message", "own", "text"),
    [
        (HandoffMessage(content="t", target="b", source="a"), ["content", "target", "context", "type"], "t"),
        (
            ToolCallSummaryMessage(content="t", tool_calls=[CALL], results=[RESULT], source="a"),
            ["content", "tool_calls", "results", "type"],
            "t",
        ),
        (MultiModalMessage(content=["t", Image(PNG)], source="a"), ["content", "type"], "t\n<image>"),
        (
            ToolCallRequestEvent(content=[CALL], source="a"),
            ["content", "type"],
            "[FunctionCall(id='1', arguments='{}', name='n')]",
        ),
        (
            ToolCallExecutionEvent(content=[RESULT], source="a"),
            ["content", "type"],
            "[FunctionExecutionResult(content='c', name='n', call_id='1', is_error=False)]",
        ),
        (
            ToolCallDeltaEvent(content="{", index=0, name="n", source="a"),
            ["content", "index", "call_id", "name", "full_message_id", "type"],
            "{",
        ),
        (
            RetryEvent(content="t", attempt=1, max_retries=2, delay=0.5, error="E", source="a"),
            ["content", "attempt", "max_retries", "delay", "error", "type"],
            "t",
        ),
        (
            UserInputRequestedEvent(request_id="r", source="a"),
            ["request_id", "content", "type"],
            "",
        ),
        (SelectSpeakerEvent(content=["a"], source="a"), ["content", "type"], "['a']"),
        (
            CodeGenerationEvent(
                retry_attempt=0, content="t", code_blocks=[CodeBlock("1", "python")], source="a"
            ),
            ["retry_attempt", "content", "code_blocks", "type"],
            "t",
        ),
        (
            CodeExecutionEvent(retry_attempt=0, result=CodeResult(0, "t"), source="a"),
            ["retry_attempt", "result", "type"],
            "t",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseModel) else "",
)
def test_dump_and_load(message: BaseChatMessage | BaseAgentEvent, own: list[str], text: str) -> None:
    dumped = message.dump()
    assert list(dumped) == COMMON + own
    assert dumped["type"] == type(message).__name__
    assert type(message).load(json.loads(json.dumps(dumped))) == message
    assert MessageFactory().create(dumped) == message
    assert message.to_text() == text
    assert len(dumped["id"]) == 36


def test_memory_query_event() -> None:
    event = MemoryQueryEvent(content=[MemoryContent(content="c", mime_type="text/plain")], source="a")
    assert event.to_text().startswith("[MemoryContent(content='c', mime_type=")
    dumped = event.dump()
    assert dumped["content"] == [{"content": "c", "mime_type": "text/plain", "metadata": None}]
    assert MessageFactory().create(dumped).dump() == dumped


def test_selector_events_are_not_known_to_the_factory() -> None:
    event = SelectorEvent(content="t", source="a")
    assert not MessageFactory().is_registered(SelectorEvent)
    assert event.to_text() == "t"


def test_multi_modal_texts() -> None:
    message = MultiModalMessage(content=["a", Image(PNG)], source="s")
    assert message.to_model_text() == "a [image]"
    assert message.to_model_text(image_placeholder=None) == f"a {PNG_TEXT}"
    assert message.to_text(iterm=True) == f"a\n\x1b]1337;File=inline=1:{PNG_TEXT}\a\n"
    assert message.to_model_message() == UserMessage(content=["a", Image(PNG)], source="s")
    assert message.dump()["content"] == ["a", {"data": PNG_TEXT}]


class Out(BaseModel):
    city: str
    degrees: int = 0


def test_structured_message() -> None:
    plain = StructuredMessage[Out](content=Out(city="Oslo"), source="a")
    formatted = StructuredMessage[Out](
        content=Out(city="Oslo"), source="a", format_string="{city}: {degrees}"
    )
    assert plain.type == "StructuredMessage[Out]"
    assert plain.to_text() == '{"city":"Oslo","degrees":0}'
    assert formatted.to_text() == formatted.to_model_text() == "Oslo: 0"
    assert formatted.to_model_message().content == '{"city":"Oslo","degrees":0}'
    dumped = plain.dump()
    assert list(dumped) == [*COMMON, "content", "format_string", "type"]
    factory = MessageFactory()
    factory.register(StructuredMessage[Out])
    assert factory.create(dumped) == plain


SCHEMA: dict[str, Any] = {
    "title": "Trip",
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Where", "minLength": 2},
        "days": {"type": "integer", "default": 1},
        "price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/Stop"}},
        "mood": {"enum": ["good", "bad"]},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {"type": ["string", "integer"]},
    },
    "required": ["city", "stops"],
    "$defs": {
        "Stop": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Stop"}},
            "required": ["name"],
        }
    },
}


def test_structured_messages_from_a_schema() -> None:
    factory = StructuredMessageFactory(json_schema=SCHEMA, format_string="{city}")
    assert factory.ContentModel.__name__ == "Trip"
    content = factory.ContentModel.model_validate(
        {"city": "Oslo", "stops": [{"name": "a", "next": {"name": "b"}}], "mood": "good", "any": 3}
    )
    message = factory.StructuredMessage(content=content, source="a", format_string=factory.format_string)
    assert message.to_text() == "Oslo"
    assert message.type == "StructuredMessage[Trip]"
    assert content.model_dump()["days"] == 1
    for bad in ({"city": "O", "stops": []}, {"city": "Oslo"}, {"city": "Oslo", "stops": [], "mood": "?"}):
        with pytest.raises(ValidationError):
            factory.ContentModel.model_validate(bad)
    named = StructuredMessageFactory(json_schema=SCHEMA, content_model_name="Own")
    assert named.ContentModel.__name__ == "Own"
    assert StructuredMessageFactory(input_model=Out).StructuredMessage is StructuredMessage[Out]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"json_schema": {"type": "string"}},
        {"json_schema": {"type": "object", "properties": {"a": {"$ref": "#/$defs/B"}}}},
    ],
)
def test_schemas_that_make_no_message(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"json_schema|JSON schema"):
        StructuredMessageFactory(**options)


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
    ],
)
def test_image_keeps_its_bytes(data: bytes, mime_type: str, tmp_path: Path) -> None:
    image = Image(data)
    assert (image.data, image.mime_type) == (data, mime_type)
    text = base64.b64encode(data).decode()
    assert image.to_base64() == text
    assert image.data_uri == f"data:{mime_type};base64,{text}"
    assert image.to_openai_format("low") == {
        "type": "image_url",
        "image_url": {"url": image.data_uri, "detail": "low"},
    }
    path = tmp_path / "image"
    path.write_bytes(data)
    twins = [
        Image.from_base64(text),
        Image.from_uri(image.data_uri),
        Image.from_file(path),
        Image.from_file(str(path)),
        copy.deepcopy(image),
        pickle.loads(pickle.dumps(image)),
    ]
    assert twins == [image] * 6
    assert len({*twins}) == 1


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Image(b"text"), "no PNG, JPEG, GIF or WebP"),
        (lambda: Image("text"), "bytes of an image or a Pillow image"),
        (lambda: Image.from_base64("?"), "no valid base64"),
        (lambda: Image.from_base64(""), "no PNG"),
        (lambda: Image.from_uri("https://example.invalid/a.png"), "Invalid URI format"),
        (lambda: Image.from_uri(f"data:text/plain;base64,{PNG_TEXT}"), "Invalid URI format"),
    ],
)
def test_what_is_no_image(make: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_image_from_and_to_pillow(mode: str) -> None:
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is no dependency; the extra dev has it")
    picture = pillow.new("RGB", (3, 2), (204, 0, 51)).convert(mode)
    for image in (Image.from_pil(picture), Image(picture), MultiModalMessage(content=[picture], source="a")):
        shown = image.content[0] if isinstance(image, MultiModalMessage) else image
        assert isinstance(shown, Image)
        assert shown.mime_type == "image/png"
        back = shown.image
        assert (back.size, back.format) == ((3, 2), "PNG")
        pixel = back.convert("RGB").getpixel((1, 1))
        assert all(abs(one - other) < 30 for one, other in zip(pixel, (204, 0, 51), strict=True))


def test_bytes_that_pillow_reads_stay_as_they_are() -> None:
    """AutoGen makes an RGB PNG of every picture."""
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is no dependency; the extra dev has it")
    file = io.BytesIO()
    pillow.new("RGB", (3, 2)).save(file, format="JPEG")
    image = Image(file.getvalue())
    assert (image.data, image.mime_type, image.image.size) == (file.getvalue(), "image/jpeg", (3, 2))


def test_bad_dump_of_an_image() -> None:
    with pytest.raises(ValidationError):
        MultiModalMessage.load({"content": [{"url": "x"}], "source": "a"})


def test_list_memory() -> None:
    async def main() -> None:
        memory = ListMemory()
        context = UnboundedChatCompletionContext()
        assert memory.name == "default_list_memory"
        assert (await memory.update_context(context)).memories.results == []
        assert await context.get_messages() == []
        first = MemoryContent(content="one", mime_type=MemoryMimeType.TEXT)
        second = MemoryContent(content={"b": 2}, mime_type=MemoryMimeType.JSON)
        await memory.add(first)
        await memory.add(second)
        assert await memory.update_context(context) == UpdateContextResult(
            memories=MemoryQueryResult(results=[first, second])
        )
        assert await memory.query("?") == MemoryQueryResult(results=[first, second])
        text = "\nRelevant memory content (in chronological order):\n1. one\n2. {'b': 2}\n"
        assert await context.get_messages() == [SystemMessage(content=text)]
        memory.content = [second]
        assert memory.content == [second]
        await memory.clear()
        await memory.close()
        assert memory.content == []

    asyncio.run(main())


def said(text: str) -> UserMessage:
    return UserMessage(content=text, source="user")


CALLS = AssistantMessage(content=[CALL], source="a")
RESULTS = FunctionExecutionResultMessage(content=[RESULT])


def shown(context: ChatCompletionContext) -> list[LLMMessage]:
    return asyncio.run(context.get_messages())


def test_buffered_context_shows_the_last_without_orphans() -> None:
    messages: list[LLMMessage] = [said("1"), CALLS, RESULTS, said("2")]
    assert shown(BufferedChatCompletionContext(3, messages)) == messages[1:]
    assert shown(BufferedChatCompletionContext(2, messages)) == messages[3:]
    assert shown(BufferedChatCompletionContext(9, messages)) == messages


def test_head_and_tail_context() -> None:
    messages: list[LLMMessage] = [said("1"), CALLS, RESULTS, said("2"), CALLS, RESULTS, said("3")]
    skipped = UserMessage(content="Skipped 5 messages.", source="System")
    assert shown(HeadAndTailChatCompletionContext(2, 2, messages)) == [messages[0], skipped, messages[6]]
    assert shown(HeadAndTailChatCompletionContext(4, 3, messages)) == messages


def test_token_limited_context_drops_calls_with_their_results() -> None:
    client = ReplayChatCompletionClient([])
    messages: list[LLMMessage] = [said("a b"), CALLS, RESULTS, said("c d"), said("e f")]
    for limit in range(1, 9):
        kept = shown(TokenLimitedChatCompletionContext(client, token_limit=limit, initial_messages=messages))
        assert client.count_tokens(kept) <= limit
        # Servers refuse the one without the other.
        assert (CALLS in kept) == (RESULTS in kept)
    assert shown(TokenLimitedChatCompletionContext(client, initial_messages=messages)) == messages
    assert (
        shown(TokenLimitedChatCompletionContext(client, token_limit=8, initial_messages=messages)) == messages
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: BufferedChatCompletionContext(0),
        lambda: HeadAndTailChatCompletionContext(0, 1),
        lambda: HeadAndTailChatCompletionContext(1, 0),
        lambda: TokenLimitedChatCompletionContext(ReplayChatCompletionClient([]), token_limit=0),
    ],
)
def test_contexts_without_room(make: Any) -> None:
    with pytest.raises(ValueError, match="must be greater than 0"):
        make()


def test_context_is_saved_with_everything() -> None:
    picture = UserMessage(content=["a", Image(PNG)], source="user")
    context = BufferedChatCompletionContext(1, [picture, CALLS, RESULTS])
    state = json.loads(json.dumps(asyncio.run(context.save_state())))
    assert list(state["messages"][1]) == ["content", "thought", "source", "type"]
    other = UnboundedChatCompletionContext()
    asyncio.run(other.load_state(state))
    assert shown(other) == [picture, CALLS, RESULTS]
    asyncio.run(other.clear())
    assert shown(other) == []


def test_model_info_is_validated() -> None:
    info: dict[str, Any] = {
        "vision": False,
        "function_calling": False,
        "json_output": False,
        "family": "unknown",
    }
    with pytest.warns(UserWarning, match="structured_output"):
        validate_model_info(info)
    validate_model_info({**info, "structured_output": False})
    for name in info:
        with pytest.raises(ValueError, match=name):
            validate_model_info({key: value for key, value in info.items() if key != name})
