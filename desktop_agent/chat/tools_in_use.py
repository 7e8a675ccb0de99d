"""Which tools a conversation uses: what its two switches say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_agent.config.agent_profiles import AgentProfile


@dataclass(frozen=True)
class ToolChoices:
    """The switches of one conversation.

    Attributes:
        web_search: Whether the agent may search the web and read pages.
        files: The one folder whose files it may read and, if allowed each time, write; None for none.
        basics: Whether it may calculate and tell the time with no other switch on; with one it always may.
    """

    web_search: bool = False
    files: str | None = None
    basics: bool = False

    def __post_init__(self) -> None:
        if self.files is not None and not Path(self.files).is_absolute():
            raise ValueError(f"The folder {self.files!r} is no whole path.")

    @property
    def is_any(self) -> bool:
        """Whether a switch is on."""
        return self.web_search or self.basics or self.files is not None

    def to_options(self) -> dict[str, Any]:
        """As the store keeps them with the conversation."""
        return {"web_search": self.web_search, "files": self.files}

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> ToolChoices | None:
        """What `to_options` gave; None if the store has none, or something else."""
        web_search, files = options.get("web_search"), options.get("files")
        if not isinstance(web_search, bool) or not (files is None or isinstance(files, str)):
            return None
        try:
            return cls(web_search, files)
        except ValueError:
            return None


def choices_of(profile: AgentProfile) -> ToolChoices:
    """What the agent's own settings say: how its conversations begin."""
    try:
        return ToolChoices(profile.web_search, profile.files or None)
    except ValueError:  # the settings were written by hand
        return ToolChoices(profile.web_search)
