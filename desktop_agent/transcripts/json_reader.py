"""Exports in JSON, read back: each conversation is checked as a whole before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any, Final

from desktop_agent.agentchat import messages
from desktop_agent.agentchat.messages import BaseChatMessage, MessageFactory
from desktop_agent.transcripts.errors import TranscriptFormatError
from desktop_agent.transcripts.json_document import FORMAT, VERSION
from desktop_agent.transcripts.json_stream import DEEPEST, JsonStream, depth_exceeds

_UID: Final = re.compile(r"[0-9a-f]{32}")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z")
_STATES: Final = ("complete", "streaming", "interrupted", "failed")
_ORIGINS: Final = ("words", "model", "user")
_FOREIGN: Final = "This file is no export of Desktop Agent in JSON."
_NEWER: Final = (
    "A later version of Desktop Agent made this file. Install the newer version, then it can be imported."
)
_LONGEST_TITLE: Final = 10_000
_MOST_MESSAGES: Final = 1_000_000
_factory: Final = MessageFactory()


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message as a file has it; the fields are those of the document, checked."""

    uid: str
    parent: str | None
    created_at: datetime
    state: str
    message: Mapping[str, Any]
    events: list[Mapping[str, Any]]
    details: Mapping[str, Any]
    deleted_at: datetime | None


@dataclass(slots=True)
class ReadConversation:
    """A conversation as a file has it."""

    uid: str
    title: str
    title_origin: str
    created_at: datetime
    updated_at: datetime
    pinned: bool
    deleted_at: datetime | None
    head: str | None
    messages: list[ReadMessage] = field(default_factory=list)


def read_json(file: IO[bytes]) -> Iterator[ReadConversation]:
    """The conversations of a document, one after the other; an iteration that ends well has seen all of it.

    Args:
        file: Opened for reading bytes.

    Raises:
        TranscriptFormatError: The document is no export, is damaged, or comes from a later version.
    """
    stream = JsonStream(file)
    if not stream.begins("{"):
        raise TranscriptFormatError(_FOREIGN)
    is_known = has_version = has_conversations = False
    for name in stream.members():
        if name == "conversations":
            if not (is_known and has_version):
                raise TranscriptFormatError(_FOREIGN)
            has_conversations = True
            for number in stream.items():
                yield _read_conversation(stream, number + 1)
            continue
        value = stream.value()
        if name == "format":
            is_known = value == FORMAT
            if not is_known:
                raise TranscriptFormatError(_FOREIGN)
        elif name == "version":
            _check_version(value)
            has_version = True
    if not has_conversations:
        raise TranscriptFormatError(_FOREIGN)
    stream.end()


