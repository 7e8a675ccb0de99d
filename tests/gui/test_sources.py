"""Answers from the web: their sources, and the links that no tool has met."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.messages import BaseAgentEvent, ToolCallExecutionEvent, ToolCallRequestEvent
from desktop_agent.agentchat.models.types import FunctionExecutionResult
from desktop_agent.chat.sources import MetPages, citations_in
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.paths import settings_folder
from desktop_agent.config.provider import Provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.view import Transcript
from loopback import LoopbackServer, Reply
from tool_talk import loopback_web
from window_steps import last_reply, outcome_of, type_and_send

Run = Callable[..., int]
REMARK = "Not among the pages that were found or read."
SEARCH = ("c1", "web_search", '{"query": "streaming"}')
HITS = [
    {"title": "Streaming & more", "url": "https://docs.example.org/streaming", "content": "Words."},
    {"title": "Pipe", "url": "https://wiki.example.org/Pipe_(Unix)", "content": "Words."},
    {"title": "Not named", "url": "https://other.example.org/", "content": "Words."},
]
ANSWER = (
    "See [the docs](https://docs.example.org/streaming#run), [pipes](https://wiki.example.org/Pipe_(Unix)), "
    "[again](https://docs.example.org/streaming) and [this](https://made-up.example/a). "
    "`https://code.example/` [write](mailto:me@example.org)"
)


def results(*of_calls: tuple[str, str, str], is_error: bool = False) -> list[BaseAgentEvent]:
    """Calls of tools (name, arguments, result) as events."""
    calls = [FunctionCall(str(at), arguments, name) for at, (name, arguments, _) in enumerate(of_calls)]
    given = [
        FunctionExecutionResult(content=result, name=name, call_id=str(at), is_error=is_error)
        for at, (name, _, result) in enumerate(of_calls)
    ]
    return [
        ToolCallRequestEvent(content=calls, source="assistant"),
        ToolCallExecutionEvent(content=given, source="assistant"),
    ]


def found(*titles: tuple[str, str]) -> list[BaseAgentEvent]:
    """A search that found pages (title, address)."""
    lines = [f"{number}. [{title}]({address})" for number, (title, address) in enumerate(titles, 1)]
    return results(("web_search", "{}", "\n".join(lines)))


def answered(view: Transcript, answer: str, events: list[BaseAgentEvent]) -> AgentMessage:
    """A complete reply to which these events led."""
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, answer)])
    reply.pages = MetPages().after(events)
    view.end_reply(reply, "")
    return reply


def named(reply: AgentMessage) -> list[str]:
    return [link.text() for link in reply.sources.links] if reply.sources is not None else []


def test_an_answer_names_its_sources_now_and_on_another_day(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    def check(parts: RunningWindow) -> None:
        reply = last_reply(parts)
        assert named(reply) == ["Streaming & more", "Pipe"]
        remarks = {link.href: reply.remark_on(link) for link in reply.links}
        assert [href for href, remark in remarks.items() if remark] == ["https://made-up.example/a"]
        assert set(remarks.values()) == {"", REMARK}

    async def first(parts: RunningWindow) -> None:
        parts.session.use_tools(ToolChoices(web_search=True))
        for text in ("Stream?", "Plain?"):
            ended = outcome_of(parts)
            type_and_send(parts, text)
            assert await ended == "finished"
            if text == "Stream?":
                check(parts)
        assert named(last_reply(parts)) == []  # nothing was searched for it
        assert not any(last_reply(parts).remark_on(link) for link in last_reply(parts).links)

    async def second(parts: RunningWindow) -> None:
        assert named(last_reply(parts)) == []
        parts.transcript.drop_messages(2)
        check(parts)

    with loopback_web() as web:
        web.hits = HITS
        tools = {"search_service": "searxng", "search_address": f"http://127.0.0.1:{web.port}"}
        general = {"title_by_model": False}
        (settings_folder() / "settings.json").write_text(json.dumps({"general": general, "tools": tools}))
        server.enqueue(Reply("", tool_calls=[SEARCH]), Reply(ANSWER), Reply("[x](https://made-up.example/a)"))
        assert drive(local, first) == 0
        assert drive(local, second) == 0


def test_a_page_that_was_read_counts_by_both_its_addresses(view: Transcript) -> None:
    page = "Title: Moved\nAddress: https://new.example.org/\nText\n\nWords."
    events = results(("fetch_page", '{"address": "https://old.example.org"}', page))
    reply = answered(view, "<https://new.example.org/> https://old.example.org, https://else.example", events)
    assert named(reply) == ["Moved", "Moved"]
    assert reply.sources is not None
    assert reply.sources.links[1].accessibleName() == "Source: Moved, old.example.org, Read by the agent"
    assert [bool(reply.remark_on(link)) for link in reply.links] == [False, False, True]


def test_calls_that_failed_have_met_nothing(view: Transcript) -> None:
    result = "1. [Trick](https://a.example/)"
    reply = answered(view, "[a](https://a.example/)", results(("web_search", "{}", result), is_error=True))
    assert named(reply) == []
    assert reply.remark_on(reply.links[0]) == REMARK


def test_an_answer_knows_the_pages_that_were_met_before_it_alone() -> None:
    pages = MetPages()
    first = pages.after(found(("First", "https://one.example/")))
    second = pages.after(found(("Second", "https://two.example/")))
    assert first is not None
    assert second is not None
    assert pages.after([]) is None
    links = ["https://one.example/", "https://two.example/"]
    assert [each.title for each in citations_in(links, first).founded] == ["First"]
    assert [each.title for each in citations_in(links, second).founded] == ["First", "Second"]


def test_a_source_opens_by_mouse_and_keyboard(view: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    reply = answered(view, "[a](https://a.example/x)", found(("A page", "https://a.example/x")))
    assert reply.sources is not None
    (link,) = reply.sources.links
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert opened == ["https://a.example/x"]
    assert link in reply.controls()
    view.setFocus()
    view.current = reply
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert link.focusPolicy() is Qt.FocusPolicy.TabFocus
    QTest.keyClick(link, Qt.Key.Key_Return)
    assert opened == ["https://a.example/x"] * 2


@pytest.mark.qt_log_ignore("propagateSizeHints")  # of the box, on a platform without windows
def test_a_title_that_claims_another_host_is_asked_about(
    view: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    events = found(("bank.example", "https://evil.example/"), ("<b>\u202egnp.exe</b>", "https://b.example/"))
    reply = answered(view, "<https://evil.example/> <https://b.example/>", events)
    assert reply.sources is not None
    first, second = reply.sources.links
    first.click()
    box = view.window().findChild(QMessageBox)
    assert box is not None
    assert box.text() == "This link leads to evil.example."
    box.reject()
    assert opened == []
    assert second.text() == "<b>gnp.exe</b>"
    assert "&lt;b&gt;" in second.toolTip()


def test_many_sources_wrap_and_the_rest_is_counted(view: Transcript) -> None:
    pages = [
        (f"A page with a long title, number {at} of all " * 3, f"https://a{at}.example/") for at in range(20)
    ]
    reply = answered(view, " ".join(address for _, address in pages), found(*pages))
    row = reply.sources
    assert row is not None
    assert len(row.links) == 12
    places = [link.geometry() for link in row.links]
    assert all(row.rect().contains(place) for place in places)
    for at, place in enumerate(places):
        assert not any(place.adjusted(4, 4, -4, -4).intersects(other) for other in places[at + 1 :])
    before, height = row.height(), reply.height
    view.resize(500, 646)
    assert row.height() > before
    reply.release()
    view.resize(1020, 646)
    reply.realise(view.viewport(), view)
    view.settle_changed(reply)
    assert reply.height == height


def test_menus_tell_which_link_was_not_met(view: Transcript) -> None:
    reply = answered(
        view, "[a](https://a.example/) [b](https://b.example/)", found(("A", "https://a.example/"))
    )
    view.setFocus()
    view.current = reply
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    menu = view._menu.make(event)
    remarks = [action.text() for action in menu.actions() if REMARK in action.text()]
    assert remarks == [f"b: {REMARK}"]
    menu.close()
