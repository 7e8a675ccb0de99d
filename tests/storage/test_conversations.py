"""Conversations and their messages: kept as they are, in the order in which they changed."""

from __future__ import annotations

import asyncio
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from desktop_agent.agentchat import Image
from desktop_agent.agentchat.messages import MultiModalMessage, TextMessage
from desktop_agent.storage import HEAD, NotInStoreError
from storage.stores import opened, said, texts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


def test_what_was_said_is_there_after_the_next_start(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("First words")
            question = said("Hello")
            question_id = await store.append_message(conversation, question, details={"model": "m"})
            await store.append_message(conversation, said("Hi", "assistant"))
        async with opened(path) as store:
            first, second = await store.messages(conversation)
            assert (first.id, first.message, first.details) == (question_id, question, {"model": "m"})
            assert (second.parent_id, second.message.to_text(), second.state) == (
                question_id,
                "Hi",
                "complete",
            )
            summary = await store.conversation(conversation)
            assert (summary.title, summary.message_count, summary.outcome) == ("First words", 2, "")
            assert len(summary.uid) == 32
            assert first.created_at == question.created_at

    asyncio.run(run())


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\ud800", "x\udfff\0y", "", "\r\n\u2028", "e\u0301🤖", "a" * 1_000_000]
)
def test_any_text_comes_back_exactly(path: Path, text: str) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation(text[:50])
            await store.append_message(conversation, said(text), details={"note": text})
            await store.save_draft(None, text)
            await store.save_draft(conversation, text + "!")
            await store.remember("key", text)
        async with opened(path) as store:
            (message,) = await store.messages(conversation)
            assert message.message.to_text() == text
            assert message.details == {"note": text}
            assert await store.drafts() == ({None: text} if text else {}) | {conversation: text + "!"}
            assert await store.recall("key") == text

    asyncio.run(run())


def test_pictures_come_back(path: Path) -> None:
    async def run() -> None:
        picture = Image.from_base64(PIXEL)
        async with opened(path) as store:
            conversation = await store.create_conversation("")
            await store.append_message(
                conversation, MultiModalMessage(content=["see", picture], source="user")
            )
            (message,) = await store.messages(conversation)
            assert isinstance(message.message, MultiModalMessage)
            restored = message.message.content[1]
            assert isinstance(restored, Image)
            assert restored.to_base64() == picture.to_base64()

    asyncio.run(run())


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("  one\n\ttwo \r\n three ", "one two three"),
        ("a\u202eb\u2066c\u2069\u200fd\u061ce", "abcde"),
        ("\0x\x1b[31m\x7f", "x [31m"),
        ("\ud800x", "\ufffdx"),
        ("👩\u200d💻 code", "👩\u200d💻 code"),
        ("word " * 2_000, "word " * 39 + "word…"),
        ("x" * 10_000, "x" * 199 + "…"),
        ("x" * 198 + "e" + "\u0301" * 5, "x" * 198 + "…"),
    ],
)
def test_titles_are_one_clean_line(path: Path, title: str, kept: str) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation(title)
            assert (await store.conversation(conversation)).title == kept
            await store.rename(conversation, title + "!", origin="user")
            renamed = await store.conversation(conversation)
            assert renamed.title_origin == "user"
            assert len(renamed.title) <= 200
            assert "\n" not in renamed.title

    asyncio.run(run())


def test_what_changed_last_comes_first_whatever_the_clock_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with opened(path) as store:
            first = await store.create_conversation("first")
            second = await store.create_conversation("second")
            await store.append_message(second, said("common"))
            for module in ("conversations", "messages"):  # an hour back
                monkeypatch.setattr(f"desktop_agent.storage.{module}.now", lambda: hour_ago)
            third = await store.create_conversation("third")
            early = said("common")
            early.created_at = early.created_at.replace(year=1999)
            await store.append_message(first, early)
            assert [each.id for each in await store.conversations()] == [first, third, second]
            assert [each.id for each in await store.conversations(limit=2)] == [first, third]
            hits = await store.search("common")
            assert [each.conversation_id for each in hits] == [first, second]
            await store.rename(second, "renamed")
            await store.set_pinned(third, True)
            assert [each.id for each in await store.conversations()] == [first, third, second]
            await store.set_pinned(second, True)
            assert [each.id for each in await store.conversations(limit=1)] == [first, third, second]

    from desktop_agent.storage.encoding import now

    hour_ago = now() - 3600 * 1_000_000
    asyncio.run(run())


