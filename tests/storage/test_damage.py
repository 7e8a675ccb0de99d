"""Damaged files: kept aside, read as far as they can be, completed from backups; never silently empty."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desktop_agent.storage import ConversationStore, StorageError, StoreDamagedError
from desktop_agent.storage.repair import Repair
from desktop_agent.storage.schema import VERSION
from storage.mounts import mounted, only_linux
from storage.stores import chunk, opened, said, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = 4096
CONVERSATIONS = 8
MESSAGES = 40


def text_of(conversation: int, number: int) -> str:
    return f"conversation {conversation} message {number} " + "word " * 30


async def make_store(path: Path) -> None:
    async with opened(path) as store:
        for conversation in range(1, CONVERSATIONS + 1):
            assert await store.create_conversation(f"title {conversation}") == conversation
        adding = [
            store.append_message(conversation, said(text_of(conversation, number)))
            for number in range(MESSAGES)
            for conversation in range(1, CONVERSATIONS + 1)
        ]
        await asyncio.gather(*adding)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store of about 120 pages, all of it in the file itself."""
    path = tmp_path_factory.mktemp("whole") / "conversations.db"
    asyncio.run(make_store(path))
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "data" / "conversations.db"
    path.parent.mkdir()
    path.write_bytes(whole)
    return path


Damage = Callable[[bytearray], None]


def root_page(data: bytearray, name: str) -> int:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(bytes(data).replace(b"\x02\x02\x00\x40", b"\x01\x01\x00\x40", 1))
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        return int(connection.execute(query, (name,)).fetchone()[0])


def put(data: bytearray, start: int, new: bytes) -> None:
    data[start : start + len(new)] = new


def zero_root(name: str) -> Damage:
    return lambda data: put(data, (root_page(data, name) - 1) * PAGE, bytes(PAGE))


def noise(seed: int, length: int, pages: Iterable[int], place: int | None = None) -> Damage:
    def damage(data: bytearray) -> None:
        chance = random.Random(seed)
        for page in pages:
            start = chance.randrange(PAGE - length) if place is None else place
            put(data, page * PAGE + start, chance.randbytes(length))

    return damage


def shuffle_pages(data: bytearray) -> None:
    third, fortieth = data[2 * PAGE : 3 * PAGE], data[40 * PAGE : 41 * PAGE]
    put(data, 2 * PAGE, bytes(fortieth))
    put(data, 40 * PAGE, bytes(third))


