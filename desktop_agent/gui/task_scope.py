"""Owns every asyncio task of the window, so that none is lost and none outlives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

logger = logging.getLogger(__name__)


class TaskScope(QObject):
    """Tasks with one owner.

    Signals:
        failed: A task ended with an exception that nothing handled; carries it. It is in the log too.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `coroutine` as a task called `name`; a running event loop is needed."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def aclose(self, seconds: float = 2.0) -> bool:
        """Cancel all tasks and wait for them.

        Args:
            seconds: How long to wait.

        Returns:
            Whether all of them ended in time.
        """
        for task in self._tasks:
            task.cancel()
        if not self._tasks:
            return True
        _, pending = await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in pending:
            logger.error("The task %s did not end within %.1f s.", task.get_name(), seconds)
        return not pending

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            logger.error("The task %s failed.", task.get_name(), exc_info=error)
            self.failed.emit(error)
