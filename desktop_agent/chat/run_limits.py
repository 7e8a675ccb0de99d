"""Bounds of one reply: how many tokens it may take, and how much money."""

from __future__ import annotations

from typing import Final

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    ToolCallDeltaEvent,
)
from desktop_agent.chat.run_statistics import RunStatistics
from desktop_agent.config.tool_settings import ToolSettings

# Between two looks: a reply has thousands of chunks, and a few do not matter.
_CHUNKS: Final = 200


class RunLimitError(AgentError):
    """A reply took more than the person allows."""


class RunLimits:
    """Watches one run.

    Args:
        settings: The bounds.
        statistics: The figures of the run.
    """

    def __init__(self, settings: ToolSettings, statistics: RunStatistics) -> None:
        self._settings = settings
        self._statistics = statistics
        self._chunks = 0

    def check(self, event: BaseAgentEvent | BaseChatMessage) -> None:
        """Look at the figures, after the statistics have seen `event`.

        Raises:
            RunLimitError: They are beyond a bound.
        """
        if isinstance(event, ModelClientStreamingChunkEvent | ToolCallDeltaEvent):
            self._chunks += 1
            if self._chunks % _CHUNKS:
                return
        settings, figures = self._settings, self._statistics.figures
        tokens = figures.earlier_prompt + figures.earlier_completion + figures.prompt + figures.completion
        if settings.max_tokens is not None and tokens > settings.max_tokens:
            raise RunLimitError(
                f"This reply was ended: it took {tokens:,} tokens, and {settings.max_tokens:,} are allowed.",
                hint="The limit stands in Settings, Tools.",
            )
        if settings.max_cost is not None and figures.cost is not None and figures.cost > settings.max_cost:
            raise RunLimitError(
                f"This reply was ended: it cost {figures.cost:.2f} US dollars, and {settings.max_cost:.2f} "
                "are allowed.",
                hint="The limit stands in Settings, Tools.",
            )


def is_insisting(error: BaseException) -> bool:
    """Whether an agent failed because its model called tools when it was to put their results into words."""
    return isinstance(error, RuntimeError) and "Reflect on tool use" in str(error)


def turns_used_up(turns: int) -> RunLimitError:
    """The failure of a reply whose model wants to use tools again and again."""
    return RunLimitError(
        f"This reply was ended: the agent used tools {turns} times in a row and wanted to go on.",
        hint="The limit stands in Settings, Tools.",
    )
