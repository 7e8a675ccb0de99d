"""The text of a web page as Markdown. The only door to trafilatura."""

from __future__ import annotations

import html
import logging
import re
from dataclasses import dataclass
from typing import Final

from desktop_agent.agentchat.errors import ToolError

_LONGEST: Final = 3_000_000
# Pictures that stand in the page itself are no text, and make it long.
_INLINE_DATA: Final = re.compile(r"data:[^\s\"'<>]{200,}")
# A tag with thousands of attributes keeps the library busy for minutes.
_ENDLESS_TAG: Final = re.compile(r"<[^<>]{30000}")
_TITLE: Final = re.compile(r"<title[^<>]{0,500}>([^<]{0,1000})", re.IGNORECASE)


@dataclass(frozen=True)
class PageText:
    """What a person would read on a page.

    Attributes:
        title: Its title in one line, or "".
        markdown: Its text; "" if there is none.
    """

    title: str
    markdown: str


def page_text(source: str, address: str) -> PageText:
    """Find the text in a page, without menus and advertisements.

    It takes a while: to be called in a worker thread.

    Args:
        source: The page as HTML.
        address: Where it was found; links are completed with it.

    Raises:
        ToolError: It is too long, or made to keep its reader busy.
    """
    source = _INLINE_DATA.sub("data:", source)
    if len(source) > _LONGEST or _ENDLESS_TAG.search(source):
        raise ToolError("The page is too long to be read.")
    import trafilatura  # a third of a second

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports each page that it can't read
    text = trafilatura.extract(
        source,
        url=address,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
    )
    title = _TITLE.search(source)
    return PageText(" ".join(html.unescape(title[1]).split()) if title else "", text or "")
