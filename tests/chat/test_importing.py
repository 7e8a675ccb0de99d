"""Imports: exact, never half, never over something; files that are none are a sentence each."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from cli.samples import fill, user
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.chat.exporting import read
from desktop_agent.chat.importing import ImportPlan, Status, TranscriptFormatError, carry_out, read_plan
from desktop_agent.config.files import as_utf8
from desktop_agent.storage import ConversationStore
from desktop_agent.transcripts import conversation_json, to_json
from desktop_agent.transcripts.json_reader import read_json
from everything import store_everything
from made_conversations import ConversationMaker

COUNT = 30
"""The benchmark has 200 and more."""

WHEN = datetime(2026, 11, 22, tzinfo=UTC)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(path)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


async def exported(store: ConversationStore) -> bytes:
    """All conversations, in an order that does not depend on the store."""
    summaries = [*await store.conversations(), *await store.conversations(in_bin=True)]
    saved = [await read(store, each.id) for each in sorted(summaries, key=lambda each: each.uid)]
    pieces = (conversation_json(each.summary, each.tree, each.head_id) for each in saved)
    return as_utf8("".join(to_json(pieces, program="Desktop Agent", at=WHEN)))


async def brought_in(store: ConversationStore, path: Path) -> ImportPlan:
    plan = await read_plan(store, path)
    await carry_out(store, plan)
    return plan


def test_an_export_comes_back_byte_for_byte(tmp_path: Path) -> None:
    async def steps() -> None:
        path = tmp_path / "export.json"
        async with opened(tmp_path / "a.db") as store:
            await fill(store)
            await store_everything(store)
            maker = ConversationMaker(7)
            for _ in range(COUNT):
                await store.import_conversation(maker.make())
            (first, *_) = await store.conversations()
            await store.duplicate(first.id)
            path.write_bytes(await exported(store))
            order = [each.title for each in await store.conversations()]
        async with opened(tmp_path / "b.db") as store:
            seen: list[tuple[int, int]] = []
            plan = await read_plan(store, path, lambda *done: seen.append(done))
            assert len(plan.to_do) == len(plan.conversations) == COUNT + 5
            assert seen[-1] == (path.stat().st_size,) * 2
            assert await store.conversations() == []  # a plan writes nothing
            added = await carry_out(store, plan)
            assert len(added) == COUNT + 5
            assert await exported(store) == path.read_bytes()
            assert [each.title for each in await store.conversations()] == order
            assert await store.check(full=True) == []
            again = await brought_in(store, path)
            assert {each.status for each in again.conversations} == {Status.THERE}
            assert again.sentences == [f"{COUNT + 5} conversations will be left alone: already here."]
            assert await exported(store) == path.read_bytes()

    asyncio.run(steps())


def test_what_went_on_since_is_left_alone_and_what_differs_comes_beside_it(tmp_path: Path) -> None:
    async def steps() -> None:
        path = tmp_path / "export.json"
        async with opened(tmp_path / "a.db") as store:
            one = await store.create_conversation("One")
            await store.append_message(one, user("first"))
            path.write_bytes(await exported(store))
            await store.append_message(one, TextMessage(content="second", source="assistant"))
            assert (await brought_in(store, path)).to_do == []
            longer = tmp_path / "longer.json"
            longer.write_bytes(await exported(store))
        async with opened(tmp_path / "b.db") as store:
            await brought_in(store, path)
            plan = await brought_in(store, longer)
            assert plan.sentences == [
                "1 conversation will be added as a copy: here already, but not the same."
            ]
            assert sorted(each.message_count for each in await store.conversations()) == [1, 2]
            for file in (path, longer):  # the copy is known the next time
                assert (await brought_in(store, file)).to_do == []

    asyncio.run(steps())


def test_a_file_that_has_changed_since_is_not_imported(tmp_path: Path) -> None:
    async def steps() -> None:
        path = tmp_path / "export.json"
        async with opened(tmp_path / "a.db") as store:
            await store_everything(store)
            path.write_bytes(await exported(store))
        async with opened(tmp_path / "b.db") as store:
            plan = await read_plan(store, path)
            path.write_bytes(path.read_bytes() + b" ")
            with pytest.raises(TranscriptFormatError, match="changed"):
                await carry_out(store, plan)
            assert await store.conversations() == []

    asyncio.run(steps())


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An export, its first conversation the one with everything."""

    async def make() -> bytes:
        async with opened(tmp_path_factory.mktemp("export") / "a.db") as store:
            await store_everything(store)
            await fill(store)
            return await exported(store)

    made: dict[str, Any] = json.loads(asyncio.run(make()))
    made["conversations"].sort(key=lambda each: -len(each["messages"]))
    return made


