"""One connection to the server: HTTP/1.1 in, replies and faults out."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Protocol, cast

from typing_extensions import override

from .reply import Reply  # noqa: TID252

COMMENT_SECONDS = 0.02
FAULT_SECONDS = 30.0
PAUSE_SECONDS = 0.0005  # so that each write is read apart, mostly
TLS_HANDSHAKE = b"\x16"  # what a client of a TLS server begins with; other servers refuse it


class Host(Protocol):
    """What a connection needs of its server."""

    models: tuple[str, ...]

    def take_request(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        """Record a request and say what to answer."""
        ...

    def saw_end(self) -> None:
        """Record that a reply ended."""
        ...

    def saw_disconnect(self, at: float) -> None:
        """Record that a client closed before its reply was complete, at a `time.monotonic` time."""
        ...


class WatchedProtocol(asyncio.StreamReaderProtocol):
    """Notes at once when the client closes."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
        count: Callable[[int, float], None],
    ) -> None:
        super().__init__(reader, connected)
        self.gone = asyncio.Event()
        self.gone_at = 0.0
        self._count = count

    def _note(self) -> None:
        if not self.gone.is_set():
            self.gone_at = time.monotonic()
            self.gone.set()
            self._count(-1, self.gone_at)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._count(1, 0.0)
        super().connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        if data.startswith(TLS_HANDSHAKE):
            transport = cast("asyncio.Transport", self._transport)  # type: ignore[attr-defined]
            transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            transport.close()
        else:
            super().data_received(data)

    @override
    def eof_received(self) -> bool | None:
        self._note()
        return super().eof_received()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._note()
        super().connection_lost(exc)


