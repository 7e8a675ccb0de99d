"""Bytes to events: every spelling of the format, and every way to split the bytes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_agent.agentchat.models.chat_stream import ChatStreamReader, Piece
from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.sse import ErrorPayload, EventDecoder, EventTooLargeError


def decode(*parts: bytes, limit: int = 1_000_000) -> list[str]:
    decoder = EventDecoder(limit)
    payloads = [payload for part in parts for payload in decoder.feed(part)]
    return payloads + decoder.finish()


SPELLINGS: list[tuple[bytes, list[str]]] = [
    (b"data: a\n\ndata: b\n\n", ["a", "b"]),
    (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    (b"data: a\r\rdata: b\r\r", ["a", "b"]),
    (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
    (b"data:a\n\n", ["a"]),
    (b"data:  a \n\n", [" a "]),
    (b"data: a\ndata: b\n\n", ["a\nb"]),
    (b": hello\n\ndata: a\n: there\n\n", ["a"]),
    (b"id: 1\nretry: 5\nevent: message\ndata: a\n\n", ["a"]),
    (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    (b"data: a\n\ndata: b", ["a", "b"]),
    (b"data: a\n\ndata: b\n", ["a", "b"]),
    (b"data: a\n\n\n\n\n", ["a"]),
    (b"event: ping\n\ndata: a\n\n", ["a"]),
    (b"data\n\nnonsense\n\ndata: a\n\n", ["a"]),
    ("data: é字🙂\n\n".encode(), ["é字🙂"]),
    (b"data: \xff\xfe\n\n", ["\ufffd\ufffd"]),
    (b"data: a\xe5\xad", ["a\ufffd"]),
    ("data: a\u2028b\x85c\x0bd\n\n".encode(), ["a\u2028b\x85c\x0bd"]),
    (b"", []),
]


def test_spellings() -> None:
    for data, expected in SPELLINGS:
        assert decode(data) == expected
        assert decode(*(data[place : place + 1] for place in range(len(data)))) == expected, data


def test_error_events_are_marked() -> None:
    payloads = decode(b"event: error\ndata: a\n\ndata: b\n\n")
    assert [type(payload) for payload in payloads] == [ErrorPayload, str]


@pytest.mark.parametrize(
    "data", [b"data: " + b"x" * 101, b"data: " + b"x" * 101 + b"\n\n", b"data: xxxxxxxxxx\n" * 11, b"x" * 101]
)
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_limit_of_an_event(data: bytes, size: int) -> None:
    with pytest.raises(EventTooLargeError):
        decode(*(data[place : place + size] for place in range(0, len(data), size)), limit=100)


LINES = st.sampled_from(
    [b"data: 12345678", b"data:1", b": note", b"event: error", b"", b"", b"x", b"data: \xff"]
)


def outcome(stream: bytes, cuts: list[int], limit: int) -> tuple[list[str], bool]:
    """The payloads, and whether an event was too large."""
    decoder = EventDecoder(limit)
    payloads: list[str] = []
    try:
        for start, end in pairwise([0, *cuts, len(stream)]):
            payloads += decoder.feed(stream[start:end])
        payloads += decoder.finish()
    except EventTooLargeError as error:
        return payloads + error.payloads, True
    return payloads, False


@settings(deadline=None, max_examples=300)
@given(
    lines=st.lists(LINES, max_size=20),
    newline=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    limit=st.integers(1, 60),
    data=st.data(),
)
def test_any_split_meets_the_limit_at_the_same_event(
    lines: list[bytes], newline: bytes, limit: int, data: st.DataObject
) -> None:
    """And no event before it is lost."""
    stream = newline.join([*lines, b"", b""])
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=10)))
    assert outcome(stream, cuts, limit) == outcome(stream, [], limit)


def test_limit_counts_each_event_alone() -> None:
    assert len(decode(b"data: xxxxxxxxxx\n\n" * 100, limit=100)) == 100


# Without "<": a tag is no text (test_openai_thoughts.py), and hypothesis finds the tags in the code.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="<")
TEXTS = st.lists(st.text(alphabet=CHARACTERS, min_size=1), max_size=8)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


@settings(deadline=None, max_examples=200)
@given(thoughts=TEXTS, texts=TEXTS, newline=NEWLINES, ascii_only=st.booleans(), data=st.data())
def test_any_split_gives_the_same_chunks(
    thoughts: list[str], texts: list[str], newline: str, ascii_only: bool, data: st.DataObject
) -> None:
    deltas = [{"reasoning": text} for text in thoughts] + [{"content": text} for text in texts]
    events = [json.dumps({"choices": [{"delta": delta}]}, ensure_ascii=ascii_only) for delta in deltas]
    stream = "".join(f": note{newline}data: {event}{newline * 2}" for event in [*events, "[DONE]"]).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=30)))
    edges = [0, *cuts, len(stream)]
    decoder, reader = EventDecoder(), ChatStreamReader(Endpoint("host"))
    pieces: list[Piece] = []
    for start, end in pairwise(edges):
        for payload in decoder.feed(stream[start:end]):
            pieces += reader.feed(payload)
    pieces += reader.flush()
    # A text that begins with white space is held until it is known that no thought follows.
    assert "".join(str(piece) for piece in pieces) == "".join(thoughts + texts)
    assert reader.done
    result = reader.result()
    assert (result.content, result.thought or "") == ("".join(texts), "".join(thoughts))
