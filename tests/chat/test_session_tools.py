"""A conversation whose agent uses tools: what it may do unasked, what is asked, and how each call ends."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import ToolCallDeltaEvent
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import ApprovalRequest, Decision
from desktop_agent.chat.model_facts import ModelFacts, ModelPrice
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.run_limits import RunLimitError
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.sources import MetPages, citations_in
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.chat.tools_in_use import ToolChoices, choices_of
from desktop_agent.config.agent_profiles import BUILT_IN
from desktop_agent.config.provider import make_provider
from desktop_agent.config.tool_settings import ToolSettings
from desktop_agent.storage import ConversationStore
from loopback import Reply
from tool_talk import Page, ToolTalk, article, denies, tool_talk

WEB = ToolChoices(web_search=True)
HITS = [
    {"title": "Streaming", "url": "http://docs.example.org/streaming", "content": "Use run_stream."},
    {"title": "Blog", "url": "http://blog.example.com/a", "content": "Words"},
]


class Person:
    """Says the same to every question, with a note."""

    def __init__(self, decision: Decision, note: str = "") -> None:
        self.answer = (decision, note)

    def __call__(self, _request: ApprovalRequest) -> tuple[Decision, str]:
        return self.answer


once = Person(Decision.ONCE)


def files_of(folder: Path) -> ToolChoices:
    return ToolChoices(files=str(folder))


def test_a_search_and_a_page_that_it_found_need_no_approval() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.web.hits = HITS
            talk.web.pages["docs.example.org/streaming"] = article("Streaming", "Call run_stream. " * 20)
            talk.tells(
                [("web_search", {"query": "autogen streaming"})],
                [("fetch_page", {"address": "http://docs.example.org/streaming"})],
                "See [the docs](http://docs.example.org/streaming) and [more](http://made-up.example/).",
            )
            events = await talk.say("How does streaming work?")
            assert talk.asked == []
            assert talk.progress == [
                ("web_search", "running"),
                ("web_search", "done"),
                ("fetch_page", "running"),
                ("fetch_page", "done"),
            ]
            assert talk.results[0].startswith("1. [Streaming](http://docs.example.org/streaming)\n   Use run")
            assert talk.results[1].startswith(
                "Title: Streaming\nAddress: http://docs.example.org/streaming\n"
            )
            pieces = [each for each in events if isinstance(each, ToolCallDeltaEvent)]
            first = [each.content for each in pieces if each.call_id == "call_0_0"]
            assert "".join(first) == '{"query": "autogen streaming"}'
            (said,) = [each for each in talk.session.history if not each.is_question]
            assert not any(isinstance(each, ToolProgressEvent | ToolCallDeltaEvent) for each in said.events)
            states = said.details["tools"]
            assert {call: each["state"] for call, each in states.items()} == {
                "call_0_0": "done",
                "call_1_0": "done",
            }
            assert all(each["seconds"] > 0 for each in states.values())
            assert MetPages().after([]) is None
            pages = MetPages().after(said.events)
            assert pages is not None
            links = ["http://docs.example.org/streaming#top", "http://made-up.example/", "mailto:a@b.example"]
            cited = citations_in(links, pages)
            assert [(each.title, each.is_read) for each in cited.founded] == [("Streaming", True)]
            assert cited.unfounded == ("http://made-up.example/",)

    asyncio.run(main())


def test_every_address_of_the_person_may_be_read_and_no_other() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            for path in ("one.example/a", "two.example/", "three.example/b"):
                talk.web.pages[path] = article("Page", "Words to read. " * 20)
            addresses = [
                "http://one.example/a",
                "http://two.example/",
                "http://three.example/b",
                "http://four.example/",
            ]
            talk.tells([("fetch_page", {"address": each}) for each in addresses], "Done.")
            await talk.say("Read <http://one.example/a>, two.example, and (see http://three.example/b).")
            assert [(each.body, each.body_kind) for each in talk.asked] == [
                ("http://four.example/", "address")
            ]
            assert talk.asked[0].access.startswith("The whole address goes to four.example.")
            assert talk.progress.count(("fetch_page", "done")) == 3

    asyncio.run(main())


def test_a_change_is_shown_whole_and_made_after_the_answer_alone(tmp_path: Path) -> None:
    content = "line\n" * 1_000 + "the hidden end\u202e\n"
    (tmp_path / "a.txt").write_text("old\n")
    states: list[str] = []

    def look(request: ApprovalRequest) -> tuple[Decision, str]:
        states.append((tmp_path / "a.txt").read_text())
        return Decision.ONCE, ""

    async def main() -> None:
        async with tool_talk(files_of(tmp_path), look) as talk:
            talk.tells([("write_file", {"content": content, "path": "a.txt"})], "Done.")
            await talk.say("Write it")
            (request,) = talk.asked
            assert states == ["old\n"]
            assert request.body.startswith("--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,1001 @@\n-old\n+line\n")
            assert request.body.endswith("+the hidden end\u202e")
            assert json.loads(request.arguments)["content"] == content
            assert list(json.loads(request.arguments)) == ["content", "path"]  # the model's very text
            assert request.folder == folder
            assert request.access == f"Only this file in the folder {folder}."
            assert [state for _, state in talk.progress] == ["waiting", "running", "done"]

    folder = str(tmp_path.resolve())
    asyncio.run(main())
    assert (tmp_path / "a.txt").read_text() == content


def test_a_denial_and_its_note_are_told_to_the_model(tmp_path: Path) -> None:
    async def main() -> None:
        async with tool_talk(files_of(tmp_path), Person(Decision.DENY, "use b.txt")) as talk:
            talk.tells([("write_file", {"path": "a.txt", "content": "x"})], "All right.")
            await talk.say("Write it")
            assert talk.results == ["The user denied this call and says: use b.txt"]
            assert [state for _, state in talk.progress] == ["waiting", "denied"]
            sent = talk.server.requests[-1].body["messages"]
            assert sent[-1]["content"].endswith("use b.txt")

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_permissions_are_for_the_exact_call_and_last_as_long_as_they_say() -> None:
    async def ask(talk: ToolTalk, address: str) -> int:
        talk.asked.clear()
        talk.tells([("fetch_page", {"address": address})], "Done.")
        await talk.say("Go on")
        return len(talk.asked)

    async def main() -> None:
        async with tool_talk(WEB, once) as talk:
            page = "http://x.example/a"
            assert await ask(talk, page) == 1
            assert await ask(talk, page) == 1
            talk.person = Person(Decision.CONVERSATION)
            assert await ask(talk, page) == 1
            assert await ask(talk, page) == 0
            assert await ask(talk, page + "?q=1") == 1
            assert not talk.grants
            talk.person = Person(Decision.ALWAYS)
            assert await ask(talk, "http://y.example/") == 1
            (grant,) = talk.grants
            assert (grant.tool, grant.arguments, grant.folder) == (
                "fetch_page",
                '{"address":"http://y.example/","start":0}',
                "",
            )
            kept = talk.settings
            talk.settings = kept.model_copy(update={"grants": ()})  # revoked while the conversation is open
            assert await ask(talk, "http://y.example/") == 1
        async with tool_talk(WEB, denies, kept) as talk:
            assert await ask(talk, "http://y.example/") == 0
            assert await ask(talk, page) == 1
            talk.settings = talk.settings.model_copy(update={"grants": ()})  # revoked in the settings
            assert await ask(talk, "http://y.example/") == 1

    asyncio.run(main())


def test_searching_asks_once_something_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("secret")

    async def main() -> None:
        async with tool_talk(ToolChoices(True, str(tmp_path))) as talk:
            talk.tells(
                [("web_search", {"query": "one"})],
                [("web_search", {"query": "two"})],
                [("read_file", {"path": "a.txt"})],
                [("web_search", {"query": "secret"})],
                "Done.",
            )
            await talk.say("Look")
            assert [each.body for each in talk.asked] == ["secret"]
            assert "These words go to SearXNG." in talk.asked[0].access
            talk.tells([("web_search", {"query": "three"})], "Done.")
            talk.asked.clear()
            await talk.say("And now search for three")
            assert talk.asked == []

    asyncio.run(main())


def test_searching_asks_once_a_change_told_what_stands_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("secret\nold\n")

    async def main() -> None:
        async with tool_talk(ToolChoices(True, str(tmp_path)), once) as talk:
            talk.tells(
                [("edit_file", {"path": "a.txt", "old_text": "old", "new_text": "new"})],
                [("web_search", {"query": "secret"})],
                "Done.",
            )
            await talk.say("Change it")
            assert " secret" in talk.results[0]
            assert [each.tool for each in talk.asked] == ["edit_file", "web_search"]

    asyncio.run(main())


def test_nothing_but_an_answer_allows_and_a_stop_ends_the_question(tmp_path: Path) -> None:
    async def main() -> None:
        token = CancellationToken()
        began = 0.0

        def stop(request: ApprovalRequest) -> None:
            nonlocal began
            talk.session.approvals.answer("another id", Decision.ONCE)
            talk.session.approvals.answer("", Decision.ALWAYS)
            assert list(talk.session.approvals.pending) == [request]
            began = time.perf_counter()
            token.cancel()

        async with tool_talk(files_of(tmp_path), stop) as talk:
            talk.tells([("write_file", {"path": "a.txt", "content": "x"})])
            with pytest.raises(asyncio.CancelledError):
                await talk.say("Write it", token)
            assert time.perf_counter() - began < 2.0  # 100 ms on an idle machine: the benchmark `tools` tells
            (request,) = talk.asked
            assert list(talk.session.approvals.pending) == []
            talk.session.approvals.answer(request.id, Decision.ONCE)  # too late
            said = talk.session.history[-1]
            assert said.state == "interrupted"
            assert said.details["tools"] == {"call_0_0": {"state": "stopped", "seconds": None}}
            talk.tells("Fine.")
            events = await talk.say("Never mind")
            assert isinstance(events[-1], Response)

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_one_call_is_cancelled_and_the_others_go_on() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.web.pages["slow.example/"] = Page(b"<p>begun", stalls=threading.Event())
            talk.web.pages["quick.example/"] = article("Quick", "Words to read. " * 20)
            talk.tells(
                [
                    ("fetch_page", {"address": "http://slow.example/"}),
                    ("fetch_page", {"address": "http://quick.example/"}),
                ],
                "Done.",
            )
            work = asyncio.ensure_future(talk.say("Read slow.example and quick.example"))
            await asyncio.to_thread(talk.web.asked.wait, 20)
            talk.session.cancel_call("call_0_0")
            talk.session.cancel_call("no such call")
            await work
            assert talk.results[0] == "The user cancelled this call."
            assert talk.results[1].startswith("Title: Quick")
            assert sorted(talk.progress)[-2:] == [("fetch_page", "running"), ("fetch_page", "stopped")]

    asyncio.run(main())


def test_a_question_is_cancelled_with_its_call(tmp_path: Path) -> None:
    async def main() -> None:
        def cancel(request: ApprovalRequest) -> None:
            asyncio.get_running_loop().call_soon(talk.session.cancel_call, request.call_id)

        async with tool_talk(files_of(tmp_path), cancel) as talk:
            talk.tells([("write_file", {"path": "a.txt", "content": "x"})], "Done.")
            await talk.say("Write it")
            assert talk.results == ["The user cancelled this call."]
            assert list(talk.session.approvals.pending) == []

    asyncio.run(main())


def test_a_tool_that_never_ends_is_given_up_and_the_run_goes_on() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.settings = talk.settings.model_copy(update={"tool_seconds": 0.2})
            talk.web.pages["slow.example/"] = Page(b"<p>begun", stalls=threading.Event())
            talk.tells([("fetch_page", {"address": "http://slow.example/"})], "Done.")
            events = await talk.say("Read slow.example")
            assert talk.results == ["The tool did not finish within 0.2 seconds."]
            assert isinstance(events[-1], Response)

    asyncio.run(main())


BAD_CALLS: Sequence[tuple[str, Any, str]] = (
    ("calculate", "{", "Error: "),
    ("calculate", "[1]", "not a JSON object"),
    ("calculate", "{}", "expression: Field required"),
    ("calculate", {"expression": "9**9**9"}, "too large"),
    ("web_search", {"query": 5}, "query: Input should be a valid string"),
    ("fetch_page", {"address": "file:///etc/passwd"}, "begin with https"),
    ("fetch_page", {"address": "http://127.0.0.1:8080/"}, "denied"),
    ("rm_rf", {"path": "/"}, "not found"),
    ("read_file", {"path": "../x"}, "can't leave the folder"),
    ("read_file", {"path": "missing.txt"}, "is not there"),
    ("write_file", {"path": "a.txt", "content": "x" * 30_000}, "denied"),
)


def test_bad_calls_are_told_to_the_model_and_the_run_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with tool_talk(ToolChoices(True, str(tmp_path))) as talk:
            talk.tells([(name, arguments) for name, arguments, _ in BAD_CALLS], "I see.")
            events = await talk.say("Try")
            assert isinstance(events[-1], Response)
            for result, (name, _, sentence) in zip(talk.results, BAD_CALLS, strict=True):
                assert sentence in result, name

    asyncio.run(main())


def test_a_result_of_50_mb_is_cut(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text("old line\n" * 500_000)

    async def main() -> None:
        async with tool_talk(files_of(tmp_path), once) as talk:
            talk.tells([("write_file", {"path": "big.txt", "content": "new\n"})], "Done.")
            await talk.say("Replace it")
            assert len(talk.asked[0].body) > 4_000_000  # the person sees all of it
            (result,) = talk.results
            assert len(result) < 101_000
            assert "more characters are left out.]" in result[-60:]

    asyncio.run(main())


def test_a_model_that_always_calls_a_tool_is_ended_in_words() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.settings = talk.settings.model_copy(update={"max_tool_turns": 3})
            talk.tells(*[[("calculate", {"expression": "1+1"})]] * 3, "That is enough.")
            events = await talk.say("Go")
            last = events[-1]
            assert isinstance(last, Response)
            assert last.chat_message.to_text() == "That is enough."
            assert len(talk.results) == 3
            assert "tools" not in talk.server.requests[-1].body
            talk.tells(*[[("calculate", {"expression": "1+1"})]] * 4)
            with pytest.raises(RunLimitError, match="used tools 3 times in a row"):
                await talk.say("Go")

    asyncio.run(main())


def test_tokens_and_money_of_a_run_are_limited() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.settings = talk.settings.model_copy(update={"max_tokens": 1_000})
            talk.server.enqueue(
                Reply(tool_calls=[("c", "calculate", '{"expression": "1"}')], usage=(900, 200))
            )
            with pytest.raises(RunLimitError, match=r"took 1,100 tokens, and 1,000 are allowed"):
                await talk.say("Go")
            assert talk.session.history[-1].state == "failed"
            assert "took 1,100 tokens" in json.dumps(talk.session.history[-1].details)
            price = ModelPrice(1_000.0, 1_000.0, "user")

            async def facts() -> ModelFacts:
                return ModelFacts("gpt-4o-mini", tools=True, price=price)

            talk.settings = talk.settings.model_copy(update={"max_tokens": None, "max_cost": 1.0})
            provider = talk.session.provider
            services = talk.session.answerer.tool_services
            talk.session.answer_with(Answerer(provider, find_facts=facts, tool_services=services))
            talk.server.enqueue(
                Reply(tool_calls=[("c", "calculate", '{"expression": "1"}')], usage=(900, 200))
            )
            with pytest.raises(RunLimitError, match=r"cost 1\.10 US dollars, and 1\.00 are allowed"):
                await talk.say("Go")
            talk.server.enqueue(Reply(text="word " * 5_000))
            talk.settings = talk.settings.model_copy(update={"max_tokens": 1_000, "max_cost": None})
            with pytest.raises(RunLimitError):  # while it streams: nobody knows how long it goes on
                await talk.say("Go")
            assert 1_000 < len(talk.session.history[-1].message.to_text()) < 12_000

    asyncio.run(main())


def test_without_a_switch_nothing_of_tools_is_sent() -> None:
    async def main() -> None:
        async with tool_talk(ToolChoices()) as talk:
            talk.tells("Hello.")
            await talk.say("Hi")
            assert "tools" not in talk.server.requests[-1].body
            talk.session.use_tools(WEB)
            talk.tells("Hello.")
            await talk.say("Hi")
            names = [each["function"]["name"] for each in talk.server.requests[-1].body["tools"]]
            assert names == ["calculate", "current_time", "web_search", "fetch_page"]

    asyncio.run(main())


def test_models_that_cannot_call_tools_get_none_and_say_why() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            assert await talk.session.why_no_tools() == ""

            async def facts() -> ModelFacts:
                return ModelFacts("small", tools=False)

            provider = make_provider(talk.server.base_url, "small", "")
            talk.session.answer_with(Answerer(provider, find_facts=facts))
            assert await talk.session.why_no_tools() == "small can't call tools."
            talk.tells("Hello.")
            await talk.say("Hi")
            assert "tools" not in talk.server.requests[-1].body
            unknown = make_provider(talk.server.base_url, "a-model-nobody-knows", "")
            talk.session.answer_with(Answerer(unknown))
            talk.tells([("current_time", {"time_zone": "UTC"})], "Noon.")
            await talk.say("What time is it?")
            assert talk.results[0].endswith("+00:00 (UTC)")

    asyncio.run(main())


def test_another_agent_for_one_reply_has_tools_of_its_own_and_the_first_goes_on() -> None:
    """Each agent's calls are judged by what this very run has seen."""

    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.tells([("calculate", {"expression": "1+1"})], "Two.")
            await talk.say("Add")
            first = talk.session.answerer
            other = first.profile.model_copy(update={"id": "other", "name": "other"})
            guest = Answerer(first.provider, other, tool_services=first.tool_services)
            talk.tells([("calculate", {"expression": "2+2"})], "Four.")
            async for _ in talk.session.regenerate(1, CancellationToken(), guest):
                pass
            assert talk.session.history[-1].details["tools"]
            talk.tells([("fetch_page", {"address": "http://new.example/"})], "Done.")
            talk.web.pages["new.example/"] = article("New", "Words to read. " * 20)
            await talk.say("Read new.example")
            assert talk.asked == []
            assert talk.session.history[-1].details["tools"]["call_0_0"]["state"] == "done"

    asyncio.run(main())


