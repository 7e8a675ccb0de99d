"""Search services that answer in JSON: SearXNG on a computer of the person's, Brave Search, Tavily."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from desktop_agent.agentchat.errors import AgentError, AuthenticationError, PermissionDeniedError, ToolError
from desktop_agent.agentchat.models.json_server import JsonServer
from desktop_agent.toolbox.search.hits import MOST_HITS, Hit, hits_of

BRAVE: Final = "https://api.search.brave.com"
TAVILY: Final = "https://api.tavily.com"
_SECONDS: Final = 15.0


class SearxngSearch:
    """Searches with a server of SearXNG, whose `settings.yml` must list `json` under `search.formats`.

    Args:
        address: Where it answers, e.g. http://localhost:8888
    """

    name = "SearXNG"

    def __init__(self, address: str) -> None:
        self._address = address.strip().rstrip("/")

    async def __call__(self, query: str) -> list[Hit]:
        """Search the web; raises as `SearchService`."""
        if not self._address.startswith(("http://", "https://")):
            raise ToolError("The address of SearXNG is not set. It stands in Settings, Tools.")
        try:
            async with JsonServer(self._address, seconds=_SECONDS) as server:
                answer = await server.get("/search?" + urlencode({"q": query, "format": "json"}))
        except PermissionDeniedError:
            raise ToolError(
                "SearXNG does not answer in JSON. Its settings.yml must list json under search.formats."
            ) from None
        except AgentError as error:
            raise _failed(self.name, error) from None
        return hits_of(_part(answer, "results"), title="title", address="url", snippet="content")


class BraveSearch:
    """Searches with Brave Search.

    Args:
        key: The API key.
        base_url: Where it answers.
    """

    name = "Brave Search"

    def __init__(self, key: str, base_url: str = BRAVE) -> None:
        self._key = key
        self._base_url = base_url

    async def __call__(self, query: str) -> list[Hit]:
        """Search the web; raises as `SearchService`."""
        path = "/res/v1/web/search?" + urlencode({"q": query, "count": MOST_HITS})
        headers = {"X-Subscription-Token": self._key}
        try:
            async with JsonServer(self._base_url, headers=headers, key=self._key, seconds=_SECONDS) as server:
                answer = await server.get(path)
        except AgentError as error:
            raise _failed(self.name, error) from None
        results = _part(_part(answer, "web"), "results")
        return hits_of(results or [], title="title", address="url", snippet="description")


class TavilySearch:
    """Searches with Tavily.

    Args:
        key: The API key.
        base_url: Where it answers.
    """

    name = "Tavily"

    def __init__(self, key: str, base_url: str = TAVILY) -> None:
        self._key = key
        self._base_url = base_url

    async def __call__(self, query: str) -> list[Hit]:
        """Search the web; raises as `SearchService`."""
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            async with JsonServer(self._base_url, headers=headers, key=self._key, seconds=_SECONDS) as server:
                answer = await server.post("/search", {"query": query, "max_results": MOST_HITS})
        except AgentError as error:
            raise _failed(self.name, error) from None
        return hits_of(_part(answer, "results"), title="title", address="url", snippet="content")


def _part(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, Mapping) else None


def _failed(name: str, error: AgentError) -> ToolError:
    if isinstance(error, AuthenticationError):
        return ToolError(f"{name} refused the API key. It stands in Settings, Tools.")
    return ToolError(f"{name} did not answer: {error}")
