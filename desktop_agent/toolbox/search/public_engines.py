"""Searching the web by public search engines, without a key. The only door to ddgs."""

from __future__ import annotations

import functools
import logging
from typing import Any, Final

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.tools.threads import run_in_thread
from desktop_agent.toolbox.search.hits import MOST_HITS, Hit, hits_of

logger = logging.getLogger(__name__)

_SECONDS: Final = 8


class PublicSearch:
    """Asks public search engines, two at a time, until one answers."""

    name = "public search engines"

    async def __call__(self, query: str) -> list[Hit]:
        """Search the web; raises as `SearchService`."""
        found = await run_in_thread(functools.partial(_search, query), "web search")
        return hits_of(found, title="title", address="href", snippet="body")


def _search(query: str) -> list[dict[str, Any]]:
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException, TimeoutException

    logging.getLogger("ddgs").setLevel(logging.ERROR)  # it reports the addresses it asks, with the words
    try:
        return list(DDGS(timeout=_SECONDS).text(query, max_results=MOST_HITS))
    except TimeoutException:
        raise ToolError("The search engines did not answer in time.") from None
    except DDGSException as error:
        if "No results" in str(error):
            return []
        logger.info("The search engines did not answer: %s", type(error).__name__)
        raise ToolError(
            "The search engines did not answer, or want fewer requests. Try again later."
        ) from None
