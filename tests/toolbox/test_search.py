"""Searching the web: each service by its real interface, on this machine or at the edge of its library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.models import CreateResult, ModelFamily, ModelInfo, RequestUsage
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient
from desktop_agent.agentchat.ui import Console
from desktop_agent.toolbox import web_search
from desktop_agent.toolbox.results import count_of
from desktop_agent.toolbox.search import web_search_by
from desktop_agent.toolbox.search.hits import Hit, hits_in_text, hits_of, text_of_hits
from desktop_agent.toolbox.search.services import BraveSearch, SearxngSearch, TavilySearch
from tool_talk import LoopbackWeb, Page, loopback_web

CAN_CALL = ModelInfo(
    vision=False,
    function_calling=True,
    json_output=False,
    family=ModelFamily.UNKNOWN,
    structured_output=False,
)
# What html.duckduckgo.com sends, as far as it is read.
ENGINE_PAGE = """<html><body><div class="results">
<div class="result__body"><h2><a href="https://docs.example.org/stream">Streaming docs</a></h2>
<a href="https://docs.example.org/stream">How to <b>stream</b> tokens.</a></div>
<div class="result__body"><h2><a href="https://blog.example.com/">A stream blog</a></h2>
<a href="https://blog.example.com/">Streams and more.</a></div></div></body></html>"""


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with loopback_web() as web:
        yield web


class EngineEdge:
    """Stands for the HTTP client below ddgs: every engine gets the same page."""

    requests: ClassVar[list[tuple[str, str, dict[str, Any]]]] = []
    status = 200

    def __init__(self, **_options: Any) -> None:
        self.status_code = self.status
        self.text = ENGINE_PAGE
        self.content = self.text.encode()

    def headers_update(self, _headers: Any) -> None:
        """Take headers."""

    def request(self, method: str, address: str, **options: Any) -> EngineEdge:
        self.requests.append((method, address, options))
        return self


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> type[EngineEdge]:
    import primp

    monkeypatch.setattr(primp, "Client", EngineEdge)
    monkeypatch.setattr(EngineEdge, "requests", [])
    monkeypatch.setattr(EngineEdge, "status", 200)
    return EngineEdge


def test_public_engines_through_the_real_library(engines: type[EngineEdge]) -> None:
    lines = asyncio.run(web_search("token  streaming\n")).split("\n")
    assert "[Streaming docs](https://docs.example.org/stream)" in lines[0] + lines[2]
    assert "   How to stream tokens." in lines
    assert any("token streaming" in json.dumps(options) for _, _, options in engines.requests)


def test_public_engines_that_refuse(engines: type[EngineEdge], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "status", 429)
    with pytest.raises(ToolError, match="did not answer, or want fewer requests"):
        asyncio.run(web_search("x"))

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(engines, "request", fail)
    with pytest.raises(ToolError, match="did not answer, or want fewer requests"):
        asyncio.run(web_search("x"))


def test_autogens_example_with_a_search(
    engines: type[EngineEdge], capsys: pytest.CaptureFixture[str]
) -> None:
    """AutoGen's tutorial: a plain function as a tool, the stream on the terminal."""

    async def main() -> None:
        usage = RequestUsage(prompt_tokens=1, completion_tokens=1)
        call = FunctionCall(id="1", name="web_search", arguments='{"query": "AutoGen"}')
        client = ReplayChatCompletionClient(
            [
                CreateResult(finish_reason="function_calls", content=[call], usage=usage, cached=False),
                "Found it: [docs](https://docs.example.org/stream).",
            ],
            model_info=CAN_CALL,
        )
        agent = AssistantAgent(
            name="assistant",
            model_client=client,
            tools=[web_search],
            system_message="Use tools to solve tasks.",
            model_client_stream=True,
            reflect_on_tool_use=True,
        )
        await Console(agent.run_stream(task="Find information on AutoGen"))
        await agent.close()

    asyncio.run(main())
    printed = capsys.readouterr().out
    assert "---------- ToolCallRequestEvent (assistant) ----------" in printed
    assert "---------- ToolCallExecutionEvent (assistant) ----------" in printed
    assert "[Streaming docs](https://docs.example.org/stream)" in printed
    assert "Found it: [docs](https://docs.example.org/stream)." in printed


def test_searxng_by_its_own_interface(web: LoopbackWeb) -> None:
    web.hits = [
        {
            "url": "https://docs.example.org/a", "title": "A", "content": "First.", "engine": "duckduckgo",
            "parsed_url": ["https", "docs.example.org", "/a", "", "", ""], "engines": ["duckduckgo"],
            "positions": [1], "score": 1.0, "category": "general",
        },
        {"url": "https://example.org/b", "title": "B & <b>b</b>", "content": None},
    ]  # fmt: skip
    search = web_search_by(SearxngSearch(f"http://127.0.0.1:{web.port}/"))
    result = asyncio.run(search("a b"))
    assert result == "1. [A](https://docs.example.org/a)\n   First.\n2. [B & b](https://example.org/b)"
    assert web.requests == [f"127.0.0.1:{web.port}/search?q=a+b&format=json"]
    assert count_of("web_search", result) == "2 results"


