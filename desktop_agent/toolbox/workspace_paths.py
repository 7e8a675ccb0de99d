"""How a model may name a file of the workspace: by one spelling, on every system."""

from __future__ import annotations

import re
from typing import Final

from desktop_agent.agentchat.errors import ToolError

_LONGEST: Final = 1_000
_LONGEST_NAME: Final = 255
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
# Names that mean a device on Windows, with any ending: a workspace may be shared.
_DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE
)


def parts_of(path: str) -> tuple[str, ...]:
    """The names on the way from the workspace to a file or folder; none for the workspace itself.

    Raises:
        ToolError: The path is not one within the workspace, or could be read in two ways.
    """
    if len(path) > _LONGEST or _UNSAFE.search(path):
        raise ToolError("The path is too long, or holds characters that no path should have.")
    if "\\" in path:
        raise ToolError('Folders in a path are parted with "/".')
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path):
        raise ToolError("The path must be relative to the folder.")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    for part in parts:
        if part == ".." or part.rstrip(". ") == "":
            raise ToolError('A path can\'t leave the folder: ".." is not possible.')
        if part != part.strip() or part.endswith(".") or ":" in part or _DEVICE.fullmatch(part):
            raise ToolError(f"The name {part[:80]!r} is not possible on every system.")
        if len(part.encode()) > _LONGEST_NAME:
            raise ToolError("A name in the path is too long.")
    return parts
