"""Runs blocking requests one after another in a daemon thread, and lives with those that never return."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from desktop_agent.config.keychain_errors import KeychainError, KeychainTimeoutError

_T = TypeVar("_T")

MOST_STUCK = 4
"""How many threads may hang in calls that nobody can end; then requests wait for one of them."""


class Request(Generic[_T]):
    """One call in a `KeyLine`.

    Args:
        work: What to do; it blocks. A `KeychainError` that it raises reaches the waiting side; it must raise
            nothing else.
        written: The name of what it changes, or "" if it only reads.
    """

    def __init__(self, work: Callable[[], _T], written: str = "") -> None:
        self.written = written
        self._work = work
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._callback: Callable[[], None] | None = None
        self._outcome: _T | KeychainError | None = None

    @property
    def is_done(self) -> bool:
        """Whether there is an outcome."""
        return self._done.is_set()

    def run(self) -> None:
        """Do the work, in the thread of the line."""
        outcome: _T | KeychainError
        try:
            outcome = self._work()
        except KeychainError as error:
            # Without its traceback: the frames of a keychain's library hold keys.
            outcome = error.with_traceback(None)
            outcome.__context__ = outcome.__cause__ = None
        with self._lock:
            self._outcome = outcome
            self._done.set()
            callback = self._callback
        if callback is not None:
            callback()

    def outcome(self) -> _T:
        """What the work gave; raises what it raised. Only for a request that is done."""
        outcome = self._outcome
        if isinstance(outcome, KeychainError):
            raise outcome
        return outcome  # type: ignore[return-value]  # done: it is no longer None, unless `_T` allows it

    def wait(self, seconds: float) -> bool:
        """Wait in this thread; whether the request was done in time."""
        return self._done.wait(seconds)

    async def wait_in_loop(self, seconds: float) -> bool:
        """The same without blocking the event loop."""
        import asyncio  # here, so that the window can import this module before it paints

        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                loop.call_soon_threadsafe(done.set)

        with self._lock:
            if self._done.is_set():
                return True
            self._callback = tell
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await done.wait()
        return self._done.is_set()


class KeyLine:
    """A line of requests, served by one daemon thread that ends when the line is empty.

    A request that is given up while it runs keeps its thread, because a thread cannot be killed; the line
    goes on with a new one. Two changes of the same thing never overtake one another: the later one waits
    until the earlier, stuck one has ended.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._waiting: deque[Request[object]] = deque()
        self._running: dict[threading.Thread, Request[object]] = {}
        self._current: threading.Thread | None = None

    def do(self, request: Request[_T], seconds: float) -> _T:
        """Serve `request` and wait for it in this thread, `seconds` at most.

        Raises:
            KeychainTimeoutError: The time is over; whatever comes later is dropped.
            KeychainError: What the request raised.
        """
        self._add(request)
        if not request.wait(seconds):
            self._give_up(request)
        return self._outcome(request)

    async def do_in_loop(self, request: Request[_T], seconds: float) -> _T:
        """The same, awaited; cancelling gives the request up."""
        self._add(request)
        try:
            await request.wait_in_loop(seconds)
        finally:
            self._give_up(request)
        return self._outcome(request)

    @staticmethod
    def _outcome(request: Request[_T]) -> _T:
        if not request.is_done:
            raise KeychainTimeoutError
        return request.outcome()

    def _add(self, request: Request[_T]) -> None:
        with self._lock:
            self._waiting.append(request)  # type: ignore[arg-type]  # only run here, the outcome is not used
            self._go_on()

    def _give_up(self, request: Request[_T]) -> None:
        with self._lock:
            if request.is_done:
                return
            with suppress(ValueError):
                self._waiting.remove(request)  # type: ignore[arg-type]
            if self._current is not None and self._running.get(self._current) is request:
                self._current = None  # it goes on alone, and the line without it
            self._go_on()

    def _go_on(self) -> None:
        """Start a thread if there is something that it can do; the lock is held."""
        if self._current is not None or len(self._running) >= MOST_STUCK:
            return
        request = self._next()
        if request is None:
            return
        thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
        self._current = thread
        self._running[thread] = request
        thread.start()

    def _next(self) -> Request[object] | None:
        stuck = {request.written for request in self._running.values()} - {""}
        for request in self._waiting:
            if request.written not in stuck:
                self._waiting.remove(request)
                return request
        return None

    def _serve(self) -> None:
        here = threading.current_thread()
        request: Request[object] | None = self._running[here]
        while request is not None:
            request.run()
            with self._lock:
                del self._running[here]
                if self._current is not here:
                    request = None  # it was given up: another thread serves the line
                    self._go_on()
                else:
                    request = self._next()
                    if request is None:
                        self._current = None
                    else:
                        self._running[here] = request
