"""Fetches one document of the public web, bounded in time, size and reach: `download`.

The rule against requests to machines that are not public (SSRF): the name is resolved once, every address of
it is judged, and the connection goes to a judged address, whatever the name would resolve to a moment later.
Each redirect is judged anew. No proxy is used: it would resolve the name by itself.
"""

from __future__ import annotations

import asyncio
import functools
import http.client
import logging
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from desktop_agent import __version__
from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.tools.threads import run_in_thread
from desktop_agent.toolbox.addresses import WebAddress, is_public, parse_address

logger = logging.getLogger(__name__)

SECONDS: Final = 10.0
MAX_BYTES: Final = 5_000_000
MAX_REDIRECTS: Final = 5
_PIECE: Final = 65_536
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_HEADERS: Final = {
    "User-Agent": f"desktop-agent/{__version__}",
    "Accept": "text/html,application/xhtml+xml,text/plain,application/json;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@functools.cache
def _trust() -> ssl.SSLContext:
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Network:
    """The edge to the network.

    Attributes:
        resolve: The numeric addresses of a host; raises OSError.
        connect: A connection to a numeric address and port, within seconds; raises OSError.
        trust: Makes what judges certificates.
    """

    resolve: Callable[[str, int], Sequence[str]] = _resolve
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection
    trust: Callable[[], ssl.SSLContext] = _trust


@dataclass(frozen=True)
class Document:
    """What came.

    Attributes:
        address: Where it was found in the end.
        content_type: As the server says, without parameters, in lower case; "" if it says nothing.
        charset: As the server says, or "".
        data: Its bytes, decompressed.
    """

    address: WebAddress
    content_type: str
    charset: str
    data: bytes


@dataclass
class _Fetch:
    """One download, in a thread that its caller can free at any time."""

    network: Network
    deadline: float
    _socket: socket.socket | None = None
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, address: WebAddress) -> Document:
        for _ in range(MAX_REDIRECTS + 1):
            try:
                found = self._fetch(address)
            finally:
                self._drop()
            if isinstance(found, Document):
                return found
            address = found
        raise ToolError(f"The address leads on and on: more than {MAX_REDIRECTS} redirects.")

    def end(self) -> None:
        """Give up, now: whoever waits for the network in the thread is woken with an error."""
        with self._lock:
            self._is_over = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        with self._lock:
            connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _fetch(self, address: WebAddress) -> Document | WebAddress:
        connection = self._connection(address)
        connection.request("GET", address.target, headers={"Host": address.site, **_HEADERS})
        response = connection.getresponse()
        with response:
            if response.status in _REDIRECTS:
                return _next_address(address, response)
            if not 200 <= response.status < 300:
                raise ToolError(_refusal(address, response.status))
            data = self._body(response)
        content_type, _, rest = (response.getheader("Content-Type") or "").partition(";")
        charset = response.headers.get_content_charset("") if rest else ""
        return Document(address, content_type.strip().lower(), charset, data)

    def _connection(self, address: WebAddress) -> http.client.HTTPConnection:
        raw = self._connect(address)
        if address.scheme == "http":
            plain = http.client.HTTPConnection(address.host, address.port)
            plain.sock = raw
            return plain
        context = self.network.trust()
        secured = context.wrap_socket(raw, server_hostname=address.host.rstrip("."))
        self._take(secured)
        connection = http.client.HTTPSConnection(address.host, address.port, context=context)
        connection.sock = secured
        return connection

    def _connect(self, address: WebAddress) -> socket.socket:
        """Connect to an address that was judged; none of them may be another machine's than the public's."""
        found = self.network.resolve(address.host, address.port)
        if not found:
            raise ToolError(f"The server {address.host} was not found.")
        if not all(map(is_public, found)):
            raise ToolError(
                f"{address.host} is not on the public Internet. Addresses on this computer and in its own "
                "network are not fetched."
            )
        fault: OSError | None = None
        for number in found:
            try:
                connection = self.network.connect((number, address.port), self._seconds_left())
            except OSError as error:
                fault = error
                continue
            connection.settimeout(self._seconds_left())
            self._take(connection)
            return connection
        raise fault or OSError("no address")

    def _take(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = connection
            if self._is_over:
                raise TimeoutError

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        encoding = (response.getheader("Content-Encoding") or "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise ToolError(f"The server sent it packed in a way that is not known ({encoding[:20]}).")
        unpacker = None if encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)
        parts: list[bytes] = []
        size = 0
        while piece := response.read1(_PIECE):
            self._seconds_left()
            while piece:
                part = piece if unpacker is None else unpacker.decompress(piece, MAX_BYTES + 1 - size)
                piece = b"" if unpacker is None else unpacker.unconsumed_tail
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise ToolError(f"It is larger than {MAX_BYTES // 1_000_000} MB.")
            if unpacker is not None and unpacker.eof:
                break  # what comes after the end would be kept, however much it is
        return b"".join(parts)

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0 or self._is_over:
            raise TimeoutError
        return left


async def download(address: WebAddress, network: Network | None = None) -> Document:
    """Fetch a document of the public web.

    Args:
        address: Where it is.
        network: The edge to the network; by default the real one.

    Raises:
        ToolError: It can't be had, or is none of the public web; the text says why.
    """
    fetch = _Fetch(network or Network(), time.monotonic() + SECONDS)
    try:
        async with asyncio.timeout(SECONDS):
            return await run_in_thread(functools.partial(fetch.run, address), "download")
    except TimeoutError:
        raise ToolError(f"{address.host} did not send it within {SECONDS:.0f} seconds.") from None
    except ssl.SSLError:
        raise ToolError(f"The secure connection to {address.host} could not be verified.") from None
    except socket.gaierror:
        raise ToolError(f"The server {address.host} was not found.") from None
    except (OSError, http.client.HTTPException, zlib.error, UnicodeError, ValueError) as error:
        logger.info("A page could not be fetched: %s", type(error).__name__)
        raise ToolError(f"{address.host} did not send it: the connection failed.") from None
    finally:
        fetch.end()


def _next_address(address: WebAddress, response: http.client.HTTPResponse) -> WebAddress:
    location = response.getheader("Location") or ""
    try:
        return parse_address(
            urljoin(str(address), location.encode("latin-1", "replace").decode("utf-8", "replace"))
        )
    except (ToolError, ValueError) as error:
        reason = str(error) if isinstance(error, ToolError) else "This is not an address of the web."
        raise ToolError(f"{address.host} leads to another address. {reason}") from None


def _refusal(address: WebAddress, status: int) -> str:
    words = {
        401: "wants a login first",
        403: "does not allow it",
        404: "does not have it",
        407: "wants a login first",
        410: "does not have it any more",
        429: "wants fewer requests",
        451: "may not show it, for legal reasons",
    }
    reason = words.get(status, "had an error" if status >= 500 else "refused it")
    return f"{address.host} {reason} (status {status})."
