"""One call of a tool while it lasts: its state, its clock, its end from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from desktop_agent.chat.tool_events import ToolState

T = TypeVar("T")

# How long a piece of work that is given up may tidy up; a run that is stopped ends within 100 ms.
_END_SECONDS: Final = 0.03


class CallEndedError(Exception):
    """A call ended without a result of its tool; the text is for the model.

    Attributes:
        state: How it ended.
    """

    def __init__(self, state: ToolState, text: str) -> None:
        super().__init__(text)
        self.state: ToolState = state


class RunningCall:
    """One call.

    Args:
        call_id: By which it is known.
        name: The tool.

    Attributes:
        state: What becomes of it; "stopped" until it runs or ends in another way.
        is_active: Whether it has not ended.
    """

    def __init__(self, call_id: str, name: str) -> None:
        self.id = call_id
        self.name = name
        self.state: ToolState = "stopped"
        self._began: float | None = None
        self._seconds: float | None = None
        self._work: asyncio.Future[Any] | None = None
        self._is_cancelled = False
        self.is_active = True

    @property
    def seconds(self) -> float | None:
        """How long it has run; None before it runs."""
        if self._seconds is None and self._began is not None:
            return time.perf_counter() - self._began
        return self._seconds

    def begin(self) -> None:
        """It runs from now on."""
        self.state, self._began = "running", time.perf_counter()

    def end(self, state: ToolState) -> None:
        """It came to its end."""
        self._seconds = self.seconds
        self.state = state
        self.is_active = False

    def cancel(self) -> None:
        """End it from outside."""
        self._is_cancelled = True
        if self._work is not None:
            self._work.cancel()

    def to_json(self) -> dict[str, Any]:
        """State and seconds; what has not ended is stopped."""
        state = "stopped" if self.state in ("waiting", "running") else self.state
        return {"state": state, "seconds": self.seconds}

    async def see_through(
        self, work: Coroutine[Any, Any, T] | asyncio.Future[T], limit: float | None = None
    ) -> T:
        """Do a piece of the call.

        Args:
            work: What to do.
            limit: Seconds that it may take; None for as long as it takes.

        Raises:
            CallEndedError: It was cancelled, or took too long.
            asyncio.CancelledError: The whole run was.
            Exception: What the work raises.
        """
        task: asyncio.Future[T] = asyncio.ensure_future(work)
        self._work = task
        try:
            if self._is_cancelled:
                task.cancel()
            await asyncio.wait({task}, timeout=limit)
            if not task.done():
                raise CallEndedError("failed", f"The tool did not finish within {limit:g} seconds.")
            if task.cancelled():
                raise CallEndedError("stopped", "The user cancelled this call.")
            return task.result()
        finally:
            self._work = None
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=_END_SECONDS)