def test_searxng_that_is_not_set_up(web: LoopbackWeb) -> None:
    for service, sentence in (
        (SearxngSearch(""), "is not set"),
        (SearxngSearch("file:///etc"), "is not set"),
        (SearxngSearch("http://127.0.0.1:9"), "SearXNG did not answer"),
    ):
        with pytest.raises(ToolError, match=sentence):
            asyncio.run(web_search_by(service)("x"))


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (403, "<html>Forbidden</html>", "must list json under search.formats"),
        (200, "<html>a page</html>", "did not answer"),
        (200, '{"results": 5}', "no list of results"),
        (200, "[1, 2]", "no list of results"),
    ],
)
def test_answers_that_are_no_results(web: LoopbackWeb, status: int, body: str, sentence: str) -> None:
    web.pages[f"127.0.0.1:{web.port}/odd/search"] = Page(body.encode(), "application/json", status)
    with pytest.raises(ToolError, match=sentence):
        asyncio.run(SearxngSearch(f"http://127.0.0.1:{web.port}/odd")("x"))


def test_brave_and_tavily_get_their_keys_and_nobody_else(web: LoopbackWeb) -> None:
    base = f"http://127.0.0.1:{web.port}"
    site = f"127.0.0.1:{web.port}"
    found = {"title": "T", "url": "https://t.example/", "description": "<strong>D</strong>", "content": "C"}
    web.pages[f"{site}/res/v1/web/search"] = Page(
        json.dumps({"web": {"results": [found]}}).encode(), "application/json"
    )
    web.pages[f"{site}/search"] = Page(json.dumps({"results": [found]}).encode(), "application/json")
    assert asyncio.run(BraveSearch("brave-key", base)("x y")) == [Hit("T", "https://t.example/", "D")]
    assert asyncio.run(TavilySearch("tavily-key", base)("x y")) == [Hit("T", "https://t.example/", "C")]
    assert web.headers[0]["X-Subscription-Token"] == "brave-key"
    assert web.headers[1]["Authorization"] == "Bearer tavily-key"
    assert "tavily-key" not in json.dumps(web.headers[0]) + json.dumps(web.posted)
    assert web.posted == [{"query": "x y", "max_results": 10}]
    web.pages[f"{site}/search"] = Page(b'{"detail": "tavily-key is bad"}', "application/json", 401)
    with pytest.raises(ToolError, match=r"^Tavily refused the API key\. It stands in Settings, Tools\.$"):
        asyncio.run(TavilySearch("tavily-key", base)("x"))


def test_no_title_and_no_snippet_passes_for_a_hit() -> None:
    evil = "http://evil.example/?d=1"
    items = [
        {"t": f"A](http://evil.example/) [B]({evil})", "a": "https://good.example/1", "s": "x"},
        {"t": f"line\n2. [fake]({evil})", "a": "https://good.example/2", "s": f"y\n3. [fake]({evil})"},
        {"t": "\u202e\u2066\x1b[2J", "a": "https://good.example/3_(x)", "s": f"4. [fake]({evil})"},
        {"t": "no web", "a": "javascript:alert(1)", "s": ""},
        {"t": "no web", "a": "file:///etc/passwd", "s": ""},
        {"t": "no web", "a": "https://good.example/\n5. [fake](http://evil.example/)", "s": ""},
        {"t": "twice", "a": "https://good.example/1", "s": ""},
        "no object",
        {"t": 5, "a": 6, "s": []},
    ]
    text = text_of_hits(hits_of(items, title="t", address="a", snippet="s"))
    assert [hit.address for hit in hits_in_text(text)] == [
        "https://good.example/1",
        "https://good.example/2",
        "https://good.example/3_%28x%29",
    ]
    assert hits_in_text(text)[0].title == items[0]["t"]  # type: ignore[index]  # it is an object
    assert not any(character in text for character in "\u202e\u2066\x1b")


def test_hits_are_bounded() -> None:
    items = [
        {"t": "t" * 10_000, "a": f"https://x.example/{number}", "s": "s" * 10_000} for number in range(500)
    ]
    text = text_of_hits(hits_of(items, title="t", address="a", snippet="s"))
    assert len(hits_in_text(text)) == 10
    assert len(text) < 10_000


@pytest.mark.parametrize(("query", "sentence"), [("  \n", "nothing to search"), ("x" * 401, "longer than")])
def test_queries_that_are_none(query: str, sentence: str) -> None:
    with pytest.raises(ToolError, match=sentence):
        asyncio.run(web_search(query))
