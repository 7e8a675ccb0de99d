"""A conversation as Markdown: each message byte for byte, under a heading with its author."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.messages import BaseChatMessage, MultiModalMessage
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

_MARKS = re.compile(r"([\\`*\[\]<>&|#~]|(?<!\w)_|_(?!\w))")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_TICKS = re.compile("`+")


def to_markdown(transcript: Transcript, options: ExportOptions = ExportOptions()) -> Iterator[str]:  # noqa: B008 - frozen
    """Write a conversation as Markdown.

    Yields:
        The head, then a piece for each message; each ends with a line feed.
    """
    yield f"# {escaped(transcript.title)}\n"
    if line := about(transcript, options):
        yield f"\n{escaped(line)}\n"
    for entry in transcript.entries:
        yield _entry(entry, options)


def escaped(text: str) -> str:
    """`text` in one line, as Markdown that says just that."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _entry(entry: Entry, options: ExportOptions) -> str:
    parts = [f"## {escaped(entry.message.source)}"]
    if remarks := remarks_of(entry, options):
        parts.append(f"*{escaped(', '.join(remarks))}*")
    parts += [_step(step) for step in steps_of(entry, options)]
    parts += _said(entry.message)
    if entry.ending:
        parts.append(f"*{escaped(entry.ending)}*")
    if options.other_versions:
        for other in entry.others:
            parts.append(f"### {escaped(entry.message.source)}, version {other.version}")
            parts += [_step(step) for step in steps_of(other, options)]
            parts += _said(other.message)
    return "\n" + "\n\n".join(parts) + "\n"


def _said(message: BaseChatMessage) -> list[str]:
    """The message byte for byte, and the end of what it leaves open: it must not swallow what follows."""
    if isinstance(message, MultiModalMessage):
        text = "\n\n".join(_picture(part) if isinstance(part, Image) else part for part in message.content)
    else:
        text = message.to_text()
    if not text:
        return []
    ending = open_end(text)
    return [text, ending] if ending else [text]


def _picture(image: Image) -> str:
    return f"![picture]({image.data_uri})"


def open_end(text: str) -> str:
    """What closes the code or the comment that `text` leaves open; empty if all is closed."""
    fence = ""
    in_comment = False
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line)
        if in_comment or (not fence and line.lstrip(" ").startswith("<!--")):
            in_comment = "-->" not in line
        # Not "else": where a comment is shown as text, it hides no fence.
        if not fence:
            fence = found[1] if found else ""
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return "\n".join(filter(None, (fence, "-->" if in_comment else "")))


def _step(step: Step) -> str:
    if isinstance(step, Thought):
        return _quoted(f"*{escaped(step.source)} thought:*\n\n{_closed(step.text)}")
    if isinstance(step, ToolUse):
        lines = [f"**{escaped(step.name)}** {_code(step.arguments)}", escaped(f"{step.words}")]
        if step.result is not None:
            lines.append(_block(step.result))
        return _quoted("\n\n".join(lines))
    return "\n\n".join(_said(step))


def _closed(text: str) -> str:
    ending = open_end(text)
    return f"{text}\n{ending}" if ending else text


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _code(text: str) -> str:
    """`text` in one line as inline code."""
    line = " ".join(text.split())
    if not line:
        return ""
    ticks = "`" * (1 + max(map(len, _TICKS.findall(line)), default=0))
    return f"{ticks} {line} {ticks}" if line[0] == "`" or line[-1] == "`" else f"{ticks}{line}{ticks}"


def _block(text: str) -> str:
    """`text` as a block of code."""
    ticks = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{ticks}text\n{text}\n{ticks}"
