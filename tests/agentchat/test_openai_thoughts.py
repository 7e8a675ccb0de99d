"""Thoughts between tags: wherever the bytes are split, whatever stands around, and what is no tag."""

from __future__ import annotations

import json
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_agent.agentchat.models.chat_stream import ChatStreamReader, Piece
from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.sse import EventDecoder
from desktop_agent.agentchat.models.think_tags import ThinkTagParser
from desktop_agent.agentchat.models.types import CreateResult
from loopback import LoopbackServer, Reply
from openai_runs import answer, client_of, created, events, info, streamed, thought

# The text, the answer in it, the thoughts.
TEXTS = [
    ("<think>hm</think>Answer", "Answer", "hm"),
    (" \n<think>\nhm \n</think>\n\nAnswer", "Answer", "hm"),
    ("<think></think>\n\nAnswer", "Answer", ""),
    ("<think> </think><think>a</think>\n<think>b</think>Answer", "Answer", "a\nb"),
    ("<think>never closed", "", "never closed"),
    ("<think>never closed</thi", "", "never closed</thi"),
    ("<think>a</think>  ", "", "a"),
    ("the prompt had the tag\n</think>\nAnswer", "the prompt had the tag\nAnswer", ""),
    ("Answer\n<think>again</think>\nand on", "Answer\nand on", "again"),
    # No tags:
    ("Answer", "Answer", ""),
    ("\n\nAnswer", "\n\nAnswer", ""),
    ("  ", "  ", ""),
    ("", "", ""),
    ("<thin", "<thin", ""),
    ("a < b <think", "a < b <think", ""),
    ("The tag <think> opens and </think> closes", "The tag <think> opens and </think> closes", ""),
    ("Write `<think>` first", "Write `<think>` first", ""),
    ("See:\n```html\n<think>\nx\n</think>\n```\n", "See:\n```html\n<think>\nx\n</think>\n```\n", ""),
    ("x\n    <think>is code\n", "x\n    <think>is code\n", ""),
    ("x\n~~~~\n```\n<think>\n~~~~\n</think>y", "x\n~~~~\n```\n<think>\n~~~~\ny", ""),
    ("```\ncode\n```\n<think>a</think>b", "```\ncode\n```\nb", "a"),
    ("<thinking>a</thinking>", "<thinking>a</thinking>", ""),
]


def parsed(pieces: list[str]) -> tuple[str, str]:
    parser = ThinkTagParser()
    told = [item for piece in pieces for item in parser.feed(piece)]
    told += parser.finish()
    assert parser.finish() == ()
    assert (answer(told), thought(told)) == ("".join(parser.answer), "".join(parser.thought))
    return answer(told), thought(told)


def test_every_split() -> None:
    for text, said, thoughts in TEXTS:
        assert parsed(list(text)) == (said, thoughts), text
        for first in range(len(text) + 1):
            for second in range(first, len(text) + 1):
                pieces = [piece for piece in (text[:first], text[first:second], text[second:]) if piece]
                assert parsed(pieces) == (said, thoughts), pieces


SNIPPETS = st.sampled_from(
    ["<think>", "</think>", "<", ">", "\n", " ", "    ", "```", "~~~", "a", "字", "think"]
)


@settings(deadline=None, max_examples=300)
@given(snippets=st.lists(SNIPPETS, max_size=25), data=st.data())
def test_any_text_in_any_split(snippets: list[str], data: st.DataObject) -> None:
    text = "".join(snippets)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)]) if start < end]
    assert parsed(pieces) == parsed([text] if text else [])


def test_texts_made_to_be_slow() -> None:
    """The time grows with the length alone."""
    for pieces in (
        ["<" * 300_000],
        ["\n<think>" * 40_000],
        ["```\n" + "\n<think>" * 40_000],
        ["x\n<think></think>" * 20_000],
        ["<think>", *[" "] * 30_000],
        ["x", *["\n", " ", "<"] * 20_000],
    ):
        begun = process_time()
        parsed(pieces)
        assert process_time() - begun < 3.0, pieces[0][:20]


