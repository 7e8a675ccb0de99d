"""Agents. Stands for `autogen_agentchat.agents`."""

from desktop_agent.agentchat.agents.assistant_agent import AssistantAgent
from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent

__all__ = ["AssistantAgent", "BaseChatAgent"]
