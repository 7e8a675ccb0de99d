"""Watches how long the next prompt gets while it is typed, and what the model takes."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject

from desktop_agent.chat.run_statistics import estimate_tokens
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.task_scope import TaskScope


class ContextWatch(QObject):
    """Tells the composer about how many tokens its text makes of the next prompt.

    Args:
        window: The window with the composer.
        desk: The conversations.
        scope: Owns the tasks.
    """

    def __init__(self, window: MainWindow, desk: Desk, scope: TaskScope) -> None:
        super().__init__(window)
        self._composer = window.composer
        self._desk = desk
        self._scope = scope
        self._before = 0
        self._limit: int | None = None
        self._reading: asyncio.Task[None] | None = None
        window.composer.text_changed.connect(self._count)
        desk.switched.connect(self.read)
        desk.ended.connect(lambda _conversation: self.read())

    def read(self) -> None:
        """Another conversation or another model: see anew what goes before, and how much there may be."""
        self._before = self._desk.current.session.context_tokens
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._scope.spawn(self._read_limit(), "context limit")

    async def _read_limit(self) -> None:
        facts = await self._desk.current.session.answerer.facts()
        self._limit = None if facts is None else facts.context_length
        self._count()

    def _count(self) -> None:
        self._composer.show_tokens(estimate_tokens(self._composer.text), self._before, self._limit)
