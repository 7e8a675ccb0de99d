"""Where an answer has its facts from: the pages that tools really met, and which of them it names."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.toolbox.addresses import parse_address
from desktop_agent.toolbox.search.hits import hits_in_text

_PAGE: Final = re.compile(r"Title: (?P<title>[^\n]*)\nAddress: (?P<address>\S+)\n")
_OF_WEB: Final = ("http:", "https:")
_WEB_TOOLS: Final = ("web_search", "fetch_page")


@dataclass(frozen=True)
class Source:
    """A page of the web that tools met.

    Attributes:
        title: Its title, one line.
        address: Its address, as `parse_address` spells it.
        is_read: Whether it was fetched; if not, a search returned it.
    """

    title: str
    address: str
    is_read: bool


@dataclass(frozen=True)
class Citations:
    """The links of an answer, told apart.

    Attributes:
        founded: The pages that the answer names and that were really fetched or returned by a search.
        unfounded: The links that lead to pages no tool has met, as they are written.
    """

    founded: tuple[Source, ...]
    unfounded: tuple[str, ...]


class MetPages:
    """The pages that tools of one conversation met. It grows; what it was at a time can still be asked."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, Source]] = {}

    def after(self, events: Collection[BaseAgentEvent | BaseChatMessage]) -> KnownPages | None:
        """Take in what led to a reply; calls that failed have met nothing.

        Returns:
            The pages that its answer can be judged by: all that are known now, and none of those to come.
            None if neither a search nor a fetch is among the calls, however they ended.
        """
        for source in _met(events):
            key = _key(source.address)
            number, known = self._found.get(key, (len(self._found), source))
            self._found[key] = number, source if source.is_read else known
        return KnownPages(self._found, len(self._found)) if _looks_into_web(events) else None


@dataclass(frozen=True)
class KnownPages:
    """What an answer can have its facts from."""

    _found: Mapping[str, tuple[int, Source]]
    _count: int

    def find(self, address: str) -> Source | None:
        """The page at an address as `parse_address` spells it; None for one that was not met by then."""
        number, source = self._found.get(_key(address), (self._count, None))
        return source if number < self._count else None


def citations_in(links: Iterable[str], known: KnownPages) -> Citations:
    """The links of an answer, in order, each once; those that lead to no page (mailto) are left out.

    Args:
        links: Where they lead.
        known: What tools have met before.
    """
    founded: dict[str, Source] = {}
    unfounded: dict[str, None] = {}
    for link in links:
        if not link.lower().startswith(_OF_WEB):
            continue
        source = known.find(_spelled(link))
        if source is None:
            unfounded[link] = None
        else:
            founded[source.address] = source
    return Citations(tuple(founded.values()), tuple(unfounded))


def _spelled(link: str) -> str:
    """An address as tools spell it; one that they would refuse as it is, as they can't have met it."""
    try:
        return str(parse_address(link))
    except ToolError:
        return link


def _key(address: str) -> str:
    """An address by which pages are compared: results of searches have no brackets in theirs."""
    return address.replace("(", "%28").replace(")", "%29")


def _met(events: Iterable[BaseAgentEvent | BaseChatMessage]) -> Iterator[Source]:
    asked: dict[str, str] = {}
    for event in events:
        if isinstance(event, ToolCallRequestEvent):
            asked.update((call.id, call.arguments) for call in event.content if call.name == "fetch_page")
        if not isinstance(event, ToolCallExecutionEvent):
            continue
        for result in event.content:
            if result.is_error:
                continue
            if result.name == "web_search":
                yield from (Source(hit.title, hit.address, False) for hit in hits_in_text(result.content))
            elif result.name == "fetch_page" and (page := _PAGE.match(result.content)) is not None:
                yield Source(page["title"], page["address"], True)
                before = _asked_address(asked.get(result.call_id, ""))
                if before:  # it led to the page by a redirect, and an answer may name it as well
                    yield Source(page["title"], before, True)


def _asked_address(arguments: str) -> str:
    try:
        return str(parse_address(json.loads(arguments)["address"]))
    except (ValueError, TypeError, KeyError, AttributeError, ToolError):
        return ""


def _looks_into_web(events: Iterable[BaseAgentEvent | BaseChatMessage]) -> bool:
    results = (
        each for event in events if isinstance(event, ToolCallExecutionEvent) for each in event.content
    )
    return any(result.name in _WEB_TOOLS for result in results)
