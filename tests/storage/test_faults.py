"""What stands in the way of a store: full disks, locks, foreign files, folders that vanish."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_agent.storage import (
    ConversationStore,
    StorageError,
    StoreFullError,
    StoreLockedError,
    StoreNewerError,
    StoreReadOnlyError,
    StoreVanishedError,
)
from desktop_agent.storage.schema import VERSION
from storage.mounts import mounted, only_linux, remounted_read_only
from storage.stores import chunk, opened, said, texts

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


async def fill(path: Path) -> int:
    """A store with a conversation of two messages; its id."""
    async with opened(path) as store:
        conversation = await store.create_conversation("kept")
        await store.append_message(conversation, said("question"))
        await store.append_message(conversation, said("answer", "assistant"))
    return conversation


def is_sentence(text: str) -> bool:
    return text[0].isupper() and text.endswith(".") and "SQL" not in text and "\n" not in text


def test_the_second_program_reads(path: Path) -> None:
    async def run() -> None:
        conversation = await fill(path)
        async with opened(path) as first:
            second = ConversationStore(path)
            status = await second.open()
            assert status.is_read_only
            assert is_sentence(status.reason)
            assert str(os.getpid()) in status.reason
            await first.append_message(conversation, said("more"))
            assert await texts(second, conversation) == ["question", "answer", "more"]
            assert len(await second.search("more")) == 1
            with pytest.raises(StoreLockedError, match="open already"):
                await second.append_message(conversation, said("no"))
            with pytest.raises(StoreLockedError):
                await second.begin_reply(conversation, "assistant")
            await second.close()
        async with opened(path) as third:
            await third.append_message(conversation, said("free again"))

    asyncio.run(run())


def test_the_lock_holds_between_processes_and_ends_with_its_process(path: Path) -> None:
    holding = (
        "import sys; from pathlib import Path; from desktop_agent.storage.lock import WriterLock;"
        "lock = WriterLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )

    conversation = asyncio.run(fill(path))

    async def see(*, is_held: bool) -> None:
        async with opened(path) as store:
            assert (await store.open()).is_read_only is is_held
            assert await texts(store, conversation) == ["question", "answer"]

    command = [sys.executable, "-c", holding, str(path) + ".lock"]
    variables = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"held"
    asyncio.run(see(is_held=True))
    process.kill()
    process.communicate()
    asyncio.run(see(is_held=False))


def test_a_reader_sees_a_reply_under_way_and_recovers_nothing(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            journal = await store.begin_reply(conversation, "assistant")
            async with opened(path, read_only=True) as reader:
                journal.put(chunk("so far"))
                while await texts(reader, conversation) != ["so far"]:
                    await reader.conversations()
                assert (await reader.open()).reason == ""
            await journal.finish(None, "interrupted")

    asyncio.run(run())


def test_reading_alone_makes_no_file(path: Path) -> None:
    async def run() -> None:
        async with opened(path, read_only=True) as store:
            assert await store.conversations() == []
            assert await store.search("x") == []
            with pytest.raises(StoreReadOnlyError):
                await store.create_conversation("x")
        assert not path.parent.exists()

    asyncio.run(run())


def test_a_store_of_a_newer_version_is_only_read(path: Path) -> None:
    conversation = asyncio.run(fill(path))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()

    async def run() -> None:
        async with opened(path) as store:
            status = await store.open()
            assert status.is_read_only
            assert is_sentence(status.reason)
            assert "newer version" in status.reason
            assert await texts(store, conversation) == ["question", "answer"]
            with pytest.raises(StoreNewerError):
                await store.create_conversation("x")

    asyncio.run(run())
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.execute("PRAGMA application_id = 7")
        connection.commit()
    before = path.read_bytes()

    async def run() -> None:
        for read_only in (False, True):
            async with opened(path, read_only=read_only) as store:
                status = await store.open()
                assert status.is_read_only
                assert "another program" in status.reason
                assert await store.conversations() == []
                with pytest.raises(StoreReadOnlyError):
                    await store.create_conversation("x")

    asyncio.run(run())
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} <= {path.name, path.name + ".lock"}


@only_linux
@pytest.mark.parametrize("has_log", [False, True])
def test_a_write_protected_folder_is_read(path: Path, tmp_path: Path, has_log: bool) -> None:
    async def run() -> None:
        conversation = await fill(path)
        target = tmp_path / "protected"
        target.mkdir()
        if has_log:
            async with opened(path) as store:
                await store.append_message(conversation, said("in the log"))
                await (
                    store.backup()
                )  # it waits for the one that is made at the start, whose files come and go
                shutil.copytree(path.parent, target, dirs_exist_ok=True)
        else:
            shutil.copytree(path.parent, target, dirs_exist_ok=True)
        (target / (path.name + "-shm")).unlink(missing_ok=True)
        with mounted(target, "--bind", str(target)), remounted_read_only(target):
            async with opened(target / path.name) as store:
                status = await store.open()
                assert status.is_read_only
                assert is_sentence(status.reason)
                assert "write-protected" in status.reason
                assert ("in a log" in status.reason) is has_log
                assert (await texts(store, conversation))[:2] == ["question", "answer"]
                assert len(await store.search("answer")) == 1
                with pytest.raises(StoreReadOnlyError):
                    await store.create_conversation("x")

    asyncio.run(run())


@only_linux
def test_a_write_protected_folder_without_a_store_is_empty(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "protected"
        folder.mkdir()
        with mounted(folder, "--bind", str(folder)), remounted_read_only(folder):
            async with opened(folder / "conversations.db") as store:
                status = await store.open()
                assert (status.is_read_only, "write-protected" in status.reason) == (True, True)
                assert await store.conversations() == []

    asyncio.run(run())


def test_a_file_in_the_way_of_the_folder_is_said(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "data").write_text("not a folder")
        async with opened(tmp_path / "data" / "conversations.db") as store:
            status = await store.open()
            assert status.is_read_only
            assert is_sentence(status.reason)
            assert await store.conversations() == []

    asyncio.run(run())


# --- Full disks


async def fill_up(store: ConversationStore, conversation: int) -> list[str]:
    """Append until the disk is full; the texts that were acknowledged."""
    kept: list[str] = []
    sentence = ""
    while True:
        text = f"{len(kept)} " + "x" * 20_000
        try:
            await store.append_message(conversation, said(text))
        except StoreFullError as error:
            sentence = str(error)
            break
        kept.append(text)
    assert is_sentence(sentence)
    return kept


async def survive_full_disk(path: Path, make_room: object) -> None:
    """Fill the disk in the middle of a reply, make room, and see that nothing was lost."""
    assert callable(make_room)
    faults: list[StorageError] = []
    faulty = asyncio.Event()

    def note(error: StorageError) -> None:
        faults.append(error)
        faulty.set()

    async with opened(path, on_fault=note) as store:
        conversation = await store.create_conversation("x")
        other = await store.create_conversation("reply")
        journal = await store.begin_reply(other, "assistant")
        kept = await fill_up(store, conversation)
        big = "y" * 400_000
        journal.put(chunk(big))
        await faulty.wait()
        assert isinstance(faults[0], StoreFullError)
        # What is there can be read and exported.
        assert await texts(store, conversation) == kept
        with pytest.raises(StoreFullError):
            await journal.finish(said(big, "assistant"), "complete")
        assert len(faults) == 1
        await make_room(store)
        journal.put(chunk("!"))
        await journal.finish(said(big + "!", "assistant"), "complete")
        await store.append_message(conversation, said("goes on"))
        assert await store.check(full=True) == []
    async with opened(path) as store:
        assert (await store.open()).reason == ""
        assert await texts(store, conversation) == [*kept, "goes on"]
        assert await texts(store, other) == [big + "!"]


@only_linux
def test_a_full_disk(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    ballast = folder / "ballast"

    async def make_room(_: ConversationStore) -> None:
        await asyncio.to_thread(ballast.unlink)

    with mounted(folder, "-t", "tmpfs", "-o", "size=8m", "none"):
        ballast.write_bytes(b"x" * 5_000_000)
        asyncio.run(survive_full_disk(folder / "conversations.db", make_room))


def test_a_file_that_may_not_grow(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit: the same error as that of a full disk, on every system."""

    def open_limited(path: Path) -> sqlite3.Connection:
        connection = open_writer(path)
        connection.execute("PRAGMA max_page_count = 200")
        return connection

    async def make_room(store: ConversationStore) -> None:
        await store._write(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())

    from desktop_agent.storage.connection import open_writer

    monkeypatch.setattr("desktop_agent.storage.store_file.open_writer", open_limited)
    asyncio.run(survive_full_disk(path, make_room))


