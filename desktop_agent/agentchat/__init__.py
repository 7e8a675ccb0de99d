"""AutoGen's streaming agents as a library: no Qt, no settings, no storage.

This package stands for `autogen_core`; its modules carry the names of `autogen_agentchat` and `autogen_ext`.
Importing it is cheap: the model clients are imported from `models.openai` and `models.replay` alone.
"""

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.logging import EVENT_LOGGER_NAME, TRACE_LOGGER_NAME

__all__ = ["EVENT_LOGGER_NAME", "TRACE_LOGGER_NAME", "CancellationToken", "FunctionCall", "Image"]
