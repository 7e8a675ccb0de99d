"""The settings as the window uses them: what is changed counts at once and is saved in the background."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop_agent.config.look import Look
from desktop_agent.config.settings import AppearanceSettings, Settings
from desktop_agent.config.settings_store import SettingsError, SettingsStore
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.task_scope import TaskScope


class LiveSettings(QObject):
    """The settings, with news of them.

    Args:
        store: Where they are kept; it has been loaded.
        scope: Owns the tasks that save them.
        parent: Owns this.

    Signals:
        changed: A setting has another value; carries the `Settings`.
        failed: They can't be saved; carries the sentence. What was changed counts until the program quits.
        saved: What was changed is on the disk.
    """

    changed = Signal(object)
    failed = Signal(str)
    saved = Signal()

    def __init__(self, store: SettingsStore, scope: TaskScope, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._scope = scope
        self._saving: asyncio.Task[None] | None = None
        self._is_unsaved = False
        self._unsubscribe = store.subscribe(self._take_change)

    @property
    def settings(self) -> Settings:
        """What counts now."""
        return self._store.settings

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was wrong with the file when it was read."""
        return self._store.notes

    def change(self, page: str, **values: Any) -> None:
        """Change settings of one page; arguments and errors as of `SettingsStore.change`."""
        self._store.change(page, **values)
        self._save()

    def reset(self, page: str) -> None:
        """Give every setting of a page its default."""
        self._store.reset(page)
        self._save()

    async def aclose(self) -> None:
        """Save what is left, before the program ends."""
        self._unsubscribe()
        if self._saving is not None:
            await asyncio.wait([self._saving])
        await self._write()

    def _take_change(self, settings: Settings) -> None:
        self.changed.emit(settings)

    def _save(self) -> None:
        """Write in a task; what is changed meanwhile is written after it, in one go."""
        self._is_unsaved = True
        if self._saving is None or self._saving.done():
            self._saving = self._scope.spawn(self._save_all(), "save settings")

    async def _save_all(self) -> None:
        while self._is_unsaved:
            self._is_unsaved = False
            await self._write()

    async def _write(self) -> None:
        try:
            await self._store.save_async()
        except SettingsError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit()


def look_of(settings: AppearanceSettings) -> Look:
    """The look that the page Appearance describes."""
    return Look(
        theme=settings.theme,
        high_contrast=settings.high_contrast,
        interface_font=settings.interface_font,
        text_size=settings.text_size,
        reduced_motion=settings.reduced_motion,
    )


def follow_look(live: LiveSettings, appearance: Appearance) -> None:
    """Let the window look as the settings say from now on, and keep the text size that keys and wheel set."""

    def keep_zoom() -> None:
        if appearance.zoom != live.settings.appearance.text_size:
            live.change("appearance", text_size=appearance.zoom)

    appearance.apply(look_of(live.settings.appearance))
    live.changed.connect(lambda settings: appearance.apply(look_of(settings.appearance)))
    appearance.changed.connect(keep_zoom)
