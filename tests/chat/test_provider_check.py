"""The button "Test": one request, and what is wrong in one sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desktop_agent.chat.provider_check import CheckResult, check_provider
from desktop_agent.config.provider import DEMO, make_provider
from desktop_agent.config.provider_kinds import ProviderKind
from json_lookalike import Answer, JsonLookalike
from loopback import LoopbackServer, Reply

KEY = "sk-canary-0123456789"


def checked(address: str, model: str = "m", key: str = KEY, **options: Any) -> CheckResult:
    return asyncio.run(check_provider(make_provider(address, model, key), **options))


def test_a_provider_that_answers_is_well_after_one_request() -> None:
    with LoopbackServer(Reply(text="Hello there, how are you?", rate=2.0)) as server:
        result = checked(server.base_url)
        server.wait_closed()
        assert len(server.requests) == 1
        assert server.requests[0].body["model"] == "m"
    assert result.is_well
    assert result.seconds > 0


def test_without_a_model_the_list_is_what_is_asked_for() -> None:
    with LoopbackServer(models=("a", "b")) as server:
        result = checked(server.base_url, model="")
        assert [request.path for request in server.requests] == ["/v1/models"]
    assert result.is_well
    assert [model.id for model in result.models] == ["a", "b"]


def test_the_demo_is_always_well() -> None:
    assert asyncio.run(check_provider(DEMO)).is_well


@pytest.mark.parametrize(
    ("reply", "title", "body"),
    [
        (
            Reply(status=401),
            "refused the API key.",
            "Copy it again, and see that it belongs to this provider.",
        ),
        (
            Reply(status=403),
            "does not allow this key to use m.",
            "Check its permissions there, or choose another model.",
        ),
        (
            Reply(status=404),
            "does not know the model m.",
            "Choose another model or check the address in Settings.",
        ),
        (
            Reply(status=429, error={"code": "insufficient_quota"}),
            "reports no credit left.",
            "The key works. Add credit there, or choose another model.",
        ),
        (Reply(status=429), "rate limit reached.", "The key works. Test again later."),
        (Reply(status=500), "had an error (500).", "Test again later."),
        (
            Reply(fault="web_page"),
            "answered with a web page, not a model.",
            "Check the address in Settings, or sign in to this network.",
        ),
        (Reply(fault="hang_up"), "The connection closed", "Test again, or check the address."),
        (Reply(fault="empty"), "The connection closed", "Test again, or check the address."),
    ],
)
def test_what_is_wrong_is_said(reply: Reply, title: str, body: str) -> None:
    with LoopbackServer(reply) as server:
        notice = checked(server.base_url).notice
        assert len(server.requests) == 1
    assert notice is not None
    assert title in str(notice.title)
    assert str(notice.body) == body
    assert "message is kept" not in str(notice)
    assert "received so far" not in str(notice)


def test_silence_is_said_in_time() -> None:
    with LoopbackServer(Reply(fault="silence")) as server:
        notice = checked(server.base_url, seconds=0.5).notice
    assert "sent nothing for" in str(notice)


def test_nobody_there_is_said() -> None:
    with LoopbackServer() as server:
        gone = server.base_url
    assert "does not answer" in str(checked(gone).notice)
    assert str(checked(gone).notice).endswith("Start it, then test again.")
    unknown = checked("https://api.example.invalid/v1").notice
    assert str(unknown) == (
        "The address api.example.invalid was not found.\n"
        "Check the spelling of the address, and your connection."
    )


def test_a_key_that_is_missing_is_said_before_anything_is_sent() -> None:
    notice = checked("https://api.openai.com/v1", key="").notice
    assert str(notice) == "No API key for OpenAI yet.\nAdd one, then test again."
    notice = checked("https://api.openai.com/v1", "", "", kind=ProviderKind.OPENAI).notice
    assert str(notice) == "No API key for OpenAI yet.\nAdd one, then test again."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer({"error": "x"}, 404),
            "has no list of models at this address.\nCheck the address in Settings",
        ),
        (Answer({"error": "x"}, 403), "let this key see the models.\nCheck its permissions"),
        (Answer({"error": "x"}, 401), "refused the API key.\nCopy it again"),
        (Answer({"hello": 1}), "has no list of models at this address"),
        (Answer(b"<html>", 200), "a web page, not a model"),
    ],
)
def test_a_list_that_does_not_come_is_said(answer: Answer, words: str) -> None:
    with JsonLookalike({"GET /v1/models": answer}) as server:
        notice = checked(server.base_url, model="").notice
    assert words in str(notice)
    assert "model ." not in str(notice)


def test_azure_without_a_deployment_is_told_what_to_do() -> None:
    notice = checked("https://m.openai.azure.com", model="", kind=ProviderKind.AZURE).notice
    assert str(notice) == "Azure does not list deployments.\nType the name of yours."


def test_where_the_list_is_open_to_everyone_the_key_is_what_is_asked_about() -> None:
    routes = {"GET /v1/key": Answer({"error": {"message": "User not found.", "code": 401}}, 401)}
    with JsonLookalike(routes, Answer({"data": [{"id": "m"}]})) as server:
        refused = checked(server.base_url, model="", kind=ProviderKind.OPENROUTER).notice
        server.routes["GET /v1/key"] = Answer({"data": {"label": "sk-or-v1-…", "usage": 0.5}})
        assert checked(server.base_url, model="", kind=ProviderKind.OPENROUTER).is_well
        assert [asked.path for asked in server.asked] == ["/v1/key", "/v1/key"]
        assert server.asked[1].headers["authorization"] == f"Bearer {KEY}"
    assert "refused the API key" in str(refused)