def sentence_of(data: bytes) -> str:
    """What is said of a file; empty if it can be read."""
    try:
        for _ in read_json(BytesIO(data)):
            pass
    except TranscriptFormatError as error:
        return str(error)
    return ""


def change(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.update(members)


def in_conversation(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["conversations"][0].update(members)


def in_message(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["conversations"][0]["messages"][1].update(members)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


SAID = {"type": "TextMessage", "id": "x", "source": "a", "created_at": "2026-01-01T00:00:00Z", "content": ""}
CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (change(format="other"), "no export"),
    (change(version=2), "later version"),
    (change(version=True), "no export"),
    (lambda document: document.pop("conversations"), "no export"),
    (lambda document: document.pop("version"), "no export"),
    (change(conversations={}), "damaged"),
    (change(conversations=[1]), "no object"),
    (in_conversation(uid="x"), "no id"),
    (in_conversation(title=None), "no text"),
    (in_conversation(title_origin="me"), "not known"),
    (in_conversation(created_at="yesterday"), "no time"),
    (in_conversation(created_at="2026-13-01T00:00:00Z"), "no time"),
    (in_conversation(pinned=1), "neither true nor false"),
    (in_conversation(head=None), "which message is its last"),
    (in_conversation(head="0" * 31 + "f"), "which message is its last"),
    (in_conversation(messages=None), "no list"),
    (in_message(uid="a" * 31), "no id"),
    (in_message(parent="f" * 32), "missing"),
    (in_message(state="odd"), "not known"),
    (in_message(message={**SAID, "content": 5}), "damaged"),
    (in_message(message={**SAID, "type": "ThoughtEvent"}), "no message"),
    (in_message(message={"type": "TextMessage", "content": "x", "source": "a"}), "no text"),
    (in_message(message=[]), "what was said"),
    (in_message(events=7), "no list"),
    (in_message(events=[{"type": "ToolCallRequestEvent", "content": "x", "source": "a"}]), "damaged"),
    (in_message(details=[]), "no object"),
    (in_message(details={"x": deep(100)}), "too deeply"),
    (in_message(details={"x": deep(70)}), "too deeply"),
]


@pytest.mark.parametrize(("how", "words"), CHANGES)
def test_what_is_wrong_is_said(
    document: dict[str, Any], how: Callable[[dict[str, Any]], object], words: str
) -> None:
    assert sentence_of(json.dumps(document).encode()) == ""
    changed = json.loads(json.dumps(document))
    how(changed)
    sentence = sentence_of(json.dumps(changed).encode())
    assert words in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ends in the middle"),
        (b"[]", "no export"),
        (b"hello", "no export"),
        (b"\x00" * 100, "no export"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b"\x89PNG\r\n", "UTF-8"),
        (b"{}", "no export"),
        (b'{"format": "desktop-agent-conversations", "version": 1, "conversations": []} x', "damaged"),
        (b'{"format": "desktop-agent-conversations", "version": 1, "version": 1}', "twice"),
        (b'{"format": "desktop-agent-conversations", "version": 1, "x": NaN}', "no number"),
        (b'{"format": "desktop-agent-conversations", "version": 1, "x": 1e999}', "no number"),
        (b'{"format": "desktop-agent-conversations", "version": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"a": ' * 100_000, "too deeply"),
        (b'{"x": ' + b"[" * 100_000, "too deeply"),
        (b'{"x": [' + b"{}," * 2_000_001, "too many parts"),
        (b'{"x": "' + b"\xe2\x82" * 3 + b'"}', "UTF-8"),
    ],
)
def test_what_is_no_export_is_said(data: bytes, words: str) -> None:
    assert words in sentence_of(data)


def test_a_byte_order_mark_and_members_of_later_versions_do_no_harm(document: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(document))
    changed["later"] = {"x": 1}
    changed["conversations"][0]["later"] = [1]
    changed["conversations"][0]["messages"][0]["later"] = 1
    assert sentence_of(b"\xef\xbb\xbf" + json.dumps(changed).encode()) == ""


