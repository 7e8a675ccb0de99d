"""Where an answer has its facts from: the pages that tools really met, and which of them it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
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
_LINK: Final = re.compile(r"https?://[^\s<>\"'`\])]+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?*_"


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
        unfounded: The addresses that it names and that no tool has met.
    """

    founded: tuple[Source, ...]
    unfounded: tuple[str, ...]


def sources_of(events: Iterable[BaseAgentEvent | BaseChatMessage]) -> tuple[Source, ...]:
    """The pages in the results of searches and fetches, each once, in order; errors are no sources."""
    found: dict[str, Source] = {}
    for source in _met(events):
        known = found.get(source.address)
        if known is None or (source.is_read and not known.is_read):
            found[source.address] = source
    return tuple(found.values())


def citations_in(answer: str, sources: Iterable[Source]) -> Citations:
    """The links in an answer (Markdown), in order, each once.

    Args:
        answer: Its text.
        sources: What tools have met in the conversation.
    """
    known = {source.address: source for source in sources}
    founded: dict[str, Source] = {}
    unfounded: dict[str, None] = {}
    for match in _LINK.finditer(answer):
        spelling = match[0].rstrip(_TRAILING)
        try:
            address = str(parse_address(spelling))
        except ToolError:
            unfounded[spelling] = None
            continue
        if address in known:
            founded[address] = known[address]
        else:
            unfounded[address] = None
    return Citations(tuple(founded.values()), tuple(unfounded))


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
