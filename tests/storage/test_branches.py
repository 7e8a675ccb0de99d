"""Deleted messages and versions: what is shown, what is found, and that undoing is exact."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop_agent.storage import ConversationStore, ConversationValues, MessageValues, StorageError
from storage.stores import opened, said, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def fill(store: ConversationStore) -> tuple[int, dict[str, int]]:
    """Two versions of a question, each with its replies; the ids by text."""
    conversation = await store.create_conversation("branches")
    ids: dict[str, int] = {}
    for text, parent in [
        ("Q1", None),
        ("A1", "Q1"),
        ("A2", "Q1"),
        ("Q2", "A2"),
        ("B1", "Q2"),
        ("P1", None),
        ("C1", "P1"),
        ("C2", "P1"),
    ]:
        source = "user" if text[0] in "PQ" else "assistant"
        parent_id = None if parent is None else ids[parent]
        ids[text] = await store.append_message(conversation, said(text, source), parent_id=parent_id)
    return conversation, ids


def test_a_deleted_message_goes_alone_and_comes_back(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, ids = await fill(store)
            await store.show_version(ids["Q1"])
            assert await texts(store, conversation) == ["Q1", "A2", "Q2", "B1"]
            deletion = await store.delete_message(ids["A2"])
            assert await texts(store, conversation) == ["Q1", "Q2", "B1"]
            assert (await store.conversation(conversation)).message_count == 3
            assert await store.search("A2") == []
            question = (await store.messages(conversation))[1]
            assert (question.version, question.version_count) == (2, 2)  # where it stands now, A1 stands, too
            tree, head = await store.tree(conversation)
            assert head == ids["B1"]
            (deleted,) = [each for each in tree if each.deleted_at is not None]
            assert (deleted.id, deleted.version, deleted.version_count) == (ids["A2"], 0, 2)
            await store.show_version((await store.versions(ids["Q2"]))[0])
            assert await texts(store, conversation) == ["Q1", "A1"]
            await store.show_version(ids["Q2"])
            await store.restore_message(deletion)
            assert await texts(store, conversation) == ["Q1", "A2", "Q2", "B1"]
            assert [each.message_id for each in await store.search("A2")] == [ids["A2"]]

    asyncio.run(run())


def test_the_nearest_version_takes_the_place_of_the_last_message(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, ids = await fill(store)
            await store.delete_message(ids["C2"])
            assert await texts(store, conversation) == ["P1", "C1"]
            deletion = await store.delete_message(ids["C1"])
            assert await texts(store, conversation) == ["P1"]
            assert (await store.conversation(conversation)).message_count == 1
            added = await store.append_message(conversation, said("more"))
            assert await texts(store, conversation) == ["P1", "more"]
            await store.restore_message(deletion)
            assert await texts(store, conversation) == ["P1", "C1", "more"]
            await store.delete_message(added)
            await store.delete_message(ids["C1"])
            await store.delete_message(ids["P1"])
            assert await texts(store, conversation) == ["Q1", "A2", "Q2", "B1"]
            for each in ids.values():
                await store.delete_message(each)
            assert await texts(store, conversation) == []
            summary = await store.conversation(conversation)
            assert (summary.message_count, summary.outcome) == (0, "")

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(8))
def test_undoing_is_exact(path: Path, seed: int) -> None:
    async def run() -> None:
        dice = random.Random(seed)
        async with opened(path) as store:
            conversation, ids = await fill(store)
            for _ in range(12):
                each = dice.choice(list(ids.values()))
                tree, head = await store.tree(conversation)
                if next(one for one in tree if one.id == each).deleted_at is not None:
                    await store.show_version(dice.choice(list(ids.values())))
                    continue
                before = await store.messages(conversation)
                await store.restore_message(await store.delete_message(each))
                assert (await store.messages(conversation), await store.tree(conversation)) == (
                    before,
                    (tree, head),
                )
                await store.delete_message(each)
            assert await store.check(full=True) == []

    asyncio.run(run())


def test_what_was_chosen_stays_with_the_conversation(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, ids = await fill(store)
            assert await store.options(conversation) == {}
            await store.save_options(conversation, {"web_search": True, "files": "/f"})
            await store.delete_message(ids["C2"])
            copy = await store.duplicate(conversation)
            assert await store.options(copy) == {"web_search": True, "files": "/f"}
            assert await texts(store, copy) == ["P1", "C1"]
            assert len((await store.tree(copy))[0]) == len(ids)

    asyncio.run(run())


DAY = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)


def message(uid: str, parent: str | None) -> MessageValues:
    return MessageValues(uid * 32, parent and parent * 32, DAY, "complete", said(uid).dump(), [], {})


def conversation(uid: str, *messages: MessageValues, head: str | None) -> ConversationValues:
    return ConversationValues(
        uid * 32, "imported", "user", DAY, DAY, True, None, head and head * 32, messages
    )


def test_an_imported_conversation_is_there_whole_or_not_at_all(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            mine = await store.create_conversation("mine")
            given = conversation("c", message("a", None), message("b", "a"), head="b")
            added = await store.import_conversation(given)
            assert await store.find_uids(["c" * 32, "d" * 32]) == {"c" * 32: added}
            assert await texts(store, added) == ["a", "b"]
            assert [each.uid for each in await store.messages(added)] == ["a" * 32, "b" * 32]
            summary = await store.conversation(added)
            assert (summary.created_at, summary.updated_at, summary.is_pinned) == (DAY, DAY, True)
            assert [each.id for each in await store.conversations()] == [mine, added]  # it is older
            for wrong in (
                given,
                conversation("d", message("a", "b"), message("b", None), head="a"),
                conversation("d", message("a", None), message("a", None), head="a"),
                conversation("d", message("a", None), head="b"),
            ):
                with pytest.raises(StorageError):
                    await store.import_conversation(wrong)
            assert len(await store.conversations()) == 2
            assert await store.check(full=True) == []

    asyncio.run(run())