@only_linux
def test_a_disk_that_is_full_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()

    async def run() -> None:
        async with opened(folder / "conversations.db") as store:
            status = await store.open()
            assert status.is_read_only
            assert "disk is full" in status.reason
            assert await store.conversations() == []
        (folder / "ballast").unlink()
        async with opened(folder / "conversations.db") as store:
            assert (await store.open()).reason == ""
            await store.create_conversation("x")

    with mounted(folder, "-t", "tmpfs", "-o", "size=1m", "none"):
        (folder / "ballast").write_bytes(b"x" * (1 << 20))
        asyncio.run(run())


@only_linux
def test_a_store_on_a_full_disk_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()

    async def run() -> None:
        path = folder / "conversations.db"
        conversation = await fill(path)
        with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 1024)
        async with opened(path) as store:
            await store.open()
            assert await texts(store, conversation) == ["question", "answer"]
            with pytest.raises((StoreFullError, StoreReadOnlyError)):
                await store.append_message(conversation, said("z" * 100_000))

    with mounted(folder, "-t", "tmpfs", "-o", "size=2m", "none"):
        asyncio.run(run())


# --- What vanishes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of open files")
def test_a_folder_that_vanishes_and_comes_back(path: Path) -> None:
    async def run() -> None:
        conversation = await fill(path)
        faults: list[StorageError] = []
        faulty = asyncio.Event()

        def note(error: StorageError) -> None:
            faults.append(error)
            faulty.set()

        async with opened(path, on_fault=note) as store:
            journal = await store.begin_reply(conversation, "assistant")
            assert len(await store.messages(conversation)) == 3
            away = path.parent.with_name("away")
            path.parent.rename(away)
            with pytest.raises(StoreVanishedError, match="has gone") as raised:
                await store.append_message(conversation, said("no"))
            assert is_sentence(str(raised.value))
            journal.put(chunk("kept in memory"))
            await faulty.wait()
            assert isinstance(faults[0], StoreVanishedError)
            assert (await texts(store, conversation))[:2] == ["question", "answer"]
            away.rename(path.parent)
            await journal.finish(None, "interrupted")
        async with opened(path) as store:
            assert await texts(store, conversation) == ["question", "answer", "kept in memory"]

    asyncio.run(run())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of open files")
def test_a_folder_that_is_deleted(path: Path) -> None:
    async def run() -> None:
        conversation = await fill(path)
        async with opened(path) as store:
            assert len(await store.messages(conversation)) == 2
            away = path.parent.rename(path.parent.with_name("away"))
            shutil.rmtree(away, ignore_errors=True)
            with pytest.raises(StoreVanishedError):
                await store.append_message(conversation, said("no"))
            assert await texts(store, conversation) == ["question", "answer"]
        assert not path.parent.exists()

    asyncio.run(run())
