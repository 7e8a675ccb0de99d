"""Every fault of the table, after every piece, its bytes split at random: the right error, no piece lost."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import report
from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models import UserMessage
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from fault_table import FAULTS, PIECES, faulty
from loopback import LoopbackServer, Reply

ROUNDS = 10
MOST_CUTS = 12
SEED = 1


async def ask(client: OpenAIChatCompletionClient) -> tuple[str, str]:
    """What came of the text, and the name of the error."""
    text = ""
    try:
        async for item in client.create_stream([UserMessage(content="Hi", source="user")]):
            text += item if isinstance(item, str) else ""
    except AgentError as error:
        return text, type(error).__name__
    return text, "none"


async def run(server: LoopbackServer) -> tuple[int, list[str]]:
    """All faults; how many replies there were, and what was wrong."""
    client = OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=server.base_url, max_retries=0)
    chance, count, wrong = random.Random(SEED), 0, []
    for fault, (_, kind) in FAULTS.items():
        for place in range(len(PIECES) + 1):
            expected = "".join(PIECES[:place]), kind.__name__
            data = faulty(fault, place)
            for _ in range(ROUNDS):
                cuts = [chance.randrange(len(data)) for _ in range(chance.randrange(MOST_CUTS))]
                server.reply = Reply(response=data, cuts=cuts)
                outcome = await ask(client)
                count += 1
                if outcome != expected:
                    wrong.append(f"{fault}, after {place} pieces, cut at {cuts}: {outcome}")
    await client.close()
    return count, wrong


def main() -> int:
    """Run the table."""
    begun = time.perf_counter()
    with LoopbackServer() as server:
        count, wrong = asyncio.run(run(server))
    seconds = round(time.perf_counter() - begun, 1)
    figures = {"kinds": len(FAULTS), "replies": count, "seconds": seconds, "wrong": wrong}
    lines = [f"{count:,} replies with {len(FAULTS)} kinds of faults in {seconds} s; wrong: {len(wrong)}"]
    report({"benchmark": "faults", **figures}, lines + wrong[:20])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
