"""Messages and events as JSON text, and times as numbers; nothing that was said is changed or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    MessageFactory,
    TextMessage,
)

Event: TypeAlias = BaseAgentEvent | BaseChatMessage

UNKNOWN_TYPE: Final = "unknown_type"
"""The key of the metadata that tells the type of a message which this version does not know."""

_TEXT_ENDING: Final = '"type":"TextMessage"}'
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT: Final = 4_000_000_000_000_000
"""Up to here (the year 2096), a float holds seconds to less than half a microsecond."""

_MICROSECOND: Final = timedelta(microseconds=1)
_factory: Final = MessageFactory()


def to_json(value: Any) -> str:
    """Compact JSON that UTF-8 can hold: with lone surrogates, all but ASCII is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def from_json(text: str) -> Any:
    """The value that `to_json` wrote; the text itself if it is no JSON (a damaged row)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def dump_event(event: Event) -> str:
    """A message or an event as text."""
    return to_json(event.dump())


def load_event(text: str) -> Event:
    """The inverse of `dump_event`; what this version does not know becomes a text that says the same."""
    if text.endswith(_TEXT_ENDING):  # most are, and pydantic reads them at once in a third of the time
        try:
            return TextMessage.model_validate_json(text)
        except ValueError:
            pass  # it has a lone surrogate, or is damaged
    data = from_json(text)
    try:
        return _factory.create(data)
    except (ValueError, TypeError):
        pass
    fields = data if isinstance(data, Mapping) else {}
    values: dict[str, Any] = {
        "content": text_of(data),
        "source": str(fields.get("source") or "unknown"),
        "metadata": {UNKNOWN_TYPE: str(fields.get("type") or "")},
    }
    if isinstance(fields.get("id"), str):
        values["id"] = fields["id"]
    try:
        return TextMessage.load({**values, "created_at": fields.get("created_at")})
    except ValueError:
        return TextMessage(**values)


def load_message(text: str) -> BaseChatMessage:
    """As `load_event`, for a place where only messages stand."""
    event = load_event(text)
    if isinstance(event, BaseChatMessage):
        return event
    return TextMessage(content=event.to_text(), source=event.source, metadata=event.metadata)


def text_of(data: Any) -> str:
    """The words of a dumped message, as they are shown and searched; pictures have none."""
    content = data.get("content", data) if isinstance(data, Mapping) else data
    if isinstance(content, str):
        return content
    if isinstance(content, list) and any(isinstance(part, str) for part in content):
        return "\n".join(part for part in content if isinstance(part, str))
    if isinstance(content, list) and all(isinstance(part, Mapping) and "data" in part for part in content):
        return ""
    return json.dumps(content, ensure_ascii=False)


def to_microseconds(time: datetime) -> int:
    """Microseconds since 1970; a time without a zone is taken as UTC."""
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def to_time(microseconds: int) -> datetime:
    """The inverse of `to_microseconds`, in UTC."""
    if 0 <= microseconds < _EXACT:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)  # in half the time
    return _EPOCH + timedelta(microseconds=microseconds)


def now() -> int:
    """Microseconds since 1970, as the clock says."""
    return to_microseconds(datetime.now(UTC))
