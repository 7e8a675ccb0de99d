"""Which addresses a tool may fetch: those of the public web, however they are spelled.

Spellings of a name are never judged: `127.1`, `0x7f.1` and circled digits all end at this computer. What a
name resolves to is judged, each address of it, and the connection goes to a judged one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from typing_extensions import override

from desktop_agent.agentchat.errors import ToolError

_LONGEST: Final = 4_096
_WEB_PORTS: Final = (80, 443)
_FIRST_FREE_PORT: Final = 1024
# Controls, blanks, backslashes and what reorders text: a browser would mend them, each in its own way.
_UNSAFE: Final = re.compile(
    "[\x00-\x20\x7f-\xa0\\\\\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?\.?")
_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"

# What Python's `is_global` lets pass in one version or another.
_NOT_PUBLIC_V4: Final = tuple(
    map(IPv4Network, ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"))
)
_NOT_PUBLIC_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class WebAddress:
    """An address of the web in one spelling.

    Attributes:
        scheme: "http" or "https".
        host: In ASCII, lower case; an IPv6 address without brackets.
        port: The port.
        target: Path and query, quoted, beginning with "/".
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def site(self) -> str:
        """Host and, unless it is the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"

    @override
    def __str__(self) -> str:
        return f"{self.scheme}://{self.site}{self.target}"


def parse_address(text: str) -> WebAddress:
    """Read an address; what comes after "#" is left out, as it is never sent.

    Raises:
        ToolError: It is none of the web, or one that could be read in two ways.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or _UNSAFE.search(text):
        raise ToolError("This is not an address of the web.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ToolError("This is not an address of the web.") from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise ToolError("Only addresses that begin with https:// or http:// can be fetched.")
    if "@" in parts.netloc:
        raise ToolError("Addresses with a user name or a password are not fetched.")
    host = _host(parts.hostname or "")
    port = port if port is not None else (443 if scheme == "https" else 80)
    if port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        raise ToolError(f"Port {port} is none of the web.")
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return WebAddress(scheme, host, port, quote(parts.path or "/", safe=_SAFE) + query)


def _host(name: str) -> str:
    if ":" in name:  # an IPv6 address; a zone ("%eth0") is none of the web's
        try:
            return str(IPv6Address(name)) if "%" not in name else _refuse_host()
        except ValueError:
            return _refuse_host()
    try:
        plain = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return _refuse_host()
    return plain if _HOST.fullmatch(plain) else _refuse_host()


def _refuse_host() -> str:
    raise ToolError("The name of the server is not one of the web.")


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the public Internet, and so do those that stand within it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return _is_public(parsed.ipv4_mapped)
        if parsed in _NAT64:
            return _is_public(IPv4Address(int(parsed) & 0xFFFFFFFF))
    return _is_public(parsed)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return not any(address in network for network in _NOT_PUBLIC_V6)
