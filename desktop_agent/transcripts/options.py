"""What of a conversation is exported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExportOptions:
    """What of a conversation is exported."""

    tool_calls: bool = True
    thoughts: bool = False
    times: bool = True
    figures: bool = False
    other_versions: bool = False
    theme: str = "both"
