"""What a journal amounts to: the message, as far as it was received, and the events before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop_agent.agentchat.messages import (
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallDeltaEvent,
)
from desktop_agent.storage.encoding import Event

INTERRUPTED = {"interrupted": "true"}


@dataclass(frozen=True, slots=True)
class Folded:
    """The message of a reply, and what came before it."""

    message: BaseChatMessage
    events: Sequence[Event]


def merge_pieces(events: Iterable[Event]) -> list[tuple[int, Event]]:
    """The events with neighbouring pieces of the same text as one, each with the place of its first piece."""
    merged: list[tuple[int, Event]] = []
    pieces: list[str] = []
    for place, event in enumerate(events):
        if merged and _continues(merged[-1][1], event):
            pieces.append(event.content)  # type: ignore[union-attr]  # both are pieces of text
            continue
        _close(merged, pieces)
        merged.append((place, event))
        pieces = [event.content] if isinstance(event, _PIECES) else []
    _close(merged, pieces)
    return merged


_PIECES = (ModelClientStreamingChunkEvent, ToolCallDeltaEvent)


def _continues(last: Event, event: Event) -> bool:
    if isinstance(event, ModelClientStreamingChunkEvent):
        return (
            isinstance(last, ModelClientStreamingChunkEvent)
            and last.full_message_id == event.full_message_id
            and last.source == event.source
            and last.metadata == event.metadata
        )
    if isinstance(event, ToolCallDeltaEvent):
        return (
            isinstance(last, ToolCallDeltaEvent)
            and (last.full_message_id, last.index) == (event.full_message_id, event.index)
            and event.call_id in ("", last.call_id)
        )
    return False


def _close(merged: list[tuple[int, Event]], pieces: list[str]) -> None:
    """Put all its pieces into the last event; a copy, as the event is not ours."""
    if len(pieces) > 1:
        place, first = merged[-1]
        merged[-1] = place, first.model_copy(update={"content": "".join(pieces)})


def fold(journal: Iterable[Event], source: str, message: BaseChatMessage | None = None) -> Folded:
    """The reply that a journal tells of.

    Pieces go where the whole came; a thought that was cut becomes an event of its own, marked interrupted.

    Args:
        journal: What was received, in order; a reply that streams on may be folded, too.
        source: Who replies.
        message: The message, if it is known; else it is the text of the last answer, marked interrupted.
    """
    texts: dict[tuple[str | None, bool], list[str]] = {}
    order: list[Event | tuple[str | None, bool]] = []
    whole: set[str | None] = set() if message is None else {message.id}
    deltas: list[ToolCallDeltaEvent] = []
    for event in journal:
        if isinstance(event, ModelClientStreamingChunkEvent):
            key = event.full_message_id, event.metadata.get("kind") == "thought"
            if key not in texts:
                texts[key] = []
                order.append(key)
            texts[key].append(event.content)
        else:
            order.append(event)
            if isinstance(event, ToolCallDeltaEvent):
                deltas.append(event)
            else:
                whole.add(event.id)
    if message is None:
        message = _last_message(order, texts, whole, source)
        whole.add(message.id)
    elif last := _last_answer(order, whole):
        whole.add(last[0])  # its pieces, though it has another id
    events: list[Event] = []
    for entry in order:
        if isinstance(entry, tuple):
            if entry[0] not in whole:
                events.append(_cut_thought(entry[0], "".join(texts[entry]), source))
        elif isinstance(entry, ToolCallDeltaEvent):
            if entry.full_message_id not in whole:
                events.append(entry)
        elif entry.id != message.id:
            events.append(entry)
    return Folded(message, _merged_calls(events))


def _last_message(
    order: Sequence[Event | tuple[str | None, bool]],
    texts: dict[tuple[str | None, bool], list[str]],
    whole: set[str | None],
    source: str,
) -> BaseChatMessage:
    """The message that came whole, if it is the last thing; else the answer that was under way."""
    if order and isinstance(order[-1], BaseChatMessage):
        return order[-1]
    last = _last_answer(order, whole)
    return _cut_message(last[0], "".join(texts[last]), source) if last else _cut_message(None, "", source)


def _last_answer(
    order: Sequence[Event | tuple[str | None, bool]], whole: set[str | None]
) -> tuple[str | None, bool] | None:
    """The last answer that came in pieces alone."""
    for entry in reversed(order):
        if isinstance(entry, tuple) and not entry[1] and entry[0] not in whole:
            return entry
    return None


def _cut_message(message_id: str | None, text: str, source: str) -> TextMessage:
    named = {} if message_id is None else {"id": message_id}
    return TextMessage(content=text, source=source, metadata=dict(INTERRUPTED), **named)


def _cut_thought(thought_id: str | None, text: str, source: str) -> ThoughtEvent:
    named = {} if thought_id is None else {"id": thought_id}
    return ThoughtEvent(content=text, source=source, metadata=dict(INTERRUPTED), **named)


def _merged_calls(events: list[Event]) -> list[Event]:
    """Pieces of calls that were never made, each call in one piece."""
    calls: dict[tuple[str | None, int], int] = {}
    merged: list[Event] = []
    for event in events:
        if isinstance(event, ToolCallDeltaEvent):
            key = event.full_message_id, event.index
            if key in calls:
                first = merged[calls[key]]
                assert isinstance(first, ToolCallDeltaEvent)
                merged[calls[key]] = first.model_copy(update={"content": first.content + event.content})
                continue
            calls[key] = len(merged)
        merged.append(event)
    return merged
