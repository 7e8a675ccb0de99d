"""Cancelling while a tool runs ends the tool and the stream, and leaves a conversation that goes on.

AutoGen hangs there for ever (its issue 7956), leaves tools running, and sends calls without results later.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import override

from agent_runs import assistant, collect, names, roles, watch
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.messages import TextMessage, ToolCallRequestEvent
from desktop_agent.agentchat.models import AssistantMessage, FunctionExecutionResultMessage
from desktop_agent.agentchat.tools import BaseStreamTool, BaseTool, FunctionTool
from loopback import LoopbackServer, Reply

LIMIT_SECONDS = 5.0  # a tenth of a second on an idle machine; the tools here take a minute, or for ever
both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


class Nothing(BaseModel):
    pass


class Probe:
    """Tools that tell when they began and how they ended."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended: list[str] = []
        self.release = threading.Event()
        self._loop = asyncio.get_running_loop()

    async def run_async(self) -> str:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        raise AssertionError

    def run_sync(self) -> str:
        self._loop.call_soon_threadsafe(self.began.set)
        self.release.wait(60)
        return "too late"

    async def quick(self) -> str:
        return "done"


class Ticker(BaseStreamTool[Nothing, TextMessage, str]):
    """Ticks for ever."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(Nothing, str, "run_stream_tool", "")
        self._probe = probe

    @override
    async def run_stream(
        self, args: Nothing, cancellation_token: CancellationToken
    ) -> AsyncGenerator[TextMessage | str, None]:
        try:
            yield TextMessage(content="tick", source="ticker")
            self._probe.began.set()
            await asyncio.Event().wait()
        finally:
            self._probe.ended.append("cancelled")


KINDS: dict[str, tuple[list[str], Callable[[Probe], list[Any]]]] = {
    "async": (["run_async"], lambda probe: [probe.run_async]),
    "sync": (["run_sync"], lambda probe: [probe.run_sync]),
    "parallel": (
        ["run_async", "run_sync", "quick"],
        lambda probe: [probe.run_async, probe.run_sync, probe.quick],
    ),
    "streaming": (["run_stream_tool"], lambda probe: [Ticker(probe)]),
}


def stop_by_token(task: asyncio.Task[Any], token: CancellationToken) -> None:
    token.cancel()


def stop_by_task(task: asyncio.Task[Any], token: CancellationToken) -> None:
    task.cancel()


def stop_from_a_thread(task: asyncio.Task[Any], token: CancellationToken) -> None:
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()


def tasks_left() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def all_tasks_done() -> None:
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


@both
@pytest.mark.parametrize("stop", [stop_by_token, stop_by_task, stop_from_a_thread])
@pytest.mark.parametrize("kind", KINDS)
def test_cancel_during_a_tool_ends_the_stream_and_the_tool(
    server: LoopbackServer, kind: str, stop: Callable[..., None], stream: bool
) -> None:
    called, make = KINDS[kind]
    server.enqueue(Reply(tool_calls=[(f"id_{name}", name, "{}") for name in called]))

    async def main() -> tuple[float, list[Any], list[Any], list[str]]:
        probe, token, seen = Probe(), CancellationToken(), list[Any]()
        agent = assistant(server, tools=make(probe), model_client_stream=stream)
        run = asyncio.create_task(watch(agent.run_stream(task="Hi", cancellation_token=token), seen))
        try:
            await probe.began.wait()
            await asyncio.sleep(0)  # the quick tool ends, too
            begun = time.monotonic()
            stop(run, token)
            with pytest.raises(asyncio.CancelledError):
                await run
            seconds = time.monotonic() - begun
            left = tasks_left()
            if kind != "sync":
                assert probe.ended == ["cancelled"]
            context = await agent.model_context.get_messages()
            await agent.run(task="Go on")
        finally:
            probe.release.set()
            await agent.close()
        return seconds, seen, context, left

    seconds, seen, context, left = asyncio.run(main())
    assert seconds < LIMIT_SECONDS
    assert left == []
    assert names(seen)[:2] == ["TextMessage", "ToolCallRequestEvent"]
    results = context[-1]
    assert isinstance(results, FunctionExecutionResultMessage)
    assert [result.call_id for result in results.content] == [f"id_{name}" for name in called]
    for result in results.content:
        expected = ("done", False) if result.name == "quick" else ("cancelled by user", True)
        assert (result.content, result.is_error) == expected
    told = roles(server.requests[-1].body["messages"])
    assert told == ["system", "user", "calls", *["tool"] * len(called), "user"]


@both
def test_leaving_the_stream_during_a_tool_ends_the_tool(server: LoopbackServer, stream: bool) -> None:
    server.enqueue(Reply(tool_calls=[("1", "run_stream_tool", "{}")]))

    async def main() -> None:
        probe = Probe()
        agent = assistant(server, tools=[Ticker(probe)], model_client_stream=stream)
        async with aclosing(agent.run_stream(task="Hi")) as items:
            async for item in items:
                if isinstance(item, TextMessage) and item.content == "tick":
                    break
        assert probe.ended == ["cancelled"]
        assert tasks_left() == []
        assert isinstance((await agent.model_context.get_messages())[-1], FunctionExecutionResultMessage)
        await agent.close()

    asyncio.run(main())


def test_leaving_the_stream_at_the_request_answers_the_calls(server: LoopbackServer) -> None:
    server.enqueue(Reply(tool_calls=[("1", "weather", "{}")]))

    async def main() -> list[Any]:
        agent = assistant(server, tools=[FunctionTool(Probe().quick, "", name="weather")])
        async with aclosing(agent.run_stream(task="Hi")) as items:
            async for item in items:
                if isinstance(item, ToolCallRequestEvent):
                    break
        await agent.close()
        return await agent.model_context.get_messages()

    context = asyncio.run(main())
    assert [result.content for result in context[-1].content] == ["cancelled by user"]


def test_calls_without_results_in_a_loaded_state_are_answered(server: LoopbackServer) -> None:
    # As AutoGen saves it after a cancel.
    calls = [{"id": "1", "arguments": "{}", "name": "weather"}]
    messages = [
        {"type": "UserMessage", "content": "Hi", "source": "user"},
        {"type": "AssistantMessage", "content": calls, "source": "assistant", "thought": None},
    ]

    async def main() -> None:
        agent = assistant(server)
        await agent.load_state({"type": "AssistantAgentState", "llm_context": {"messages": messages}})
        await agent.run(task="Go on")
        await agent.close()

    asyncio.run(main())
    assert roles(server.requests[-1].body["messages"]) == ["system", "user", "calls", "tool", "user"]


def test_cancelled_run_with_a_tool_can_end_with_a_result(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="Let me look.", tool_calls=[("1", "run_async", "{}")]))

    async def main() -> list[Any]:
        probe, token = Probe(), CancellationToken()
        agent = assistant(server, tools=[probe.run_async], model_client_stream=True)
        stream = agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False)
        run = asyncio.create_task(collect(stream))
        await probe.began.wait()
        token.cancel()
        items = await run
        await agent.close()
        return items

    items = asyncio.run(main())
    # The text beside the call is a thought, whole: no message was cut short.
    assert names(items) == ["TextMessage", "C", "ThoughtEvent", "ToolCallRequestEvent", "TaskResult"]
    assert items[-1].stop_reason == "cancelled"


class Stubborn(BaseTool[Nothing, str]):
    """Does not let itself be cancelled."""

    def __init__(self, release: asyncio.Event, **options: Any) -> None:
        super().__init__(Nothing, str, "stubborn", "", **options)
        self.began = asyncio.Event()
        self._release = release

    @override
    async def run(self, args: Nothing, cancellation_token: CancellationToken) -> str:
        self.began.set()
        while not self._release.is_set():
            try:
                await self._release.wait()
            except asyncio.CancelledError:
                continue
        return "at last"


def test_tool_that_refuses_to_end_does_not_hold_up_the_stream(server: LoopbackServer) -> None:
    server.enqueue(Reply(tool_calls=[("1", "stubborn", "{}")]))

    async def main() -> float:
        release, token = asyncio.Event(), CancellationToken()
        tool = Stubborn(release)
        agent = assistant(server, tools=[tool])
        run = asyncio.create_task(collect(agent.run_stream(task="Hi", cancellation_token=token)))
        await tool.began.wait()
        begun = time.monotonic()
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        seconds = time.monotonic() - begun
        release.set()
        await agent.close()
        await all_tasks_done()
        return seconds

    assert asyncio.run(main()) < LIMIT_SECONDS


def timed_out(server: LoopbackServer, tool: Callable[[asyncio.Event], Any], **options: Any) -> list[Any]:
    """The results of calls of a tool that never ends, or of those in `also`."""
    server.enqueue(Reply(tool_calls=[("1", "stubborn", "{}"), ("2", "quick", "{}")]))

    async def main() -> list[Any]:
        release = asyncio.Event()
        agent: AssistantAgent = assistant(server, tools=[tool(release), Probe().quick], **options)
        items = await collect(agent.run_stream(task="Hi"))
        release.set()
        await agent.close()
        await all_tasks_done()
        return items

    return next(item.content for item in asyncio.run(main()) if names([item]) == ["ToolCallExecutionEvent"])


def test_tool_that_never_ends_is_given_up(server: LoopbackServer) -> None:
    late, _ = timed_out(server, Stubborn, tool_timeout=0.05)
    assert (late.content, late.is_error) == (
        "Error: tool 'stubborn' did not finish within 0.05 seconds",
        True,
    )


def test_tool_has_a_limit_of_its_own(server: LoopbackServer) -> None:
    late, quick = timed_out(server, lambda release: Stubborn(release, timeout=0.05))
    assert "within 0.05 seconds" in late.content
    assert (quick.content, quick.is_error) == ("done", False)


def test_partial_text_of_a_later_turn_stays_marked_as_interrupted(server: LoopbackServer) -> None:
    server.enqueue(Reply(tool_calls=[("1", "quick", "{}")]))
    server.enqueue(Reply(text="one two three", fault="stall", fault_after=2))

    async def main() -> list[Any]:
        token = CancellationToken()
        agent = assistant(server, tools=[Probe().quick], model_client_stream=True, reflect_on_tool_use=True)
        items: list[Any] = []
        async for item in agent.run_stream(task="Hi", cancellation_token=token, raise_on_cancel=False):
            items.append(item)
            if getattr(item, "content", None) == "two ":
                token.cancel()
        context = await agent.model_context.get_messages()
        await agent.close()
        assert context[-1] == AssistantMessage(
            content="one two ", source="assistant", metadata={"interrupted": "true"}
        )
        return items

    items = asyncio.run(main())
    assert names(items)[-3:] == ["C", "TextMessage", "TaskResult"]
    assert items[-2].metadata == {"interrupted": "true"}


def well_formed(context: list[Any]) -> bool:
    """Whether every call is answered at once, and every answer is called for."""
    open_calls: list[str] = []
    for message in context:
        answers = isinstance(message, FunctionExecutionResultMessage)
        if answers != bool(open_calls):
            return False
        if answers and [result.call_id for result in message.content] != open_calls:
            return False
        open_calls = []
        if isinstance(message, AssistantMessage) and not isinstance(message.content, str):
            open_calls = [call.id for call in message.content]
    return not open_calls


def test_conversation_goes_on_whenever_a_run_was_cancelled(server: LoopbackServer) -> None:
    """A tenth of the 2,000 moments that the issue asks for, with tools; seeded, so a failure repeats."""
    moments = random.Random(3)
    calls = [("1", "quick", "{}"), ("2", "slow", "{}"), ("3", "in_thread", "{}")]
    longest = 0.0
    server.reply = Reply(text="Let me look. ", tool_calls=calls)

    async def slow() -> str:
        for _ in range(20):
            await asyncio.sleep(0)
        return "done"

    def in_thread() -> str:
        return "done"

    async def main() -> None:
        nonlocal longest
        probe = Probe()
        for number in range(200):
            agent = assistant(
                server,
                tools=[probe.quick, slow, in_thread],
                model_client_stream=number % 2 == 0,
                max_tool_iterations=2,
            )
            token = CancellationToken()
            run = asyncio.create_task(agent.run(task="Hi", cancellation_token=token))
            await asyncio.wait({run}, timeout=moments.random() * 0.06)
            begun = time.monotonic()
            if number % 3:
                token.cancel()
            else:
                run.cancel()
            with suppress(asyncio.CancelledError):
                await run
            longest = max(longest, time.monotonic() - begun)
            assert tasks_left() == []
            context = await agent.model_context.get_messages()
            assert well_formed(context), (number, context)
            await agent.close()

    asyncio.run(main())
    assert longest < LIMIT_SECONDS