def cut(share: float, more: int = 0) -> Damage:
    def damage(data: bytearray) -> None:
        del data[int(len(data) // PAGE * share) * PAGE + more :]

    return damage


KINDS: dict[str, tuple[Damage, float]] = {
    # What is done to the file, and the share of the messages that must be saved without a backup.
    "no bytes left": (lambda data: data.clear(), 0),
    "one byte left": (lambda data: data.__delitem__(slice(1, None)), 0),
    "only the header left": (lambda data: data.__delitem__(slice(100, None)), 0),
    "first page only": (lambda data: data.__delitem__(slice(PAGE, None)), 0),
    "cut in the middle": (cut(0.5), 0.1),
    "cut near the end": (cut(0.9), 0.5),
    "cut within a page": (cut(0.7, 100), 0.2),
    "another file": (lambda data: put(data, 0, b"just some text " * (len(data) // 15)), 0),
    "header overwritten": (lambda data: put(data, 0, b"\xff" * 100), 1),
    "wrong magic": (lambda data: put(data, 0, b"SQLite format 4"), 1),
    "wrong page size": (lambda data: put(data, 16, b"\x00\x07"), 1),
    "wrong application id": (lambda data: put(data, 68, b"\x00\x00\x00\x07"), 1),
    "first page of zeros": (lambda data: put(data, 0, bytes(PAGE)), 1),
    "first page of noise": (noise(1, PAGE - 1, [0]), 1),
    "root of messages zeroed": (zero_root("messages"), 0),
    "root of conversations zeroed": (zero_root("conversations"), 1),
    "root of an index zeroed": (zero_root("messages_by_conversation"), 1),
    "search index zeroed": (zero_root("message_index_data"), 1),
    "16 random bytes at the start of each tenth page": (noise(2, 16, range(5, 100, 10), 0), 0.5),
    "noise in 20 pages": (noise(3, 1000, range(30, 50)), 0.2),
    "two pages exchanged": (shuffle_pages, 0.5),
    "all but the first page of zeros": (lambda data: put(data, PAGE, bytes(len(data) - PAGE)), 0),
}


async def repaired(path: Path, faults: list[StorageError]) -> str:
    """Open, repair what the check in the background or a look at everything finds; what the status says."""
    store = ConversationStore(path, on_fault=faults.append)
    status = await store.open()
    if not status.reason:
        assert await store.check(full=True)  # the damage is found
        status = await store.repair()
    assert not status.is_read_only
    assert await store.check(full=True) == []
    await store.close()
    return status.reason


async def messages_saved(path: Path) -> int:
    """How many of the messages are there, each exactly as it was; they are found by the search, too."""
    count = 0
    async with opened(path) as store:
        for summary in await store.conversations():
            found = [each.message.to_text() for each in await store.messages(summary.id)]
            known = {text_of(summary.id, number) for number in range(MESSAGES)}
            assert len(found) == len(set(found))
            assert set(found) <= known
            count += len(found)
        assert len(await store.search("message", limit=1_000)) == count
        conversation = await store.create_conversation("goes on")
        await store.append_message(conversation, said("new"))
        assert await texts(store, conversation) == ["new"]
    return count


def damaged(path: Path, kind: str) -> bytes:
    data = bytearray(path.read_bytes())
    KINDS[kind][0](data)
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_read_is_saved(path: Path, kind: str) -> None:
    left = damaged(path, kind)
    reason = asyncio.run(repaired(path, []))
    assert reason.startswith("The file of your conversations was ")
    (aside,) = path.parent.glob("*.corrupt-*")
    assert aside.read_bytes() == left
    assert aside.name in reason
    saved = asyncio.run(messages_saved(path))
    total = CONVERSATIONS * MESSAGES
    assert saved >= total * KINDS[kind][1], f"{saved} of {total}"
    assert f"{saved} messages could be read" in reason or (saved == 0 and "no backup" in reason)
    assert not list(path.parent.glob("*.damaged")) + list(path.parent.glob("*.salvage*"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_has_the_rest(path: Path, kind: str) -> None:
    async def back_up() -> None:
        async with opened(path) as store:
            await store.backup()
            await store.append_message(1, said(text_of(1, 0) + "after the backup"))

    asyncio.run(back_up())
    damaged(path, kind)
    reason = asyncio.run(repaired(path, []))

    async def look() -> None:
        async with opened(path) as store:
            for conversation in range(1, CONVERSATIONS + 1):
                expected = [text_of(conversation, number) for number in range(MESSAGES)]
                assert (await texts(store, conversation))[:MESSAGES] == expected
                assert (await store.conversation(conversation)).title == f"title {conversation}"

    asyncio.run(look())
    if KINDS[kind][1] == 0:
        assert "came from the backup of" in reason


def test_a_missing_file_comes_back_from_the_backup(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store.backup()
        await asyncio.to_thread(path.unlink)
        async with opened(path) as store:
            reason = (await store.open()).reason
            assert "was gone" in reason
            assert f"{CONVERSATIONS * MESSAGES} messages came from the backup" in reason
        assert await messages_saved(path) == CONVERSATIONS * MESSAGES

    asyncio.run(run())


def test_damage_under_a_running_program_is_told_and_repaired_at_the_next_start(path: Path) -> None:
    damaged(path, "root of an index zeroed")

    async def run() -> None:
        faults: list[StorageError] = []
        told = asyncio.Event()

        def note(error: StorageError) -> None:
            faults.append(error)
            told.set()

        async with opened(path, on_fault=note) as store:
            await told.wait()  # of the check in the background
            assert isinstance(faults[0], StoreDamagedError)
            with pytest.raises(StoreDamagedError, match="damaged"):
                await store.messages(1)
        async with opened(path) as store:
            assert "damaged" in (await store.open()).reason
            assert len(await store.messages(1)) == MESSAGES

    asyncio.run(run())


def test_words_of_the_log_are_saved_and_it_is_kept_with_the_file(path: Path, tmp_path: Path) -> None:
    async def leave_log(copy: Path) -> bytes:
        async with opened(path) as store:
            await store.append_message(1, said("in the log alone"))
            journal = await store.begin_reply(1, "assistant")
            journal.put(chunk("half a reply"))
            while (await texts(store, 1))[-1] != "half a reply":
                await store.conversations()
            copy.parent.mkdir()
            for end in ("", "-wal"):
                copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
        return copy.with_name(copy.name + "-wal").read_bytes()

    async def look(copy: Path) -> None:
        async with opened(copy) as store:
            status = await store.open()
            assert "damaged" in status.reason
            assert status.recovered == 1
            assert (await texts(store, 1))[MESSAGES:] == ["in the log alone", "half a reply"]

    copy = tmp_path / "crashed" / path.name
    log = asyncio.run(leave_log(copy))
    copy.with_name(copy.name + ".damaged").touch()  # as the check in the background leaves it
    asyncio.run(look(copy))
    (aside,) = copy.parent.glob("*.corrupt-*-wal")
    assert aside.read_bytes() == log


def test_a_damaged_store_of_a_newer_version_is_left_alone(path: Path) -> None:
    data = bytearray(path.read_bytes())
    put(data, 60, (VERSION + 1).to_bytes(4, "big"))
    zero_root("messages_by_conversation")(data)
    path.write_bytes(data)
    path.with_name(path.name + ".damaged").touch()

    async def look() -> None:
        async with opened(path) as store:
            status = await store.open()
            assert status.is_read_only
            assert "newer version" in status.reason
            assert len(await store.conversations()) == CONVERSATIONS

    asyncio.run(look())
    assert path.read_bytes() == data


@only_linux
@pytest.mark.parametrize("kind", ["another file", "root of messages zeroed"])
def test_without_room_a_damaged_store_stays_and_is_told(path: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    left = damaged(path, kind)

    async def look() -> None:
        async with opened(folder / path.name) as store:
            status = await store.open()
            assert status.is_read_only
            assert "disk is full" in status.reason
            with pytest.raises(StorageError):
                await store.create_conversation("x")
        with pytest.raises(StoreDamagedError):
            await read(folder / path.name)

    async def read(file: Path) -> None:
        async with opened(file, read_only=True) as store:
            await store.messages(1)

    with mounted(folder, "-t", "tmpfs", "-o", f"size={len(left) + 200_000}", "none"):
        (folder / path.name).write_bytes(left)
        (folder / (path.name + ".damaged")).touch()
        asyncio.run(look())
        assert (folder / path.name).read_bytes() == left


def test_a_garbled_text_hides_no_other(path: Path) -> None:
    data = path.read_bytes()
    text = text_of(3, 7).encode()
    assert data.count(text) == 1
    path.write_bytes(data.replace(text, b'\xff\xfe"' + text[3:]))

    async def look() -> None:
        async with opened(path) as store:
            found = await texts(store, 3)
            assert len(found) == MESSAGES
            assert "ersation 3 message 7" in found[7]
            assert len(await store.search("message")) == 50

    asyncio.run(look())


@pytest.mark.parametrize("renames", range(5))
def test_a_repair_that_is_cut_short_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Killed before any of its renames, the next start has all there is."""
    path.with_name(path.name + "-wal").write_bytes(b"")
    left = damaged(path, "header overwritten")
    count = 0

    def replace(source: Path, target: Path) -> Path:
        nonlocal count
        if count == renames:
            raise KeyboardInterrupt
        count += 1
        return real(source, target)

    real = Path.replace
    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(Path, "replace", replace)
        Repair(path).run()
    asyncio.run(repaired(path, [])) if renames < 4 else None
    assert asyncio.run(messages_saved(path)) == CONVERSATIONS * MESSAGES
    (aside,) = [each for each in path.parent.glob("*.corrupt-*") if not each.name.endswith("-wal")]
    assert aside.read_bytes() == left
