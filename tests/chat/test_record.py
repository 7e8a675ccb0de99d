"""What a session writes into the store when a caller is cancelled or the store fails for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from canary import CANARY
from desktop_agent.agentchat import CancellationToken
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.session import ChatSession
from desktop_agent.config.provider import make_provider
from desktop_agent.storage import ConversationStore, StorageError
from loopback import LoopbackServer, Reply


class Talk:
    """A session with a store, and what its record told."""

    def __init__(self, server: LoopbackServer, path: Path) -> None:
        self.path = path
        self.store = ConversationStore(path)
        self.record = ConversationRecord(self.store)
        self.faults: list[StorageError | None] = []
        self.record.on_fault = self.faults.append
        provider = make_provider(server.base_url, "test-model", CANARY)
        self.session = ChatSession(Answerer(provider), record=self.record)

    async def say(self, text: str) -> None:
        async with aclosing(self.session.send(text, CancellationToken())) as stream:
            async for _ in stream:
                pass

    async def stored(self) -> list[tuple[str, str, int]]:
        """Text, state and number of versions of each message in the store."""
        assert self.record.conversation_id is not None
        said = await self.store.messages(self.record.conversation_id)
        return [(each.message.to_text(), each.state, each.version_count) for each in said]

    def take_file_away(self) -> None:
        self.path.rename(self.path.with_suffix(".away"))

    def bring_file_back(self) -> None:
        self.path.with_suffix(".away").rename(self.path)


@asynccontextmanager
async def talking(path: Path, *replies: Reply) -> AsyncIterator[Talk]:
    with LoopbackServer() as server:
        server.enqueue(*replies)
        talk = Talk(server, path / "conversations.db")
        await talk.store.open()
        try:
            yield talk
        finally:
            await talk.session.close()
            await talk.store.close()


def test_a_question_is_stored_once_if_its_run_is_cancelled_while_it_is_written(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path) as talk:
            sending = asyncio.ensure_future(talk.say("Precious"))

            def cancel(_number: int) -> None:
                sending.cancel()

            talk.record.on_created = cancel
            await asyncio.wait([sending])
            assert sending.cancelled()
            await talk.session.save()
            assert await talk.stored() == [("Precious", "complete", 1), ("", "interrupted", 1)]
            assert len(await talk.store.conversations()) == 1
            assert all(said.id is not None for said in talk.session.history)

    asyncio.run(steps())


def test_a_reply_that_the_store_could_not_begin_is_stored_when_it_ends(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path, Reply(text="Here I am.")) as talk:
            talk.take_file_away()
            stream = talk.session.send("Where?", CancellationToken())
            async with aclosing(stream):
                await anext(stream)
                assert [str(fault) for fault in talk.faults if fault]
                talk.bring_file_back()
                async for _ in stream:
                    pass
            assert await talk.stored() == [("Where?", "complete", 1), ("Here I am.", "complete", 1)]
            assert talk.faults[-1] is None

    asyncio.run(steps())


def test_a_reply_that_the_store_could_not_end_is_stored_later_as_the_same_version(tmp_path: Path) -> None:
    async def steps() -> None:
        async with talking(tmp_path, Reply(text="Here I am.")) as talk:
            stream = talk.session.send("Where?", CancellationToken())
            async with aclosing(stream):
                await anext(stream)
                talk.take_file_away()
                async for _ in stream:
                    pass
            assert talk.faults[-1] is not None
            talk.bring_file_back()
            await talk.session.save()
            assert talk.faults[-1] is None
            assert await talk.stored() == [("Where?", "complete", 1), ("Here I am.", "complete", 1)]

    asyncio.run(steps())