def test_flags_bin_and_purge(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            one = await store.create_conversation("one")
            two = await store.create_conversation("two")
            await store.append_message(one, said("secret words"))
            await store.set_pinned(one, True)
            await store.set_unread(one, True)
            summary = await store.conversation(one)
            assert (summary.is_pinned, summary.is_unread) == (True, True)
            await store.delete(one)
            assert [each.id for each in await store.conversations()] == [two]
            assert [each.id for each in await store.conversations(in_bin=True)] == [one]
            assert await store.search("secret") == []
            await store.restore(one)
            assert len(await store.search("secret")) == 1
            await store.purge(one)
            assert await store.search("secret") == []
            assert [each.id for each in await store.conversations()] == [two]
            with pytest.raises(NotInStoreError, match=f"There is no conversation {one}"):
                await store.messages(one)

    asyncio.run(run())


def test_the_bin_is_emptied_after_thirty_days(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        day = 24 * 3600 * 1_000_000
        async with opened(path) as store:
            old, young = [await store.create_conversation(title) for title in ("old", "young")]
            for conversation, days in ((old, 31), (young, 29)):
                monkeypatch.setattr("desktop_agent.storage.store.now", lambda days=days: now() - days * day)
                await store.delete(conversation)
        async with opened(path) as store:
            assert [each.id for each in await store.conversations(in_bin=True)] == [young]

    from desktop_agent.storage.encoding import now

    asyncio.run(run())


def test_versions_stand_beside_each_other(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("tree")
            root = await store.append_message(conversation, said("Q"))
            a = await store.append_message(conversation, said("A1"))
            await store.append_message(conversation, said("more"))
            b = await store.append_message(conversation, said("A2"), parent_id=root)
            assert await texts(store, conversation) == ["Q", "A2"]
            shown = (await store.messages(conversation))[1]
            assert (shown.version, shown.version_count) == (2, 2)
            assert await store.versions(b) == [a, b]
            await store.show_version(a)
            assert await texts(store, conversation) == ["Q", "A1", "more"]
            assert (await store.conversation(conversation)).message_count == 3
            other_root = await store.append_message(conversation, said("Q2"), parent_id=None)
            assert await store.versions(root) == [root, other_root]
            assert await texts(store, conversation) == ["Q2"]
            await store.append_message(conversation, said("A3"), parent_id=HEAD)
            assert await texts(store, conversation) == ["Q2", "A3"]
            with pytest.raises(NotInStoreError):
                await store.append_message(conversation, said("?"), parent_id=999)

    asyncio.run(run())


def test_a_copy_stands_by_itself(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("title")
            root = await store.append_message(conversation, said("question"))
            await store.append_message(conversation, said("one"))
            await store.append_message(conversation, said("two"), parent_id=root)
            copy = await store.duplicate(conversation)
            await store.purge(conversation)
            assert await texts(store, copy) == ["question", "two"]
            first, second = await store.messages(copy)
            assert len(await store.versions(second.id)) == 2
            assert [each.message_id for each in await store.search("question")] == [first.id]
            assert (await store.conversation(copy)).message_count == 2

    asyncio.run(run())


def test_drafts_queue_positions_and_states(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            await store.save_draft(conversation, "half a sen")
            await store.save_draft(conversation, "half a sentence")
            await store.save_draft(None, "new")
            await store.save_queued(conversation, "next")
            await store.save_position(conversation, {"message": 3, "offset": 0.5})
            await store.remember("last", {"conversation": conversation, "list": [1, None, "x"]})
        async with opened(path) as store:
            assert await store.drafts() == {conversation: "half a sentence", None: "new"}
            assert await store.queued() == {conversation: "next"}
            assert await store.position(conversation) == {"message": 3, "offset": 0.5}
            assert await store.recall("last") == {"conversation": conversation, "list": [1, None, "x"]}
            await store.save_draft(None, "")
            await store.save_queued(conversation, None)
            await store.remember("last", None)
            assert await store.queued() == {}
            assert await store.recall("last") is None
            await store.purge(conversation)
            assert await store.drafts() == {}
            assert await store.position(conversation) == {}

    asyncio.run(run())


def test_a_message_of_an_unknown_type_is_kept_and_shown_as_text(path: Path) -> None:
    class LaterMessage(TextMessage):
        type: Any = "LaterMessage"
        extra: int = 7

    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("later")
            await store.append_message(conversation, LaterMessage(content="words", source="agent", id="i"))
            (found,) = await store.messages(conversation)
            assert found.message.to_text() == "words"
            assert (found.message.source, found.message.id) == ("agent", "i")
            assert found.message.metadata == {"unknown_type": "LaterMessage"}
            copy = await store.duplicate(conversation)
        import sqlite3

        connection = sqlite3.connect(path)
        (body,) = connection.execute(
            "SELECT body FROM messages WHERE conversation_id = ?", (copy,)
        ).fetchone()
        connection.close()
        assert '"extra":7' in body

    asyncio.run(run())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_files_are_for_their_owner_alone(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store.create_conversation("x")
            for each in path.parent.iterdir():
                assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    asyncio.run(run())
