"""Calls of tools, all at once, each with a limit, all ended when the run ends: `ToolRun`."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage
from desktop_agent.agentchat.models.types import FunctionExecutionResult, FunctionExecutionResultMessage
from desktop_agent.agentchat.tools import ToolResult
from desktop_agent.agentchat.tools.results import text_of_error

Event: TypeAlias = BaseAgentEvent | BaseChatMessage
CallTool: TypeAlias = Callable[[FunctionCall, Callable[[Event], Awaitable[None]]], Awaitable[ToolResult]]

CANCELLED: Final = "cancelled by user"
"""The result of a call that the end of the run left without one."""

# A tool that is cancelled may tidy up so long; then it is left alone. A stream ends 100 ms after the cancel.
_END_SECONDS: Final = 0.05
_END_TURNS: Final = 20  # that long in turns of the loop at least, should it have been held up
# How many events a tool may be ahead of the one who reads them.
_MAX_AHEAD: Final = 256

_abandoned: set["asyncio.Task[None]"] = set()  # asyncio itself holds its tasks only weakly


class ToolRun:
    """One round of calls.

    AutoGen gathers the calls in a task that dies of a cancel before it has told its reader that it ended, so
    that the stream hangs for ever (its issue 7956). Here the reader owns the tasks, looks at the token
    itself, and cancels and awaits (within bounds) whatever is unfinished, however it leaves.

    Args:
        calls: What the model asked for.
        call_tool: Runs one call; its second argument takes the events of a tool that streams.
        timeout_of: Seconds that a call may take.
        token: Ends the round.
    """

    def __init__(
        self,
        calls: Sequence[FunctionCall],
        call_tool: CallTool,
        timeout_of: Callable[[FunctionCall], float],
        token: CancellationToken,
    ) -> None:
        self.calls = calls
        self._call_tool = call_tool
        self._timeout_of = timeout_of
        self._token = token
        self._results: list[ToolResult | None] = [None] * len(calls)
        self._events: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()

    @property
    def results(self) -> list[ToolResult]:
        """The results in the order of the calls; those that are missing were cancelled."""
        return [
            result or ToolResult.error(call.name, CANCELLED)
            for call, result in zip(self.calls, self._results, strict=True)
        ]

    async def stream(self) -> AsyncGenerator[Event, None]:
        """Run the calls; yield what their tools tell.

        Raises:
            asyncio.CancelledError: The token was cancelled.
        """
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._wake.set)

        tasks = [
            asyncio.create_task(self._run(place), name=f"tool {self.calls[place].name}")
            for place in range(len(self.calls))
        ]
        limits = [self._start_clock(place, task) for place, task in enumerate(tasks)]
        self._token.add_callback(wake)
        try:
            while True:
                while self._events and not self._token.is_cancelled():
                    event = self._events.popleft()
                    self._taken.set()
                    yield event
                if self._token.is_cancelled():
                    raise asyncio.CancelledError
                if None not in self._results:
                    return
                self._wake.clear()
                await self._wake.wait()
        finally:
            self._token.remove_callback(wake)
            for limit in limits:
                limit.cancel()
            await _end(tasks)

    async def _run(self, place: int) -> None:
        call = self.calls[place]
        try:
            result = await self._call_tool(call, self._emit)
            if not isinstance(result, ToolResult):
                result = ToolResult.error(call.name, f"Error: the tool gave {type(result)}, not a ToolResult")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the model is told
            result = ToolResult.error(call.name, text_of_error(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._token.is_cancelled() or (task is not None and task.cancelling()):
                raise
            result = ToolResult.error(call.name, "The tool gave up: it was cancelled from within.")
        self._settle(place, result)

    def _settle(self, place: int, result: ToolResult) -> None:
        if self._results[place] is None:
            self._results[place] = result
        self._wake.set()

    def _start_clock(self, place: int, task: "asyncio.Task[None]") -> asyncio.TimerHandle:
        seconds = self._timeout_of(self.calls[place])

        def give_up() -> None:
            if not task.done():
                name = self.calls[place].name
                text = f"Error: tool '{name}' did not finish within {seconds:g} seconds"
                self._settle(place, ToolResult.error(name, text))
                task.cancel()

        # The clock of some loops takes no endless times.
        return asyncio.get_running_loop().call_later(min(seconds, 1e6), give_up)

    async def _emit(self, event: Event) -> None:
        self._events.append(event)
        self._wake.set()
        while len(self._events) >= _MAX_AHEAD:
            self._taken.clear()
            await self._taken.wait()


def cancelled_results(calls: Sequence[FunctionCall]) -> FunctionExecutionResultMessage:
    """The answer to calls that were never run."""
    return FunctionExecutionResultMessage(
        content=[
            FunctionExecutionResult(content=CANCELLED, name=call.name, call_id=call.id, is_error=True)
            for call in calls
        ]
    )


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel what runs, and wait for it within bounds."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        _abandoned.add(task)
        task.add_done_callback(_forget)
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=_END_SECONDS)
    for _ in range(_END_TURNS):
        if all(task.done() for task in running):
            break
        await asyncio.sleep(0)


def _forget(task: "asyncio.Task[Any]") -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # looked at: it is nobody's any more
