"""The agents that a person has made: what each is told, which model it uses, and how."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from desktop_agent.config.built_in_agent import AGENT_NAME, SYSTEM_MESSAGE
from desktop_agent.config.setting import SettingsPart, setting

ReasoningEffort = Literal["default", "minimal", "low", "medium", "high"]

_NOT_IN_IDENTIFIERS = re.compile(r"\W+")


class ModelChoice(SettingsPart):
    """A model of a provider."""

    provider: str
    model: str = ""


class AgentProfile(SettingsPart):
    """One agent.

    Attributes:
        id: Never changes.
        name: What people call it.
        system_message: What the model is told before everything else; "" for nothing.
        choice: The model that it uses; None for the one that is chosen in the window.
        streaming: Whether its replies come word by word.
        temperature: How freely the model picks its words, 0 to 2; None leaves it to the server, as below.
        top_p: From how much of the probability it picks them, 0 to 1.
        max_tokens: The longest reply.
        reasoning_effort: How long a model that reasons may do so.
        web_search: Whether its conversations begin with Web search switched on.
        files: The folder with which they begin; "" for none.
    """

    id: str = Field(min_length=1)
    name: str = setting(AGENT_NAME, "Name")
    system_message: str = setting("", "System message", "What the model is told before everything else.")
    choice: ModelChoice | None = None
    streaming: bool = setting(True, "Stream replies", "Show replies word by word, as they arrive.")
    temperature: float | None = setting(
        None, "Temperature", "Higher is more varied. Empty: the server decides.", bounds=(0.0, 2.0), step=0.1
    )
    top_p: float | None = setting(
        None,
        "Top P",
        "Lower keeps to likelier words. Empty: the server decides.",
        bounds=(0.0, 1.0),
        step=0.05,
    )
    max_tokens: int | None = setting(
        None, "Longest reply", "In tokens. Empty: the server decides.", bounds=(1, 1_000_000), step=256
    )
    reasoning_effort: ReasoningEffort = setting(
        "default",
        "Reasoning effort",
        "Only for models that reason.",
        choices={
            "default": "The server decides",
            "minimal": "Minimal",
            "low": "Low",
            "medium": "Medium",
            "high": "High",
        },
    )
    web_search: bool = setting(False, "Web search", "New conversations may search the web and read pages.")
    files: str = setting("", "Folder", "New conversations may read the files in it. Empty: none.")

    @property
    def identifier(self) -> str:
        """The name as the agent library takes it: a Python identifier."""
        name = _NOT_IN_IDENTIFIERS.sub("_", self.name).strip("_")
        return name if name.isidentifier() else f"agent_{name}".rstrip("_")

    @property
    def parameters(self) -> dict[str, Any]:
        """What goes into each request, by the names of the OpenAI API."""
        every = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "reasoning_effort": None if self.reasoning_effort == "default" else self.reasoning_effort,
        }
        return {name: value for name, value in every.items() if value is not None}


BUILT_IN = AgentProfile(id="assistant", name=AGENT_NAME, system_message=SYSTEM_MESSAGE)
"""The agent that is there from the start."""
