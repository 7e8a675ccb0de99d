"""Sees to it that a connection is closed when its TLS handshake is cancelled."""

from typing import Any


async def watch_handshake(request: Any) -> None:
    """Request hook of the SDK's HTTP client.

    WORKAROUND: httpcore2 2.16 closes the socket if the handshake raises an `Exception`, but not if it is
    cancelled (`_backends/anyio.py`, `start_tls`): the server would see the close only when the garbage
    collector comes by. Its documented trace extension tells both the stream and the end of the handshake.
    """
    request.extensions["trace"] = _HandshakeTrace()


class _HandshakeTrace:
    """Remembers the TCP stream of one request until its handshake is over."""

    def __init__(self) -> None:
        self._stream: Any = None

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            self._stream = info["return_value"]
        elif event.endswith("start_tls.complete"):
            self._stream = None
        elif event.endswith("start_tls.failed") and self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.aclose()
