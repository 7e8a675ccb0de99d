"""Replies while they stream: written in batches, folded into a message at the end or after a crash."""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.messages import (
    RetryEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult
from desktop_agent.storage import ConversationStore, ReplyJournal, StoredMessage
from storage.stores import chunk, opened, said

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


async def written(store: ConversationStore, conversation: int, text: str) -> StoredMessage:
    """The last message as soon as `text` of it is on the disk."""
    while True:
        last = (await store.messages(conversation))[-1]
        if last.message.to_text() == text:
            return last


async def begin(store: ConversationStore) -> tuple[int, ReplyJournal]:
    conversation = await store.create_conversation("talk")
    await store.append_message(conversation, said("question"))
    return conversation, await store.begin_reply(conversation, "assistant")


def tool_call() -> tuple[ToolCallRequestEvent, ToolCallExecutionEvent]:
    call = FunctionCall(id="c1", name="look", arguments='{"at": "it"}')
    result = FunctionExecutionResult(content="seen", name="look", call_id="c1")
    return (
        ToolCallRequestEvent(id="request", source="assistant", content=[call]),
        ToolCallExecutionEvent(source="assistant", content=[result]),
    )


def test_batches_are_on_the_disk_before_the_end(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            for piece in ("The ", "re", "ply"):
                journal.put(chunk(piece))
            message = await written(store, conversation, "The reply")
            assert (message.state, message.id) == ("streaming", journal.message_id)
            assert (await store.conversation(conversation)).outcome == "streaming"
            journal.put(chunk(" goes on"))
            await written(store, conversation, "The reply goes on")
            await journal.finish(said("The reply goes on.", "assistant"), "complete", {"model": "m"})
            final = (await store.messages(conversation))[-1]
            assert (final.message.to_text(), final.state, final.events) == (
                "The reply goes on.",
                "complete",
                (),
            )
            assert final.details == {"model": "m"}
            assert (await store.conversation(conversation)).outcome == ""
            assert [each.message_id for each in await store.search("goes on")] == [journal.message_id]

    asyncio.run(run())


def test_events_are_kept_in_order_and_pieces_go_where_the_whole_came(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            request, execution = tool_call()
            thought = ThoughtEvent(id="t", source="assistant", content="think")
            answer = TextMessage(id="answer", source="assistant", content="yes")
            retry = RetryEvent(
                source="assistant", content="again", attempt=1, max_retries=2, delay=0.1, error="ServerError"
            )
            delta = ToolCallDeltaEvent(content="{", index=0, full_message_id="request", source="assistant")
            stream: list[Any] = [
                retry,
                chunk("thi", "t", thought=True),
                chunk("nk", "t", thought=True),
                thought,
            ]
            stream += [delta, request, execution, chunk("y"), chunk("es"), answer]
            for event in stream:
                journal.put(event)
            await journal.finish(answer, "complete")
            final = (await store.messages(conversation))[-1]
            assert final.message == answer
            assert list(final.events) == [retry, thought, request, execution]

    asyncio.run(run())


@pytest.mark.parametrize("state", ["interrupted", "failed"])
def test_a_cut_reply_is_what_was_received(path: Path, state: Any) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            for event in (chunk("hm", "t", thought=True), chunk("half an"), chunk(" answer")):
                journal.put(event)
            await journal.finish(None, state)
            await journal.finish(None, state)  # a second time changes nothing
            final = (await store.messages(conversation))[-1]
            assert (final.message.to_text(), final.state) == ("half an answer", state)
            assert final.message.metadata == {"interrupted": "true"}
            (thought,) = final.events
            assert isinstance(thought, ThoughtEvent)
            assert (thought.content, thought.id) == ("hm", "t")
            assert (await store.conversation(conversation)).outcome == state

    asyncio.run(run())


def test_the_text_is_not_there_twice_when_the_message_has_another_id(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            journal.put(chunk("half"))
            await journal.finish(said("half", "assistant"), "interrupted")
            assert (await store.messages(conversation))[-1].events == ()

    asyncio.run(run())


def test_text_that_became_a_thought_beside_calls_is_one_thought(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            said_first = ThoughtEvent(id="first", source="assistant", content="let me look")
            request, execution = tool_call()
            stream: list[Any] = [chunk("let me ", "first"), chunk("look", "first"), said_first, request]
            stream += [execution, chunk("I se", "second")]
            for event in stream:
                journal.put(event)
            await journal.finish(None, "interrupted")
            final = (await store.messages(conversation))[-1]
            assert list(final.events) == [said_first, request, execution]
            assert (final.message.to_text(), final.message.id) == ("I se", "second")

    asyncio.run(run())


def test_pieces_of_a_call_that_was_never_made_are_kept(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            for piece in ('{"a', '": 1'):
                journal.put(
                    ToolCallDeltaEvent(
                        content=piece, index=0, name="look", full_message_id="r", source="assistant"
                    )
                )
                await asyncio.sleep(0)
            await journal.finish(None, "interrupted")
            (delta,) = (await store.messages(conversation))[-1].events
            assert isinstance(delta, ToolCallDeltaEvent)
            assert delta.content == '{"a": 1'

    asyncio.run(run())


def crashed_copy(path: Path, copy: Path) -> Path:
    """The files as a crash would leave them now: nobody has closed anything."""
    copy.mkdir()
    for each in path.parent.glob("conversations.db*"):
        shutil.copy(each, copy)
    return copy / path.name


def test_after_a_crash_the_reply_is_there_marked_interrupted(path: Path, tmp_path: Path) -> None:
    async def run() -> None:
        request, execution = tool_call()
        async with opened(path) as store:
            conversation, journal = await begin(store)
            stream: list[Any] = [chunk("why", "t", thought=True), request, execution, chunk("It is wri")]
            for event in stream:
                journal.put(event)
            await written(store, conversation, "It is wri")
            left = crashed_copy(path, tmp_path / "crashed")
        store = ConversationStore(left)
        assert (await store.open()).recovered == 1
        final = (await store.messages(conversation))[-1]
        assert (final.message.to_text(), final.state) == ("It is wri", "interrupted")
        assert final.message.metadata["interrupted"] == "true"
        assert [each.to_text() for each in final.events[:1]] == ["why"]
        assert list(final.events[1:]) == [request, execution]
        assert len(await store.search("wri")) == 1
        await store.close()
        assert (await store.open()).recovered == 0
        assert (await store.messages(conversation))[-1] == final
        await store.close()

    asyncio.run(run())


def test_a_crash_before_the_first_piece_leaves_an_empty_reply(path: Path, tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, _ = await begin(store)
            left = crashed_copy(path, tmp_path / "crashed")
        async with opened(left) as store:
            final = (await store.messages(conversation))[-1]
            assert (final.message.to_text(), final.state) == ("", "interrupted")

    asyncio.run(run())


def test_a_conversation_may_be_deleted_while_its_reply_streams(path: Path) -> None:
    async def run() -> None:
        faults: list[Exception] = []
        async with opened(path, on_fault=faults.append) as store:
            conversation, journal = await begin(store)
            journal.put(chunk("one"))
            await store.purge(conversation)
            journal.put(chunk("two"))
            await store.create_conversation("another")
        assert faults == []
        async with opened(path) as store:
            assert len(await store.conversations()) == 1

    asyncio.run(run())


@pytest.mark.parametrize("message", [None, said("one two", "assistant")])
def test_a_batch_and_the_end_in_one_transaction_write_each_piece_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, message: TextMessage | None
) -> None:
    async def run() -> None:
        monkeypatch.setattr("desktop_agent.storage.replies.BATCH_SECONDS", 0)
        async with opened(path) as store:
            conversation, journal = await begin(store)
            request, execution = tool_call()
            held = threading.Event()
            holding = asyncio.ensure_future(store._write(lambda _: held.wait(60)))
            await asyncio.sleep(0)
            for event in (request, execution, chunk("one ")):
                journal.put(event)  # the batch waits behind what holds the writer, and the end behind it
            finishing = asyncio.ensure_future(journal.finish(message, "interrupted"))
            await asyncio.sleep(0)
            journal.put(chunk("two"))
            held.set()
            await asyncio.gather(holding, finishing)
            final = (await store.messages(conversation))[-1]
            assert final.message.to_text() == "one two"
            assert list(final.events) == [request, execution]

    asyncio.run(run())


def test_what_comes_after_the_end_is_dropped(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            journal.put(chunk("all"))
            await journal.finish(None, "complete")
            journal.put(chunk("late"))
        async with opened(path) as store:
            assert (await store.messages(conversation))[-1].message.to_text() == "all"
            assert await store._read(lambda c: c.execute("SELECT count(*) FROM journal").fetchone()) == (0,)

    asyncio.run(run())


def test_close_writes_what_waits(path: Path) -> None:
    async def run() -> None:
        async with opened(path) as store:
            conversation, journal = await begin(store)
            journal.put(chunk("last words"))
        async with opened(path) as store:
            assert (await store.messages(conversation))[-1].message.to_text() == "last words"

    asyncio.run(run())
