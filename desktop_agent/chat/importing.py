"""Conversations from files of ours: first a plan that says what would be done, then doing it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

from desktop_agent.storage import ConversationStore, ConversationValues, MessageValues, StoredMessage
from desktop_agent.storage.bin import BIN_DAYS
from desktop_agent.storage.encoding import load_event, load_message, to_json
from desktop_agent.storage.words import clean_title
from desktop_agent.transcripts import TranscriptFormatError
from desktop_agent.transcripts.json_reader import ReadConversation, ReadMessage, read_json
from desktop_agent.transcripts.json_stream import LARGEST_FILE

__all__ = ["ImportPlan", "Planned", "Status", "TranscriptFormatError", "carry_out", "read_plan"]

Progress = Callable[[int, int], None]
_CHANGED: Final = "The file has changed since it was looked at. Nothing more was imported from it."
_MOST_COPIES: Final = 100


class Status(Enum):
    """What is to be done with a conversation of a file."""

    NEW = "new"
    THERE = "there"  # with all the messages of the file, and perhaps more
    DIFFERENT = "different"  # it becomes a copy beside the one that is there


@dataclass(frozen=True, slots=True)
class Planned:
    """One conversation of a file, and what is to be done with it.

    Attributes:
        uid: Under which it is, or will be, in the store.
        title: Its title.
        message_count: How many messages the file has of it, all versions.
        status: What is to be done.
        conversation_id: The one that is there already; None if it is new.
    """

    uid: str
    title: str
    message_count: int
    status: Status
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; nothing has been written yet.

    Attributes:
        path: The file.
        conversations: Those of the file, in its order.
        identity: What tells that the file is still the same.
    """

    path: Path
    conversations: Sequence[Planned]
    identity: tuple[int, ...]

    @property
    def to_do(self) -> list[Planned]:
        """The conversations that will be written."""
        return [each for each in self.conversations if each.status is not Status.THERE]

    @property
    def sentences(self) -> list[str]:
        """What will be done, in English."""
        if not self.conversations:
            return ["There is no conversation in this file."]
        counts = {status: [e for e in self.conversations if e.status is status] for status in Status}
        said: list[str] = []
        if new := counts[Status.NEW]:
            messages = _counted(sum(each.message_count for each in new), "message")
            said.append(f"{_counted(len(new), 'conversation')} with {messages} will be added.")
        if there := counts[Status.THERE]:
            said.append(f"{_counted(len(there), 'conversation')} will be left alone: already here.")
        if different := counts[Status.DIFFERENT]:
            said.append(
                f"{_counted(len(different), 'conversation')} will be added as a copy: here already, but not "
                "the same."
            )
        return said


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


async def read_plan(
    store: ConversationStore, path: Path, progress: Progress = lambda _done, _total: None
) -> ImportPlan:
    """Read and check a whole file, and see what importing it would do; nothing is written.

    Args:
        store: Where the conversations would go.
        path: An export in JSON.
        progress: Is told how many bytes are read, and of how many.

    Raises:
        TranscriptFormatError: It can't be read, is no export, is damaged, too large, or of a later version.
        StorageError: The store can't be read.
    """
    planned: list[Planned] = []
    digests: dict[str, bytes] = {}
    async with _reading(path, progress) as reading:
        while (conversation := await reading.next()) is not None:
            digest = await asyncio.to_thread(_digest, conversation)
            if conversation.uid not in digests:
                planned.append(await _plan(store, conversation, digest))
            elif digests[conversation.uid] != digest:
                raise TranscriptFormatError("The file is damaged: it has a conversation twice, not the same.")
            digests[conversation.uid] = digest
    return ImportPlan(path, planned, reading.identity)


async def carry_out(
    store: ConversationStore, plan: ImportPlan, progress: Progress = lambda _done, _total: None
) -> list[int]:
    """Do what a plan says: each conversation comes whole or not at all. May be cancelled at any time.

    Args:
        store: Where the conversations go.
        plan: What `read_plan` gave.
        progress: Is told how many conversations are done, and of how many.

    Returns:
        The numbers of the conversations that were added.

    Raises:
        TranscriptFormatError: The file has changed since.
        StorageError: The store does not take it; what was added before stays.
    """
    wanted = {each.uid for each in plan.to_do}
    added: list[int] = []
    if not wanted:
        return added
    async with _reading(plan.path) as reading:
        if reading.identity != plan.identity:
            raise TranscriptFormatError(_CHANGED)
        while (conversation := await reading.next()) is not None:
            digest = await asyncio.to_thread(_digest, conversation)
            each = await _plan(store, conversation, digest)
            if each.status is Status.THERE or each.uid not in wanted:
                continue
            wanted.discard(each.uid)
            values = await asyncio.to_thread(_values_of, conversation)
            added.append(await store.import_conversation(replace(values, uid=each.uid)))
            progress(len(added), len(plan.to_do))
    return added


