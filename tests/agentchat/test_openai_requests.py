"""What the OpenAI client sends, and what it refuses to."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest

from desktop_agent.agentchat.errors import AuthenticationError, BadRequestError, MissingKeyError, ServerError
from desktop_agent.agentchat.models import (
    AssistantMessage,
    CreateResult,
    LLMMessage,
    ModelFamily,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.models.openai_config import CREATE_ARGS
from loopback import LoopbackServer, Reply
from openai_runs import client_of, info

KEY = "sk-canary-0123456789abcdef"
QUESTION: list[LLMMessage] = [UserMessage(content="Hi", source="user")]


async def stream(
    client: OpenAIChatCompletionClient, messages: list[LLMMessage] = QUESTION, **options: Any
) -> list[str | CreateResult]:
    try:
        return [item async for item in client.create_stream(messages, **options)]
    finally:
        await client.close()


def result_of(items: list[str | CreateResult]) -> CreateResult:
    assert isinstance(items[-1], CreateResult)
    return items[-1]


def test_stream_gives_pieces_then_the_result(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    items = asyncio.run(stream(client))
    assert items[:-1] == ["Hello ", "from ", "the ", "loopback ", "server."]
    assert items[-1] == CreateResult(
        finish_reason="stop",
        content="Hello from the loopback server.",
        usage=RequestUsage(prompt_tokens=7, completion_tokens=5),
        cached=False,
    )
    assert list(result_of(items).model_dump()) == [
        "finish_reason",
        "content",
        "usage",
        "cached",
        "logprobs",
        "thought",
    ]
    assert client.total_usage() == client.actual_usage() == RequestUsage(7, 5)


def test_create_gives_the_whole_answer(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)

    async def main() -> list[CreateResult]:
        answers = [await client.create(QUESTION), await client.create(QUESTION)]
        await client.close()
        return answers

    first, second = asyncio.run(main())
    assert first.content == second.content == "Hello from the loopback server."
    assert client.total_usage() == RequestUsage(14, 10)
    assert "stream" not in server.requests[0].body
    assert "stream_options" not in server.requests[0].body


def test_request_of_a_stream(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(
        model="gpt-4o-mini", base_url=server.base_url, api_key=KEY, temperature=0.5, seed=1, stop=["x"]
    )
    conversation: list[LLMMessage] = [
        SystemMessage(content="Be brief."),
        UserMessage(content="Hi", source="user"),
        AssistantMessage(content="Hello.", thought="Hm.", source="assistant"),
        UserMessage(content="More", source="user"),
    ]
    asyncio.run(stream(client, conversation, extra_create_args={"seed": 2, "extra_body": {"own": True}}))
    request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "gpt-4o-mini",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "seed": 2,
        "stop": ["x"],
        "own": True,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "name": "user", "content": "More"},
        ],
    }


def test_server_on_this_computer_needs_no_key_and_gets_none(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    asyncio.run(stream(client))
    assert "authorization" not in server.requests[0].headers
    assert KEY not in str(server.requests[0])


def test_empty_key_is_not_replaced_by_that_of_the_environment(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url, api_key="")
    asyncio.run(stream(client))
    assert KEY not in str(server.requests[0])


def test_environment_gives_address_and_key(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = OpenAIChatCompletionClient(model="gpt-4o-mini")
    assert client.host == server.host
    asyncio.run(stream(client))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_missing_key() -> None:
    for options in ({}, {"base_url": "https://api.example.invalid/v1"}):
        with pytest.raises(MissingKeyError) as caught:
            OpenAIChatCompletionClient(model="gpt-4o-mini", **options)  # type: ignore[arg-type]
        assert caught.value.host in {"api.openai.com", "api.example.invalid"}
    OpenAIChatCompletionClient(model="gpt-4o-mini", base_url="http://localhost:1/v1")
    OpenAIChatCompletionClient(model="gpt-4o-mini", base_url="http://[::1]:1/v1")


@pytest.mark.parametrize("key", ["sk-ca nary", "sk-canary\nX: y", "sk-cänary", "sk-canary\x00"])
def test_impossible_keys_are_not_sent(server: LoopbackServer, key: str) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url, api_key=key)
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(stream(client))
    assert "nary" not in str(caught.value) + caught.value.detail
    assert server.requests == []


def test_every_argument_of_a_request_reaches_the_server(server: LoopbackServer) -> None:
    values: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.5,
        "max_tokens": 5,
        "stop": ["x"],
        "seed": 1,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.5,
        "logit_bias": {"1": 2},
        "response_format": {"type": "text"},
        "stream_options": {"include_usage": True},
        "parallel_tool_calls": False,
        "reasoning_effort": "low",
        "user": "me",
        "extra_body": {"top_k": 3},
        "logprobs": True,
        "max_completion_tokens": 6,
        "metadata": {"a": "b"},
        "prediction": {"type": "content", "content": "Hi"},
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "service_tier": "auto",
        "store": False,
        "top_logprobs": 2,
        "verbosity": "low",
        "web_search_options": {},
    }
    assert set(values) == set(CREATE_ARGS)
    asyncio.run(stream(client_of(server.base_url, **values)))
    body = server.requests[0].body
    values |= values.pop("extra_body")
    assert {name: body.get(name) for name in values} == values


def test_bad_arguments(server: LoopbackServer) -> None:
    make: Any = OpenAIChatCompletionClient
    with pytest.raises(TypeError, match="colour, size"):
        make(model="gpt-4o-mini", base_url=server.base_url, size=1, colour=2)
    with pytest.raises(ValueError, match="Disallowed create args: n, stream"):
        make(model="gpt-4o-mini", base_url=server.base_url, stream=True, n=2)
    with pytest.raises(ValueError, match="model is required"):
        make(base_url=server.base_url)
    with pytest.raises(ValueError, match="model_info is required when model name is not a valid OpenAI"):
        make(model="unheard-of", api_key=KEY)
    with pytest.raises(ValueError, match="model_info is required when model name is not a valid OpenAI"):
        make(model="gpt-4omni", base_url=server.base_url)
    with pytest.raises(ValueError, match="timeout must be more than 0"):
        make(model="gpt-4o-mini", base_url=server.base_url, timeout=0)
    client = make(model="gpt-4o-mini", base_url=server.base_url)
    with pytest.raises(ValueError, match="Extra create args are invalid: colour"):
        asyncio.run(stream(client, extra_create_args={"colour": 1}))
    with pytest.raises(ValueError, match="Invalid name"):
        asyncio.run(stream(client, [UserMessage(content="Hi", source="Zoë")]))


def test_model_info() -> None:
    known = OpenAIChatCompletionClient(model="gpt-4o-mini-2024-07-18", api_key=KEY)
    assert known.model_info["family"] == ModelFamily.GPT_4O
    assert known.model_info["function_calling"]
    unknown = client_of("http://127.0.0.1:1/v1", model="gpt-4omni")
    assert unknown.remaining_tokens(QUESTION) == 128_000 - unknown.count_tokens(QUESTION)
    assert 3 < unknown.count_tokens([UserMessage(content="word " * 100 + "字", source="user")]) < 200


def test_system_messages_are_merged_for_models_that_take_one(server: LoopbackServer) -> None:
    two: list[LLMMessage] = [SystemMessage(content="a"), SystemMessage(content="b"), *QUESTION]
    client = client_of(
        server.base_url, model_info=info(multiple_system_messages=False), include_name_in_message=False
    )
    asyncio.run(stream(client, two))
    assert server.requests[0].body["messages"] == [
        {"role": "system", "content": "a\nb"},
        {"role": "user", "content": "Hi"},
    ]
    with pytest.raises(ValueError, match="Multiple and Not continuous system messages"):
        asyncio.run(stream(client, [*two, SystemMessage(content="c")]))


def test_usage_is_not_asked_for_again_when_refused(server: LoopbackServer) -> None:
    server.reply = Reply(text="Without usage", usage=(1, 2), refuse_stream_options=True)
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)

    async def main() -> list[str | CreateResult]:
        first = [item async for item in client.create_stream(QUESTION)]
        second = await stream(client)
        assert first == second
        return second

    items = asyncio.run(main())
    assert result_of(items).usage == RequestUsage(0, 0)
    assert ["stream_options" in request.body for request in server.requests] == [True, False, False]


def test_other_refusals_are_not_repeated(server: LoopbackServer) -> None:
    server.reply = Reply(status=400)
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    with pytest.raises(BadRequestError):
        asyncio.run(stream(client))
    assert len(server.requests) == 1


def test_include_usage_can_be_switched_off(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    items = asyncio.run(stream(client, include_usage=False))
    assert server.requests[0].body["stream_options"] == {"include_usage": False}
    assert result_of(items).usage == RequestUsage(0, 0)
    contrary = OpenAIChatCompletionClient(
        model="gpt-4o-mini", base_url=server.base_url, stream_options={"include_usage": True}
    )
    with pytest.raises(ValueError, match="differ"):
        asyncio.run(stream(contrary, include_usage=False))


def test_client_serves_one_loop_after_another(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
    for _ in range(3):
        assert len(asyncio.run(stream(client))) == 6


def test_connection_is_used_again(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)

    async def main() -> None:
        for _ in range(3):
            [item async for item in client.create_stream(QUESTION)]
        await client.close()

    asyncio.run(main())
    assert server.connections == 1


def test_two_streams_at_once(server: LoopbackServer) -> None:
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)

    async def one() -> int:
        return len([item async for item in client.create_stream(QUESTION)])

    async def main() -> list[int]:
        counts = await asyncio.gather(one(), one())
        await client.close()
        return list(counts)

    assert asyncio.run(main()) == [6, 6]


def test_key_is_in_no_text(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"message": f"Incorrect key {KEY}\x1b[31m, Bearer {KEY}", "code": f"no_{KEY}"}
    server.reply = Reply(status=401, error=echo)
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url, api_key=KEY)
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(stream(client))
    error = caught.value
    assert error.detail == "Incorrect key (hidden)[31m, Bearer (hidden)"
    assert error.code == "no_(hidden)"
    texts = [str(error), repr(error), repr(client), str(vars(error)), caplog.text]
    cause: BaseException | None = error
    while cause is not None:
        texts += [str(cause), repr(cause)]
        cause = cause.__cause__ or cause.__context__
    assert KEY not in "".join(texts)
    server.reply = Reply(text="a", fault="error_object", fault_after=1, error=echo)
    with pytest.raises(ServerError) as failed:
        asyncio.run(stream(client))
    assert KEY not in str(vars(failed.value)) + caplog.text


def test_client_that_nobody_closes_leaves_no_connection(server: LoopbackServer) -> None:
    """Neither when the loop ends nor when the client is collected; a ResourceWarning would fail the test."""

    async def use() -> None:
        client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url)
        [item async for item in client.create_stream(QUESTION)]

    async def main() -> None:
        await use()
        gc.collect()
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        await use()

    asyncio.run(main())
    gc.collect()