class Connection:
    """Serves the requests of one client, one after another."""

    def __init__(
        self,
        host: Host,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        protocol: WatchedProtocol,
    ) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer
        self._protocol = protocol
        self._chunked = True

    async def serve(self) -> None:
        """Serve until the client leaves or a fault ends the connection."""
        try:
            while await self._serve_one():
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writer.close()

    async def _serve_one(self) -> bool:
        """Serve one request; whether the connection lives on."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return False
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        data = await self._reader.readexactly(int(headers.get("content-length", 0)))
        body = json.loads(data) if data else None
        reply = self._host.take_request(method, path, headers, body)
        finished = False
        try:
            is_listing = method == "GET" and path.endswith("/models")
            if is_listing and reply.status == 200 and not reply.fault and reply.response is None:
                listed = [{"id": name, "object": "model"} for name in self._host.models]
                finished = await self._send(200, json.dumps({"object": "list", "data": listed}))
            elif not is_listing and not path.partition("?")[0].endswith("/chat/completions"):
                finished = await self._send(404, json.dumps({"error": {"message": f"No such path: {path}"}}))
            else:
                finished = await self._answer(reply, body or {})
        finally:
            self._host.saw_end()
            if self._protocol.gone.is_set() and not finished:
                self._host.saw_disconnect(self._protocol.gone_at)
        return finished and not self._protocol.gone.is_set()

    async def _answer(self, reply: Reply, request: dict[str, Any]) -> bool:
        """Answer a request for a completion; whether all was sent and the connection lives on."""
        if reply.fault == "silence":
            return await self._wait_gone()
        if reply.fault == "hang_up":
            return self._leave()
        if reply.fault == "not_http" or reply.response is not None:
            data = reply.response or b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n"
            for start, end in pairwise([0, *sorted(reply.cuts), len(data)]):
                self._writer.write(data[start:end])
                await self._writer.drain()
                if reply.cuts:
                    await asyncio.sleep(PAUSE_SECONDS)
            return self._leave()
        if reply.refuse_stream_options and "stream_options" in request:
            message = "Unrecognized request argument supplied: stream_options"
            return await self._send(400, json.dumps({"error": {"message": message, "code": None}}))
        if reply.status != 200:
            kind = reply.content_type or "application/json"
            return await self._send(reply.status, reply.error_body(), kind, reply.headers)
        if reply.fault == "redirect":
            return await self._send(307, "", "text/plain", {"location": reply.location})
        if reply.fault == "web_page":
            page = "<!doctype html><html><head><title>Sign in</title></head><body>Wi-Fi</body></html>"
            return await self._send(200, reply.body or page, "text/html; charset=utf-8")
        if reply.fault == "json_error":
            return await self._send(200, reply.error_body())
        if reply.fault == "json_completion" or not request.get("stream"):
            kind = reply.content_type or "application/json"
            return await self._send(200, reply.completion(), kind, reply.headers)
        options = request.get("stream_options") or {}
        return await self._stream(reply, with_usage=bool(options.get("include_usage")))

    async def _stream(self, reply: Reply, *, with_usage: bool) -> bool:
        self._chunked = reply.fault not in {"cut", "empty"}
        self._begin_stream(reply)
        if reply.fault == "empty":
            return self._leave()
        end = reply.raw
        if end is None:
            self._write(reply.first_event())
            if not await self._send_content(reply):
                return False
            self._write(reply.finish_event())
            if reply.fault == "hang_after_finish":
                return await self._wait_gone()
            end = reply.last_events(with_usage=with_usage)
            if reply.fault == "hang_after_done":
                self._write(end)
                return await self._wait_gone()
        self._write(end, last=True)
        await self._writer.drain()
        return True

    async def _send_content(self, reply: Reply) -> bool:
        """Send the chunks, at their rate; False if the fault has come."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        events = reply.content_events()
        for place in range(0, len(events) + 1, reply.per_write):
            if reply.fault is not None and place >= reply.fault_after and "after" not in reply.fault:
                await self._writer.drain()
                return await self._go_wrong(reply)
            if self._protocol.gone.is_set():
                return False
            if reply.rate is not None:
                await asyncio.sleep(max(0.0, start + place / reply.rate - loop.time()))
            self._write(b"".join(events[place : place + reply.per_write]))
            await self._writer.drain()
        return not self._protocol.gone.is_set()

    async def _go_wrong(self, reply: Reply) -> bool:
        """What happens in the middle of a stream; never returns True: no such connection lives on."""
        if reply.fault_when is not None:
            await asyncio.to_thread(reply.fault_when.wait, FAULT_SECONDS)
        match reply.fault:
            case "stall":
                return await self._wait_gone()
            case "comments" | "empty_events":
                line = b": still here\n\n" if reply.fault == "comments" else b'data: {"choices":[]}\n\n'
                while not self._protocol.gone.is_set():
                    self._write(line)
                    await asyncio.sleep(COMMENT_SECONDS)
                return False
            case "huge_event":
                while not self._protocol.gone.is_set():
                    self._write(b"data: " + b"x" * 65_536)
                    await self._writer.drain()
                    await asyncio.sleep(0)
                return False
            case "reset":
                return self._reset()
            case "garbage":
                self._write(b"data: {this is no JSON}\n\n")
            case "error_object":
                self._write(f"data: {reply.error_body()}\n\n".encode())
            case "error_event":
                self._write(b"event: error\n" + f"data: {reply.error_body()}\n\n".encode())
        return self._leave()

    def _begin_stream(self, reply: Reply) -> None:
        headers = {"content-type": reply.content_type or "text/event-stream", "cache-control": "no-cache"}
        headers.update(
            {"transfer-encoding": "chunked"} if self._chunked else {"connection": "close"}, **reply.headers
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode("latin-1"))

    def _write(self, data: bytes, *, last: bool = False) -> None:
        """Write a part of the body; the last one together with its end, so that nobody waits for that."""
        if data and self._chunked:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        if last:
            data += b"0\r\n\r\n"
        if data:
            self._writer.write(data)

    async def _send(
        self, status: int, body: str, content_type: str = "application/json", headers: Any = None
    ) -> bool:
        data = body.encode()
        every = {"content-type": content_type, "content-length": str(len(data)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in every.items())
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        self._writer.write(f"HTTP/1.1 {status} {phrase}\r\n{lines}\r\n".encode("latin-1") + data)
        await self._writer.drain()
        return True

    async def _wait_gone(self) -> bool:
        await self._writer.drain()
        await self._protocol.gone.wait()
        return False

    def _leave(self) -> bool:
        """Close in good order; what was written is sent before."""
        self._writer.close()
        return False

    def _reset(self) -> bool:
        """Close with RST."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False
