"""What can be told from the address of a server."""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit


class Address(NamedTuple):
    """A server's address, taken apart.

    `host` is `host[:port]` without user and password, or the text itself if it is no address; `name` is the
    host alone, IPv6 in brackets; `is_loopback` tells a server on this computer; `scheme` is mostly "https".
    """

    host: str
    name: str
    is_loopback: bool
    scheme: str


def address_of(url: str) -> Address:
    """Take a base URL apart; never raises."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        name, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        netloc = name = scheme = ""
    return Address(netloc or url, f"[{name}]" if ":" in name else name, _is_loopback(name), scheme)


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