def test_messages_of_later_versions_are_kept(tmp_path: Path, document: dict[str, Any]) -> None:
    changed = json.loads(json.dumps({**document, "conversations": document["conversations"][:1]}))
    said = changed["conversations"][0]["messages"][-1]["message"]
    said.update(type="HologramMessage", content="A hologram.", depth=3)
    path = tmp_path / "later.json"
    path.write_text(json.dumps(changed), "utf-8")

    async def steps() -> None:
        async with opened(tmp_path / "a.db") as store:
            plan = await brought_in(store, path)
            (conversation,) = await store.conversations()
            assert (await store.messages(conversation.id))[-1].message.to_text() == "A hologram."
            assert len(plan.to_do) == 1
            assert (await brought_in(store, path)).to_do == []

    asyncio.run(steps())


def damaged_files(data: bytes, seed: int) -> Iterator[bytes]:
    """Copies of a file with bytes changed, cut, doubled, and with values exchanged for others."""
    dice = random.Random(seed)
    tokens = (
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"\\u",
        b"null",
        b"-1",
        b"1e9",
        b"\xff",
        b"\\",
        b"true",
    )
    while True:
        place = dice.randrange(len(data))
        end = min(len(data), place + dice.choice((1, 1, 2, 30, 2000)))
        kind = dice.randrange(5)
        if kind == 0:
            yield data[:place]
        elif kind == 1:
            yield data[:place] + data[end:]
        elif kind == 2:
            yield data[:end] + data[place:]
        elif kind == 3:
            yield data[:place] + dice.choice(tokens) + data[end:]
        else:
            yield data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]


def test_damaged_files_are_a_sentence_or_whole(tmp_path: Path, document: dict[str, Any]) -> None:
    """Also those that can still be read come whole: as many messages as the plan says."""
    data = json.dumps(document, indent=1).encode()

    sentences: list[str] = []

    async def steps() -> None:
        path = tmp_path / "damaged.json"
        async with opened(tmp_path / "a.db") as store:
            for number, damaged in zip(range(40), damaged_files(data, 11), strict=False):
                path.write_bytes(damaged)
                before = len(await store.conversations())
                try:
                    plan = await read_plan(store, path)
                except TranscriptFormatError as error:
                    sentences.append(str(error))
                    assert len(await store.conversations()) == before, number
                    continue
                added = await carry_out(store, plan)
                counts = [len((await store.tree(each))[0]) for each in added]
                assert counts == [each.message_count for each in plan.to_do]
            assert await store.check(full=True) == []

    asyncio.run(steps())
    small = json.dumps({**document, "conversations": document["conversations"][-2:]}).encode()
    sentences += [sentence_of(each) for _, each in zip(range(960), damaged_files(small, 12), strict=False)]
    said = [each for each in sentences if each]
    assert len(said) > 500
    assert all(each.endswith(".") for each in said)


def test_an_import_is_cancelled_between_conversations(tmp_path: Path) -> None:
    async def steps() -> None:
        path = tmp_path / "export.json"
        async with opened(tmp_path / "a.db") as store:
            maker = ConversationMaker(3)
            for _ in range(20):
                await store.import_conversation(maker.make())
            path.write_bytes(await exported(store))
        async with opened(tmp_path / "b.db") as store:
            plan = await read_plan(store, path)
            importing: asyncio.Future[list[int]]

            def stop(done: int, _total: int) -> None:
                if done == 5:
                    importing.cancel()

            importing = asyncio.ensure_future(carry_out(store, plan, stop))
            await asyncio.wait([importing])
            assert importing.cancelled()
            counts = {each.uid: each.message_count for each in plan.conversations}
            summaries = [*await store.conversations(), *await store.conversations(in_bin=True)]
            assert 5 <= len(summaries) < 20
            for each in summaries:
                assert len((await store.tree(each.id))[0]) == counts[each.uid]
            await brought_in(store, path)
            assert await exported(store) == path.read_bytes()

    asyncio.run(steps())


@pytest.mark.parametrize("name", ["gone.json", ".", "a\0b", "x" * 300, "a\ud800b"])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    async def steps() -> None:
        async with opened(tmp_path / "a.db") as store:
            with pytest.raises(TranscriptFormatError):
                await read_plan(store, tmp_path / name)

    asyncio.run(steps())
