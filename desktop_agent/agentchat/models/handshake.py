"""Watches a connection being made: tells when it stands, and closes it when that is cut short."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

on_connected: Final[ContextVar[Callable[[], None]]] = ContextVar("on_connected")
"""What the request of this context calls when its connection stands, names, proxy and TLS included."""


async def watch_handshake(request: Any) -> None:
    """Request hook of the SDK's HTTP client.

    WORKAROUND: httpcore2 2.16 closes the socket if the handshake raises an `Exception`, but not if it is
    cancelled (`_backends/anyio.py`, `start_tls`): the server would see the close only when the garbage
    collector comes by. Its documented trace extension tells both the stream and the end of the handshake.
    """
    request.extensions["trace"] = _Trace(on_connected.get(_nothing))


class _Trace:
    """Follows one request; remembers its TCP stream until the handshake is over."""

    def __init__(self, connected: Callable[[], None]) -> None:
        self._connected = connected
        self._stream: Any = None

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            self._stream = info["return_value"]
        elif event.endswith("start_tls.complete"):
            self._stream = None
        elif event.endswith("start_tls.failed") and self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.aclose()
        elif event.endswith("send_request_headers.started") and not _is_connect(info):
            self._connected()


def _is_connect(info: dict[str, Any]) -> bool:
    """Whether this request only asks a proxy for a connection."""
    method: Any = getattr(info.get("request"), "method", b"")
    return bool(method == b"CONNECT")


def _nothing() -> None:
    pass
