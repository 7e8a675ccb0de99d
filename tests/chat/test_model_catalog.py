"""Lists of models: what servers send, what is kept of it, and what completes it."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from desktop_agent.agentchat import errors
from desktop_agent.agentchat.models.json_server import JsonServer
from desktop_agent.chat.model_catalog import MOST_LOOKED_UP, ModelCatalog, fetch_models, suggested_model
from desktop_agent.chat.model_facts import (
    ModelFacts,
    ModelPrice,
    as_plain,
    facts_in_item,
    facts_in_list,
    from_plain,
    model_info_of,
)
from desktop_agent.chat.price_table import table_facts
from desktop_agent.config.provider import Provider, make_provider
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ModelFigures, ProviderEntry, new_entry
from json_lookalike import Answer, JsonLookalike
from loopback import LoopbackServer

KEY = "sk-canary-0123456789"
_T = TypeVar("_T")
HTML = Answer(b"<html><title>Sign in to Hotel WiFi</title><body>Hello", headers={"content-type": "text/html"})


def done(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


def list_of(*models: Any) -> Answer:
    return Answer({"object": "list", "data": list(models)})


def custom(server: JsonLookalike, **changes: Any) -> ProviderEntry:
    return new_entry(ProviderKind.CUSTOM, base_url=server.base_url).model_copy(update=changes)


def provider_at(server: JsonLookalike) -> Provider:
    return make_provider(server.base_url, "", KEY)


# --- What servers send


@pytest.mark.parametrize(
    ("item", "facts"),
    [
        ({"id": "gpt-4o", "object": "model", "owned_by": "system"}, ModelFacts("gpt-4o")),
        ("just-a-name", ModelFacts("just-a-name")),
        ({"id": "models/gemini-2.5-pro", "object": "model"}, ModelFacts("gemini-2.5-pro")),
        (
            {  # OpenRouter
                "id": "openai/gpt-4o",
                "name": "OpenAI: GPT-4o",
                "context_length": 128000,
                "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
                "pricing": {"prompt": "0.0000025", "completion": "0.00001", "request": "0"},
                "supported_parameters": ["max_tokens", "tools", "temperature"],
            },
            ModelFacts(
                "openai/gpt-4o", "OpenAI: GPT-4o", 128000, True, True, True, ModelPrice(2.5, 10.0, "provider")
            ),
        ),
        (  # a router whose price depends
            {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
            ModelFacts("openrouter/auto"),
        ),
        (
            {  # Mistral
                "id": "mistral-large-latest",
                "max_context_length": 131072,
                "capabilities": {"completion_chat": True, "function_calling": True, "vision": False},
                "type": "base",
            },
            ModelFacts("mistral-large-latest", "", 131072, False, True, True),
        ),
        (
            {  # Anthropic
                "type": "model",
                "id": "claude-sonnet-4-5",
                "display_name": "Claude Sonnet 4.5",
                "max_input_tokens": 200000,
                "capabilities": {"image_input": {"supported": True}},
            },
            ModelFacts("claude-sonnet-4-5", "Claude Sonnet 4.5", 200000, True),
        ),
        (
            {"id": "llama-3.3-70b", "context_window": 131072, "active": True},
            ModelFacts("llama-3.3-70b", "", 131072),
        ),
        ({"id": "old", "context_window": 8192, "active": False}, None),
        ({"id": "vllm", "max_model_len": 32768}, ModelFacts("vllm", "", 32768)),
        ({"id": "text-embedding-3-small"}, ModelFacts("text-embedding-3-small", chats=False)),
        ({"id": "whisper-1"}, ModelFacts("whisper-1", chats=False)),
        ({"id": "guardian-chat"}, ModelFacts("guardian-chat")),
        ({"id": ""}, None),
        ({"id": 7}, None),
        ({"id": "a\nb"}, None),
        ({"id": "bidi\u202e"}, None),
        ({"id": "x" * 5_000}, None),
        (None, None),
        ([], None),
    ],
)
def test_an_item_is_read_as_its_server_means_it(item: Any, facts: ModelFacts | None) -> None:
    assert facts_in_item(item) == facts


@pytest.mark.parametrize("context", [0, -1, True, "128000", 10**12, None, [], float("inf")])
def test_a_context_that_makes_no_sense_is_unknown(context: Any) -> None:
    assert facts_in_item({"id": "m", "context_length": context}) == ModelFacts("m")


some_json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                ["id", "data", "models", "pricing", "prompt", "architecture", "capabilities", "type"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@hypothesis_settings(max_examples=300, deadline=None)
@given(payload=some_json)
def test_no_answer_makes_it_fail(payload: Any) -> None:
    found = facts_in_list(payload)
    assert found is None or list(from_plain(json.loads(json.dumps(as_plain(found))))) == found


def test_five_thousand_models_are_kept_in_order_each_once() -> None:
    models = [{"id": f"maker/model-{number:04}", "context_length": number + 1} for number in range(5_000)]
    with JsonLookalike({"GET /v1/models": list_of(*models, *models)}) as server:
        found = done(fetch_models(provider_at(server)))
    assert [each.id for each in found] == [each["id"] for each in models]


def test_the_key_goes_along_as_the_provider_takes_it() -> None:
    with JsonLookalike({}, list_of({"id": "m"})) as server:
        done(fetch_models(provider_at(server)))
        done(fetch_models(provider_at(server), ProviderKind.ANTHROPIC))
        done(fetch_models(make_provider(server.base_url, "", "")))
    usual, anthropic, without = server.asked
    assert usual.headers["authorization"] == f"Bearer {KEY}"
    assert (anthropic.path, anthropic.headers["x-api-key"]) == ("/v1/models?limit=1000", KEY)
    assert "authorization" not in anthropic.headers
    assert "authorization" not in without.headers


def test_the_real_client_and_the_list_agree_on_the_address() -> None:
    with LoopbackServer(models=("a", "b")) as server:
        found = done(fetch_models(make_provider(server.base_url, "", KEY)))
    assert [each.id for each in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (HTML, errors.UnexpectedReplyError, "a web page, not a model"),
        (Answer(b"", 200), errors.UnexpectedReplyError, "no JSON"),
        (Answer(b"{", 200), errors.UnexpectedReplyError, "no JSON"),
        (Answer(b"[" * 100_000, 200), errors.UnexpectedReplyError, "no JSON"),
        (Answer({"hello": "world"}), errors.NotFoundError, "no list of models at this address"),
        (Answer({"data": [1, 2]}), errors.NotFoundError, "no list of models at this address"),
        (Answer(None), errors.NotFoundError, "no list of models at this address"),
        (Answer({"error": "x"}, 404), errors.NotFoundError, "no list of models at this address"),
        (
            Answer({"error": {"message": f"bad {KEY}"}}, 401),
            errors.AuthenticationError,
            "refused the API key",
        ),
        (Answer({"error": "no"}, 403), errors.PermissionDeniedError, "let this key see the models"),
        (Answer({"error": "no"}, 429), errors.RateLimitError, "rate limit"),
        (Answer({"error": "no"}, 500), errors.ServerError, "had an error"),
        (
            Answer(b"", 302, {"location": "https://evil.invalid/v1"}),
            errors.UnexpectedReplyError,
            "evil.invalid",
        ),
    ],
)
def test_whatever_is_no_list_is_a_sentence(answer: Answer, kind: type[errors.AgentError], words: str) -> None:
    with JsonLookalike({"GET /v1/models": answer}) as server:
        with pytest.raises(kind, match=words) as caught:
            done(fetch_models(provider_at(server)))
        assert [asked.path for asked in server.asked] == ["/v1/models"]  # a redirect is not followed
    assert KEY not in f"{caught.value} {caught.value.detail}"


def test_an_endless_list_ends() -> None:
    async def main(server: JsonLookalike) -> None:
        async with JsonServer(server.base_url, max_bytes=10_000) as asked:
            await asked.get("/models")

    with (
        JsonLookalike({}, Answer(b'"' + b"x" * 3_000_000 + b'"')) as server,
        pytest.raises(errors.UnexpectedReplyError, match="more than 10,000 bytes"),
    ):
        done(main(server))


def test_silence_and_nobody_end_with_a_sentence() -> None:
    with JsonLookalike({}, Answer(waits=True)) as server:
        provider = provider_at(server)
        with pytest.raises(errors.StreamTimeoutError, match=r"sent nothing for 0\.3 s"):
            done(fetch_models(provider, seconds=0.3))
    with pytest.raises(errors.ConnectionFailedError, match="refused the connection"):
        done(fetch_models(provider))
    with pytest.raises(errors.ConnectionFailedError, match="was not found"):
        done(fetch_models(make_provider("https://api.example.invalid/v1", "", KEY)))


def test_a_provider_that_needs_a_key_is_not_asked_without_one() -> None:
    with pytest.raises(errors.MissingKeyError):
        done(fetch_models(make_provider("https://api.openai.com/v1", "", ""), ProviderKind.OPENAI))
    with pytest.raises(errors.AgentError, match="does not list deployments"):
        done(fetch_models(make_provider("https://m.openai.azure.com", "", KEY), ProviderKind.AZURE))


def test_ollama_is_asked_in_its_own_words() -> None:
    shown = {"capabilities": ["tools"], "model_info": {"general.architecture": "q", "q.context_length": 9}}
    routes = {"GET /api/tags": Answer({"models": [{"model": "q"}]}), "POST /api/show": Answer(shown)}
    with JsonLookalike(routes) as server:
        found = done(fetch_models(make_provider(server.base_url, "", ""), ProviderKind.OLLAMA))
    assert found == [ModelFacts("q", context_length=9, vision=False, tools=True, chats=False)]


# --- What is kept, and what completes it


def test_a_list_is_kept_without_the_key_and_refreshed_when_asked(tmp_path: Path) -> None:
    with JsonLookalike({"GET /v1/models": list_of({"id": "a", "context_length": 5})}) as server:
        entry, provider = custom(server), provider_at(server)
        catalog = ModelCatalog()
        assert done(catalog.listed(entry)) is None
        fetched = done(catalog.refresh(entry, provider))
        again = ModelCatalog()  # as after the next start
        assert done(again.listed(entry)) == fetched
        assert len(server.asked) == 1
        server.routes["GET /v1/models"] = list_of({"id": "b"})
        assert [each.id for each in done(again.refresh(entry, provider)).models] == ["b"]
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file == tmp_path / "home" / "cache" / "models" / f"models-{entry.id}.json"
    assert KEY not in file.read_text("utf-8")
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done(again.forget(entry))
    assert not file.exists()
    assert done(ModelCatalog().listed(entry)) is None


def test_a_refresh_that_fails_keeps_the_old_list() -> None:
    with JsonLookalike({"GET /v1/models": list_of({"id": "a"})}) as server:
        entry, catalog = custom(server), ModelCatalog()
        done(catalog.refresh(entry, provider_at(server)))
        server.routes["GET /v1/models"] = HTML
        with pytest.raises(errors.UnexpectedReplyError):
            done(catalog.refresh(entry, provider_at(server)))
        listed = done(catalog.listed(entry))
    assert listed is not None
    assert [each.id for each in listed.models] == ["a"]


def test_a_list_of_another_address_does_not_count() -> None:
    with JsonLookalike({"GET /v1/models": list_of({"id": "a"})}) as server:
        entry, catalog = custom(server), ModelCatalog()
        done(catalog.refresh(entry, provider_at(server)))
    moved = entry.model_copy(update={"base_url": "https://api.example.com/v1"})
    assert done(catalog.listed(moved)) is None
    assert done(ModelCatalog().listed(moved)) is None


KEPT = """{"version": 1, "origin": "https://api.groq.com", "fetched_at": "2026-01-01T00:00:00+00:00",
"models": [MODELS]}"""


def test_a_kept_list_is_read(tmp_path: Path) -> None:
    (tmp_path / "models-groq.json").write_text(KEPT.replace("MODELS", '{"id": "m"}'))
    listed = done(ModelCatalog(tmp_path).listed(new_entry(ProviderKind.GROQ)))
    assert listed is not None
    assert listed.models == (ModelFacts("m"),)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": 1}',
        '{"version": 2, "models": []}',
        KEPT.replace("2026-01-01", "soon"),
        KEPT.replace("MODELS", '{"id": 7}'),
        KEPT.replace("MODELS", '{"id": "m", "vision": "yes"}'),
        KEPT.replace("MODELS", '{"id": "m", "context_length": -1}'),
        KEPT.replace("MODELS", '{"id": "m", "price": {"input": "x", "output": 1, "source": "user"}}'),
    ],
)
def test_a_kept_list_that_is_damaged_is_as_none(tmp_path: Path, content: str) -> None:
    entry = new_entry(ProviderKind.GROQ)
    catalog = ModelCatalog(tmp_path)
    (tmp_path / "models-groq.json").write_text(content)
    assert done(catalog.listed(entry)) is None


def test_what_counts_first_is_the_provider_then_the_table_then_the_person() -> None:
    figures = {
        "openai/gpt-4o": ModelFigures(context_length=1, input_price=1.0, output_price=1.0, tools=False),
        "mine": ModelFigures(context_length=4096, vision=True, input_price=0.5, output_price=1.5),
    }
    said = ModelFacts("openai/gpt-4o", context_length=99_000)
    with JsonLookalike({}) as server:
        entry = new_entry(ProviderKind.OPENROUTER).model_copy(
            update={"figures": figures, "typed_models": ("mine", "unknown")}
        )
        catalog = ModelCatalog()
        catalog_list = list_of({"id": said.id, "context_length": said.context_length})
        server.routes["GET /v1/models"] = catalog_list
        listed = done(catalog.refresh(entry, provider_at(server)))
        assert listed.models == (said,)
        gpt, mine, unknown = done(catalog.models(entry))
    assert gpt.context_length == 99_000  # its own word
    assert gpt.price is not None
    assert gpt.price.source == "table"
    assert gpt.tools is False  # nobody else says so
    assert (mine.context_length, mine.vision, mine.price) == (4096, True, ModelPrice(0.5, 1.5, "user"))
    assert unknown == ModelFacts("unknown")
    assert done(catalog.facts(entry, "mine")) == mine
    assert done(catalog.facts(entry, "never heard of")) == ModelFacts("never heard of")


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (ProviderKind.OPENAI, "gpt-4o-mini"),
        (ProviderKind.ANTHROPIC, "claude-sonnet-4-5"),
        (ProviderKind.GOOGLE, "gemini-2.5-pro"),
        (ProviderKind.MISTRAL, "mistral-large-latest"),
        (ProviderKind.GROQ, "llama-3.3-70b-versatile"),
        (ProviderKind.DEEPSEEK, "deepseek-chat"),
        (ProviderKind.OPENROUTER, "openai/gpt-4o"),
    ],
)
def test_the_table_knows_the_models_of_every_provider(kind: ProviderKind, model: str) -> None:
    price = table_facts(new_entry(kind), model).price
    assert price is not None
    assert 0 < price.input < price.output < 1_000


def test_the_table_says_nothing_of_what_it_does_not_know() -> None:
    assert table_facts(new_entry(ProviderKind.OPENAI), "no-such-model") == ModelFacts("no-such-model")
    assert table_facts(new_entry(ProviderKind.OLLAMA), "gpt-4o") == ModelFacts("gpt-4o")
    foreign = new_entry(ProviderKind.CUSTOM, base_url="https://api.example.com/v1")
    assert table_facts(foreign, "gpt-4o") == ModelFacts("gpt-4o")
    known = new_entry(ProviderKind.CUSTOM, base_url="https://api.openai.com/v1")
    assert table_facts(known, "gpt-4o").price is not None


def test_in_a_long_list_the_table_is_asked_for_single_models() -> None:
    models = [{"id": f"model-{number}"} for number in range(MOST_LOOKED_UP)]
    with JsonLookalike({"GET /v1/models": list_of({"id": "gpt-4o"}, *models)}) as server:
        entry, catalog = new_entry(ProviderKind.OPENAI), ModelCatalog()
        done(catalog.refresh(entry, provider_at(server)))
        first = next(each for each in done(catalog.models(entry)) if each.id == "gpt-4o")
    assert first.price is None
    assert done(catalog.facts(entry, "gpt-4o")).price is not None


def test_a_price_makes_a_cost() -> None:
    assert ModelPrice(2.5, 10.0, "table").cost(1_000, 100) == pytest.approx(0.0035)


def test_abilities_reach_the_agent_library() -> None:
    able = model_info_of(ModelFacts("llama3", tools=True, vision=False))
    assert able is not None
    assert (able["function_calling"], able["vision"]) == (True, False)
    known = model_info_of(ModelFacts("openai/gpt-4o", vision=False))
    assert known is not None
    assert (known["family"], known["vision"], known["json_output"]) == ("gpt-4o", False, True)
    assert model_info_of(ModelFacts("unknown")) is None


def test_a_model_to_begin_with_is_one_that_talks() -> None:
    silent, perhaps, surely = ModelFacts("e", chats=False), ModelFacts("p"), ModelFacts("s", chats=True)
    assert suggested_model([silent, perhaps, surely]) == "s"
    assert suggested_model([silent, perhaps]) == "p"
    assert suggested_model([silent, perhaps, surely], "p") == "p"
    assert suggested_model([silent], "gone") == ""
