"""What agents save. Source: `autogen_agentchat.state`."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field


class BaseState(BaseModel):
    """What every saved state has."""

    type: str = "BaseState"
    version: str = "1.0.0"


class AssistantAgentState(BaseState):
    """The conversation of an `AssistantAgent`; ids, times, usage and events are not in it."""

    type: Literal["AssistantAgentState"] = "AssistantAgentState"
    llm_context: Mapping[str, Any] = Field(default_factory=lambda: dict([("messages", [])]))  # noqa: C406
