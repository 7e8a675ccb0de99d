"""A bound for waits on the network that costs no task and no timer a read."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.models.failures import Endpoint

_T = TypeVar("_T")

# When a loop was held up (a busy machine, a laptop that slept), the timer comes in the same turn of the loop
# as data that has long been there: what this data wakes gets so much time, and so many turns, to run.
_GRACE_SECONDS: Final = 0.1
_GRACE_TURNS: Final = 20


class ReadGuard:
    """Ends a wait when a token is cancelled or a deadline passes.

    While a wait is suspended, the guard knows its task. The token's callback or the one watchdog timer
    cancels that task, and `wait` turns the cancellation into what it means: `CancelledError` for the token,
    with the task's own count of cancellations restored, or an error for the watchdog. A foreign
    `task.cancel()` goes through untouched and wins. The token may be cancelled from any thread.

    A deadline that passes is looked at once more, 0.1 s later: data that came in time, but that nobody has
    read yet, moves it, even if the loop was held up beyond it.

    Args:
        token: The token, or None.
        endpoint: Who is waited for; makes the timeout's error.
    """

    def __init__(self, token: CancellationToken | None, endpoint: Endpoint) -> None:
        self._token = token
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Task[object] | None = None
        self._fired: Literal["token", "deadline"] | None = None
        self._limit = 0.0
        self._connecting = False
        self._deadline: float | None = None
        self._timer: asyncio.Handle | None = None
        self._timer_at = 0.0

    def __enter__(self) -> Self:
        if self._token is not None:
            self._token.add_callback(self._on_cancelled)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            self._token.remove_callback(self._on_cancelled)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def allow(self, seconds: float, *, connecting: bool = False) -> None:
        """Let the waits from now on take `seconds` together, until the next call.

        Args:
            seconds: How long.
            connecting: Whether a connection is waited for, and not what comes over it: another error.
        """
        self._connecting = connecting
        self._bound(self._loop.time() + seconds, seconds)

    def allow_until(self, deadline: float, seconds: float) -> None:
        """The same, to a time of the loop's clock; `seconds` is what the error tells."""
        self._connecting = False
        self._bound(deadline, seconds)

    def _bound(self, deadline: float, seconds: float) -> None:
        self._limit = seconds
        self._deadline = deadline
        if self._timer is None or deadline < self._timer_at:
            self._set_timer(deadline)

    def check(self) -> None:
        """Raise `CancelledError` if the token is cancelled."""
        if self._token is not None and self._token.is_cancelled():
            raise asyncio.CancelledError

    async def sleep(self, seconds: float) -> None:
        """Wait, until the token is cancelled at most."""
        self._deadline = None
        await self.wait(asyncio.sleep(seconds))

    async def wait(self, awaitable: Coroutine[Any, Any, _T]) -> _T:
        """Await a coroutine within the bounds; it is not begun if the token is cancelled already.

        Raises:
            asyncio.CancelledError: The token, or the task, was cancelled.
            StreamTimeoutError: The time that `allow` gave has passed.
            ConnectionFailedError: It has passed while connecting.
        """
        if self._token is not None and self._token.is_cancelled():
            awaitable.close()
            raise asyncio.CancelledError
        if self._timer is None and self._deadline is not None:
            self._set_timer(self._deadline)
        task = asyncio.current_task()
        self._waiting = task
        try:
            result = await awaitable
        except BaseException:
            if self._fired is None:
                raise
            raise self._meaning(task) from None
        finally:
            self._waiting = None
        if self._fired is not None:  # something below swallowed the cancellation
            raise self._meaning(task)
        return result

    def _meaning(self, task: "asyncio.Task[object] | None") -> BaseException:
        fired, self._fired = self._fired, None
        others = task.uncancel() if task is not None else 0
        if fired == "token" or others:
            return asyncio.CancelledError()
        if self._connecting:
            return self._endpoint.unreachable(self._limit)
        return self._endpoint.silent(self._limit)

    def _fire(self, reason: Literal["token", "deadline"]) -> None:
        task = self._waiting
        if task is not None and self._fired is None:
            self._fired = reason
            task.cancel()

    def _on_cancelled(self) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._fire("token")
        else:
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._fire, "token")

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_later(max(0.0, at - self._loop.time()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._set_timer(self._deadline)
        elif self._waiting is not None:
            self._timer = self._loop.call_later(
                _GRACE_SECONDS, self._look_again, self._deadline, _GRACE_TURNS
            )
        # else: nobody waits on the network; the next wait sets the timer again

    def _look_again(self, missed: float, turns: int) -> None:
        if self._deadline != missed or self._waiting is None:
            self._on_timer()
        elif turns:  # the loop may have been held up this time, too
            self._timer = self._loop.call_soon(self._look_again, missed, turns - 1)
        else:
            self._timer = None
            self._fire("deadline")
