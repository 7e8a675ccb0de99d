"""What a transcript is made of: `Transcript`, its `Entry`s, and the steps of a reply."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.transcripts.options import ExportOptions


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a transcript.

    Attributes:
        message: What was said.
        events: Of a reply: what came before its message, in order.
        created_at: When it began, aware; it is written in this zone.
        model: Of a reply: who answered; may be empty.
        ending: Sentences about how it ended, if that needs a word.
        figures: Of a reply: its tokens, times and costs in words.
        thought_seconds: How long was thought; None if that is not known.
        version, version_count: Which version of the message it is, from 1 on, and of how many.
        others: Its other versions.
        said_aloud: The ids of the thoughts that were said as text, before a tool was called.
        calls: How calls of tools ended, and how long they ran, by their ids; of older replies not known.
    """

    message: BaseChatMessage
    events: Sequence[BaseAgentEvent | BaseChatMessage] = ()
    created_at: datetime | None = None
    model: str = ""
    ending: str = ""
    figures: str = ""
    thought_seconds: float | None = None
    version: int = 1
    version_count: int = 1
    others: Sequence[Entry] = ()
    said_aloud: Collection[str] = ()
    calls: Mapping[str, CallEnd] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call of a tool ended ("done", "failed", "denied", "stopped"), and after how many seconds."""

    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as a person reads it; `models` are the names of those that answered."""

    title: str
    entries: Sequence[Entry]
    created_at: datetime | None = None
    models: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Thought:
    """What was thought on the way."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool; `result` is None if there came none."""

    name: str
    arguments: str
    result: str | None
    end: CallEnd

    @property
    def is_error(self) -> bool:
        """Whether it did not do what it was called for."""
        return self.end.state in ("failed", "denied")

    @property
    def words(self) -> str:
        """How it ended: failed, 1.2 s."""
        seconds = self.end.seconds
        return self.end.state if seconds is None else f"{self.end.state}, {seconds:.1f} s"


Step: TypeAlias = Thought | ToolUse | BaseChatMessage
"""Something that came before a reply's message."""


def steps_of(entry: Entry, options: ExportOptions) -> list[Step]:
    """What came before the message of a reply, as far as it is wanted."""
    results = {
        result.call_id: result
        for event in entry.events
        if isinstance(event, ToolCallExecutionEvent)
        for result in event.content
    }
    steps: list[Step] = []
    for event in entry.events:
        if isinstance(event, ThoughtEvent) and event.id in entry.said_aloud:
            steps.append(TextMessage(content=event.content, source=event.source))
        elif isinstance(event, ThoughtEvent) and options.thoughts and event.content.strip():
            steps.append(Thought(event.source, event.content))
        elif isinstance(event, ToolCallRequestEvent) and options.tool_calls:
            for call in event.content:
                result = results.get(call.id)
                text = None if result is None else result.content
                state = "no result" if result is None else "failed" if result.is_error else "done"
                end = entry.calls.get(call.id) or CallEnd(state, None)
                steps.append(ToolUse(call.name, call.arguments, text, end))
        elif isinstance(event, BaseChatMessage):
            steps.append(event)
    return steps


def remarks_of(entry: Entry, options: ExportOptions) -> list[str]:
    """What is noted beside a message: its time, its model, its version, its figures."""
    remarks: list[str] = []
    if options.times and entry.created_at is not None:
        remarks.append(time_text(entry.created_at))
    if options.times and entry.model:
        remarks.append(entry.model)
    if options.other_versions and entry.version_count > 1:
        remarks.append(f"version {entry.version} of {entry.version_count}")
    if options.figures and entry.figures:
        remarks.append(entry.figures)
    return remarks


def about(transcript: Transcript, options: ExportOptions) -> str:
    """When a conversation began and who answered, in a line; empty if that is not wanted."""
    if not options.times:
        return ""
    parts = [] if transcript.created_at is None else [f"{time_text(transcript.created_at)}."]
    if transcript.models:
        parts.append(f"{', '.join(transcript.models)}.")
    return " ".join(parts)


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def time_text(time: datetime) -> str:
    """A date and a time of day in English, whatever the locale of the process: 22 November 2026, 14:32."""
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}, {time.hour:02}:{time.minute:02}"
