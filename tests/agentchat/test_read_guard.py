"""The bound for waits: what came in time counts, however late the loop is to see it."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

import pytest

from desktop_agent.agentchat.errors import StreamTimeoutError
from desktop_agent.agentchat.models import CreateResult
from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.read_guard import ReadGuard
from loopback import LoopbackServer, Reply
from openai_runs import QUESTION, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT = Endpoint("example.org")
LIMIT = 0.05


@contextmanager
def guarded_pair() -> Iterator[tuple[ReadGuard, socket.socket, socket.socket]]:
    """A guard, and the two ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ReadGuard(None, ENDPOINT) as guard:
        yield guard, ours, theirs


def hold_up_the_loop(until: float) -> None:
    """Block, as a busy machine does, or one that sleeps, until a time of the loop's clock."""
    while (left := until - time.monotonic()) > 0:
        time.sleep(left)


@pytest.mark.parametrize("times", [1, 2])
def test_data_that_came_while_the_loop_was_held_up(times: int) -> None:
    """The second time while the guard looks once more."""

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        with guarded_pair() as (guard, ours, theirs):
            reader, writer = await asyncio.open_connection(sock=ours)

            def send_late() -> None:
                theirs.sendall(b"x")
                hold_up_the_loop(loop.time() + 10 * LIMIT)

            guard.allow(LIMIT)
            if times == 1:
                loop.call_soon(send_late)
            else:
                loop.call_soon(hold_up_the_loop, loop.time() + 2 * LIMIT)
                loop.call_later(3 * LIMIT, send_late)
            data = await guard.wait(reader.read(1))
            writer.close()
            await writer.wait_closed()
            return data

    assert asyncio.run(main()) == b"x"


def test_wait_that_begins_after_its_deadline_sees_what_is_there() -> None:
    async def main() -> bytes:
        with guarded_pair() as (guard, ours, theirs):
            reader, writer = await asyncio.open_connection(sock=ours)
            guard.allow(LIMIT)
            hold_up_the_loop(time.monotonic() + 2 * LIMIT)
            theirs.sendall(b"x")
            data = await guard.wait(reader.read(1))
            writer.close()
            await writer.wait_closed()
            return data

    assert asyncio.run(main()) == b"x"


def test_silence_ends_a_wait_and_no_later_one() -> None:
    async def main() -> bytes:
        with guarded_pair() as (guard, ours, theirs):
            reader, writer = await asyncio.open_connection(sock=ours)
            guard.allow(LIMIT)
            with pytest.raises(StreamTimeoutError) as raised:
                await guard.wait(reader.read(1))
            assert raised.value.timeout == LIMIT
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            guard.allow(60)
            theirs.sendall(b"x")
            data = await guard.wait(reader.read(1))
            writer.close()
            await writer.wait_closed()
            return data

    assert asyncio.run(main()) == b"x"


def test_deadline_that_moves_while_the_guard_looks_again_is_kept() -> None:
    async def main() -> None:
        with ReadGuard(None, ENDPOINT) as guard:
            guard.allow(LIMIT)
            # In the turn of the loop in which the first deadline passes, or soon after.
            asyncio.get_running_loop().call_later(LIMIT, guard.allow, 4 * LIMIT)
            with pytest.raises(StreamTimeoutError) as raised:
                await guard.wait(asyncio.Event().wait())
            assert raised.value.timeout == 4 * LIMIT

    asyncio.run(main())


def test_slow_consumer_is_no_silent_server(server: LoopbackServer) -> None:
    """The pieces wait in the socket for longer than the server may be silent."""
    server.reply = Reply(text="one two three")

    async def main() -> list[str | CreateResult]:
        client = client_of(server.base_url, first_token_timeout=60, idle_timeout=LIMIT)
        items: list[str | CreateResult] = []
        async with aclosing(client.create_stream(QUESTION)) as stream:
            async for item in stream:
                await asyncio.to_thread(server.wait_idle)
                hold_up_the_loop(time.monotonic() + 2 * LIMIT)
                items.append(item)
        await client.close()
        return items

    assert asyncio.run(main())[:-1] == ["one ", "two ", "three"]
