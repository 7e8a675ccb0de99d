"""Function calls on the wire: what is sent, and every way in which servers send calls back."""

from __future__ import annotations

import json
import warnings
from typing import Any, get_args

import pytest

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.models import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from desktop_agent.agentchat.models.tool_calls import ToolCallReader
from desktop_agent.agentchat.models.types import ToolCallDelta
from desktop_agent.agentchat.tools import FunctionTool
from loopback import CallStyle, LoopbackServer, Reply
from openai_runs import QUESTION, answer, client_of, created, events, info, streamed


def add(a: int, b: int = 2) -> int:
    return a + b


TOOL = FunctionTool(add, description="Add numbers")
OTHER = FunctionTool(add, description="Add numbers", name="other")
CALLS = [("call_1", "add", '{"a": 1, "b": 41}'), ("call_2", "other", '{"a": "字 \\" and so on"}')]
EXPECTED = [FunctionCall(id=call_id, name=name, arguments=arguments) for call_id, name, arguments in CALLS]


def test_request_with_tools(server: LoopbackServer) -> None:
    streamed(client_of(server.base_url, parallel_tool_calls=False), tools=[TOOL, {"name": "bare"}])
    body = server.requests[0].body
    assert body["parallel_tool_calls"] is False
    assert body["tool_choice"] == "auto"
    described, bare = body["tools"]
    assert described["type"] == "function"
    assert described["function"] == {
        "name": "add",
        "description": "Add numbers",
        "parameters": TOOL.schema["parameters"],
        "strict": False,
    }
    assert bare["function"] == {"name": "bare", "description": "", "parameters": {}, "strict": False}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("required", "required"),
        ("none", "none"),
        (OTHER, {"type": "function", "function": {"name": "other"}}),
    ],
)
def test_tool_choice(server: LoopbackServer, choice: Any, sent: object) -> None:
    created(client_of(server.base_url), tools=[TOOL, OTHER.schema], tool_choice=choice)
    assert server.requests[0].body["tool_choice"] == sent


def test_tool_choice_is_sent_only_with_tools(server: LoopbackServer) -> None:
    created(client_of(server.base_url), tool_choice="required")
    assert not {"tools", "tool_choice"} & server.requests[0].body.keys()


def test_wrong_tools(server: LoopbackServer) -> None:
    client = client_of(server.base_url)
    with pytest.raises(ValueError, match="tool_choice references 'other' but it's not in the provided tools"):
        streamed(client, tools=[TOOL], tool_choice=OTHER)
    with pytest.raises(ValueError, match="tool_choice specified but no tools provided"):
        streamed(client, tool_choice=OTHER)
    with pytest.raises(ValueError, match="tool_choice must be a Tool object, 'auto', 'required', or 'none'"):
        streamed(client, tools=[TOOL], tool_choice="perhaps")
    with pytest.raises(ValueError, match="Invalid name"):
        streamed(client, tools=[{"name": "no spaces please"}])
    with pytest.raises(ValueError, match="Model does not support function calling"):
        streamed(client_of(server.base_url, model_info=info(function_calling=False)), tools=[TOOL])
    assert server.requests == []


CONVERSATION: list[LLMMessage] = [
    SystemMessage(content="s"),
    UserMessage(content="Hi", source="user"),
    AssistantMessage(content=EXPECTED[:1], thought="Let me see.", source="a"),
    FunctionExecutionResultMessage(
        content=[
            FunctionExecutionResult(content="42", name="add", call_id="call_1", is_error=False),
            FunctionExecutionResult(content="lone \ud83d", name="add", call_id="call_2", is_error=True),
        ]
    ),
    AssistantMessage(content=EXPECTED[1:], source="a"),
    AssistantMessage(content="text", thought="Hm.", source="a"),
]


def test_calls_and_results_are_told_again(server: LoopbackServer) -> None:
    created(client_of(server.base_url), CONVERSATION)
    assert server.requests[0].body["messages"][2:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": CALLS[0][2]}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
        {"role": "tool", "tool_call_id": "call_2", "content": "lone \ufffd"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_2", "type": "function", "function": {"name": "other", "arguments": CALLS[1][2]}}
            ],
        },
        {"role": "assistant", "content": "text"},
    ]


