"""The licences of all parts of a program, as files that go along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parts import Part

OVERVIEW = "PARTS.txt"


def write_licences(parts: Sequence[Part], own: Path, folder: Path) -> None:
    """Write the program's own licence, those of its parts, and a list of them.

    Args:
        parts: What the program consists of.
        own: The file with the program's own licence.
        folder: Where they go; made if need be.

    Raises:
        ValueError: A part comes without its licence.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "desktop-agent.txt").write_text(own.read_text("utf-8"), "utf-8")
    for part in parts:
        (folder / file_name(part)).write_text(_text(part), "utf-8")
    (folder / OVERVIEW).write_text(overview(parts), "utf-8")


def overview(parts: Sequence[Part]) -> str:
    """The parts with their versions, licences and files."""
    lines = ["Desktop Agent is under the MIT licence. These works of others are in it:", ""]
    lines += [
        f"{part.name} {part.version}".rstrip() + f": {part.licence} ({file_name(part)})" for part in parts
    ]
    return "\n".join(lines) + "\n"


def file_name(part: Part) -> str:
    """The file with a part's licence."""
    return f"{part.name.replace(' ', '-')}.txt"


def _text(part: Part) -> str:
    if not part.texts:
        raise ValueError(f"{part.name} {part.version} comes without the text of its licence.")
    heading = f"{part.name} {part.version}".rstrip() + f"\n{part.licence}\n\n"
    return heading + "\n\n".join(path.read_text("utf-8", "replace").strip() for path in part.texts) + "\n"
