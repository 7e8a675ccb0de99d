"""Editing, asking again, deleting and undoing: every version stays, and the agent knows what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop_agent.agentchat import CancellationToken
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.history import said_of
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.session import ChatSession
from desktop_agent.config.provider import make_provider
from desktop_agent.storage import ConversationStore, StorageError
from loopback import LoopbackServer, Reply

Stream = AsyncGenerator[Any, None]


class Talk:
    """A session with a store and a server."""

    def __init__(self, server: LoopbackServer, path: Path) -> None:
        self.server = server
        self.path = path
        self.store = ConversationStore(path)
        self.record = ConversationRecord(self.store)
        self.session = ChatSession(self.answerer("test-model"), record=self.record)

    def answerer(self, model: str) -> Answerer:
        return Answerer(make_provider(self.server.base_url, model, "sk-test-key-0123456789"))

    async def run(self, begin: Callable[[CancellationToken], Stream], reply: str) -> None:
        self.server.enqueue(Reply(reply))
        async with aclosing(begin(CancellationToken())) as stream:
            async for _ in stream:
                pass

    async def say(self, text: str, reply: str) -> None:
        await self.run(lambda token: self.session.send(text, token), reply)

    async def texts(self) -> list[str]:
        """What is shown, which must be the same in the session, in the store, and after a restart."""
        shown = [said.message.to_text() for said in self.session.history]
        assert self.record.conversation_id is not None
        stored = await self.store.messages(self.record.conversation_id)
        assert [each.message.to_text() for each in stored] == shown
        versions = [(each.version, each.version_count) for each in stored]
        assert [(said.version, said.version_count) for said in self.session.history] == versions
        return shown

    def known(self) -> list[str]:
        """What the model got to know with the last request, without the system message."""
        messages = self.server.requests[-1].body["messages"]
        return [message["content"] for message in messages if message["role"] != "system"]


@asynccontextmanager
async def talking(path: Path) -> AsyncIterator[Talk]:
    with LoopbackServer() as server:
        talk = Talk(server, path / "conversations.db")
        await talk.store.open()
        try:
            yield talk
        finally:
            await talk.session.close()
            await talk.store.close()


def test_an_edited_question_is_a_version_with_its_own_replies(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            session = talk.session
            await talk.say("q1", "a1")
            await talk.say("q2", "a2")
            await talk.say("q3", "a3")
            await talk.run(lambda token: session.edit(2, "Q2", token), "A2")
            assert await talk.texts() == ["q1", "a1", "Q2", "A2"]
            assert talk.known() == ["q1", "a1", "Q2"]
            assert (session.history[2].version, session.history[2].version_count) == (2, 2)
            await session.show_version(2, -1)
            assert await talk.texts() == ["q1", "a1", "q2", "a2", "q3", "a3"]
            await talk.run(lambda token: session.edit(0, "Q1", token), "A1")
            assert await talk.texts() == ["Q1", "A1"]
            assert talk.known() == ["Q1"]
            assert await session.show_version(0, -1)
            assert [hit.context for hit in await talk.store.search("A2")] == ["A2", "a2"]
            with pytest.raises(ValueError, match="edited"):
                session.edit(1, "no question", CancellationToken())

    asyncio.run(steps())


def test_any_reply_is_given_anew_also_by_another_model(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            session = talk.session
            await talk.say("q1", "a1")
            await talk.say("q2", "a2")
            other = talk.answerer("other-model")
            await talk.run(lambda token: session.regenerate(1, token, other), "b1")
            assert talk.server.requests[-1].body["model"] == "other-model"
            assert await talk.texts() == ["q1", "b1"]
            assert talk.known() == ["q1"]
            assert session.history[1].details["model"] == "other-model"
            assert session.provider.model == "test-model"
            await talk.say("q3", "a3")
            assert talk.server.requests[-1].body["model"] == "test-model"
            assert talk.known() == ["q1", "b1", "q3"]
            await session.show_version(1, -1)
            assert await talk.texts() == ["q1", "a1", "q2", "a2"]
            await talk.run(session.retry, "c2")
            assert await talk.texts() == ["q1", "a1", "q2", "c2"]
            assert not session.can_regenerate(0)

    asyncio.run(steps())


def test_a_deleted_message_is_unknown_to_the_agent_until_it_comes_back(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            session = talk.session
            await talk.say("q1", "a1")
            await talk.say("q2", "a2")
            deleted = await session.delete(1)
            assert await talk.texts() == ["q1", "q2", "a2"]
            await talk.say("q3", "a3")
            assert talk.known() == ["q1", "q2", "a2", "q3"]
            await session.undelete(deleted)
            assert await talk.texts() == ["q1", "a1", "q2", "a2", "q3", "a3"]
            question = await session.delete(4)
            assert not session.can_regenerate(4)
            with pytest.raises(ValueError, match="question"):
                session.retry(CancellationToken())
            await session.undelete(question)
            await talk.say("q4", "a4")
            assert talk.known() == ["q1", "a1", "q2", "a2", "q3", "a3", "q4"]

    asyncio.run(steps())


def test_what_follows_a_deleted_end_stays_behind_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            session = talk.session
            await talk.say("q1", "a1")
            deleted = await session.delete(1)
            await talk.say("q2", "a2")
            assert await talk.texts() == ["q1", "q2", "a2"]
            await session.undelete(deleted)
            assert await talk.texts() == ["q1", "a1", "q2", "a2"]
            last, before = await session.delete(3), await session.delete(2)
            await session.undelete(before)
            await session.undelete(last)
            assert await talk.texts() == ["q1", "a1", "q2", "a2"]
            await session.delete(3)
            await talk.run(session.retry, "A2")
            assert await talk.texts() == ["q1", "a1", "q2", "A2"]

    asyncio.run(steps())


def test_a_message_can_be_deleted_while_a_reply_streams(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            await talk.say("q1", "a1")
            talk.server.enqueue(Reply("a2"))
            async with aclosing(talk.session.send("q2", CancellationToken())) as stream:
                await anext(stream)
                deleted = await talk.session.delete(1)
                async for _ in stream:
                    pass
            assert [said.message.to_text() for said in talk.session.history] == ["q1", "q2", "a2"]
            await talk.session.undelete(deleted)
            assert await talk.texts() == ["q1", "a1", "q2", "a2"]

    asyncio.run(steps())


def test_a_store_that_fails_leaves_everything_where_it_was(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            await talk.say("q1", "a1")
            away = talk.path.with_suffix(".away")
            talk.path.rename(away)
            with pytest.raises(StorageError):
                await talk.session.delete(1)
            assert [said.message.to_text() for said in talk.session.history] == ["q1", "a1"]
            await talk.run(lambda token: talk.session.edit(0, "Q1", token), "A1")
            away.rename(talk.path)
            await talk.session.save()
            assert [said.message.to_text() for said in talk.session.history] == ["Q1", "A1"]
            assert talk.record.conversation_id is not None
            stored = await talk.store.messages(talk.record.conversation_id)
            assert [said_of(each).message.to_text() for each in stored] == ["Q1", "A1"]
            assert [each.version_count for each in stored] == [2, 1]

    asyncio.run(steps())


def test_a_session_without_a_store_deletes_and_undoes(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            talk.session = ChatSession(talk.answerer("m"))
            await talk.say("q1", "a1")
            deleted = await talk.session.delete(0)
            assert [said.message.to_text() for said in talk.session.history] == ["a1"]
            await talk.session.undelete(deleted)
            assert [said.message.to_text() for said in talk.session.history] == ["q1", "a1"]
            await talk.session.close()

    asyncio.run(steps())
