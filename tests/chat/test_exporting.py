"""Conversations as files: complete, with progress, gone without a trace when cancelled."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.chat.exporting import (
    ExportError,
    ExportOptions,
    Format,
    pieces,
    preview,
    read,
    write_archive,
    write_replacing,
)
from desktop_agent.storage import ConversationStore
from everything import ODD, TITLE, UNCLOSED, store_everything

TEXTS = [Format.MARKDOWN, Format.HTML, Format.JSON, Format.TEXT]
ALL = ExportOptions(thoughts=True, figures=True, other_versions=True)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(folder / "data" / "conversations.db")
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def add_long(store: ConversationStore, count: int) -> int:
    conversation = await store.create_conversation("Long")
    adding = [
        store.append_message(conversation, TextMessage(content=f"message {number} *x*", source="user"))
        for number in range(count)
    ]
    await asyncio.gather(*adding)
    return conversation


def test_everything_comes_in_every_format(tmp_path: Path) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            saved = await read(store, await store_everything(store))
            for form in TEXTS:
                path = tmp_path / f"out{form.suffix}"
                seen: list[tuple[int, int]] = []
                document = pieces(saved, form, ALL, lambda *done, seen=seen: seen.append(done))
                await write_replacing(path, document, may_replace=False)
                total = len(saved.tree if form is Format.JSON else saved.shown)
                assert seen == sorted(seen)
                assert seen[-1] == (total, total)
                text = path.read_text("utf-8")
                for words in ("Share information", "An earlier wording?", "Second version", "Now I know."):
                    assert words in text
                assert ("Deleted answer" in text) is (form is Format.JSON)
            markdown = (tmp_path / "out.md").read_text("utf-8")
            assert UNCLOSED + "\n\n```\n" in markdown
            assert "1,284 prompt, 214 completion tokens, 61.3 tok/s, 5.9 s, $0.0003" in markdown
            assert "OpenAI is busy. The text received so far is kept." in markdown
            assert ODD.replace("\ud800", "\ufffd") in markdown
            assert TITLE in (tmp_path / "out.txt").read_text("utf-8")
            plain = "".join([piece async for piece in pieces(saved, Format.TEXT, ExportOptions(times=False))])
            assert "Now I know." not in plain
            assert "2026" not in plain
            bare = ExportOptions(tool_calls=False)
            without = "".join([piece async for piece in pieces(saved, Format.HTML, bare)])
            assert "web_search" not in without

    asyncio.run(steps())


def test_some_messages_are_a_conversation_of_their_own(tmp_path: Path) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            conversation = await store_everything(store)
            shown = await store.messages(conversation)
            some = await read(store, conversation, {shown[0].id, shown[3].id})
            text = (await preview(some, Format.JSON, ALL)).text
            (written,) = json.loads(text)["conversations"]
            first, second = written["messages"]
            assert (first["parent"], second["parent"], written["head"]) == (None, first["uid"], second["uid"])
            assert (await preview(some, Format.TEXT, ExportOptions())).text.count("user (") == 1

    asyncio.run(steps())


def test_a_preview_is_the_beginning(tmp_path: Path) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            saved = await read(store, await add_long(store, 300))
            whole = await preview(saved, Format.MARKDOWN, ExportOptions())
            assert whole.is_whole
            part = await preview(saved, Format.MARKDOWN, ExportOptions(), limit=500)
            assert (part.text, part.is_whole) == (whole.text[:500], False)

    asyncio.run(steps())


def test_all_go_into_an_archive_and_none_if_one_is_missing(tmp_path: Path) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            ids = [await store_everything(store), await add_long(store, 3)]
            path = tmp_path / "all.zip"
            seen: list[tuple[int, int]] = []
            await write_archive(
                store,
                ids,
                Format.HTML,
                ALL,
                path,
                may_replace=False,
                progress=lambda *done: seen.append(done),
            )
            assert seen == [(1, 2), (2, 2)]
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert [name.partition(" ")[0] for name in archive.namelist()] == [str(each) for each in ids]
            before = path.read_bytes()
            with pytest.raises(ExportError, match="exists already"):
                await write_archive(store, ids, Format.TEXT, ALL, path, may_replace=False)
            with pytest.raises(Exception, match="no conversation"):
                await write_archive(store, [*ids, 99], Format.TEXT, ALL, path, may_replace=True)
            assert path.read_bytes() == before
            assert names(tmp_path) == ["all.zip", "data"]

    asyncio.run(steps())


@pytest.mark.parametrize("form", TEXTS)
def test_a_cancelled_export_leaves_what_was_there(tmp_path: Path, form: Format) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            saved = await read(store, await add_long(store, 2_000))
            path = tmp_path / "out"
            path.write_bytes(b"old")
            begun = asyncio.Event()

            async def export() -> None:
                async with aclosing(pieces(saved, form, ALL, lambda *_: begun.set())) as document:
                    await write_replacing(path, document, may_replace=True)

            exporting = asyncio.ensure_future(export())
            await begun.wait()
            exporting.cancel()
            await asyncio.wait([exporting])
            assert exporting.cancelled()
            assert path.read_bytes() == b"old"
            assert names(tmp_path) == ["data", "out"]

    asyncio.run(steps())


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    async def steps() -> None:
        async with opened(tmp_path) as store:
            saved = await read(store, await add_long(store, 1))
            for path in (tmp_path, tmp_path / "gone" / "out.md", tmp_path / "a\0b"):
                document = pieces(saved, Format.MARKDOWN, ALL)
                async with aclosing(document):
                    with pytest.raises(ExportError):
                        await write_replacing(path, document, may_replace=True)

    asyncio.run(steps())
