"""What a round trip through a tool costs of ours, and how soon a stop ends tools that wait or work."""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import percentile, report
from desktop_agent.agentchat import CancellationToken, FunctionCall
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.models import CreateResult, ModelFamily, ModelInfo, RequestUsage
from desktop_agent.agentchat.models.replay import ReplayChatCompletionClient
from desktop_agent.chat.approvals import ApprovalRequest, Approvals
from desktop_agent.chat.guarded_tools import GuardedTools
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices
from tool_talk import Page, ToolTalk, tool_talk

ROUNDS = 200
SERIES = 5
STOPS = 30
LIMIT_MS = 5.0
STOP_LIMIT_MS = 100.0
CAN_CALL = ModelInfo(
    vision=False,
    function_calling=True,
    json_output=False,
    family=ModelFamily.UNKNOWN,
    structured_output=False,
)


async def round_trip_ms() -> float:
    """Milliseconds for a call that the model asks for, its judging, its run and the next question."""
    tools = GuardedTools("assistant", ToolServices(), Approvals())
    await tools.begin_run(ToolChoices(basics=True), ())
    usage = RequestUsage(prompt_tokens=1, completion_tokens=1)
    calls = [
        CreateResult(
            finish_reason="function_calls",
            content=[
                FunctionCall(id=f"call_{number}", name="calculate", arguments='{"expression": "6 * 7"}')
            ],
            usage=usage,
            cached=False,
        )
        for number in range(ROUNDS)
    ]
    agent = AssistantAgent(
        "assistant",
        ReplayChatCompletionClient([*calls, "Done."], model_info=CAN_CALL),
        workbench=tools,
        model_client_stream=True,
        max_tool_iterations=ROUNDS + 1,
    )
    began = time.perf_counter()
    async for _ in agent.run_stream(task="Go"):
        pass
    return (time.perf_counter() - began) / ROUNDS * 1e3


async def stop_ms(is_waiting: bool) -> float:
    """Milliseconds from a stop to the end of the run, while a question is open or a page stalls."""
    token = CancellationToken()
    began = 0.0

    def stop(_request: ApprovalRequest | None = None) -> None:
        nonlocal began
        began = time.perf_counter()
        token.cancel()

    async with tool_talk(ToolChoices(web_search=True), stop) as talk:
        if is_waiting:
            talk.tells([("fetch_page", {"address": "http://unknown.example/"})])
            await _see_stopped(talk, token)
        else:
            talk.web.pages["slow.example/"] = Page(b"<p>begun", stalls=threading.Event())
            talk.tells([("fetch_page", {"address": "http://slow.example/"})])
            run = asyncio.ensure_future(_see_stopped(talk, token))
            await asyncio.to_thread(talk.web.asked.wait, 20)
            stop()
            await run
        return (time.perf_counter() - began) * 1e3


async def _see_stopped(talk: ToolTalk, token: CancellationToken) -> None:
    try:
        await talk.say("Read slow.example", token)
    except asyncio.CancelledError:
        return
    raise AssertionError("the run was to be stopped")


def main() -> int:
    """Measure both."""
    trips = [asyncio.run(round_trip_ms()) for _ in range(SERIES)]
    stops = [asyncio.run(stop_ms(bool(number % 2))) for number in range(STOPS)]
    trip = statistics.median(trips)
    result = {
        "benchmark": "tools",
        "round_trip_ms": round(trip, 3),
        "stop_ms": {f"p{place}": round(percentile(stops, place), 2) for place in (50, 95, 100)},
        "stops": len(stops),
    }
    told = ", ".join(f"p{place} {percentile(stops, place):.1f}" for place in (50, 95, 100))
    lines = [
        f"a round trip through a tool: {trip:.2f} ms of ours (limit {LIMIT_MS:g})",
        f"{len(stops)} stops of open questions and stalled pages, ms: {told} (limit {STOP_LIMIT_MS:g})",
    ]
    report(result, lines)
    return 1 if trip > LIMIT_MS or percentile(stops, 95) > STOP_LIMIT_MS else 0


if __name__ == "__main__":
    sys.exit(main())
