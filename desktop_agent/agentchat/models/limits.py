"""What a server may take: time and bytes."""

from dataclasses import dataclass, replace
from typing import Final

MAX_EVENT: Final = 1_000_000
"""Bytes of one event."""

MAX_REPLY: Final = 32_000_000
"""The size of one reply: characters of a stream's text, bytes of a JSON completion."""

MAX_ERROR: Final = 65_536
"""Bytes that are read of an answer that tells an error."""


@dataclass(frozen=True)
class Limits:
    """The bounds of one request.

    Args:
        connect: Seconds until the connection stands, names, proxy and TLS included.
        first: Seconds until the first content.
        idle: Seconds from content to content; comment lines and empty events are none.
        whole: Seconds until the whole answer of `create`, which comes only when the model has finished it.
        max_event: Bytes of one event.
        max_reply: Size of one reply.
    """

    connect: float = 10.0
    first: float = 60.0
    idle: float = 60.0
    whole: float = 600.0
    max_event: int = MAX_EVENT
    max_reply: int = MAX_REPLY

    def within(self, seconds: float) -> "Limits":
        """The same, with other seconds to wait for content."""
        return replace(self, first=seconds, idle=seconds, whole=seconds)
