"""A server on this machine that answers single paths as others do: model servers, providers, portals."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from typing_extensions import override


@dataclass(frozen=True)
class Answer:
    """What is sent: `body` as JSON, or its bytes as they are.

    Args:
        body: The body.
        status: The status.
        headers: Headers over the usual ones.
        waits: Send nothing until the server is closed.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


Route = Answer | Callable[[Asked], Answer]


class JsonLookalike:
    """Answers on a free port of loopback; a context manager.

    Args:
        routes: Answers by method and path ("GET /v1/models"); a path without one is `otherwise`.
        otherwise: The answer for every other path.
    """

    def __init__(self, routes: Mapping[str, Route], otherwise: Answer | None = None) -> None:
        self.routes = dict(routes)
        self.otherwise = otherwise or Answer(b"404 page not found", 404, {"content-type": "text/plain"})
        self.asked: list[Asked] = []
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="lookalike")

    @property
    def host(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        """Where it speaks OpenAI's protocol."""
        return f"http://{self.host}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        lookalike = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 60

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                data = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, json.loads(data) if data else None)
                lookalike.asked.append(asked)
                route = lookalike.routes.get(f"{asked.method} {asked.path}", lookalike.otherwise)
                answer = route if isinstance(route, Answer) else route(asked)
                if answer.waits:
                    lookalike._closing.wait(60)
                    return
                body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in {
                    "content-type": "application/json",
                    "content-length": str(len(body)),
                    **answer.headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):  # the client may have heard enough
                    self.wfile.write(body)

        return Handler
