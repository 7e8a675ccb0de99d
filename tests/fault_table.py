"""The faults of a reply that has begun, as bytes: for the tests and, in random splits, a benchmark."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from desktop_agent.agentchat.errors import (
    AgentError,
    ConnectionFailedError,
    IncompleteStreamError,
    ServerError,
    UnexpectedReplyError,
)

PIECES = ["one ", "two ", "three ", "four "]
CLOSED = "connection: close"
CHUNKED = "transfer-encoding: chunked\r\nconnection: close"


def event(text: str) -> bytes:
    return f'data: {{"choices":[{{"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()


ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'


def response(framing: str, body: bytes, encoding: str = "") -> bytes:
    more = f"content-encoding: {encoding}\r\n" if encoding else ""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{framing}\r\n{more}\r\n"
    return head.encode() + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def closed(rest: bytes) -> Callable[[bytes], bytes]:
    """The events, then `rest`, then the end of the connection."""
    return lambda begun: response(CLOSED, begun + rest)


def in_chunks(rest: bytes) -> Callable[[bytes], bytes]:
    return lambda begun: response(CHUNKED, chunk(begun) + rest)


def cut_gzip(begun: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(begun) + packer.flush(zlib.Z_SYNC_FLUSH)
    return response(CHUNKED, chunk(packed) + b"0\r\n\r\n", "gzip")


def broken_gzip(begun: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(begun) + packer.flush(zlib.Z_SYNC_FLUSH)
    return response(CHUNKED, chunk(packed) + chunk(b"\xff" * 100) + b"0\r\n\r\n", "gzip")


# The answer, given the events that come before it goes wrong; the error.
FAULTS: dict[str, tuple[Callable[[bytes], bytes], type[AgentError]]] = {
    "cut between events": (closed(b""), IncompleteStreamError),
    "cut inside an event": (closed(event("lost")[:20]), IncompleteStreamError),
    "cut inside a character": (closed(event("字")[:-15]), IncompleteStreamError),
    "chunked, cut between events": (in_chunks(b"0\r\n\r\n"), IncompleteStreamError),
    "chunked, cut inside an event": (in_chunks(chunk(event("x")[:20]) + b"0\r\n\r\n"), IncompleteStreamError),
    "chunked, lost": (in_chunks(b""), ConnectionFailedError),
    "chunked, lost inside a chunk": (in_chunks(b"ff\r\ndata: {"), ConnectionFailedError),
    "no size of a chunk": (in_chunks(b"what?\r\n"), UnexpectedReplyError),
    "shorter than announced": (
        lambda begun: response("content-length: 99999\r\nconnection: close", begun),
        ConnectionFailedError,
    ),
    "plain text": (closed(b"Internal Server Error"), IncompleteStreamError),
    "no JSON": (closed(b"data: {oops}\n\ndata: [DONE]\n\n"), UnexpectedReplyError),
    "nested too deeply": (closed(b"data: " + b"[" * 100_000 + b"\n\n"), UnexpectedReplyError),
    "nothing that is known": (closed(b"data: null\n\ndata: 42\n\ndata: [null]\n\n"), IncompleteStreamError),
    "error object": (closed(b'data: {"error": {"message": "boom"}}\n\n'), ServerError),
    "error text": (closed(b'data: {"error": "boom"}\n\n'), ServerError),
    "error event": (closed(b"event: error\ndata: boom\n\n"), ServerError),
    "error event without data": (closed(b"event: error\n\n"), IncompleteStreamError),
    "event too large": (closed(b"data: " + b"x" * 1_100_000 + b"\n\n"), UnexpectedReplyError),
    "gzip, cut": (cut_gzip, IncompleteStreamError),
    "gzip, broken": (broken_gzip, UnexpectedReplyError),
}


def faulty(fault: str, place: int) -> bytes:
    """The answer that goes wrong after `place` of the pieces."""
    return FAULTS[fault][0](ROLE + b"".join(map(event, PIECES[:place])))
