"""What a person chooses for an export."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

PageTheme: TypeAlias = Literal["both", "light", "dark"]
"""The colours of a page: those that the reader's system asks for, or always the same."""


class Format(Enum):
    """A kind of file; its value is what the command line calls it."""

    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    TEXT = "text"

    @property
    def suffix(self) -> str:
        """How the names of its files end, with the dot."""
        return _SUFFIXES[self.value]

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self.value]


_SUFFIXES: Final = {"markdown": ".md", "html": ".html", "pdf": ".pdf", "json": ".json", "text": ".txt"}
_LABELS: Final = {
    "markdown": "Markdown",
    "html": "HTML",
    "pdf": "PDF",
    "json": "JSON",
    "text": "Plain text",
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What stands in a transcript beside what was said. JSON is always complete.

    Attributes:
        tool_calls: The calls of tools, with their results.
        thoughts: What was thought before a reply.
        times: When each message was said, and by which model.
        figures: Tokens, durations and costs.
        other_versions: The other versions of each message that is shown.
        theme: The colours of HTML.
    """

    tool_calls: bool = True
    thoughts: bool = False
    times: bool = True
    figures: bool = False
    other_versions: bool = False
    theme: PageTheme = "both"
