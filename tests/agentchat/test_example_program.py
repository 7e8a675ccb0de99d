"""Programs as a reader of the documentation would write them, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from loopback import LoopbackServer, Reply

ROOT = Path(__file__).parents[2]

EXAMPLE = """
import asyncio
from desktop_agent.agentchat.models.openai import OpenAIChatCompletionClient
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.agentchat.ui import Console

async def main():
    agent = AssistantAgent(name="assistant", model_client=OpenAIChatCompletionClient(model="gpt-4o-mini"), model_client_stream=True)
    await Console(agent.on_messages_stream([TextMessage(content="Share information about azure ai search.", source="user")],
                                           cancellation_token=CancellationToken()), output_stats=True)
    await Console(agent.run_stream(task="Share information about azure ai search."), output_stats=True)

asyncio.run(main())
"""  # noqa: E501 - as it stands in the documentation

EXPECTED = """---------- assistant ----------
Azure AI Search is a service.
[Prompt tokens: 19, Completion tokens: 6]
---------- Summary ----------
Number of inner messages: 0
Total prompt tokens: 19
Total completion tokens: 6
Duration: 0.00 seconds
---------- TextMessage (user) ----------
Share information about azure ai search.
---------- ModelClientStreamingChunkEvent (assistant) ----------
Azure AI Search is a service.
[Prompt tokens: 19, Completion tokens: 6]
---------- Summary ----------
Number of messages: 2
Finish reason: None
Total prompt tokens: 19
Total completion tokens: 6
Duration: 0.00 seconds
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with this interpreter, warnings on."""
    return subprocess.run(
        [sys.executable, "-W", "default", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def test_example_runs_as_it_stands() -> None:
    with LoopbackServer(Reply(text="Azure AI Search is a service.", usage=(19, 6))) as server:
        done = run(EXAMPLE, OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY="sk-test")
        assert [request.body["messages"][-1]["content"] for request in server.requests] == [
            "Share information about azure ai search."
        ] * 2
    assert done.stderr == ""
    assert re.sub(r"\d+\.\d\d seconds", "0.00 seconds", done.stdout) == EXPECTED
    assert done.returncode == 0


def test_only_the_openai_client_imports_the_sdk() -> None:
    done = run(
        "import sys\n"
        "import desktop_agent.agentchat.agents, desktop_agent.agentchat.models.replay\n"
        "import desktop_agent.agentchat.ui, desktop_agent.agentchat.errors\n"
        "print([name for name in ('openai', 'httpx2', 'anyio', 'PySide6') if name in sys.modules])"
    )
    assert done.stdout == "[]\n", done.stderr
