"""Search: any text may be typed; what was said is found, newest first, and shown with the match marked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_agent.agentchat.messages import MultiModalMessage
from desktop_agent.storage import ConversationStore, SearchHit
from desktop_agent.storage.schema import migrate
from desktop_agent.storage.search import Marker, search
from desktop_agent.storage.words import index_text, match_query
from storage.stores import opened, said

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


async def store_texts(store: ConversationStore, texts: Sequence[str]) -> int:
    conversation = await store.create_conversation("Untitled")
    for text in texts:
        await store.append_message(conversation, said(text))
    return conversation


def marked(hit: SearchHit) -> list[str]:
    text = hit.title if hit.message_id is None else hit.context
    return [text[start:end] for start, end in hit.matches]


FOUND = [
    # What was said, what is typed, what is marked.
    ("The quick brown fox", "quick", ["quick"]),
    ("The quick brown fox", "qui", ["qui"]),
    ("The quick brown fox", "FOX the", ["The", "fox"]),
    ("Über den Wolken, café", "uber CAFE", ["Über", "café"]),
    ("uber cafe", "Über Café", ["uber", "cafe"]),
    ("cafe\u0301 au lait", "café", ["cafe\u0301"]),
    ("ÄÖÜ straße", "straße", ["straße"]),
    ("Привет, МИР", "мир", ["МИР"]),
    ("人工智能模型的训练方法", "模型", ["模型"]),
    ("人工智能模型的训练方法", "智能模型的训", ["智能模型的训"]),
    ("人工智能模型的训练方法", "法", ["法"]),
    ("GPT模型 is trained", "gpt模型", ["GPT模型"]),
    ("use模型now", "模型now", ["模型now"]),
    ("東京タワーへ行く", "タワー", ["タワー"]),
    ("안녕하세요 세계", "하세", ["하세"]),
    ("สวัสดีชาวโลก", "ชาว", ["ชาว"]),
    ("launch 🚀 day", "🚀", ["🚀"]),
    ("read the file_name.py please", "file_name.py", ["file_name.py"]),
    ("an e-mail to a@b.org", "a@b.org", ["a@b.org"]),
    ('it\'s a "quote"', 'it\'s "quote"', ["it's", "quote"]),
    ("x AND y OR NOT z NEAR w", "AND OR NOT NEAR", ["AND", "OR", "NOT", "NEAR"]),
    ("a:b col:x -y ^z (w) *", "col:x -y ^z (w) *", ["col:x", "y", "z", "w"]),
    ("one\0two", "two", ["two"]),
    ("C++ and C#", "c++", ["C", "C"]),
]


@pytest.mark.parametrize(("text", "query", "marks"), FOUND)
def test_what_was_said_is_found(path: Path, text: str, query: str, marks: list[str]) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store_texts(store, [text, "something else entirely"])
            (hit,) = await store.search(query)
            assert marked(hit) == marks
            await store.rename(1, text)
            title_hit = next(each for each in await store.search(query) if each.message_id is None)
            assert marked(title_hit) == marks

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The quick brown fox", "uick"),
        ("The quick brown fox", "quick slow"),
        ("The quick brown fox", "qu fox brown slow"),
        ("人工智能", "人能"),
        ("file name", "file-other"),
        ("quick brown", "brown-quick"),
    ],
)
def test_what_was_not_said_is_not_found(path: Path, text: str, query: str) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store_texts(store, [text])
            assert await store.search(query) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    "query",
    ['"', "''", "(", ")", "*", "^", "-", "\0", "", "   ", '"""', "\ud800", "…", "x" * 10_000, "a b " * 2_500],
)
def test_odd_text_finds_nothing_and_raises_nothing(path: Path, query: str) -> None:
    async def run() -> None:
        async with opened(path) as store:
            await store_texts(store, ["words"])
            assert await store.search(query) == []

    asyncio.run(run())


@pytest.fixture(scope="module")
def connection() -> sqlite3.Connection:
    from desktop_agent.storage.connection import open_reader

    connection = open_reader(None)
    migrate(connection)
    return connection


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60), text=st.text(max_size=60))
def test_no_text_raises(connection: sqlite3.Connection, query: str, text: str) -> None:
    search(connection, query, 5, lambda: False)
    context, matches = Marker(query).context(text)
    assert all(0 <= start < end <= len(context) for start, end in matches)
    assert "\n" not in context
    index_text(text).encode()


words = st.text(
    st.characters(categories=["Ll", "Lu", "Lo", "Nd"], max_codepoint=0x9FFF), min_size=1, max_size=8
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(words, min_size=1, max_size=6), data=st.data())
def test_every_word_that_was_said_is_found(
    connection: sqlite3.Connection, said: list[str], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(said))
    connection.execute("INSERT INTO message_index (rowid, text) VALUES (1, ?)", (index_text(" ".join(said)),))
    query = "SELECT rowid FROM message_index WHERE message_index MATCH ?"
    found = connection.execute(query, (match_query(word),)).fetchall()
    connection.execute(
        "INSERT INTO message_index (message_index, rowid, text) VALUES ('delete', 1, ?)",
        (index_text(" ".join(said)),),
    )
    assert found == [(1,)]


def test_newest_first_titles_among_messages(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            first = await store_texts(store, ["needle one", "needle two"])
            titled = await store.create_conversation("Needle work")
            await store.append_message(titled, said("nothing"))
            last = await store_texts(store, ["needle three"])
            hits = [(each.conversation_id, each.message_id is None) for each in await store.search("needle")]
            assert hits == [(last, False), (titled, True), (first, False), (first, False)]
            assert [each.context for each in await store.search("needle", limit=1)] == ["needle three"]
            assert await store.search("needle", limit=0) == []

    asyncio.run(run())


def test_context_is_one_line_around_the_first_match(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            text = "before " * 30 + "\n\n\tthe needle\r\nis \ud800 here " + "after " * 60
            await store_texts(store, [text])
            (hit,) = await store.search("needle")
            assert hit.context.startswith("…")
            assert hit.context.endswith("…")
            assert "the needle is \ufffd here after" in hit.context
            assert len(hit.context) < 180
            assert marked(hit) == ["needle"]

    asyncio.run(run())


def test_hidden_versions_are_found_and_the_bin_is_not(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            old = await store.append_message(conversation, said("old needle"))
            await store.append_message(conversation, said("new text"), parent_id=None)
            assert [each.message_id for each in await store.search("needle")] == [old]
            await store.delete(conversation)
            assert await store.search("needle") == []

    asyncio.run(run())


def test_pictures_have_no_words(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation = await store.create_conversation("x")
            await store.append_message(conversation, MultiModalMessage(content=["see this"], source="user"))
            assert len(await store.search("see")) == 1
            assert await store.search("image") == []

    asyncio.run(run())
