"""Who answers from the start: the built-in agent. Importing it costs nothing: the window names it at once."""

from desktop_agent.config.built_in_agent import AGENT_NAME, SYSTEM_MESSAGE

__all__ = ["AGENT_NAME", "SYSTEM_MESSAGE"]
