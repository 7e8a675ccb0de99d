"""The rule against requests to machines that are not public: judged by numbers, never by spellings."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address

import pytest

from attack_tables import INNER_NUMBERS, LOOPBACK_SPELLINGS, NO_ADDRESSES, PUBLIC_NUMBERS
from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox.addresses import is_public, parse_address
from desktop_agent.toolbox.download import Network, download
from desktop_agent.toolbox.pages import fetch_page, read_page
from tool_talk import PUBLIC, LoopbackWeb, Page, article, loopback_web


def refused(address: str, network: Network | None = None) -> str:
    with pytest.raises(ToolError) as caught:
        asyncio.run(read_page(address, 0, network))
    return str(caught.value)


def test_numbers() -> None:
    assert [number for number in INNER_NUMBERS if is_public(number)] == []
    assert [number for number in PUBLIC_NUMBERS if not is_public(number)] == []


class Edge:
    """A network whose names resolve to this computer; nothing may be connected to."""

    def __init__(self) -> None:
        self.connections: list[object] = []

    def resolve(self, host: str, port: int) -> list[str]:
        # The system's own reading of numbers, which is what attacks build on; names are all this computer.
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            return ["127.0.0.1", "::1"]

    def connect(self, address: tuple[str, int], seconds: float) -> socket.socket:
        self.connections.append(address)
        raise ConnectionRefusedError


def test_every_spelling_of_this_computer_is_refused_before_a_connection() -> None:
    assert len(LOOPBACK_SPELLINGS) + len(NO_ADDRESSES) >= 60
    edge = Edge()
    network = Network(edge.resolve, edge.connect)
    for spelling in LOOPBACK_SPELLINGS:
        assert "not on the public Internet" in refused(spelling, network), spelling
    assert edge.connections == []


def test_what_could_be_read_in_two_ways_is_no_address() -> None:
    taken = []
    for text in NO_ADDRESSES:
        with suppress(ToolError):
            taken.append((text, parse_address(text)))
    assert taken == []


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    edge = Edge()
    for inner in ("10.0.0.7", "::1"):
        network = Network(lambda _host, _port, inner=inner: [PUBLIC, inner], edge.connect)  # type: ignore[misc]
        assert "not on the public Internet" in refused("http://mixed.example/", network)
    assert edge.connections == []


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with loopback_web() as web:
        yield web


def test_the_connection_goes_to_the_address_that_was_judged(web: LoopbackWeb) -> None:
    web.pages["rebind.example/"] = article("One", "A text to read. " * 20)
    web.addresses["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert "A text to read." in asyncio.run(read_page("http://rebind.example/", 0, web.network))
    assert web.connections == [(PUBLIC, 80)]
    assert web.requests == ["rebind.example/"]


def test_a_name_that_turns_inward_between_redirects_is_refused(web: LoopbackWeb) -> None:
    web.pages["rebind.example/"] = Page(status=302, headers={"Location": "/again"})
    web.pages["rebind.example/again"] = article("Secret", "inner")
    web.addresses["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert "not on the public Internet" in refused("http://rebind.example/", web.network)
    assert web.requests == ["rebind.example/"]


TARGETS = (
    "http://127.0.0.1/secret", "http://2130706433/", "//localhost/x", "http://[::1]/", "file:///etc/passwd",
    "ftp://x.example/", "http://user@x.example/", "http://169.254.169.254/latest/meta-data/", "http://x:22/",
    "javascript:alert(1)", "http://inner.example/", "http://x%00y/", "http://[::1", "",
)  # fmt: skip


def test_redirects_are_judged_anew(web: LoopbackWeb) -> None:
    for inner in ("127.0.0.1", "2130706433", "localhost", "::1", "169.254.169.254", "inner.example"):
        web.addresses[inner] = [["127.0.0.1"]]
    for target in TARGETS:
        web.pages["start.example/"] = Page(status=302, headers={"Location": target} if target else {})
        sentence = refused("http://start.example/", web.network)
        assert "public Internet" in sentence or "leads" in sentence, target
    assert set(web.requests) == {"start.example/"}


def test_redirects_end(web: LoopbackWeb) -> None:
    web.pages["loop.example/"] = Page(status=301, headers={"Location": "http://loop.example/"})
    assert "leads on and on" in refused("http://loop.example/", web.network)
    assert len(web.requests) == 6


def test_a_redirect_within_the_public_web_is_followed(web: LoopbackWeb) -> None:
    web.pages["old.example/a"] = Page(status=308, headers={"Location": "http://new.example/b?x=1"})
    web.pages["new.example/b"] = article("Moved", "Here it is now. " * 20)
    result = asyncio.run(read_page("http://old.example/a", 0, web.network))
    assert result.startswith("Title: Moved\nAddress: http://new.example/b?x=1\n")


def test_the_real_network_refuses_this_computer() -> None:
    with pytest.raises(ToolError, match="not on the public Internet"):
        asyncio.run(fetch_page("http://localhost:8080/"))


def test_a_name_that_nobody_knows_is_said() -> None:
    with pytest.raises(ToolError, match=r"The server nowhere\.invalid was not found"):
        asyncio.run(download(parse_address("https://nowhere.invalid/")))