@pytest.mark.parametrize("style", [style for style in get_args(CallStyle) if style != "function_call"])
def test_calls_in_a_stream(server: LoopbackServer, style: CallStyle) -> None:
    """AutoGen joins repeated ids and names: "call_1call_1"."""
    server.reply = Reply(tool_calls=CALLS, call_style=style, usage=(3, 4))
    pieces, result = streamed(client_of(server.base_url), tools=[TOOL])
    assert pieces == []
    assert result.content == EXPECTED
    assert result.finish_reason == "function_calls"
    assert result.usage == RequestUsage(3, 4)
    assert result.thought is None


def test_older_form_of_a_call(server: LoopbackServer) -> None:
    server.reply = Reply(tool_calls=CALLS[:1], call_style="function_call", finish_reason="function_call")
    _, result = streamed(client_of(server.base_url), tools=[TOOL])
    assert isinstance(result.content, list)
    (call,) = result.content
    assert isinstance(call, FunctionCall)
    assert (call.name, call.arguments) == CALLS[0][1:]
    assert call.id


def test_text_and_calls_in_one_delta(server: LoopbackServer) -> None:
    """AutoGen drops the calls of a delta that has text."""
    server.reply = Reply(text="Let me see", tool_calls=CALLS, call_with_text=True)
    pieces, result = streamed(client_of(server.base_url), tools=[TOOL])
    assert answer(pieces) == "Let me see"
    assert result.content == EXPECTED
    assert result.thought == "Let me see"


def test_reasoning_beside_calls_is_kept(server: LoopbackServer) -> None:
    """AutoGen drops it."""
    server.reply = Reply(thought="Two numbers.", text="Let me see.", tool_calls=CALLS)
    client = client_of(server.base_url)
    assert streamed(client)[1].thought == created(client).thought == "Two numbers.\n\nLet me see."
    server.reply = Reply(thought="Two numbers.", tool_calls=CALLS)
    assert streamed(client)[1].thought == created(client).thought == "Two numbers."


def test_pieces_of_calls_on_request(server: LoopbackServer) -> None:
    server.reply = Reply(text="So: ", tool_calls=CALLS, call_style="interleaved")
    items, error = events(client_of(server.base_url), all_events=True, tool_call_deltas=True, tools=[TOOL])
    assert error is None
    deltas = [item for item in items if isinstance(item, ToolCallDelta)]
    for index, (call_id, name, arguments) in enumerate(CALLS):
        own = [delta for delta in deltas if delta.index == index]
        assert "".join(delta.arguments_piece for delta in own) == arguments
        assert {(delta.call_id, delta.name) for delta in own} == {(call_id, name)}
    assert items[0] == "So: "


def test_create_with_calls(server: LoopbackServer) -> None:
    server.reply = Reply(text="Let me see.", tool_calls=[("c1", "bad name!", "{}"), *CALLS], usage=(3, 4))
    result = created(client_of(server.base_url), tools=[TOOL])
    assert isinstance(result.content, list)
    assert result.content[0] == FunctionCall(id="c1", name="bad_name_", arguments="{}")
    assert result.content[1:] == EXPECTED
    assert (result.finish_reason, result.thought) == ("function_calls", "Let me see.")
    assert streamed(client_of(server.base_url))[1] == result


def test_finish_reason_that_does_not_fit(server: LoopbackServer) -> None:
    server.reply = Reply(tool_calls=CALLS, finish_reason="stop")
    with pytest.warns(UserWarning, match="Finish reason mismatch: stop != tool_calls"):
        assert created(client_of(server.base_url)).finish_reason == "function_calls"
    assert streamed(client_of(server.base_url))[1].finish_reason == "function_calls"
    server.reply = Reply(tool_calls=CALLS, finish_reason="length")
    assert streamed(client_of(server.base_url))[1].finish_reason == "length"


