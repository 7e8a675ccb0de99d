"""Conversations as a person reads them: entries for `transcripts`, with everything in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from desktop_agent.chat.endings import ending_of
from desktop_agent.chat.history import Said, said_of
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.config.provider import DEMO
from desktop_agent.storage import ConversationSummary, StoredMessage
from desktop_agent.transcripts import CallEnd, Entry, Transcript

_UNDER_WAY = "This reply was still being written."
_LEAST_COST = 0.0001
_CENT = 0.01


def transcript_of(title: str, history: Sequence[Said]) -> Transcript:
    """A conversation that may not be stored."""
    return _transcript(title, [entry_of(said) for said in history if not said.is_empty])


def transcript_of_stored(
    summary: ConversationSummary, shown: Sequence[StoredMessage], tree: Iterable[StoredMessage] = ()
) -> Transcript:
    """A conversation from the store.

    Args:
        summary: Its title.
        shown: The messages that a person reads, oldest first.
        tree: All messages, for the other versions of those.
    """
    versions = versions_of(tree)
    entries = [
        replace(
            _entry_of_stored(each),
            others=[_entry_of_stored(other) for other in versions.get(each.id, ()) if other.id != each.id],
        )
        for each in shown
    ]
    return _transcript(summary.title, entries)


def _transcript(title: str, entries: Sequence[Entry]) -> Transcript:
    models = dict.fromkeys(entry.model for entry in entries if entry.model)
    return Transcript(title, entries, entries[0].created_at if entries else None, tuple(models))


def versions_of(tree: Iterable[StoredMessage]) -> Mapping[int, Sequence[StoredMessage]]:
    """The versions of each message, by its id. What hangs on a deleted one counts to the one before that."""
    before: dict[int, int | None] = {}
    deleted: set[int] = set()
    places: defaultdict[int | None, list[StoredMessage]] = defaultdict(list)
    for each in tree:
        parent = before[each.parent_id] if each.parent_id in deleted else each.parent_id
        before[each.id] = parent
        if each.deleted_at is not None:
            deleted.add(each.id)
        else:
            places[parent].append(each)
    return {each.id: versions for versions in places.values() for each in versions}


def _entry_of_stored(stored: StoredMessage) -> Entry:
    entry = entry_of(said_of(stored))
    return replace(entry, ending=_UNDER_WAY) if stored.state == "streaming" else entry


def entry_of(said: Said) -> Entry:
    """One message with its ending, its figures and its time in words."""
    figures = None if said.is_question else RunFigures.from_json(said.details.get("figures"))
    model, seconds = said.details.get("model"), said.details.get("thought_seconds")
    return Entry(
        said.message,
        tuple(said.events),
        said.created_at.astimezone(),
        model if isinstance(model, str) else "",
        _ending(said),
        "" if figures is None else figures_text(figures),
        float(seconds) if isinstance(seconds, int | float) else None,
        said.version,
        said.version_count,
        said_aloud=frozenset(event.id for event in said.events if said.is_said(event)),
        calls=_calls(said.details.get("tools")),
    )


def _calls(value: object) -> dict[str, CallEnd]:
    """The states of calls as the store has them."""
    ends: dict[str, CallEnd] = {}
    for call_id, end in value.items() if isinstance(value, Mapping) else ():
        if isinstance(end, Mapping) and isinstance(end.get("state"), str):
            seconds = end.get("seconds")
            ends[str(call_id)] = CallEnd(end["state"], seconds if isinstance(seconds, int | float) else None)
    return ends


def _ending(said: Said) -> str:
    provider = replace(DEMO, name=str(said.details.get("provider") or "The provider"))
    ending = ending_of(said, provider)
    return "" if ending is None else " ".join(str(ending).split())


def figures_text(figures: RunFigures) -> str:
    """Tokens, speed, duration and cost of a run in English; what is not known is left out."""
    prompt = f"{'~' if figures.prompt_is_estimate else ''}{figures.prompt:,} prompt"
    completion = f"{'~' if figures.completion_is_estimate else ''}{figures.completion:,} completion"
    parts = [f"{prompt}, {completion} tokens"]
    if figures.tokens_per_second is not None:
        parts.append(f"{figures.tokens_per_second:.1f} tok/s")
    parts.append(f"{figures.duration:.1f} s")
    if figures.cost is not None:
        parts.append(_cost_text(figures.cost, is_estimate=figures.is_estimate))
    return ", ".join(parts)


def _cost_text(dollars: float, *, is_estimate: bool) -> str:
    before = "~" if is_estimate else ""
    if 0 < dollars < _LEAST_COST:
        return f"{before}<${_LEAST_COST:.4f}"
    return f"{before}${dollars:.4f}" if 0 < dollars < _CENT else f"{before}${dollars:.2f}"
