"""The stream of a run as a developer sees it: what `Console` prints, event by event, with the times."""

from __future__ import annotations

import io
import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from typing_extensions import override

from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.ui import StreamPrinter
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.config.logs import without_secrets

KEPT = 10_000
"""How many events of a run are kept."""

Event = BaseAgentEvent | BaseChatMessage | TaskResult


@dataclass(slots=True, eq=False)
class Entry:
    """One row of the log: a header line as `Console` prints it, an event, or a run of pieces.

    Attributes:
        kind: Which of them.
        seconds: Since the run began.
        name: The header line, or the class of the event.
        detail: A few words on it.
        data: The event as JSON values, without secrets; for pieces each of them.
        times: Of pieces, when each came.
        call_ids: The calls of tools that it is about.
        number: Its place in the run.
    """

    kind: Literal["header", "event", "pieces"]
    seconds: float
    name: str
    detail: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    call_ids: Sequence[str] = ()
    number: int = 0

    def value(self) -> dict[str, Any]:
        """It as one JSON value: a run of pieces with its text joined."""
        if self.kind != "pieces" or not self.data:
            return self.data[0] if self.data else {}
        text = without_secrets("".join(str(piece["content"]) for piece in self.data))
        return {**self.data[-1], "content": text, "count": len(self.data)}


class _Nowhere(io.StringIO):
    """Takes what is printed: only the headers are of interest."""

    @override
    def write(self, text: str, /) -> int:
        return len(text)


class StreamLog:
    """The entries of one run; the oldest go when there are more than `KEPT` events.

    Attributes:
        entries: From the oldest on.
        dropped: How many entries have gone.
    """

    def __init__(self, question: BaseChatMessage | None = None) -> None:
        """Begin a run.

        Args:
            question: What it answers; `run_stream` yields it first.
        """
        self.entries: deque[Entry] = deque()
        self.dropped = 0
        self._count = 0
        self._began = time.perf_counter()
        self._requested = 0.0
        self._messages: list[BaseAgentEvent | BaseChatMessage] = []
        self._printer = StreamPrinter(True, inline_images=False, is_run=True, out=_Nowhere())
        if question is not None:
            self.add([question])

    def add(self, events: Iterable[object]) -> None:
        """Take in events as the stream had them; a `Response` becomes its message and a `TaskResult`."""
        for event in events:
            if isinstance(event, Response):
                self._add(event.chat_message)
                self._add(TaskResult(messages=list(self._messages), stop_reason=None))
            elif isinstance(event, BaseAgentEvent | BaseChatMessage | TaskResult):
                self._add(event)

    def _add(self, event: Event) -> None:
        seconds = time.perf_counter() - self._began
        self._printer.headers.clear()
        if isinstance(event, ModelClientStreamingChunkEvent):
            self._printer.show_chunk(event)
        else:
            self._printer.show(event)
        for header in self._printer.headers:
            self._append(Entry("header", seconds, header))
        if isinstance(event, ModelClientStreamingChunkEvent | ToolCallDeltaEvent):
            self._add_piece(event, seconds)
        else:
            self._add_event(event, seconds)
        self._count += 1
        self._forget_oldest()

    def _append(self, entry: Entry) -> None:
        entry.number = self.dropped + len(self.entries)
        self.entries.append(entry)

    def _add_piece(self, event: ModelClientStreamingChunkEvent | ToolCallDeltaEvent, seconds: float) -> None:
        name = type(event).__name__
        last = self.entries[-1] if self.entries else None
        if last is None or last.kind != "pieces" or last.name != name:
            last = Entry("pieces", seconds, name)
            self._append(last)
        last.data.append(
            {
                "source": event.source,
                "metadata": event.metadata,
                "content": without_secrets(event.content),
                "full_message_id": event.full_message_id,
                "type": event.type,
            }
        )
        last.times.append(seconds)
        last.detail = f"\N{MULTIPLICATION SIGN}\N{THIN SPACE}{len(last.data)}"

    def _add_event(self, event: Event, seconds: float) -> None:
        if not isinstance(event, TaskResult):
            self._messages.append(event)
        self._append(
            Entry(
                "event",
                seconds,
                type(event).__name__,
                self._detail(event, seconds),
                [_plain(event)],
                call_ids=_calls_of(event),
            )
        )

    def _detail(self, event: Event, seconds: float) -> str:
        if isinstance(event, TaskResult):
            return _counted(len(event.messages), "message")
        if isinstance(event, ToolCallRequestEvent):
            self._requested = seconds
            return _counted(len(event.content), "call")
        if isinstance(event, ToolCallExecutionEvent):
            return f"{seconds - self._requested:.2f} s"
        if isinstance(event, ToolProgressEvent):
            return event.state
        usage = event.models_usage
        return f"{usage.completion_tokens} tok" if usage is not None and usage.completion_tokens else ""

    def _forget_oldest(self) -> None:
        while self._count > KEPT:
            first = self.entries[0]
            if first.kind == "pieces" and len(first.data) > 1:
                del first.data[0], first.times[0]
            else:
                self.entries.popleft()
                self.dropped += 1
                if first.kind == "header":
                    continue
            self._count -= 1

    # What can be taken along

    def json_lines(self) -> Iterator[str]:
        """Each event as one line of JSON, with its time in seconds."""
        for entry in self.entries:
            if entry.kind == "header":
                continue
            times = entry.times or [entry.seconds]
            for seconds, data in zip(times, entry.data, strict=True):
                line = {"seconds": round(seconds, 3), "event": entry.name, "data": data}
                yield json.dumps(line, ensure_ascii=False)


def text_of(entry: Entry) -> str:
    """An entry as a line of text, as it stands in the panel."""
    if entry.kind == "header":
        return entry.name
    return "  ".join(filter(None, (clock(entry.seconds), entry.name, entry.detail)))


def clock(seconds: float) -> str:
    """Seconds and thousandths: 06.042; from a minute on 1:06.042."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:06.3f}" if minutes else f"{rest:06.3f}"


def _plain(event: Event) -> dict[str, Any]:
    if isinstance(event, TaskResult):
        messages = [_plain(message) for message in event.messages]
        return {"messages": messages, "stop_reason": event.stop_reason, "type": "TaskResult"}
    plain: dict[str, Any] = _hidden(event.model_dump(mode="json", exclude={"created_at", "id"}))
    return plain


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {key: _hidden(each) for key, each in value.items()}
    return [_hidden(each) for each in value] if isinstance(value, list) else value


def _calls_of(event: Event) -> Sequence[str]:
    if isinstance(event, ToolCallRequestEvent):
        return [call.id for call in event.content]
    if isinstance(event, ToolCallExecutionEvent):
        return [result.call_id for result in event.content]
    return [event.call_id] if isinstance(event, ToolProgressEvent) else []


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
