"""Agents. Stands for `autogen_agentchat.agents`."""

from desktop_agent.agentchat.agents.assistant_agent import AssistantAgent
from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent
from desktop_agent.agentchat.agents.user_proxy_agent import UserProxyAgent

__all__ = ["AssistantAgent", "BaseChatAgent", "UserProxyAgent"]