def read(stream: bytes, cuts: list[int]) -> tuple[list[Piece], CreateResult]:
    decoder, reader = EventDecoder(), ChatStreamReader(Endpoint("host"), call_deltas=True)
    pieces: list[Piece] = []
    for start, end in pairwise([0, *cuts, len(stream)]):
        for payload in decoder.feed(stream[start:end]):
            pieces += reader.feed(payload)
    for payload in decoder.finish():
        pieces += reader.feed(payload)
    pieces += reader.flush()
    return pieces, reader.result()


@settings(deadline=None, max_examples=100)
@given(snippets=st.lists(SNIPPETS, max_size=12), data=st.data())
def test_any_split_of_the_bytes_gives_the_same_pieces(snippets: list[str], data: st.DataObject) -> None:
    deltas: list[object] = [{"content": text} for text in snippets]
    deltas.insert(len(deltas) // 2, {"reasoning": "hm"})
    deltas.append({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}]})
    deltas.append({"content": "x", "tool_calls": [{"index": 0, "function": {"arguments": "}"}}]})
    payloads = [json.dumps({"choices": [{"delta": delta}]}) for delta in deltas]
    stream = "".join(f"data: {payload}\r\n\r\n" for payload in [*payloads, "[DONE]"]).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=30)))
    assert read(stream, cuts) == read(stream, [])


@pytest.mark.parametrize("family", ["r1", "gpt-4o", "unknown"])
def test_tags_of_every_family(server: LoopbackServer, family: str) -> None:
    """AutoGen leaves them in the text but for R1, and in the chunks always."""
    server.reply = Reply(chunks=["<thi", "nk>Let me ", "see.</thi", "nk>\n\n", "It is ", "42."])
    client = client_of(server.base_url, model_info=info(family=family))
    pieces, result = streamed(client)
    assert (answer(pieces), thought(pieces)) == ("It is 42.", "Let me see.")
    assert (result.content, result.thought) == ("It is 42.", "Let me see.")
    assert created(client) == result


def test_thought_that_begins_and_ends_like_a_tag(server: LoopbackServer) -> None:
    """AutoGen strips the characters of the tag, not the tag: "thinking" becomes "g"."""
    server.reply = Reply(thought=["think ing", " this is nikth"], text="hint")
    pieces, result = streamed(client_of(server.base_url))
    assert result.thought == thought(pieces) == "think ing this is nikth"
    assert result.content == answer(pieces) == "hint"


def test_reasoning_that_comes_and_goes(server: LoopbackServer) -> None:
    """AutoGen opens a tag each time that empty and full reasoning alternate."""
    deltas: list[dict[str, object]] = [
        {"reasoning_content": "a", "content": None},
        {"reasoning_content": "", "content": ""},
        {"reasoning_content": "b"},
        {"reasoning_content": None, "content": "c"},
        {"reasoning": "d", "content": ""},
        {"content": "e"},
    ]
    server.reply = Reply(events=[json.dumps({"choices": [{"delta": delta}]}) for delta in deltas])
    pieces, result = streamed(client_of(server.base_url))
    assert pieces == ["a", "b", "c", "d", "e"]
    assert (result.content, result.thought) == ("ce", "abd")


def test_what_was_held_back_is_told_when_the_reply_breaks_off(server: LoopbackServer) -> None:
    server.reply = Reply(chunks=["\n", "<th"], fault="cut", fault_after=2)
    items, error = events(client_of(server.base_url))
    assert items == ["\n<th"]
    assert error is not None


def test_family_that_should_think(server: LoopbackServer) -> None:
    server.reply = Reply(text="No tags.")
    client = client_of(server.base_url, model_info=info(family="r1"))
    for ask in (streamed, created):
        with pytest.warns(UserWarning, match=r"Could not find <think>\.\.</think> field in model"):
            ask(client)