def _check_version(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TranscriptFormatError(_FOREIGN)
    if value > VERSION:
        raise TranscriptFormatError(_NEWER)


def _read_conversation(stream: JsonStream, number: int) -> ReadConversation:
    where = f"conversation {number}"
    values: dict[str, Any] = {}
    read: list[ReadMessage] = []
    if not stream.begins("{"):
        raise _wrong(where, "it is no object")
    for name in stream.members():
        if name != "messages":
            values[name] = stream.value()
            continue
        if not stream.begins("["):
            raise _wrong(where, "its messages are no list")
        for at in stream.items():
            if at >= _MOST_MESSAGES:
                raise _wrong(where, "it has too many messages")
            read.append(_message(stream.value(), f"{where}, message {at + 1}"))
        values[name] = None
    if "messages" not in values:
        raise _wrong(where, "its messages are missing")
    conversation = ReadConversation(
        _uid(values, "uid", where),
        _text(values, "title", where)[:_LONGEST_TITLE],
        _one_of(values, "title_origin", _ORIGINS, where),
        _time(values, "created_at", where),
        _time(values, "updated_at", where),
        _flag(values, "pinned", where),
        _time_or_none(values, "deleted_at", where),
        None if values.get("head") is None else _uid(values, "head", where),
        read,
    )
    _check_tree(conversation, where)
    return conversation


def _check_tree(conversation: ReadConversation, where: str) -> None:
    """See that each message follows one that came before it, and that the last one shown is there."""
    known: set[str] = set()
    for number, message in enumerate(conversation.messages, 1):
        if message.uid in known:
            raise _wrong(f"{where}, message {number}", "it is there twice")
        if message.parent is not None and message.parent not in known:
            raise _wrong(f"{where}, message {number}", "the message before it is missing")
        known.add(message.uid)
    if (conversation.head is None) is not (not known) or conversation.head not in {None, *known}:
        raise _wrong(where, "it does not say which message is its last")


def _message(values: Any, where: str) -> ReadMessage:
    if not isinstance(values, dict):
        raise _wrong(where, "it is no object")
    events = values.get("events")
    if not isinstance(events, list):
        raise _wrong(where, "its events are no list")
    details = values.get("details")
    if not isinstance(details, dict):
        raise _wrong(where, "its details are no object")
    state = _one_of(values, "state", _STATES, where)
    return ReadMessage(
        _uid(values, "uid", where),
        None if values.get("parent") is None else _uid(values, "parent", where),
        _time(values, "created_at", where),
        "interrupted" if state == "streaming" else state,  # nothing more will come
        _said(values.get("message"), where, is_message=True),
        [_said(each, where, is_message=False) for each in events],
        details,
        _time_or_none(values, "deleted_at", where),
    )


def _said(values: Any, where: str, *, is_message: bool) -> Mapping[str, Any]:
    """A dumped message or event; one of a type that this version does not know is kept as it is."""
    if not isinstance(values, dict) or not isinstance(values.get("type"), str):
        raise _wrong(where, "it does not tell what was said")
    for name in ("id", "source", "created_at"):
        _text(values, name, where)  # without them it would be another one each time that it is read
    kind = getattr(messages, values["type"], None)
    if not isinstance(kind, type) or not _factory.is_registered(kind):
        _time(values, "created_at", where)
        return values
    try:
        said = _factory.create(values)
        dumped = said.dump()
    except (ValueError, TypeError, RecursionError):
        raise _wrong(where, "what was said is damaged") from None
    if is_message and not isinstance(said, BaseChatMessage):
        raise _wrong(where, "it is no message")
    if depth_exceeds(dumped, DEEPEST):
        raise _wrong(where, "it is nested too deeply")
    return dumped


def _wrong(where: str, what: str) -> TranscriptFormatError:
    return TranscriptFormatError(f"The file is damaged in {where}: {what}. Nothing was imported.")


def _text(values: Mapping[str, Any], name: str, where: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise _wrong(where, f'"{name}" is no text')
    return value


def _uid(values: Mapping[str, Any], name: str, where: str) -> str:
    value = _text(values, name, where)
    if not _UID.fullmatch(value):
        raise _wrong(where, f'"{name}" is no id')
    return value


def _one_of(values: Mapping[str, Any], name: str, known: tuple[str, ...], where: str) -> str:
    value = values.get(name)
    if value not in known:
        raise _wrong(where, f'"{name}" is not known')
    return str(value)


def _flag(values: Mapping[str, Any], name: str, where: str) -> bool:
    value = values.get(name)
    if not isinstance(value, bool):
        raise _wrong(where, f'"{name}" is neither true nor false')
    return value


def _time_or_none(values: Mapping[str, Any], name: str, where: str) -> datetime | None:
    return None if values.get(name) is None else _time(values, name, where)


def _time(values: Mapping[str, Any], name: str, where: str) -> datetime:
    found = _TIME.fullmatch(_text(values, name, where))
    try:
        if found:
            time = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
            return time.replace(microsecond=int((found[2] or "0").ljust(6, "0")))
    except ValueError:
        pass
    raise _wrong(where, f'"{name}" is no time')
