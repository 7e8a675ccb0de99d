"""The threads below the store: commits in groups, failures alone, callers that leave."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from desktop_agent.storage import ConversationStore, NotInStoreError, SearchReplacedError, StorageError
from desktop_agent.storage.connection import open_writer
from storage.stores import opened, said, texts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


def commits_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits of every connection that writes from now on."""
    commits: list[str] = []

    def open_watched(path: Path) -> sqlite3.Connection:
        connection = open_writer(path)
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        return connection

    monkeypatch.setattr("desktop_agent.storage.store_file.open_writer", open_watched)
    return commits


def test_all_that_waits_is_one_commit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        commits = commits_counted(monkeypatch)
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            before, held = len(commits), threading.Event()
            holding = asyncio.ensure_future(store._write(lambda _: held.wait(60)))
            adding = [
                asyncio.ensure_future(store.append_message(conversation, said(str(i)))) for i in range(500)
            ]
            await asyncio.sleep(0)  # all are queued behind the one that holds the writer
            held.set()
            await asyncio.gather(holding, *adding)
            # What held it, perhaps with some others; the rest; and what the store does by itself.
            assert len(commits) - before <= 4
            assert await texts(store, conversation) == [str(i) for i in range(500)]

    asyncio.run(run())


def test_what_fails_fails_alone(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            calls = [
                store.append_message(conversation, said("one")),
                store.append_message(999, said("lost")),
                store._write(lambda c: c.execute("INSERT INTO conversations VALUES (1)")),
                store._write(lambda _: 1 // 0),
                store.append_message(conversation, said("two")),
            ]
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(each) for each in results] == [
                int,
                NotInStoreError,
                StorageError,
                ZeroDivisionError,
                int,
            ]
            assert await texts(store, conversation) == ["one", "two"]

    asyncio.run(run())


def test_a_lost_transaction_loses_nobody_elses_work(path: Path) -> None:
    def lose(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")  # as SQLite does by itself on some errors
        raise sqlite3.OperationalError("lost")

    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            calls = [
                store.append_message(conversation, said("one")),
                store._write(lose),
                store.append_message(conversation, said("two")),
            ]
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(results[1], StorageError)
            assert await texts(store, conversation) == ["one", "two"]

    asyncio.run(run())


def test_callers_may_leave_at_any_time(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            for steps in range(6):
                call = asyncio.ensure_future(store.append_message(conversation, said(str(steps))))
                reading = asyncio.ensure_future(store.messages(conversation))
                searching = asyncio.ensure_future(store.search("x"))
                for _ in range(steps):
                    await asyncio.sleep(0)
                for each in (call, reading, searching):
                    each.cancel()
                await asyncio.gather(call, reading, searching, return_exceptions=True)
            # A task that was cancelled before its first step called nothing; all others are written.
            await store.set_unread(conversation, True)  # behind them
            assert await texts(store, conversation) == ["1", "2", "3", "4", "5"]

    asyncio.run(run())


def test_a_newer_search_takes_the_place_of_the_older(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            await store.append_message(conversation, said("needle"))
            held = threading.Event()
            await store.search("warm")
            holding = asyncio.ensure_future(store._in_thread("store-search", lambda _: held.wait(60)))
            await asyncio.sleep(0)
            older = asyncio.ensure_future(store.search("nee"))
            await asyncio.sleep(0)
            newer = asyncio.ensure_future(store.search("needle"))
            with pytest.raises(SearchReplacedError):
                await older
            held.set()
            with pytest.raises(SearchReplacedError):
                await holding
            assert len(await newer) == 1

    asyncio.run(run())


def test_a_running_search_is_interrupted(path: Path) -> None:
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    async def run() -> None:
        async with opened(path) as store:
            running = threading.Event()

            def search(connection: sqlite3.Connection) -> None:
                running.set()
                connection.execute(endless).fetchone()

            call = asyncio.ensure_future(store._in_thread("store-search", search))
            await asyncio.to_thread(running.wait, 60)
            while not call.done():  # until the statement has begun: before, there is nothing to interrupt
                store._readers["store-search"].interrupt()
                await asyncio.wait([call], timeout=0.01)
            with pytest.raises(SearchReplacedError):
                await call

    asyncio.run(run())


def test_close_may_be_called_twice_and_ends_all(path: Path) -> None:
    async def run() -> None:
        store = ConversationStore(path)
        await store.close()
        await store.open()
        await store.search("x")
        waiting = asyncio.ensure_future(store.create_conversation("written"))
        await asyncio.sleep(0)
        await asyncio.gather(store.close(), store.close())
        assert await waiting == 1
        assert not [each for each in threading.enumerate() if each.name.startswith("store-")]
        with pytest.raises(StorageError, match="closed"):
            await store.create_conversation("late")
        await store.open()
        assert len(await store.conversations()) == 1
        await store.close()

    asyncio.run(run())


def test_an_unforeseen_fault_while_opening_reaches_the_caller(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        store = ConversationStore(path)
        with monkeypatch.context() as patched:
            patched.setattr("desktop_agent.storage.store_file.recover_replies", lambda _: 1 // 0)
            for _ in range(2):
                with pytest.raises(ZeroDivisionError):
                    await store.open()
        assert await store.create_conversation("x") == 1
        await store.close()

    asyncio.run(run())


def test_close_may_be_cancelled(path: Path) -> None:
    async def run() -> None:
        store = ConversationStore(path)
        conversation = await store.create_conversation("x")
        await store.messages(conversation)
        adding = asyncio.ensure_future(store.append_message(conversation, said("written")))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await adding

    asyncio.run(run())  # that no thread is left is seen to for all tests


def test_a_store_outlives_the_loop_that_opened_it(path: Path) -> None:
    store = ConversationStore(path)
    conversation = asyncio.run(store.create_conversation("one loop"))
    assert asyncio.run(store.conversation(conversation)).title == "one loop"
    asyncio.run(store.close())
