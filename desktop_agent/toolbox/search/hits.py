"""What a search of the web gives, and how a model and a person read it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox.addresses import parse_address
from desktop_agent.toolbox.plain_text import one_line

MOST_HITS: Final = 10
NOTHING: Final = "No results."
_LONGEST_TITLE: Final = 200
_LONGEST_SNIPPET: Final = 500
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_BRACKET: Final = re.compile(r"([\[\]\\])")
_LINE: Final = re.compile(r"\d{1,2}\. \[(?P<title>.*)\]\((?P<address>[^()\s]+)\)")


@dataclass(frozen=True)
class Hit:
    """One page that a search found; its address is one of the web.

    Attributes:
        title: Its title, one line.
        address: Its address, as `parse_address` spells it.
        snippet: A few words of it, one line, or "".
    """

    title: str
    address: str
    snippet: str


def hits_of(items: Any, *, title: str, address: str, snippet: str) -> list[Hit]:
    """The hits in a service's answer; what is none is passed over.

    Args:
        items: Its list of objects.
        title: The name under which each has its title.
        address: The same for its address.
        snippet: The same for words of its text.

    Raises:
        ToolError: It is no list.
    """
    if not isinstance(items, list):
        raise ToolError("The search service sent something that is no list of results.")
    found: dict[str, Hit] = {}
    for item in items:
        if not isinstance(item, Mapping) or len(found) >= MOST_HITS:
            continue
        texts = {name: item.get(name) for name in (title, address, snippet)}
        plain = {name: value if isinstance(value, str) else "" for name, value in texts.items()}
        try:
            where = str(parse_address(plain[address]))
        except ToolError:
            continue
        shown = where.replace("(", "%28").replace(")", "%29")
        hit = Hit(
            _words(plain[title], _LONGEST_TITLE) or shown, shown, _words(plain[snippet], _LONGEST_SNIPPET)
        )
        found.setdefault(shown, hit)
    return list(found.values())


def text_of_hits(hits: Iterable[Hit]) -> str:
    """The hits as a list in Markdown; no title and no snippet can pass for another hit."""
    lines = []
    for number, hit in enumerate(hits, 1):
        title = _BRACKET.sub(r"\\\1", hit.title)
        lines.append(f"{number}. [{title}]({hit.address})")
        if hit.snippet:
            lines.append(f"   {hit.snippet}")
    return "\n".join(lines) or NOTHING


def hits_in_text(text: str) -> list[Hit]:
    """The hits in what `text_of_hits` gave."""
    hits: list[Hit] = []
    for line in text.split("\n"):
        found = _LINE.fullmatch(line)
        if found is not None:
            title = re.sub(r"\\([\[\]\\])", r"\1", found["title"])
            hits.append(Hit(title, found["address"], ""))
        elif hits and line.startswith("   ") and not hits[-1].snippet:
            hits[-1] = Hit(hits[-1].title, hits[-1].address, line.strip())
    return hits


def _words(text: str, longest: int) -> str:
    return one_line(html.unescape(_TAG.sub("", text[: 10 * longest])), longest)
