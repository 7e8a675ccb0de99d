"""Text that others wrote, made safe to stand in ours: one line, no markup, no direction that leaks out."""

from __future__ import annotations

import html
import re

_LONGEST = 1000  # characters of a text that is shown on one line or in a tool tip
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """`text` on one line: breaks and control characters become spaces, and what turns the direction goes.

    Marks that only say of which direction they are (U+200E, U+200F) stay, as names need them.
    """
    return " ".join(_DIRECTIONS.sub("", _BREAKS.sub(" ", text[:_LONGEST])).split())


def isolated(text: str) -> str:
    """`text` on one line, to stand inside a sentence whose direction it must not change."""
    return f"\u2068{one_line(text)}\u2069"


def tool_tip(*lines: str) -> str:
    """`lines` for `setToolTip`, which would take what looks like HTML for HTML; nothing stays empty."""
    shown = "<br>".join(html.escape(one_line(line)) for line in lines if line)
    return f"<qt>{shown}</qt>" if shown else ""
