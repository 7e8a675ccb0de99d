"""A tenth of the million chunks of the benchmarks: nothing may be left of them."""

from __future__ import annotations

import asyncio
import gc
import sys

from agent_runs import assistant
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent
from loopback import LoopbackServer, Reply

CHUNKS = 100_000


def test_chunks_leave_nothing_behind(server: LoopbackServer) -> None:
    server.reply = Reply(text="chunk ", repeat=CHUNKS, per_write=500)
    agent, token = assistant(server, model_client_stream=True), CancellationToken()
    callbacks: set[int] = set()
    tasks: set[int] = set()
    blocks: list[int] = []

    async def main() -> int:
        count = 0
        async for item in agent.run_stream(task="Hi", cancellation_token=token):
            if isinstance(item, ModelClientStreamingChunkEvent):
                assert "id" not in vars(item)  # no uuid for what nobody asks
                if count % (CHUNKS // 5) == CHUNKS // 10:
                    callbacks.add(len(token._callbacks))
                    tasks.add(len(asyncio.all_tasks()))
                    blocks.append(sys.getallocatedblocks())
                count += 1
        await agent.close()
        return count

    assert asyncio.run(main()) == CHUNKS
    assert max(callbacks) <= 1
    assert len(tasks) == 1
    # The pieces of the text are kept, once, until they are joined; an event would be ten blocks more each.
    assert (blocks[-1] - blocks[0]) / (CHUNKS * 4 / 5) < 2
    assert token._callbacks == []
    assert not any(isinstance(each, ModelClientStreamingChunkEvent) for each in gc.get_objects())
