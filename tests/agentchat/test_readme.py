"""The examples of the library's README, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop_agent.agentchat.models import openai  # noqa: F401 - imported before the clock of the test runs
from loopback import LoopbackServer, Reply

README = Path(__file__).parents[2] / "desktop_agent" / "agentchat" / "README.md"
EXAMPLES = re.findall(
    r"^## (.+?)$.*?^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
)

CALL = Reply(tool_calls=[("1", "weather", '{"city": "Lisbon"}')])
HANDOFF = Reply(tool_calls=[("1", "transfer_to_bob", "{}")])
EXPECTED = {
    "A reply, as it comes": ([Reply(text="Because.")], "Because.\n"),
    "Tools": ([CALL, Reply(text="It is warm.")], "It is warm.\n"),
    "Structured output": ([Reply(text='{"city": "Lisbon", "degrees": 21}')], "21\n"),
    "Handing over": ([HANDOFF, Reply(text="A loan.")], "A loan.\n"),
    "Stopping": ([Reply(text="one two three", fault="stall", fault_after=2)], "cancelled\n"),
}


def test_every_example_is_run() -> None:
    assert [title for title, _ in EXAMPLES] == list(EXPECTED)


@pytest.mark.parametrize(("title", "program"), EXAMPLES, ids=list(EXPECTED))
def test_example(
    server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    title: str,
    program: str,
) -> None:
    replies, printed = EXPECTED[title]
    for reply in replies:
        server.enqueue(reply)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    lines = [line for line in program.splitlines() if line.strip()]
    assert len(lines) <= 12
    exec(compile(program, title, "exec"), {"__name__": "__main__"})
    assert printed in capsys.readouterr().out
