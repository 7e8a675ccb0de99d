"""What a conversation has seen, as far as it decides what tools may do unasked: `Trust`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.messages import ToolCallExecutionEvent
from desktop_agent.chat.history import Said
from desktop_agent.toolbox.addresses import WebAddress, parse_address
from desktop_agent.toolbox.search.hits import hits_in_text

_READERS: Final = frozenset(
    {"fetch_page", "read_file", "search_files", "list_folder", "write_file", "edit_file"}
)
"""Tools whose results others may have written, and which may hold what is private: differences, too."""

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_BARE: Final = re.compile(r"(?<![\w@./:-])(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?:/[^\s<>\"'`]*)?")
_TRAILING: Final = ".,;:!?*_)]}>\u2019\u201d\u00bb"


class Trust:
    """Knows the addresses that the person wrote or a search returned, and whether something was read.

    An address of these carries nothing away: it was there before the model could put anything into it.

    Attributes:
        is_tainted: Whether the turn has read a page or a file: from then on the model may be doing what
            somebody else wrote, with what is the person's.
    """

    def __init__(self, history: Iterable[Said] = ()) -> None:
        self.is_tainted = False
        self._known: set[str] = set()
        for said in history:
            if said.is_question:
                self.note_words(said.message.to_text())
            for event in said.events:
                if isinstance(event, ToolCallExecutionEvent):
                    for result in event.content:
                        if result.name == "web_search" and not result.is_error:
                            self._note_hits(result.content)

    def note_words(self, text: str) -> None:
        """Take in what the person wrote."""
        for address in addresses_in(text):
            self._known.add(str(address))

    def note_result(self, name: str, text: str) -> None:
        """Take in what a tool gave in this turn."""
        if name == "web_search":
            self._note_hits(text)
        elif name in _READERS:
            self.is_tainted = True

    def knows(self, address: WebAddress) -> bool:
        """Whether the person wrote this very address, or a search returned it."""
        return str(address) in self._known

    def _note_hits(self, text: str) -> None:
        self._known.update(hit.address for hit in hits_in_text(text))


def addresses_in(text: str) -> set[WebAddress]:
    """The addresses of the web in a text of a person's; each also in its encrypted form."""
    found: set[WebAddress] = set()
    spellings = [match[0] for match in _ADDRESS.finditer(text)]
    spellings += [f"http://{match[0]}" for match in _BARE.finditer(_ADDRESS.sub(" ", text))]
    for spelling in spellings:
        for each in {spelling, spelling.rstrip(_TRAILING), spelling.rstrip(_TRAILING) + "/"}:
            try:
                address = parse_address(each)
            except ToolError:
                continue
            found.add(address)
            if address.scheme == "http" and address.port == 80:
                found.add(WebAddress("https", address.host, 443, address.target))
    return found
