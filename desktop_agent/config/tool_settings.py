"""What agents may do with tools: limits, who searches the web, and what is allowed for ever."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from desktop_agent.config.setting import SettingsPart, setting

SearchService = Literal["ddgs", "searxng", "brave", "tavily"]

KEYED_SERVICES: tuple[SearchService, ...] = ("brave", "tavily")
"""The search services that need an API key."""


class Grant(SettingsPart):
    """A permission that lasts: for one tool with exactly these arguments in this folder.

    Attributes:
        tool: The name of the tool.
        arguments: Its arguments as JSON text, keys in order, as `chat.policy.canonical_arguments` writes it.
        folder: The folder in which it acts; "" for a tool that acts in none.
        at: When it was given (UTC, ISO 8601).
    """

    tool: str = Field(min_length=1)
    arguments: str
    folder: str = ""
    at: str = ""

    def allows(self, other: Grant) -> bool:
        """Whether this permission is for exactly what `other` names."""
        return (self.tool, self.arguments, self.folder) == (other.tool, other.arguments, other.folder)


class ToolSettings(SettingsPart):
    """The page Tools."""

    max_tool_turns: int = setting(
        10, "Tool turns", "How often an agent may use tools in one reply.", bounds=(1, 100), step=1
    )
    max_tokens: int | None = setting(
        1_000_000,
        "Tokens of a reply",
        "All its calls together. A reply that takes more is ended. Empty: no limit.",
        bounds=(1_000, 1_000_000_000),
        step=100_000,
    )
    max_cost: float | None = setting(
        5.0,
        "Cost of a reply",
        "In US dollars, where the price is known. A reply that costs more is ended. Empty: no limit.",
        bounds=(0.001, 10_000.0),
        step=0.5,
    )
    tool_seconds: float = setting(
        60.0, "Time for a tool", "In seconds, approval aside.", bounds=(1.0, 3600.0), step=10.0
    )
    search_service: SearchService = setting(
        "ddgs",
        "Web search",
        "Who gets the words that an agent searches for.",
        choices={
            "ddgs": "Public search engines",
            "searxng": "SearXNG",
            "brave": "Brave Search",
            "tavily": "Tavily",
        },
    )
    search_address: str = setting("", "Address of SearXNG", "For example http://localhost:8888")
    grants: tuple[Grant, ...] = ()

    @field_validator("grants")
    @classmethod
    def _every_grant_once(cls, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        return tuple({(each.tool, each.arguments, each.folder): each for each in grants}.values())

    def with_grant(self, grant: Grant) -> tuple[Grant, ...]:
        """The permissions with one more."""
        return (*(each for each in self.grants if not each.allows(grant)), grant)

    def without_grant(self, grant: Grant) -> tuple[Grant, ...]:
        """The permissions without this one."""
        return tuple(each for each in self.grants if not each.allows(grant))


def search_key_name(service: SearchService) -> str:
    """The name of a search service's key in the keychain."""
    return f"search-{service}"