def test_no_more_calls_than_a_few_run_side_by_side() -> None:
    async def main() -> None:
        async with tool_talk(WEB) as talk:
            talk.tells(
                [("fetch_page", {"address": f"http://x.example/{number}"}) for number in range(40)], "I see."
            )
            await talk.say("Go")
            refused = [result for result in talk.results if result.startswith("Too many calls at once")]
            assert len(refused) == 24
            assert len(talk.asked) == 16

    asyncio.run(main())


def test_the_switches_are_kept_with_the_conversation(tmp_path: Path) -> None:
    async def main() -> None:
        store = ConversationStore(tmp_path / "conversations.db")
        await store.open()
        try:
            async with tool_talk(WEB) as talk:
                record = ConversationRecord(store)
                session = ChatSession(talk.session.answerer, record=record)
                choices = ToolChoices(True, str(tmp_path))
                session.use_tools(choices)
                await session.save()  # there is no conversation yet
                talk.tells("Hello.")
                async for _ in session.send("Hi", CancellationToken()):
                    pass
                assert record.conversation_id is not None
                kept = await store.options(record.conversation_id)
                assert ToolChoices.from_options(kept) == choices
                session.use_tools(ToolChoices())
                await session.save()
                assert ToolChoices.from_options(await store.options(record.conversation_id)) == ToolChoices()
                await session.close()
        finally:
            await store.close()

    asyncio.run(main())


def test_choices_that_are_none() -> None:
    assert ToolChoices.from_options({}) is None
    assert ToolChoices.from_options({"web_search": 1, "files": None}) is None
    assert ToolChoices.from_options({"web_search": True, "files": "not/whole"}) is None
    with pytest.raises(ValueError, match="no whole path"):
        ToolChoices(files="work")
    profile = BUILT_IN.model_copy(update={"web_search": True, "files": "not/whole"})
    assert choices_of(profile) == ToolChoices(web_search=True)


def test_search_settings_that_do_not_work_are_told() -> None:
    async def main() -> None:
        async with tool_talk(WEB, settings=ToolSettings()) as talk:
            talk.settings = talk.settings.model_copy(
                update={"search_service": "searxng", "search_address": ""}
            )
            talk.tells([("web_search", {"query": "x"})], "I see.")
            await talk.say("Search")
            assert talk.results == ["The address of SearXNG is not set. It stands in Settings, Tools."]

    asyncio.run(main())