def test_arguments_as_an_object(server: LoopbackServer) -> None:
    call = {"id": "c", "function": {"name": "add", "arguments": {"a": 1}}}
    choice = {"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
    server.reply = Reply(
        fault="web_page", content_type="application/json", body=json.dumps({"choices": [choice]})
    )
    with pytest.warns(UserWarning, match="Tool call function arguments field is not a string"):
        result = created(client_of(server.base_url))
    assert result.content == [FunctionCall(id="c", name="add", arguments='{"a": 1}')]


def test_calls_above_the_limit_of_a_reply(server: LoopbackServer) -> None:
    server.reply = Reply(tool_calls=[("c", "add", "x" * 1_000)])
    _, error = events(client_of(server.base_url, max_reply_bytes=900))
    assert error is not None
    assert "more than 900 characters" in str(error)


# Deltas as servers were seen to send them, and the calls in them.
ODD_CALLS: list[tuple[list[Any], list[tuple[str, str]]]] = [
    ([None, 5, [], [5], [{}], [{"function": None}], [{"index": 0, "function": {}}]], []),
    ([[{"index": 0, "id": "a", "function": {"name": "add"}}]], [("add", "{}")]),
    ([[{"index": 0, "function": {"arguments": "{}"}}]], []),
    (  # every call has the index 0 (Gemini)
        [
            [{"index": 0, "id": "a", "function": {"name": "add", "arguments": "{1}"}}],
            [{"index": 0, "id": "b", "function": {"name": "add", "arguments": "{2}"}}],
        ],
        [("add", "{1}"), ("add", "{2}")],
    ),
    (  # every piece has an id of its own
        [
            [{"index": 0, "id": "a", "function": {"name": "add", "arguments": "{"}}],
            [{"index": 0, "id": "b", "function": {"arguments": "}"}}],
        ],
        [("add", "{}")],
    ),
    (  # neither index nor id
        [
            [{"function": {"name": "add", "arguments": "{1}"}}],
            [{"function": {"name": "add", "arguments": "{2}"}}],
        ],
        [("add", "{1}"), ("add", "{2}")],
    ),
    (  # the name in pieces
        [
            [{"index": 0, "id": "a", "function": {"name": "ad"}}],
            [{"index": 0, "function": {"name": "d", "arguments": "{}"}}],
        ],
        [("add", "{}")],
    ),
    (  # one id for two calls
        [
            [
                {"index": 0, "id": "a", "function": {"name": "x"}},
                {"index": 1, "id": "a", "function": {"name": "y"}},
            ]
        ],
        [("x", "{}"), ("y", "{}")],
    ),
    ([{"index": 0, "id": "a", "function": {"name": "add", "arguments": {"a": 1}}}], [("add", '{"a": 1}')]),
]


def test_odd_calls() -> None:
    for deltas, expected in ODD_CALLS:
        reader = ToolCallReader()
        for delta in deltas:
            reader.feed({"tool_calls": delta})
        calls = reader.calls()
        assert [(call.name, call.arguments) for call in calls] == expected, deltas
        assert len({call.id for call in calls}) == len(calls)


def test_calls_without_end_are_bounded() -> None:
    reader = ToolCallReader()
    for index in range(3_000):
        reader.feed({"tool_calls": [{"index": index, "id": str(index), "function": {"name": "add"}}]})
    assert len(reader.calls()) == 1_000


def test_refusal_is_what_the_model_says(server: LoopbackServer) -> None:
    """AutoGen gives an empty reply."""
    server.reply = Reply(refusal="I will not.")
    client = client_of(server.base_url)
    pieces, result = streamed(client)
    assert pieces == ["I will not."]
    assert created(client).content == result.content == "I will not."


def test_only_the_first_choice_counts(server: LoopbackServer) -> None:
    server.reply = Reply(text="one two", further_choices=["other"])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _, result = streamed(client_of(server.base_url))
    assert result.content == "one two"
    mine = [str(each.message) for each in told if each.category is UserWarning]
    assert mine == ["Received a chunk with 2 choices. Only the first choice will be used."]
    apart = [{"index": index, "delta": {"content": text}} for index, text in [(0, "a"), (1, "x"), (0, "b")]]
    server.reply = Reply(events=[json.dumps({"choices": [choice]}) for choice in apart])
    assert streamed(client_of(server.base_url), QUESTION)[1].content == "ab"
