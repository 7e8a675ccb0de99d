"""Simulated power cuts: a disk that forgets, at a random moment, what was not synced to it.

What a real store says to SQLite, statement by statement, is said again to an SQLite whose files are watched.
From the log of writes and syncs a disk is rebuilt as a power cut could leave it: what was synced is there; of
what was written since, each sector of 512 bytes is there or not, at random. Names in folders are taken as
durable, and the memory that processes share as gone.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
from typing_extensions import override

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.storage import ConversationStore
from desktop_agent.storage.connection import open_writer
from storage.stores import chunk, opened

if TYPE_CHECKING:
    from collections.abc import Callable

SECTOR = 512


@dataclass
class Operation:
    """One thing that was done to a file: bytes at an offset, a new length, or a sync."""

    name: str
    kind: str
    offset: int = 0
    data: bytes = b""


@dataclass
class Recording:
    """What a store said, and what it had acknowledged when so much was said.

    Attributes:
        base: The file before.
        statements: In order, with their values in them.
        acknowledged: Message ids and texts, by the number of statements before.
    """

    base: bytes = b""
    statements: list[str] = field(default_factory=list)
    acknowledged: list[tuple[int, int, str]] = field(default_factory=list)


def record(path: Path, install: Callable[[Any], None], messages: int, seed: int) -> Recording:
    """Use a store, and note what its connection says.

    Args:
        path: A name for the store.
        install: Puts the given function in place of the store's `open_writer`.
        messages: How many to append; between them, replies stream.
        seed: Of their lengths.
    """
    recording, chance = Recording(), random.Random(seed)

    def open_recorded(file: Path) -> sqlite3.Connection:
        recording.base = file.read_bytes()
        connection = open_writer(file)
        connection.set_trace_callback(lambda sql: note(recording.statements, sql))
        return connection

    async def use() -> None:
        store = ConversationStore(path)
        await store.open()
        conversation = await store.create_conversation("power")
        for number in range(messages):
            text = f"message {number} " + "word " * chance.randrange(400)
            sending = [
                store.append_message(conversation, TextMessage(content=f"{text}{i}", source="user"))
                for i in range(chance.randrange(1, 4))
            ]
            ids = await asyncio.gather(*sending)
            for i, message_id in enumerate(ids):
                recording.acknowledged.append((len(recording.statements), message_id, f"{text}{i}"))
            journal = await store.begin_reply(conversation, "assistant")
            for piece in range(chance.randrange(5)):
                journal.put(chunk(f"{piece} "))
            await journal.finish(TextMessage(content=f"reply {number}", source="assistant"), "complete")
            recording.acknowledged.append((len(recording.statements), journal.message_id, f"reply {number}"))
            if chance.random() < 0.1:
                await store.purge(await store.create_conversation("gone again"))
        await store.close()

    install(open_recorded)
    asyncio.run(use())
    return recording


def note(statements: list[str], sql: str) -> None:
    """Keep a statement, unless it is one that the search index says itself."""
    if not sql.startswith("--") and "_index_" not in sql:
        statements.append(sql)


# --- The watched disk


class WatchedSystem(apsw.VFS):
    """SQLite's own files, watched."""

    def __init__(self) -> None:
        self.log: list[Operation] = []
        super().__init__("watched", "")

    @override
    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return WatchedFile(self.log, name, flags)


