"""`desktop-agent list` and `search`: which conversations there are, and where something was said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from desktop_agent.cli.reading import StoreReader
from desktop_agent.cli.terminal import marked, one_line, put, put_json, say
from desktop_agent.storage import ConversationSummary, SearchHit

_OUTCOMES = {
    "streaming": "a reply is under way",
    "interrupted": "the last reply was cut short",
    "failed": "the last reply failed",
}


def list_conversations(*, as_json: bool) -> int:
    """Print the conversations; the exit status.

    Args:
        as_json: Print an array of objects instead of a table.
    """
    with StoreReader() as reader:
        found = reader.conversations()
    if as_json:
        put_json([_summary_values(each) for each in found])
    elif not found:
        say("There are no conversations yet.")
    else:
        put(_table(found))
    return 0


def search(text: str, limit: int, *, as_json: bool) -> int:
    """Print where `text` is found; the exit status.

    Args:
        text: What a person would type into the search field.
        limit: At most so many hits.
        as_json: Print an array of objects instead of lines.
    """
    with StoreReader() as reader:
        hits = reader.search(text, limit)
    if as_json:
        put_json([_hit_values(each) for each in hits])
    elif not hits:
        say(f'Nothing found for "{one_line(text)}".')
    else:
        put("\n".join(_hit_lines(hits)) + "\n")
    return 0


def _table(conversations: Iterable[ConversationSummary]) -> str:
    rows = [("ID", "Changed", "Messages", "Title")]
    for each in conversations:
        title = one_line(each.title)
        if note := _OUTCOMES.get(each.outcome):
            title += f" ({note})"
        rows.append((str(each.id), _local(each.updated_at), str(each.message_count), title))
    width = max(len(row[0]) for row in rows)
    return "".join(
        f"{number:>{width}}  {time:16}  {count:>8}  {title}\n" for number, time, count, title in rows
    )


def _hit_lines(hits: Iterable[SearchHit]) -> Iterable[str]:
    """Two lines for each hit: where it is, and what stands there; a hit in a title is one line."""
    for each in hits:
        head = f"{each.conversation_id}  {_local(each.created_at)}  "
        if each.message_id is None:
            yield head + marked(each.title, each.matches)
        else:
            yield head + one_line(each.title)
            yield "    " + marked(each.context, each.matches)


def _summary_values(each: ConversationSummary) -> dict[str, Any]:
    return {
        "id": each.id,
        "uid": each.uid,
        "title": each.title,
        "created_at": _utc(each.created_at),
        "updated_at": _utc(each.updated_at),
        "pinned": each.is_pinned,
        "unread": each.is_unread,
        "outcome": each.outcome,
        "messages": each.message_count,
    }


def _hit_values(each: SearchHit) -> dict[str, Any]:
    return {
        "conversation_id": each.conversation_id,
        "title": each.title,
        "message_id": each.message_id,
        "context": each.context,
        "matches": [list(match) for match in each.matches],
        "created_at": _utc(each.created_at),
    }


def _local(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
