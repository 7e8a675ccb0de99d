"""Looks for servers on this computer from the settings, and sets up those that are new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from PySide6.QtCore import QObject, Signal

from desktop_agent.chat.local_servers import find_local_servers
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.note_row import NoteRow
from desktop_agent.gui.task_scope import TaskScope


class ServerSearch(QObject):
    """A search for servers, when the person wants one.

    Args:
        note: Where it says what it does.
        connections: The providers.
        scope: Owns its task.
        places: Where it looks.

    Signals:
        found: A server is set up; carries the id of its provider.
    """

    found = Signal(str)

    def __init__(
        self,
        note: NoteRow,
        connections: Connections,
        scope: TaskScope,
        places: Sequence[tuple[ProviderKind, str]],
    ) -> None:
        super().__init__(note)
        self._note = note
        self._connections = connections
        self._scope = scope
        self._places = places
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Look, unless it looks already."""
        if self._task is None or self._task.done():
            self._task = self._scope.spawn(self._look(), "local servers")

    async def _look(self) -> None:
        self._note.say(self.tr("Looking for Ollama, LM Studio and llama.cpp."))
        has_found = False
        async with aclosing(find_local_servers(self._places)) as servers:
            async for server in servers:
                has_found = True
                entry = self._connections.local_entry(server)
                await self._connections.keep_found(entry, server)
                self.found.emit(entry.id)
        if has_found:
            self._note.clear()
            return
        text = self.tr("No local server was found. Ollama, LM Studio and llama.cpp are looked for.")
        self._note.say(text, "warn", (self.tr("Look again"), self.look))
