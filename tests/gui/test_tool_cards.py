"""Replies whose text is interrupted by calls of tools: selected, copied, released and brought back whole."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.plain_sight import has_lookalikes, pieces_of
from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.selection import WHOLE
from desktop_agent.gui.transcript.tool_card import ToolCard
from desktop_agent.gui.transcript.tool_text import argument_lines, result_lines
from desktop_agent.gui.transcript.tool_words import summary_of
from desktop_agent.gui.transcript.view import Transcript


def call(number: int, state: str = "done", **more: object) -> ToolCall:
    arguments = json.dumps({"expression": f"{number} + 1"})
    return ToolCall(f"c{number}", "calculate", arguments, state, 0.1, result=str(number + 1), **more)  # type: ignore[arg-type]


def interrupted(view: Transcript) -> AgentMessage:
    """A thought, text that leaves a fence open, two calls, a thought, text, a call, text."""
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(True, "First."), (False, "Before.\n\n```python\nleft = open")])
    view.show_call(reply, call(1))
    view.show_call(reply, call(2))
    view.append_to_reply(reply, [(True, "Second."), (False, "**Between** the calls.")])
    view.show_call(reply, call(3))
    view.append_to_reply(reply, [(False, "After.\n\n- one\n- two")])
    return reply


PLAIN = ["Before.", "left = open", "Between the calls.", "After.", "one\ntwo"]


def tops(reply: AgentMessage) -> list[int]:
    return [widget.y() for widget in reply.widgets() if not widget.isHidden()]


def test_calls_part_the_text(view: Transcript) -> None:
    reply = interrupted(view)
    assert [text.strip("- •") for text in reply.segment_texts()][:4] == PLAIN[:4]
    assert reply.thought_source == "First.\n\nSecond."
    assert tops(reply) == sorted(tops(reply))
    assert len(reply.cards) == 3
    first, between = reply.block_y(0), reply.block_y(2)
    cards = [card.y() - view.origin_of(reply).y() for card in reply.cards]
    assert first < cards[0] < cards[1] < between < cards[2] < reply.block_y(3)
    view.end_reply(reply, "")
    assert reply.height > reply.block_y(4)


def test_a_selection_goes_over_calls(view: Transcript) -> None:
    reply = interrupted(view)
    view.end_reply(reply, "")
    span = ((0, 2), (2, 7))
    parts = (reply.text_in(span), reply.source_in(span))
    assert parts[0] == "fore.\n\nleft = open\n\nBetween"
    assert parts[1].startswith("Before.\n\n```python\nleft = open")
    assert parts[1].endswith("**Between** the calls.")
    assert reply.source_in(((3, 0), (3, 99))) == "After."
    texts, whole = reply.segment_texts(), reply.source_in(WHOLE)
    reply.release()
    assert (reply.text_in(span), reply.source_in(span)) == parts
    assert reply.segment_texts() == texts
    assert reply.source_in(WHOLE) == whole


def test_what_is_released_comes_back_as_it_was(view: Transcript) -> None:
    reply = interrupted(view)
    view.end_reply(reply, "")
    before, height = tops(reply), reply.height
    reply.release()
    reply.realise(view.viewport(), view)
    view.settle_changed(reply)
    assert reply.height == height
    assert tops(reply) == before
    point = QPointF(10, reply.block_y(3) + 5)
    assert reply.position_at(point)[0] == 3


def test_an_open_card_moves_what_stands_below(view: Transcript) -> None:
    reply = interrupted(view)
    view.end_reply(reply, "")
    before = reply.block_y(2)
    card = reply.cards[0]
    assert isinstance(card, ToolCard)
    card.head.click()
    opened = reply.block_y(2)
    assert opened > before + 60
    assert "expanded" in card.head.accessibleName()
    card.head.click()
    assert reply.block_y(2) == before


def test_three_calls_fold_when_the_reply_is_complete(view: Transcript) -> None:
    reply = view.begin_reply("assistant")
    for number in range(4):
        view.show_call(reply, call(number))
    assert len([card for card in reply.cards if card.isVisible()]) == 4
    view.append_to_reply(reply, [(False, "Done.")])
    view.end_reply(reply, "")
    assert not any(card.isVisible() for card in reply.cards)
    row: QWidget = reply.widgets()[0]
    assert row.accessibleName() == "Used 4 tools, 0.4 s"
    view.toggle_calls()
    assert all(card.isVisible() and isinstance(card, ToolCard) and card.is_open for card in reply.cards)
    view.toggle_calls()
    assert not any(card.isVisible() for card in reply.cards)


def test_a_call_that_fails_opens(view: Transcript) -> None:
    reply = view.begin_reply("assistant")
    view.show_call(reply, call(1, "running"))
    (card,) = reply.cards
    assert isinstance(card, ToolCard)
    assert not card.is_open
    view.show_call(reply, ToolCall("c1", "calculate", "{", "failed", 2.0, result="Division by zero"))
    assert card.is_open
    assert card.details is not None
    assert "Division by zero" in card.details.pane.toPlainText()
    assert card.head.status == "Failed after 2.0 s"


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        ('{"query": "azure\\nsearch"}', "azure search"),
        ('{"a": 1, "b": [2]}', "a: 1, b: [2]"),
        ('{"query": "cut', '{"query": "cut'),
        ("[" * 100_000, "[" * 1000),
        ("", ""),
    ],
)
def test_arguments_in_short(arguments: str, summary: str) -> None:
    assert summary_of(arguments) == summary
    assert argument_lines(arguments) or not arguments


@pytest.mark.parametrize("name", ["web_search", "fetch_page", "edit_file", "calculate"])
def test_results_of_any_kind_are_shown(name: str) -> None:
    for result in ("", "\0\x1b[2J", "[" * 100_000, "<script>alert(1)</script>", "\u202e\ud800", "x" * 10**6):
        call = ToolCall("c", name, "{}", "done", result=result)
        lines = result_lines(call, is_whole=False)
        assert not any(run.href for line in lines for run in line.runs)
        assert sum(len(run.text) for line in lines for run in line.runs) <= 50_000


def test_only_addresses_that_may_be_followed_are_links() -> None:
    result = "1. [Good](https://example.org/a)\n2. [Bad](javascript:alert)\n3. [File](file:///etc/passwd)"
    lines = result_lines(ToolCall("c", "web_search", "{}", "done", result=result), is_whole=True)
    assert [run.href for line in lines for run in line.runs if run.href] == ["https://example.org/a"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a⟨U+202E⟩b"),
        ("a\x1b[2Jb", "a⟨U+001B⟩[2Jb"),
        ("a\N{NO-BREAK SPACE}b", "a⟨U+00A0⟩b"),
        ("a\N{HANGUL FILLER}b", "a⟨U+3164⟩b"),
        ("a\U000e0041b", "a⟨U+E0041⟩b"),
        ("a\ufe0fb", "a⟨U+FE0F⟩b"),
        ("ls" + " " * 12 + "; rm", "ls" + "·" * 12 + "; rm"),
    ],
)
def test_nothing_hides_in_plain_sight(text: str, shown: str) -> None:
    pieces = pieces_of(text)
    assert "".join(piece.text for piece in pieces) == shown
    assert any(piece.is_odd for piece in pieces) == (text != shown)


@pytest.mark.parametrize(
    ("text", "is_strict", "is_odd"),
    [
        ("payment", True, False),
        ("p\N{CYRILLIC SMALL LETTER A}yment", False, True),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}bc", False, True),
        ("привет, мир", False, False),
        ("пример.org", True, True),
        ("straße", False, False),
    ],
)
def test_letters_that_look_like_others(text: str, is_strict: bool, is_odd: bool) -> None:
    assert has_lookalikes(text, is_strict=is_strict) is is_odd
