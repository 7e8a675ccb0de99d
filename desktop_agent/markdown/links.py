"""Which addresses of a text may be followed, and what host they lead to."""

from __future__ import annotations

import functools
from urllib.parse import urlsplit

_FOLLOWED = ("http", "https", "mailto")
_KEPT = 256  # addresses: those of a text that grows are asked for in every frame


@functools.lru_cache(maxsize=_KEPT)
def link_target(href: str) -> str | None:
    """The address when a reader may follow it (http, https, mailto), else None.

    Args:
        href: The normalised address of a link token.
    """
    if any(character <= " " for character in href):
        return None  # a control character makes readers of one address disagree
    return href if _scheme(href) in _FOLLOWED and host_of(href) else None


@functools.lru_cache(maxsize=_KEPT)
def host_of(href: str) -> str:
    """The host that an address leads to, in Punycode as the network sees it; for mailto the address.

    Args:
        href: Any address. Without a host the answer is empty.
    """
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
    return parts.path if parts.scheme.lower() == "mailto" else host


def _scheme(href: str) -> str:
    return href.partition(":")[0].lower() if ":" in href else ""
