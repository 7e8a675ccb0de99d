"""Where Qt begins: consumes an agent's stream and hands what arrived to the window, once a frame."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop_agent.agentchat import CancellationToken
from desktop_agent.gui.frame_clock import FrameClock
from desktop_agent.gui.task_scope import TaskScope

logger = logging.getLogger(__name__)

_BUDGET_SECONDS = 0.008
"""Chunks of one read are decoded without returning to the loop: it is given back after this long."""

_FRAME_WORK_SECONDS = 0.008
"""What showing text may take of a frame; a burst is spread over as many frames as it needs."""

_LEAST_BATCH = 8

StreamFactory = Callable[[CancellationToken], AsyncGenerator[Any, None]]


class StreamRunner(QObject):
    """Runs one agent stream at a time; the twin of `agentchat.ui.Console`, which prints what this one shows.

    Signals:
        batch_received: What arrived since the last frame, in order: a list of events and messages.
        finished: The stream came to its end.
        stopped: The user stopped it.
        failed: It broke; carries the exception.

    Each run ends with exactly one of `finished`, `stopped` and `failed`, after its last batch.
    """

    batch_received = Signal(list)
    finished = Signal()
    stopped = Signal()
    failed = Signal(object)

    def __init__(self, scope: TaskScope, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scope = scope
        self._clock = clock
        self._pending: list[Any] = []
        self._token: CancellationToken | None = None
        self._limit = 64
        self._shown: asyncio.Future[None] | None = None
        clock.ticked.connect(self._deliver)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._token is not None

    def start(self, open_stream: StreamFactory) -> None:
        """Begin a run.

        Args:
            open_stream: Called with the run's token; returns the stream.

        Raises:
            RuntimeError: A run is under way.
        """
        if self._token is not None:
            raise RuntimeError("A run is under way.")
        self._token = CancellationToken()
        self._scope.spawn(self._run(open_stream, self._token), "agent stream")

    def stop(self) -> None:
        """End the run; `stopped` follows. Without a run nothing happens."""
        if self._token is not None:
            self._token.cancel()

    async def _run(self, open_stream: StreamFactory, token: CancellationToken) -> None:
        try:
            await self._consume(open_stream(token))
            await self._show_rest()
        except asyncio.CancelledError:
            self._end(self.stopped)
            if not token.is_cancelled():
                raise  # the task itself was cancelled: the window closes
        except Exception as error:  # noqa: BLE001 - whatever the stream raises ends in one notice
            logger.warning("The reply failed: %s", type(error).__name__)
            self._end(self.failed, error)
        else:
            self._end(self.finished)

    async def _consume(self, stream: AsyncGenerator[Any, None]) -> None:
        async with aclosing(stream):
            since = time.perf_counter()
            async for event in stream:
                self._pending.append(event)
                self._clock.request()
                now = time.perf_counter()
                if now - since > _BUDGET_SECONDS:
                    await asyncio.sleep(0)
                    since = time.perf_counter()

    async def _show_rest(self) -> None:
        """Wait until everything that arrived was handed to the window, frame by frame."""
        while self._pending:
            self._shown = asyncio.get_running_loop().create_future()
            self._clock.request()
            await self._shown

    def _end(self, signal: Any, *arguments: object) -> None:
        while self._pending:
            self._deliver()
        self._token = None
        signal.emit(*arguments)

    def _deliver(self) -> None:
        """Hand over as much as a frame has time for; the rest comes with the next one."""
        if not self._pending:
            return
        batch, self._pending = self._pending[: self._limit], self._pending[self._limit :]
        started = time.perf_counter()
        self.batch_received.emit(batch)
        seconds = max(1e-4, time.perf_counter() - started)
        if self._pending or seconds > _FRAME_WORK_SECONDS:
            self._limit = max(_LEAST_BATCH, round(len(batch) * _FRAME_WORK_SECONDS / seconds))
        if self._pending:
            self._clock.request()
        if self._shown is not None and not self._shown.done():
            self._shown.set_result(None)
