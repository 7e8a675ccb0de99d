"""The server and its thread: `LoopbackServer`."""

import asyncio
import ipaddress
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from .certificate import NAME, Certificate  # noqa: TID252
from .connection import Connection, WatchedProtocol  # noqa: TID252
from .reply import Reply  # noqa: TID252

START_SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    """A request as it came: header names in lower case, the body parsed, `at` a `time.monotonic` time."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float = field(default_factory=time.monotonic)


class LoopbackServer:
    """Speaks OpenAI's chat completions over a real socket, in a thread and a loop of its own.

    A context manager; several clients and requests at once are served. It refuses to listen on anything but
    loopback: it answers everyone.

    Args:
        reply: What is answered when the queue is empty.
        certificate: Speak TLS with it.
        host: A loopback address.
        port: 0: any that is free.
        models: What `/v1/models` lists.
    """

    def __init__(
        self,
        reply: Reply | None = None,
        *,
        certificate: Certificate | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        models: tuple[str, ...] = ("loopback",),
    ) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"{host} is no loopback address")
        self.reply = reply or Reply(text="Hello from the loopback server.", usage=(7, 5))
        self.models = models
        self.requests: list[Request] = []
        self.connections = 0
        """How many connections clients have made."""
        self.disconnected: list[float] = []
        """When clients closed before their reply was complete: `time.monotonic` times."""
        self._certificate = certificate
        self._address = (host, port)
        self._queue: deque[Reply] = deque()
        self._changed = threading.Condition()
        self._disconnects_taken = 0
        self._open = 0
        self._closed_at = 0.0
        self._replying = 0
        self._replied_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def host(self) -> str:
        """`host:port`."""
        return f"{self._address[0]}:{self._address[1]}"

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._address[1]

    @property
    def base_url(self) -> str:
        """What to give to a client as its base URL."""
        if self._certificate is not None:
            return f"https://{NAME}:{self.port}/v1"
        return f"http://{self.host}/v1"

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests so, one each."""
        with self._changed:
            self._queue.extend(replies)

    def wait_request(self, count: int = 1, timeout: float = 30.0) -> Request:
        """Wait until `count` requests in all have come; return the last of them.

        Raises:
            TimeoutError: They did not come within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came in {timeout} s")
            return self.requests[count - 1]

    def wait_disconnected(self, timeout: float = 30.0) -> float:
        """Wait for the next client that closes before its reply is complete; each is returned once.

        Returns:
            When the server saw it: a `time.monotonic` time in seconds.

        Raises:
            TimeoutError: None did within `timeout` seconds.
        """
        with self._changed:
            taken = self._disconnects_taken
            if not self._changed.wait_for(lambda: len(self.disconnected) > taken, timeout):
                raise TimeoutError(f"no client closed in {timeout} s")
            self._disconnects_taken += 1
            return self.disconnected[taken]

    def wait_closed(self, timeout: float = 30.0) -> float:
        """Wait until no client is connected.

        Returns:
            When the server saw the last one close: a `time.monotonic` time in seconds; 0 if none ever did.

        Raises:
            TimeoutError: One still is after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, timeout):
                raise TimeoutError(f"{self._open} connections are open after {timeout} s")
            return self._closed_at

    def wait_idle(self, timeout: float = 30.0) -> float:
        """Wait until no reply is under way.

        Returns:
            When the last one ended: a `time.monotonic` time in seconds; 0 if none ever began.

        Raises:
            TimeoutError: One still is under way after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._replying == 0, timeout):
                raise TimeoutError(f"{self._replying} replies are under way after {timeout} s")
            return self._replied_at

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when the port is known."""
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started.set,), name="loopback-server")
        self._thread.start()
        if not started.wait(START_SECONDS):
            raise TimeoutError("the loopback server did not start")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Close every connection and end the thread."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(START_SECONDS)

    def take_request(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        """Record a request and say what to answer; called by connections."""
        with self._changed:
            self.requests.append(Request(method, path, headers, body))
            self._replying += 1
            self._changed.notify_all()
            return self._queue.popleft() if self._queue and method == "POST" else self.reply

    def saw_end(self) -> None:
        """Record that a reply ended, one way or another; called by connections."""
        with self._changed:
            self._replying -= 1
            self._replied_at = time.monotonic()
            self._changed.notify_all()

    def saw_disconnect(self, at: float) -> None:
        """Record that a client closed early; called by connections."""
        with self._changed:
            self.disconnected.append(at)
            self._changed.notify_all()

    def saw_open(self, count: int, at: float = 0.0) -> None:
        """Record that clients connected, or at a `time.monotonic` time closed (-1); called by connections."""
        with self._changed:
            self._open += count
            self._closed_at = max(self._closed_at, at)
            self._changed.notify_all()

    def _run(self, started: Callable[[], None]) -> None:
        try:
            asyncio.run(self._main(started))
        except OSError as error:
            self._failure = error
            started()

    async def _main(self, started: Callable[[], None]) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        serving: dict[asyncio.Task[None], asyncio.WriteTransport] = {}

        def protocol_of_new_connection() -> WatchedProtocol:
            reader = asyncio.StreamReader(limit=2**24)

            async def serve(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                self.connections += 1
                serving[task] = writer.transport
                task.add_done_callback(serving.pop)
                await Connection(self, stream, writer, protocol).serve()

            protocol = WatchedProtocol(reader, serve, self.saw_open)
            return protocol

        context = None
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate.certificate, self._certificate.key)
        server = await loop.create_server(protocol_of_new_connection, *self._address, ssl=context)
        self._address = (self._address[0], server.sockets[0].getsockname()[1])
        started()
        await self._stop.wait()
        server.close()
        for transport in serving.values():
            transport.abort()
        if serving:
            await asyncio.wait(list(serving))
        await server.wait_closed()
