"""Model servers on this computer, as the real ones answer."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, aclosing
from typing import Any

import pytest

from desktop_agent.chat.local_servers import USUAL_PLACES, LocalServer, find_local_servers
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.config.provider_kinds import ProviderKind
from json_lookalike import Answer, Asked, JsonLookalike

ENOUGH = 60.0
"""Seconds that no answer takes, however loaded the machine is."""
OLLAMA, LM_STUDIO, LLAMA_CPP = ProviderKind.OLLAMA, ProviderKind.LM_STUDIO, ProviderKind.LLAMA_CPP
HTML = Answer(b"<!doctype html><title>My web server</title>", headers={"content-type": "text/html"})

TAGS: Any = {
    "models": [
        {
            "name": name,
            "model": name,
            "modified_at": "2026-10-11T09:12:33.12+02:00",
            "size": 5225388164,
            "digest": "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41",
            "details": {"parent_model": "", "format": "gguf", "family": "qwen3", "parameter_size": "8.2B"},
        }
        for name in ("qwen3:8b", "gemma3:4b", "nomic-embed-text:latest")
    ]
}
SHOWN: dict[str, Any] = {
    "qwen3:8b": {
        "capabilities": ["completion", "tools", "thinking"],
        "parameters": 'stop    "<|im_start|>"\ntemperature    0.6\nnum_ctx    8192',
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
    },
    "gemma3:4b": {
        "capabilities": ["completion", "vision"],
        "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 131072},
    },
    "nomic-embed-text:latest": {
        "capabilities": ["embedding"],
        "model_info": {"general.architecture": "nomic-bert", "nomic-bert.context_length": 2048},
    },
}


def show(asked: Asked) -> Answer:
    found = SHOWN.get(asked.body["model"])
    return Answer(found) if found else Answer({"error": f"model {asked.body['model']!r} not found"}, 404)


def ollama() -> JsonLookalike:
    return JsonLookalike({"GET /api/tags": Answer(TAGS), "POST /api/show": show})


LM_STUDIO_0 = {
    "object": "list",
    "data": [
        {
            "id": "qwen2-vl-7b-instruct",
            "object": "model",
            "type": "vlm",
            "publisher": "mlx-community",
            "arch": "qwen2_vl",
            "compatibility_type": "mlx",
            "quantization": "4bit",
            "state": "not-loaded",
            "max_context_length": 32768,
        },
        {
            "id": "meta-llama-3.1-8b-instruct",
            "object": "model",
            "type": "llm",
            "state": "loaded",
            "max_context_length": 131072,
            "capabilities": ["tool_use"],
        },
        {
            "id": "text-embedding-nomic-embed-text-v1.5",
            "object": "model",
            "type": "embeddings",
            "state": "not-loaded",
            "max_context_length": 2048,
        },
    ],
}
LM_STUDIO_1 = {
    "models": [
        {
            "type": "llm",
            "publisher": "google",
            "key": "google/gemma-3-27b",
            "display_name": "Gemma 3 27B",
            "architecture": "gemma3",
            "quantization": {"name": "Q4_0", "bits_per_weight": 4},
            "loaded_instances": [],
            "max_context_length": 131072,
            "format": "gguf",
            "capabilities": {"vision": True, "trained_for_tool_use": False},
        },
        {
            "type": "embedding",
            "publisher": "nomic",
            "key": "text-embedding-nomic-embed-text-v1.5",
            "display_name": "Nomic Embed Text",
            "loaded_instances": [],
            "max_context_length": 2048,
        },
    ]
}
PROPS = {
    "default_generation_settings": {"id": 0, "n_ctx": 16384, "speculative": False, "params": {}},
    "total_slots": 1,
    "model_path": "/models/Qwen3-8B-Q4_K_M.gguf",
    "modalities": {"vision": False, "audio": False},
    "chat_template": "{% for message in messages %}",
    "chat_template_caps": {"supports_tools": True, "supports_parallel_tool_calls": False},
    "build_info": "b8681-Debian",
}
LLAMA_MODELS = {
    "object": "list",
    "models": [{"name": "Qwen3-8B", "model": "Qwen3-8B", "capabilities": ["completion"]}],
    "data": [
        {
            "id": "Qwen3-8B",
            "object": "model",
            "created": 1763800000,
            "owned_by": "llamacpp",
            "meta": {"n_ctx_train": 40960, "n_params": 8190735360},
        }
    ],
}


def found_at(*places: tuple[ProviderKind, str], seconds: float = ENOUGH) -> list[LocalServer]:
    async def main() -> list[LocalServer]:
        async with aclosing(find_local_servers(places, seconds)) as servers:
            return [server async for server in servers]

    return asyncio.run(main())


def test_ollama_tells_its_models_with_context_and_abilities() -> None:
    with ollama() as server:
        (found,) = found_at((OLLAMA, server.base_url))
    assert (found.kind, found.name, found.host) == (OLLAMA, "Ollama", server.host)
    assert found.models == (
        # Its owner has set 8,192 tokens: what is longer is cut without a word.
        ModelFacts("qwen3:8b", context_length=8192, vision=False, tools=True, chats=True),
        ModelFacts("gemma3:4b", context_length=131072, vision=True, tools=False, chats=True),
        ModelFacts("nomic-embed-text:latest", context_length=2048, vision=False, tools=False, chats=False),
    )
    assert [asked.path for asked in server.asked].count("/api/show") == 3


@pytest.mark.parametrize("version", ["0.3", "0.4"])
def test_lm_studio_of_both_protocols(version: str) -> None:
    # The older one answers every path that it does not know with status 200.
    unknown = {"error": "Unexpected endpoint or method. (GET /api/v1/models)"}
    routes = {
        "0.3": {"GET /api/v0/models": Answer(LM_STUDIO_0), "GET /api/v1/models": Answer(unknown)},
        "0.4": {"GET /api/v1/models": Answer(LM_STUDIO_1)},
    }
    with JsonLookalike(routes[version]) as server:
        (found,) = found_at((LM_STUDIO, server.base_url))
    if version == "0.3":
        assert found.models == (
            ModelFacts("qwen2-vl-7b-instruct", context_length=32768, vision=True, chats=True),
            ModelFacts(
                "meta-llama-3.1-8b-instruct", context_length=131072, vision=False, tools=True, chats=True
            ),
            ModelFacts("text-embedding-nomic-embed-text-v1.5", context_length=2048, chats=False),
        )
    else:
        gemma, embedding = found.models
        assert gemma == ModelFacts("google/gemma-3-27b", "Gemma 3 27B", 131072, True, False, True)
        assert (embedding.name, embedding.chats) == ("Nomic Embed Text", False)


def test_llama_cpp_tells_the_context_that_it_was_started_with() -> None:
    with JsonLookalike({"GET /props": Answer(PROPS), "GET /v1/models": Answer(LLAMA_MODELS)}) as server:
        (found,) = found_at((LLAMA_CPP, server.base_url))
    assert found.models == (ModelFacts("Qwen3-8B", context_length=16384, vision=False, tools=True),)


def test_all_are_found_at_once() -> None:
    llama = JsonLookalike({"GET /props": Answer(PROPS), "GET /v1/models": Answer(LLAMA_MODELS)})
    studio = JsonLookalike({"GET /api/v1/models": Answer(LM_STUDIO_1)})
    with ExitStack() as stack:
        servers = [stack.enter_context(each) for each in (ollama(), studio, llama)]
        places = zip((OLLAMA, LM_STUDIO, LLAMA_CPP), (each.base_url for each in servers), strict=True)
        assert {each.kind for each in found_at(*places)} == {OLLAMA, LM_STUDIO, LLAMA_CPP}


@pytest.mark.parametrize("kind", [OLLAMA, LM_STUDIO, LLAMA_CPP])
@pytest.mark.parametrize(
    "otherwise",
    [
        None,
        HTML,
        Answer({}),
        Answer([]),
        Answer("hello"),
        Answer(None),
        Answer({"models": {"a": 1}, "data": 7, "default_generation_settings": []}),
        Answer({"data": [{"id": "m"}]}),
        Answer(b"[" * 100_000),
        Answer(b"\xff\xfe not json"),
        Answer({"error": "no"}, 401),
        Answer({"error": "no"}, 500),
        Answer(b"", 307, {"location": "http://127.0.0.1:9/"}),
    ],
)
def test_something_else_on_the_port_is_no_model_server(kind: ProviderKind, otherwise: Answer | None) -> None:
    with JsonLookalike({}, otherwise) as server:
        assert found_at((kind, server.base_url)) == []


def test_nothing_on_the_port_is_no_model_server() -> None:
    with JsonLookalike({}) as server:
        gone = server.base_url
    assert found_at(*((kind, gone) for kind in (OLLAMA, LM_STUDIO, LLAMA_CPP))) == []


def test_a_silent_server_holds_up_nobody() -> None:
    silent = JsonLookalike({}, Answer(waits=True))

    async def main(places: list[tuple[ProviderKind, str]]) -> LocalServer:
        async with aclosing(find_local_servers(places, ENOUGH)) as servers:
            return await anext(servers)  # long before the silent one is given up

    with silent, ollama() as server:
        assert asyncio.run(main([(LM_STUDIO, silent.base_url), (OLLAMA, server.base_url)])).kind is OLLAMA
        assert found_at((LM_STUDIO, silent.base_url), seconds=0.2) == []


def test_a_server_that_is_slow_to_describe_its_models_is_found_all_the_same() -> None:
    with JsonLookalike({"GET /api/tags": Answer(TAGS), "POST /api/show": Answer(waits=True)}) as server:
        (found,) = found_at((OLLAMA, server.base_url), seconds=5.0)
    assert [model.id for model in found.models] == ["qwen3:8b", "gemma3:4b", "nomic-embed-text:latest"]
    assert all(model.context_length is None for model in found.models)


def test_odd_models_are_passed_over() -> None:
    tags = {"models": [{"name": "a\x1b[31m"}, {"name": 7}, None, {"model": "x" * 999}, {"model": " ok "}]}
    shows = {"capabilities": "all", "model_info": {"general.architecture": [], "None.context_length": -1}}
    with JsonLookalike({"GET /api/tags": Answer(tags), "POST /api/show": Answer(shows)}) as server:
        (found,) = found_at((OLLAMA, server.base_url))
    assert found.models == (ModelFacts("ok"),)


def test_other_computers_are_never_asked() -> None:
    assert found_at((OLLAMA, "http://192.0.2.1:11434/v1"), (OLLAMA, "https://api.example.com/v1")) == []


def test_the_usual_places_are_on_this_computer() -> None:
    assert [base_url for _, base_url in USUAL_PLACES] == [
        "http://127.0.0.1:11434/v1",
        "http://127.0.0.1:1234/v1",
        "http://127.0.0.1:8080/v1",
    ]
