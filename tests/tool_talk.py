"""A conversation whose agent uses tools: a model that was told what to do, a web on this machine."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage, ToolCallExecutionEvent
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import ApprovalRequest, Decision
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.provider import make_provider
from desktop_agent.config.tool_settings import Grant, ToolSettings
from desktop_agent.toolbox.download import Network
from loopback import LoopbackServer, Reply

PUBLIC = "93.184.216.34"
"""A public address; tests connect to this machine in its place."""

Event = BaseAgentEvent | BaseChatMessage | Response


@dataclass
class Page:
    """What the web answers under a path."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stalls: threading.Event | None = None


class LoopbackWeb:
    """Pages on this machine, for all names at once, and SearXNG's interface.

    Attributes:
        pages: What is answered, by "host/path"; all else is 404.
        hits: What SearXNG finds.
        requests: What was asked for, in order, as "host/path?query".
        addresses: What names resolve to, one list after another for each asking; by default `PUBLIC`.
        asked: Set from the first request on.
        posted: The JSON bodies of requests that had one.
        headers: Those of each request.
        connections: To which address and port connections went.
    """

    def __init__(self, secured: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.hits: Any = []
        self.asked = threading.Event()
        self.posted: list[Any] = []
        self.headers: list[Mapping[str, str]] = []
        self.requests: list[str] = []
        self.addresses: dict[str, list[list[str]]] = {}
        self.connections: list[tuple[str, int]] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web._answer(self)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"] or 0)
                web.posted.append(json.loads(self.rfile.read(length)))
                web._answer(self)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        if secured is not None:
            self._server.socket = secured.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def network(self) -> Network:
        """The edge of a network in which every name is public, and every public address is this machine."""
        return Network(self._resolve, self._connect)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        waiting = self.addresses.get(host)
        if not waiting:
            return [PUBLIC]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def _connect(self, address: tuple[str, int], seconds: float) -> socket.socket:
        self.connections.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        host = request.headers["Host"]
        parts = urlsplit(request.path)
        self.requests.append(host + request.path)
        self.headers.append(dict(request.headers))
        self.asked.set()
        page = self.pages.get(host + parts.path)
        if page is None and parts.path == "/search" and "format" in parse_qs(parts.query):
            body = json.dumps({"query": parse_qs(parts.query)["q"][0], "results": self.hits})
            page = Page(body.encode(), "application/json")
        page = page or Page(b"Not here", "text/plain", 404)
        request.send_response(page.status)
        for name, value in {"Content-Type": page.content_type, **page.headers}.items():
            if value:
                request.send_header(name, value)
        if page.stalls is None and "Transfer-Encoding" not in page.headers:
            request.send_header("Content-Length", str(len(page.body)))
        request.end_headers()
        try:
            request.wfile.write(page.body)
            if page.stalls is not None:
                request.wfile.flush()
                page.stalls.wait(60)
        except OSError:
            pass  # whoever asked has left


@contextmanager
def loopback_web(secured: ssl.SSLContext | None = None) -> Iterator[LoopbackWeb]:
    """A web for the time of a test; with a TLS context it speaks nothing else."""
    web = LoopbackWeb(secured)
    try:
        yield web
    finally:
        for page in web.pages.values():
            if page.stalls is not None:
                page.stalls.set()
        web.close()


def article(title: str, text: str) -> Page:
    """A page with a text."""
    body = f"<article><h1>{title}</h1><p>{text}</p></article>"
    return Page(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode())


Person = Callable[[ApprovalRequest], tuple[Decision, str] | None]


def denies(_request: ApprovalRequest) -> tuple[Decision, str]:
    return Decision.DENY, ""


class ToolTalk:
    """A session with tools, and a person who answers its questions.

    Attributes:
        events: What the last run yielded.
        asked: What the person was asked in all runs.
        grants: What was allowed for ever.
    """

    def __init__(
        self, server: LoopbackServer, web: LoopbackWeb, person: Person, settings: ToolSettings
    ) -> None:
        self.server = server
        self.web = web
        self.person = person
        self.settings = settings
        self.events: list[Event] = []
        self.asked: list[ApprovalRequest] = []
        provider = make_provider(server.base_url, "gpt-4o-mini", "sk-test-key-0123456789")
        services = ToolServices(lambda: self.settings, self._keep, network=web.network)
        self.session = ChatSession(Answerer(provider, tool_services=services))

    def _keep(self, grant: Grant) -> None:
        self.settings = self.settings.model_copy(update={"grants": self.settings.with_grant(grant)})

    @property
    def grants(self) -> Sequence[Grant]:
        return self.settings.grants

    def tells(self, *rounds: Sequence[tuple[str, Mapping[str, Any] | str]] | str) -> None:
        """Tell the model what to do: a list of calls for each round, and texts."""
        for place, each in enumerate(rounds):
            if isinstance(each, str):
                self.server.enqueue(Reply(text=each, usage=(10, 5)))
                continue
            calls = [
                (
                    f"call_{place}_{number}",
                    name,
                    arguments if isinstance(arguments, str) else json.dumps(arguments),
                )
                for number, (name, arguments) in enumerate(each)
            ]
            self.server.enqueue(Reply(tool_calls=calls, usage=(10, 5)))

    async def say(self, text: str, token: CancellationToken | None = None) -> list[Event]:
        """Send a message and see the reply through."""
        self.events = []
        async with aclosing(self.session.send(text, token or CancellationToken())) as stream:
            async for event in stream:
                self.events.append(event)
                if isinstance(event, ToolProgressEvent) and event.request is not None:
                    self.asked.append(event.request)
                    answer = self.person(event.request)
                    if answer is not None:
                        self.session.approvals.answer(event.request.id, *answer)
        return self.events

    @property
    def progress(self) -> list[tuple[str, str]]:
        """Tool and state of each progress of the last run."""
        return [(each.name, each.state) for each in self.events if isinstance(each, ToolProgressEvent)]

    @property
    def results(self) -> list[str]:
        """What the tools of the last run gave, as the model was told."""
        found = [each for each in self.events if isinstance(each, ToolCallExecutionEvent)]
        return [result.content for each in found for result in each.content]


@asynccontextmanager
async def tool_talk(
    choices: ToolChoices, person: Person = denies, settings: ToolSettings | None = None
) -> AsyncIterator[ToolTalk]:
    """A conversation with these switches; its search service is the web's SearXNG."""
    with LoopbackServer() as server, loopback_web() as web:
        address = f"http://127.0.0.1:{web.port}"
        known = (settings or ToolSettings()).model_copy(
            update={"search_service": "searxng", "search_address": address}
        )
        talk = ToolTalk(server, web, person, known)
        talk.session.use_tools(choices)
        try:
            yield talk
        finally:
            await talk.session.close()
