"""JSON, structured output, images, names and families: what goes out, and what is refused."""

from __future__ import annotations

import base64
import json
import warnings
from typing import Any

import pytest
from pydantic import BaseModel

from desktop_agent.agentchat import Image
from desktop_agent.agentchat.models import (
    AssistantMessage,
    ChatCompletionTokenLogprob,
    LLMMessage,
    SystemMessage,
    TopLogprob,
    UserMessage,
)
from loopback import LoopbackServer, Reply
from openai_runs import client_of, created, info, streamed

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)


class Out(BaseModel):
    x: int
    y: str | None = None


SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "Out",
        "strict": True,
        "schema": {
            "title": "Out",
            "type": "object",
            "properties": {
                "x": {"title": "X", "type": "integer"},
                "y": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Y"},
            },
            "required": ["x", "y"],
            "additionalProperties": False,
        },
    },
}


@pytest.mark.parametrize(
    ("json_output", "sent"), [(True, {"type": "json_object"}), (False, {"type": "text"}), (Out, SCHEMA)]
)
def test_json_output(server: LoopbackServer, json_output: Any, sent: object) -> None:
    server.reply = Reply(text='{"x": 1}')
    client = client_of(server.base_url)
    pieces, result = streamed(client, json_output=json_output)
    assert "".join(pieces) == result.content == '{"x": 1}'
    assert created(client, json_output=json_output).content == '{"x": 1}'
    assert [request.body["response_format"] for request in server.requests] == [sent, sent]


def test_class_as_response_format(server: LoopbackServer) -> None:
    for client, extra in (
        (client_of(server.base_url, response_format=Out), {}),
        (client_of(server.base_url), {"response_format": Out}),
    ):
        with pytest.warns(DeprecationWarning, match="Using response_format to specify the BaseModel"):
            created(client, extra_create_args=extra)
        assert server.requests[-1].body["response_format"] == SCHEMA


def test_response_format_beside_a_class(server: LoopbackServer) -> None:
    client = client_of(server.base_url)
    form = {"response_format": {"type": "json_object"}}
    with pytest.warns(
        UserWarning, match="response_format is found in extra_create_args while json_output is"
    ):
        created(client, json_output=Out, extra_create_args=form)
    assert server.requests[-1].body["response_format"] == SCHEMA
    with (
        pytest.warns(DeprecationWarning, match="Using response_format"),
        pytest.raises(ValueError, match="response_format and json_output cannot be set to a Pydantic model"),
    ):
        created(client, json_output=Out, extra_create_args={"response_format": Out})


@pytest.mark.parametrize(
    ("lacking", "options", "text"),
    [
        ("json_output", {"json_output": True}, "Model does not support JSON output."),
        ("structured_output", {"json_output": Out}, "Model does not support structured output."),
        ("family", {"json_output": 5}, "json_output must be a boolean or a Pydantic model class"),
    ],
)
def test_what_the_model_cannot_do(
    server: LoopbackServer, lacking: str, options: dict[str, Any], text: str
) -> None:
    able = info(**{lacking: "unknown" if lacking == "family" else False})
    with pytest.raises(ValueError, match=text):
        streamed(client_of(server.base_url, model_info=able), **options)
    assert server.requests == []


def test_images(server: LoopbackServer) -> None:
    picture = Image(PIXEL)
    messages: list[LLMMessage] = [UserMessage(content=["look", picture, " and \ud83d"], source="bob")]
    created(client_of(server.base_url), messages)
    assert server.requests[0].body["messages"] == [
        {
            "role": "user",
            "name": "bob",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": picture.data_uri, "detail": "auto"}},
                {"type": "text", "text": " and \ufffd"},
            ],
        }
    ]
    created(client_of(server.base_url, add_name_prefixes=True, include_name_in_message=False), messages)
    assert server.requests[1].body["messages"][0]["content"][0]["text"] == "bob said:\nlook"
    assert "name" not in server.requests[1].body["messages"][0]
    with pytest.raises(ValueError, match="Model does not support vision and image was provided"):
        created(client_of(server.base_url, model_info=info(vision=False)), messages)
    client = client_of(server.base_url)
    assert client.count_tokens(messages) > client.count_tokens([UserMessage(content="look", source="bob")])


BLANK: list[LLMMessage] = [
    SystemMessage(content="s"),
    UserMessage(content="", source="u"),
    UserMessage(content="  ", source="u"),
    AssistantMessage(content="", source="a"),
    UserMessage(content="Hi", source="u"),
]


@pytest.mark.parametrize(
    ("family", "contents", "named"),
    [
        ("gpt-4o", ["s", "", "  ", "", "Hi"], True),
        ("gemini-2.0-flash", ["s", " ", "  ", " ", "Hi"], True),
        ("claude-3-opus", ["s", "Hi"], True),
        ("mistral", ["s", "", "  ", "", "Hi"], False),
    ],
)
def test_families(server: LoopbackServer, family: str, contents: list[str], named: bool) -> None:
    created(client_of(server.base_url, model_info=info(family=family)), BLANK)
    messages = server.requests[0].body["messages"]
    assert [message["content"] for message in messages] == contents
    assert ("name" in messages[-1]) is named


def test_model_info_is_checked(server: LoopbackServer) -> None:
    for name in ("vision", "function_calling", "json_output", "family"):
        part: Any = {key: value for key, value in info().items() if key != name}
        with pytest.raises(ValueError, match=f"Missing required field '{name}' in ModelInfo"):
            client_of(server.base_url, model_info=part)
    part = {key: value for key, value in info().items() if key != "structured_output"}
    with pytest.warns(UserWarning, match="Missing required field 'structured_output'"):
        client_of(server.base_url, model_info=part)


@pytest.mark.parametrize(
    ("model", "variable", "host"),
    [
        ("gemini-2.5-flash", "GEMINI_API_KEY", "generativelanguage.googleapis.com"),
        ("claude-3-5-sonnet-20241022", "ANTHROPIC_API_KEY", "api.anthropic.com"),
        ("Llama-4-Scout-17B-16E-Instruct-FP8", "LLAMA_API_KEY", "api.llama.com"),
    ],
)
def test_names_tell_the_provider(
    monkeypatch: pytest.MonkeyPatch, model: str, variable: str, host: str
) -> None:
    monkeypatch.setenv(variable, "sk-canary")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    made = client_of("", model=model, model_info=None)
    assert made.host == host
    assert model.lower().startswith(made.model_info["family"].partition("-")[0])
    assert made.model_info["function_calling"]
    with pytest.raises(ValueError, match="model_info is required"):
        client_of("", model=f"{model[:7]}unheard-of", model_info=None)
    assert client_of("http://localhost:1/v1", model=model, model_info=None).host == "localhost:1"


def test_logprobs_are_kept(server: LoopbackServer) -> None:
    other = {"token": "b", "logprob": -1.5, "bytes": [98]}
    one = {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": [other]}
    choice = {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [one, None, {"token": 1}]}}
    server.reply = Reply(events=[json.dumps({"choices": [choice]})] * 2)
    _, result = streamed(client_of(server.base_url), extra_create_args={"logprobs": True})
    told = ChatCompletionTokenLogprob(
        token="a", logprob=-0.5, bytes=[97], top_logprobs=[TopLogprob(logprob=-1.5, bytes=[98])]
    )
    assert result.logprobs == [told, told]
    assert list(told.model_dump()) == ["token", "logprob", "top_logprobs", "bytes"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        server.reply = Reply(text="a")
        assert streamed(client_of(server.base_url))[1].logprobs is None
