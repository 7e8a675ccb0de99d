"""Who answers in a conversation: an agent with a model of a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.models import ChatCompletionClient
from desktop_agent.agentchat.models.known_models import known_info
from desktop_agent.chat.agent_factory import AgentTools, create_agent, create_model_client
from desktop_agent.chat.model_facts import ModelFacts, model_info_of
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.config.agent_profiles import BUILT_IN, AgentProfile
from desktop_agent.config.provider import NOBODY, NoModelError, Provider

FindProvider = Callable[[], Awaitable[Provider]]
FindFacts = Callable[[], Awaitable[ModelFacts]]


class Answerer:
    """Makes the agent that answers, when the first message needs it.

    Args:
        provider: What is shown of the provider; it needs no key.
        profile: The agent.
        find_provider: Gives the provider with its key; by default `provider` has it.
        find_facts: Gives what is known of the model.
        tool_services: What its tools need; by default those of a program without settings.
    """

    def __init__(
        self,
        provider: Provider,
        profile: AgentProfile = BUILT_IN,
        find_provider: FindProvider | None = None,
        find_facts: FindFacts | None = None,
        tool_services: ToolServices | None = None,
    ) -> None:
        self.provider = provider
        self.profile = profile
        self.tool_services = tool_services or ToolServices()
        self._find_provider = find_provider
        self._find_facts = find_facts

    @property
    def asks_keychain(self) -> bool:
        """Whether the keychain may have to be asked for a key, and may ask the person for a password."""
        return self._find_provider is not None

    @property
    def name(self) -> str:
        """The name of the agent, as messages carry it."""
        return self.profile.identifier

    async def create_agent(self, tools: AgentTools | None = None) -> AssistantAgent:
        """Make the agent, in a worker thread, because it imports the SDK.

        Args:
            tools: What it may use.

        Raises:
            AgentError: The provider needs an API key and has none.
            KeychainError: The keychain does not give the key.
            ProviderError: The address is not usable, or the key was given for another host.
        """
        facts = await self.facts()
        provider = await self._provider_with_key()
        info = None if facts is None else model_info_of(facts)
        return await asyncio.to_thread(create_agent, provider, self.profile, info, tools)

    async def facts(self) -> ModelFacts | None:
        """What is known of the model: its price, how much it takes, what it can do."""
        return None if self._find_facts is None else await self._find_facts()

    async def why_no_tools(self) -> str:
        """The sentence why the model can't call tools; "" if it can, or if nobody knows."""
        facts = await self.facts()
        can = None if facts is None else facts.tools
        known = known_info(self.provider.model.rpartition("/")[2])
        if can is None and known is not None:
            can = known["function_calling"]
        return f"{self.provider.model} can't call tools." if can is False else ""

    async def create_model_client(self) -> ChatCompletionClient:
        """The model alone, for a request beside the conversation; raises as `create_agent`."""
        return await asyncio.to_thread(create_model_client, await self._provider_with_key())

    async def _provider_with_key(self) -> Provider:
        return self.provider if self._find_provider is None else await self._find_provider()


def nobody_answers() -> Answerer:
    """Who answers before a model is chosen: a message is kept, and its reply fails with `NoModelError`."""
    return Answerer(NOBODY, find_provider=_find_nobody)


async def _find_nobody() -> Provider:
    raise NoModelError("No model is chosen yet.")
