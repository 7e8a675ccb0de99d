"""Stores of every earlier version open with all that is in them; a migration that fails changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import sqlite3
from pathlib import Path

import pytest

from desktop_agent.agentchat.messages import ThoughtEvent
from desktop_agent.storage import StoreReadOnlyError, schema
from desktop_agent.storage.repair import Repair
from storage.stores import opened, texts

VERSIONS = sorted((Path(__file__).resolve().parent / "versions").glob("*.db.gz"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


def unpack(version: Path, path: Path) -> None:
    path.write_bytes(gzip.decompress(version.read_bytes()))


def version_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return schema.version_of(connection)


def test_there_is_a_store_of_each_version() -> None:
    """If this fails, run make_version.py."""
    assert [each.name for each in VERSIONS] == [f"{i}.db.gz" for i in range(1, schema.VERSION + 1)]


async def look_at_all(path: Path) -> None:
    """What `make_version` put there."""
    async with opened(path) as store:
        assert not (await store.open()).is_read_only
        assert await store.check(full=True) == []
        second, first = await store.conversations()
        assert (first.title, first.title_origin, first.is_pinned) == ("Grüße aus 北京", "user", True)
        assert (second.outcome, second.is_unread, second.title_origin) == ("interrupted", True, "model")
        assert [each.title for each in await store.conversations(in_bin=True)] in (["Deleted"], [])
        question, shown = await store.messages(first.id)
        assert question.message.to_text() == "Was ist \0 und \ud800?"
        assert question.details == {"model": "m"}
        assert (shown.message.to_text(), shown.version, shown.version_count) == ("another version", 2, 2)
        await store.show_version((await store.versions(shown.id))[0])
        answer = (await store.messages(first.id))[-1]
        assert (answer.message.to_text(), answer.details) == ("人工智能 answers", {"seconds": 1.5})
        assert [(type(each), each.to_text()) for each in answer.events] == [(ThoughtEvent, "thinking")]
        assert await texts(store, second.id) == ["question", "half an ans"]
        assert await store.drafts() == {None: "new draft", first.id: "draft"}
        assert await store.queued() == {second.id: "queued"}
        assert await store.position(first.id) == {"message": 1}
        assert await store.recall("last") == first.id
        assert [each.message_id for each in await store.search("智能")] == [answer.id]
        assert [each.conversation_id for each in await store.search("grusse")] == []
        assert [each.conversation_id for each in await store.search("Gruße")] == [first.id]
        await store.purge(first.id)
        assert await store.search("智能") == []


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.name)
def test_an_earlier_store_opens(path: Path, version: Path) -> None:
    unpack(version, path)
    asyncio.run(look_at_all(path))
    assert version_of(path) == schema.VERSION


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.name)
def test_an_earlier_store_is_read_without_being_changed(path: Path, version: Path) -> None:
    unpack(version, path)
    before = path.read_bytes()

    async def look() -> None:
        async with opened(path, read_only=True) as store:
            second, first = await store.conversations()
            assert await texts(store, second.id) == ["question", "half an ans"]
            tree, head = await store.tree(first.id)
            assert (len(tree), tree[-1].id, tree[-1].deleted_at) == (3, head, None)
            assert await store.options(first.id) == {}
            assert [each.conversation_id for each in await store.search("智能")] == [first.id]

    asyncio.run(look())
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.name)
def test_what_is_salvaged_of_an_earlier_store_is_of_this_version(path: Path, version: Path) -> None:
    unpack(version, path)
    Repair(path).run()
    assert version_of(path) == schema.VERSION
    asyncio.run(look_at_all(path))


def add_column(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE conversations ADD COLUMN colour TEXT")


def add_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE colours (name TEXT)")
    connection.execute("INSERT INTO colours SELECT title FROM conversations")


def fail(connection: sqlite3.Connection) -> None:
    add_table(connection)
    connection.execute("INSERT INTO nowhere VALUES (1)")


def be_newer(monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
    """Make this the program of a later version."""
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *steps))
    monkeypatch.setattr("desktop_agent.storage.store_file.VERSION", schema.VERSION + len(steps))


def test_a_migration_is_made_after_a_backup(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack(VERSIONS[-1], path)
    be_newer(monkeypatch, add_column, add_table)
    asyncio.run(look_at_all(path))
    assert version_of(path) == schema.VERSION + 2
    (backup,) = (path.parent / "backups").glob(f"*-before-{schema.VERSION + 2}.db")
    assert version_of(backup) == schema.VERSION
    monkeypatch.undo()
    restored = path.with_name("restored.db")
    backup.rename(restored)
    asyncio.run(look_at_all(restored))


def test_a_migration_that_fails_leaves_the_version_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack(VERSIONS[-1], path)

    async def see_that_it_is_read() -> None:
        async with opened(path) as store:
            status = await store.open()
            assert status.is_read_only
            assert status.reason
            assert len(await store.conversations()) == 2
            with pytest.raises(StoreReadOnlyError):
                await store.create_conversation("x")

    with monkeypatch.context() as patched:
        be_newer(patched, add_column, fail)
        asyncio.run(see_that_it_is_read())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert schema.version_of(connection) == schema.VERSION + 1
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        assert "colours" not in names
    be_newer(monkeypatch, add_column, add_table)
    asyncio.run(look_at_all(path))
    assert version_of(path) == schema.VERSION + 2


def test_only_five_backups_of_a_kind_are_kept(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store.create_conversation("x")
            made = [await store.backup() for _ in range(7)]
            assert await store.backups() == made[:1:-1]
            with contextlib.closing(sqlite3.connect(made[-1])) as connection:
                assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (1,)

    asyncio.run(run())


def test_the_backup_of_the_day_is_made_once(path: Path) -> None:
    async def run() -> None:
        unpack(VERSIONS[-1], path)
        for _ in range(2):
            async with opened(path) as store:
                await store._in_thread("store-keeper", lambda _: None)  # behind the check and the backup
                assert len(await store.backups()) == 1

    asyncio.run(run())
