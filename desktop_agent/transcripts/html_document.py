"""A conversation as one HTML file that looks like the window, works anywhere and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

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
from desktop_agent.transcripts.html_style import style_sheet
from desktop_agent.transcripts.options import ExportOptions

USER = "user"
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Rendering:
    """How texts become HTML fragments.

    Attributes:
        markdown: Renders the Markdown of a message, without scripts and outside references.
        text: Escapes words, also for attributes.
        code: Escapes what must be seen exactly: with what is invisible in it made visible.
    """

    markdown: Callable[[str], str]
    text: Callable[[str], str]
    code: Callable[[str], str]


def to_html(transcripts: Iterable[Transcript], options: ExportOptions, rendering: Rendering) -> Iterator[str]:
    """Write conversations as one page of HTML, one below the other.

    The page's policy forbids scripts and everything foreign: pictures are part of it, and its only style
    sheet is known by its hash.

    Yields:
        The head, the head of each conversation, a piece for each message, and the end.
    """
    page = _Page(options, rendering)
    is_begun = False
    for transcript in transcripts:
        if not is_begun:
            yield page.head(transcript.title)
            is_begun = True
        yield page.heading(transcript)
        for entry in transcript.entries:
            yield page.article(entry)
    if not is_begun:
        yield page.head("Conversations")
    yield "</main>\n</body>\n</html>\n"


class _Page:
    """Writes the parts of a page."""

    def __init__(self, options: ExportOptions, rendering: Rendering) -> None:
        self._options = options
        self._rendering = rendering

    def head(self, title: str) -> str:
        style = "\n" + style_sheet(self._options.theme)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
            "form-action 'none'"
        )
        return (
            '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="generator" content="Desktop Agent">\n'
            f"<title>{self._text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        )

    def heading(self, transcript: Transcript) -> str:
        title, line = self._text(transcript.title), about(transcript, self._options)
        return (
            f'<header>\n<h1 class="title" dir="auto">{title}</h1>\n'
            + (f'<p class="about">{self._text(line)}</p>\n' if line else "")
            + "</header>\n"
        )

    def article(self, entry: Entry) -> str:
        is_question = entry.message.source == USER
        parts = [f'<article class="{"question" if is_question else "reply"}">']
        if not is_question:
            parts.append(f'<h2 class="name">{self._text(entry.message.source)}</h2>')
        parts += self._content(entry)
        if entry.ending:
            parts.append(f'<p class="ending">{self._text(entry.ending)}</p>')
        if remarks := remarks_of(entry, self._options):
            parts.append(f'<p class="meta">{self._text(" · ".join(remarks))}</p>')
        if self._options.other_versions:
            parts += [self._version(other) for other in entry.others]
        return "\n".join([*parts, "</article>\n"])

    def _content(self, entry: Entry) -> list[str]:
        steps = steps_of(entry, self._options)
        is_only_one = sum(isinstance(step, Thought) for step in steps) == 1
        parts = [self._step(step, entry.thought_seconds if is_only_one else None) for step in steps]
        if said := self._said(entry.message):
            parts.append(said)
        return parts

    def _version(self, other: Entry) -> str:
        return "\n".join(
            [
                f'<details class="version"><summary>Version {other.version}</summary>',
                *self._content(other),
                "</details>",
            ]
        )

    def _said(self, message: BaseChatMessage) -> str:
        is_question = message.source == USER
        parts = message.content if isinstance(message, MultiModalMessage) else [message.to_text()]
        pieces: list[str] = []
        for part in parts:
            if isinstance(part, Image):
                pieces.append(f'<img src="{self._text(part.data_uri)}" alt="Picture">')
            elif part:
                pieces.append(self._text(part) if is_question else self._rendering.markdown(part))
        if not pieces:
            return ""
        joined = "\n".join(pieces)
        return f'<div class="{"bubble" if is_question else "body"}" dir="auto">{joined}</div>'

    def _step(self, step: Step, thought_seconds: float | None) -> str:
        if isinstance(step, Thought):
            label = "Thought" if thought_seconds is None else f"Thought for {duration_text(thought_seconds)}"
            return (
                f'<details class="thought"><summary>{label}</summary>'
                f'<div class="body" dir="auto">{self._rendering.markdown(step.text)}</div></details>'
            )
        if isinstance(step, ToolUse):
            return self._tool(step)
        return self._said(step)

    def _tool(self, step: ToolUse) -> str:
        css = "state failed" if step.is_error else "state"
        code = self._rendering.code
        summary = " ".join(step.arguments.split())[:200]
        result = "" if step.result is None else f"<dt>Result</dt><dd><pre>{code(step.result)}</pre></dd>"
        return (
            f'<details class="tool"><summary><span class="called">{self._text(step.name)}</span>'
            f'<span class="arguments">{code(summary)}</span><span class="{css}">'
            f"{self._text(step.words)}</span></summary>"
            f"<dl><dt>Arguments</dt><dd><pre>{code(step.arguments)}</pre></dd>{result}</dl></details>"
        )

    def _text(self, text: str) -> str:
        return self._rendering.text(text)


def duration_text(seconds: float) -> str:
    """A duration in few words: 4 s, 1 min 12 s."""
    whole = max(1, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    return f"{whole // _MINUTE} min {whole % _MINUTE} s"
