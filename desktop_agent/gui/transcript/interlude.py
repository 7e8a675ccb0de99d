"""What stands between two texts of a reply: thoughts and calls of tools, one below the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop_agent.gui.transcript.thought import Thought
from desktop_agent.gui.transcript.tool_calls import ToolCalls


@dataclass
class Interlude:
    """The parts before a section of the text.

    Attributes:
        parts: From top to bottom.
    """

    parts: list[Thought | ToolCalls] = field(default_factory=list)

    def lay_out(self, y: float) -> float:
        """Stand at `y`; returns where the text below begins."""
        for part in self.parts:
            y = part.lay_out(y)
        return y

    @property
    def gap_below(self) -> float:
        """The distance from the last part to the text."""
        return self.parts[-1].gap_below if self.parts else 0.0
