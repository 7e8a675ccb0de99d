"""What the result of a tool amounts to, in a few words."""

from __future__ import annotations

import re
from typing import Final

from desktop_agent.toolbox.search.hits import hits_in_text

_MATCH: Final = re.compile(r"^.+?:\d+: ", re.MULTILINE)


def count_of(name: str, result: str) -> str:
    """How much a tool gave, e.g. "5 results"; "" where there is nothing to count.

    Args:
        name: The tool.
        result: What it gave, as the model is told it.
    """
    if name == "web_search":
        return _counted(len(hits_in_text(result)), "result")
    if name == "list_folder":
        lines = [line for line in result.split("\n") if line and not line.startswith("[")]
        return _counted(0 if result == "The folder is empty." else len(lines), "item")
    if name == "search_files":
        return _counted(len(_MATCH.findall(result)), "match", "matches")
    if name in ("write_file", "edit_file"):
        lines = result.split("\n")[2:]
        added = sum(line.startswith("+") for line in lines)
        removed = sum(line.startswith("-") for line in lines)
        return f"+{added} \N{MINUS SIGN}{removed}" if added or removed else ""
    return ""


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