class WatchedFile(apsw.VFSFile):
    """One file, watched."""

    def __init__(self, log: list[Operation], name: Any, flags: list[int]) -> None:
        self._log = log
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary").name
        super().__init__("", name, flags)

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        self._log.append(Operation(self._name, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    @override
    def xTruncate(self, newsize: int) -> None:
        self._log.append(Operation(self._name, "truncate", newsize))
        super().xTruncate(newsize)

    @override
    def xSync(self, flags: int) -> None:
        self._log.append(Operation(self._name, "sync"))
        super().xSync(flags)


@dataclass
class Replayed:
    """The log of a disk, and what was acknowledged at which place of it."""

    base: bytes
    log: list[Operation]
    acknowledged: list[tuple[int, int, str]]


def replay(recording: Recording, folder: Path, synchronous: str = "FULL") -> Replayed:
    """Say all statements again, to an SQLite whose files are watched.

    Args:
        recording: What to say.
        folder: For the files.
        synchronous: The store's own setting, or a weaker one, to see what that would lose.
    """
    path = folder / "conversations.db"
    path.write_bytes(recording.base)
    system = WatchedSystem()
    connection = apsw.Connection(str(path), vfs="watched")
    settings = ["locking_mode = EXCLUSIVE", "journal_mode = WAL", f"synchronous = {synchronous}"]
    for setting in (*settings, "foreign_keys = ON", "secure_delete = FAST"):
        connection.execute(f"PRAGMA {setting}").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 100").fetchall()  # many checkpoints, to be cut in
    places = []
    for statement in recording.statements:
        connection.execute(statement).fetchall()
        places.append(len(system.log))
    known = [(places[count - 1], message_id, text) for count, message_id, text in recording.acknowledged]
    connection.close()
    system.unregister()
    return Replayed(recording.base, system.log, known)


def cut(replayed: Replayed, folder: Path, place: int, chance: random.Random) -> Path:
    """Write the files as a power cut after `place` operations could leave them."""
    folder.mkdir(parents=True)
    names = {each.name for each in replayed.log[:place]} | {"conversations.db"}
    for name in names:
        mine = [each for each in replayed.log[:place] if each.name == name]
        synced = max((i + 1 for i, each in enumerate(mine) if each.kind == "sync"), default=0)
        disk = bytearray(replayed.base if name == "conversations.db" else b"")
        for each in mine[:synced]:
            apply(disk, each)
        for each in mine[synced:]:
            apply_in_part(disk, each, chance)
        (folder / name).write_bytes(disk)
    return folder / "conversations.db"


def apply(disk: bytearray, operation: Operation) -> None:
    """Do it."""
    if operation.kind == "truncate":
        del disk[operation.offset :]
        disk.extend(bytes(operation.offset - len(disk)))
    elif operation.kind == "write":
        disk.extend(bytes(max(0, operation.offset - len(disk))))
        disk[operation.offset : operation.offset + len(operation.data)] = operation.data


def apply_in_part(disk: bytearray, operation: Operation, chance: random.Random) -> None:
    """Do it, or not, or some sectors of it."""
    fate = chance.choice(("kept", "lost", "torn"))
    if fate == "kept" or (fate == "torn" and operation.kind != "write"):
        apply(disk, operation)
    elif fate == "torn":
        for start in range(0, len(operation.data), SECTOR):
            if chance.random() < 0.5:
                part = operation.data[start : start + SECTOR]
                apply(disk, Operation(operation.name, "write", operation.offset + start, part))


def power_cuts(replayed: Replayed, folder: Path, count: int, seed: int) -> tuple[int, list[str]]:
    """Cut at `count` random moments, open what is left, and compare.

    Returns:
        How many acknowledged messages were looked for, and what was wrong.
    """
    chance, looked_for, wrong = random.Random(seed), 0, []
    for number in range(count):
        place = chance.randrange(1, len(replayed.log))
        path = cut(replayed, folder / str(number), place, chance)
        texts, problems = asyncio.run(look(path))
        wrong += [f"cut {number} after {place}: {problem}" for problem in problems]
        for known_at, message_id, text in replayed.acknowledged:
            if known_at <= place:
                looked_for += 1
                if texts.get(message_id) != text:
                    wrong.append(f"cut {number} after {place}: message {message_id} is not as it was")
        for each in sorted(path.parent.rglob("*"), reverse=True):
            each.rmdir() if each.is_dir() else each.unlink()
    return looked_for, wrong


async def look(path: Path) -> tuple[dict[int, str], list[str]]:
    """The texts of all messages after the next start, and what is wrong with the file."""
    async with opened(path) as store:
        reason = (await store.open()).reason
        problems = ([reason] if reason else []) + await store.check(full=True)
        texts = {
            message.id: message.message.to_text()
            for conversation in await store.conversations()
            for message in await store.messages(conversation.id)
        }
        return texts, problems
