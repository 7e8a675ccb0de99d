"""Makes the agent that answers: a model client for the provider, and an assistant on top of it."""

from __future__ import annotations

from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.models import ChatCompletionClient
from desktop_agent.chat.agent_profile import AGENT_NAME, SYSTEM_MESSAGE
from desktop_agent.config.provider import Provider


def create_model_client(provider: Provider) -> ChatCompletionClient:
    """The client that talks with `provider`.

    It imports the OpenAI SDK, which takes about a second: call it in a worker thread where a window waits.

    Raises:
        AgentError: The provider needs an API key and has none.
    """
    if provider.is_demo:
        from desktop_agent.chat.demo_model import DemoChatCompletionClient

        return DemoChatCompletionClient()
    from desktop_agent.agentchat.models.known_models import assumed_info, known_info
    from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient

    return OpenAIChatCompletionClient(
        model=provider.model,
        base_url=provider.base_url,
        api_key=provider.api_key,
        timeout=provider.timeout,
        max_retries=0,  # a failure is told at once; to try again is the user's to say
        model_info=known_info(provider.model) or assumed_info(),
    )


def create_agent(provider: Provider) -> AssistantAgent:
    """A streaming assistant for `provider`; errors as in `create_model_client`."""
    return AssistantAgent(
        AGENT_NAME,
        create_model_client(provider),
        system_message=SYSTEM_MESSAGE,
        model_client_stream=True,
    )
