"""What the tools of a conversation need from the program: settings, keys, and who searches the web."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.config.keychain_errors import KeychainError, KeyMissingError
from desktop_agent.config.tool_settings import Grant, ToolSettings, search_key_name

if TYPE_CHECKING:  # the window waits for this module; the tools are imported when one is switched on
    from desktop_agent.config.settings import Settings
    from desktop_agent.toolbox.download import Network
    from desktop_agent.toolbox.search import SearchService


def _keep_nothing(_grant: Grant) -> None:
    """Where nothing lasts, a permission for ever is one for the conversation."""


async def _key_from_keychain(name: str) -> str:
    from desktop_agent.config.keychain import PROMPT_SECONDS, get_key_async

    return await get_key_async(name, seconds=PROMPT_SECONDS)


@dataclass(frozen=True)
class ToolServices:
    """What tools need; the defaults are those of a program without settings.

    Attributes:
        settings: The settings of tools as they are now.
        keep_grant: Keeps a permission that is to last.
        find_key: The key of this name; raises KeychainError.
        network: The edge to the network for pages; None for the real one.
    """

    settings: Callable[[], ToolSettings] = ToolSettings
    keep_grant: Callable[[Grant], None] = _keep_nothing
    find_key: Callable[[str], Awaitable[str]] = _key_from_keychain
    network: Network | None = None

    @classmethod
    def of(cls, settings: Callable[[], Settings], change: Callable[..., None]) -> ToolServices:
        """The services of a program with settings.

        Args:
            settings: The settings as they are now.
            change: Changes them as `SettingsStore.change` does.
        """

        def keep(grant: Grant) -> None:
            change("tools", grants=settings().tools.with_grant(grant))

        return cls(settings=lambda: settings().tools, keep_grant=keep)

    async def search_service(self) -> SearchService:
        """Who searches the web, as the settings say.

        Raises:
            ToolError: It can't be used as it is set up.
        """
        settings = self.settings()
        if settings.search_service == "ddgs":
            from desktop_agent.toolbox.search.public_engines import PublicSearch

            return PublicSearch()
        from desktop_agent.toolbox.search.services import BraveSearch, SearxngSearch, TavilySearch

        if settings.search_service == "searxng":
            return SearxngSearch(settings.search_address)
        kind = BraveSearch if settings.search_service == "brave" else TavilySearch
        try:
            return kind(await self.find_key(search_key_name(settings.search_service)))
        except KeyMissingError:
            raise ToolError(f"{kind.name} needs an API key. It is entered in Settings, Tools.") from None
        except KeychainError as error:
            raise ToolError(str(error)) from None
