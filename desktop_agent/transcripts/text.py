"""A conversation as plain text: each message as it is, below its author."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desktop_agent.transcripts.entries import (
    Entry,
    Step,
    Thought,
    ToolUse,
    Transcript,
    about,
    remarks_of,
    steps_of,
)
from desktop_agent.transcripts.options import ExportOptions

_WIDEST_LINE = 72
_FORMULA = re.compile(r"[=+@\t\r-]")
"""How a cell begins that a spreadsheet takes for a formula."""


def to_text(transcript: Transcript, options: ExportOptions = ExportOptions()) -> Iterator[str]:  # noqa: B008 - frozen
    """Write a conversation as plain text.

    Yields:
        The head, then a piece for each message; each ends with a line feed.
    """
    title = transcript.title
    if _FORMULA.match(title):
        title = f"'{title}"  # the file may be opened in a spreadsheet
    yield f"{title}\n{'=' * min(len(title), _WIDEST_LINE)}\n"
    if line := about(transcript, options):
        yield f"\n{line}\n"
    for entry in transcript.entries:
        yield _entry(entry, options)


def _entry(entry: Entry, options: ExportOptions) -> str:
    parts = [_step(step) for step in steps_of(entry, options)]
    remarks = remarks_of(entry, options)
    heading = f"{entry.message.source} ({', '.join(remarks)})" if remarks else entry.message.source
    parts.append(f"{heading}:\n{entry.message.to_text()}")
    if entry.ending:
        parts.append(f"({entry.ending})")
    if options.other_versions:
        for other in entry.others:
            parts += [_step(step) for step in steps_of(other, options)]
            parts.append(f"{other.message.source}, version {other.version}:\n{other.message.to_text()}")
    return "\n" + "\n\n".join(parts) + "\n"


def _step(step: Step) -> str:
    if isinstance(step, Thought):
        return f"{step.source}, thinking:\n{step.text}"
    if isinstance(step, ToolUse):
        heading = f"{step.name} {' '.join(step.arguments.split())}".rstrip()
        result = "" if step.result is None else f"\n{step.result}"
        return f"[{heading}]\n({step.words}){result}"
    return f"{step.source}:\n{step.to_text()}"