async def _plan(store: ConversationStore, conversation: ReadConversation, digest: bytes) -> Planned:
    """What is to be done with one conversation."""
    candidates = [conversation.uid, *(_copy_uid(digest, number) for number in range(_MOST_COPIES))]
    known = await store.find_uids(candidates)
    status = Status.NEW
    for uid in candidates:
        there = known.get(uid)
        if there is None:
            return _planned(conversation, uid, status, known.get(conversation.uid))
        stored, _ = await store.tree(there)
        if await asyncio.to_thread(_has_all, stored, conversation):
            return _planned(conversation, uid, Status.THERE, there)
        status = Status.DIFFERENT
    raise TranscriptFormatError("There are too many copies of a conversation of this file already.")


def _planned(conversation: ReadConversation, uid: str, status: Status, there: int | None) -> Planned:
    return Planned(uid, clean_title(conversation.title), len(conversation.messages), status, there)


def _copy_uid(digest: bytes, number: int) -> str:
    """The uid of a copy: always the same for the same content, so that it is known the next time."""
    return hashlib.sha256(digest + str(number).encode()).hexdigest()[:32]


def _digest(conversation: ReadConversation) -> bytes:
    digest = hashlib.sha256(conversation.uid.encode())
    for message in conversation.messages:
        digest.update(_canonical(_content(message)))
    return digest.digest()


def _has_all(stored: Sequence[StoredMessage], conversation: ReadConversation) -> bool:
    """Whether the store has every message of the file, with the same content at the same place."""
    uids = {each.id: each.uid for each in stored}
    known = {each.uid: each for each in stored}
    for message in conversation.messages:
        there = known.get(message.uid)
        if there is None or _canonical(_stored_content(there, uids)) != _canonical(_content(message)):
            return False
    return True


def _content(message: ReadMessage) -> list[Any]:
    return [
        message.uid,
        message.parent,
        message.state,
        dict(load_message(to_json(message.message)).dump()),  # as the store gives it back
        [dict(load_event(to_json(each)).dump()) for each in message.events],
        dict(message.details),
    ]


def _stored_content(message: StoredMessage, uids: Mapping[int, str]) -> list[Any]:
    parent = None if message.parent_id is None else uids.get(message.parent_id)
    return [
        message.uid,
        parent,
        "interrupted" if message.state == "streaming" else message.state,
        dict(message.message.dump()),
        [dict(each.dump()) for each in message.events],
        dict(message.details),
    ]


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _values_of(conversation: ReadConversation) -> ConversationValues:
    """The conversation as the store takes it. What would leave the bin for good at once stays out of it."""
    deleted_at = conversation.deleted_at
    if deleted_at is not None and datetime.now(UTC) - deleted_at > timedelta(days=BIN_DAYS - 1):
        deleted_at = None
    return ConversationValues(
        conversation.uid,
        conversation.title,
        cast("Literal['words', 'model', 'user']", conversation.title_origin),
        conversation.created_at,
        conversation.updated_at,
        conversation.pinned,
        deleted_at,
        conversation.head,
        [_message_values(each) for each in conversation.messages],
    )


def _message_values(message: ReadMessage) -> MessageValues:
    return MessageValues(
        message.uid,
        message.parent,
        message.created_at,
        cast("Literal['complete', 'interrupted', 'failed']", message.state),
        message.message,
        message.events,
        message.details,
        message.deleted_at,
    )


class _Reading:
    """Reads the conversations of an open file, each in a worker thread."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        found = os.fstat(file.fileno())
        self.identity = (found.st_size, found.st_mtime_ns, found.st_ino)
        self._file = file
        self._progress = progress
        self._conversations: Iterator[ReadConversation] = read_json(file)

    async def next(self) -> ReadConversation | None:
        """The next conversation; None at the end."""
        conversation = await asyncio.to_thread(self._read)
        self._progress(min(self._file.tell(), self.identity[0]), self.identity[0])
        return conversation

    def _read(self) -> ReadConversation | None:
        try:
            return next(self._conversations, None)
        except OSError as error:
            raise _unreadable(error) from error


@asynccontextmanager
async def _reading(
    path: Path, progress: Progress = lambda _done, _total: None
) -> AsyncGenerator[_Reading, None]:
    """Open a file and close it at the end."""
    file = await asyncio.to_thread(_open, path)
    try:
        yield _Reading(file, progress)
    finally:
        file.close()


def _open(path: Path) -> IO[bytes]:
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there, or is no file"
            raise TranscriptFormatError(f"{path} {what}.")
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(error) from error
    except ValueError as error:
        raise TranscriptFormatError("No file has this name.") from error
    if os.fstat(file.fileno()).st_size > LARGEST_FILE:
        file.close()
        raise TranscriptFormatError(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
    return file


def _unreadable(error: OSError) -> TranscriptFormatError:
    return TranscriptFormatError(f"The file can't be read: {(error.strerror or str(error)).lower()}.")
