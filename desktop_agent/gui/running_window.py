"""The parts of a running window, and how they are made and joined; it is imported after the first paint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_agent.chat.answerer import Answerer, nobody_answers
from desktop_agent.chat.model_catalog import ModelCatalog
from desktop_agent.config.paths import store_path
from desktop_agent.config.provider import Provider
from desktop_agent.config.settings_store import SettingsStore
from desktop_agent.gui.answering import Answering
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.archive import Archive
from desktop_agent.gui.console.console import Console
from desktop_agent.gui.context_watch import ContextWatch
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.export.exports import Exports
from desktop_agent.gui.export.imports import Imports
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.notifications import Notifications
from desktop_agent.gui.opened_files import OpenedFiles
from desktop_agent.gui.preferences import Preferences
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.tool_switches import ToolSwitches
from desktop_agent.gui.transcript import accessible
from desktop_agent.storage import ConversationStore

if TYPE_CHECKING:
    from desktop_agent.chat.session import ChatSession
    from desktop_agent.gui.stream_runner import StreamRunner
    from desktop_agent.gui.transcript.view import Transcript


@dataclass
class RunningWindow:
    """The parts of a running window, for a script that drives it."""

    window: MainWindow
    appearance: Appearance
    store: ConversationStore
    desk: Desk
    archive: Archive
    console: Console
    tool_switches: ToolSwitches
    live: LiveSettings
    connections: Connections
    answering: Answering
    preferences: Preferences
    exports: Exports
    imports: Imports
    files: OpenedFiles
    scope: TaskScope

    @property
    def conversation(self) -> Conversation:
        """The conversation in the window."""
        return self.desk.current

    @property
    def transcript(self) -> Transcript:
        """Its view."""
        return self.desk.current.transcript

    @property
    def session(self) -> ChatSession:
        """What is said in it."""
        return self.desk.current.session

    @property
    def runner(self) -> StreamRunner:
        """Runs its streams."""
        return self.desk.current.runner


Script = Callable[[RunningWindow], Awaitable[None]]
"""Drives a running window; for demonstrations, pictures and tests."""


def build_parts(window: MainWindow, provider: Provider | None, *, prefers_settings: bool) -> RunningWindow:
    """Make what stands behind the window.

    Args:
        window: The window, which is painted.
        provider: Who answers as long as the settings choose nobody; None for nobody.
        prefers_settings: Whether whom the settings choose goes before `provider`.
    """
    accessible.install()
    scope = TaskScope(window)
    store = ConversationStore(store_path(), on_fault=lambda error: desk.troubles.show_store_fault(error))
    settings = SettingsStore()
    settings.load()
    live = LiveSettings(settings, scope, window)
    connections = Connections(live, ModelCatalog(), window)
    if prefers_settings and settings.settings.providers.chosen is not None:
        provider = None
    desk = Desk(window, store, Answerer(provider) if provider is not None else nobody_answers(), scope)
    archive = Archive(window, desk, store, scope, live)
    answering = Answering(window, desk, live, connections, scope, provider)
    console = Console(window, desk)
    tool_switches = ToolSwitches(window, desk, store, scope)
    preferences = Preferences(window, desk, store, live, connections, scope)
    answering.nobody_answers.connect(preferences.welcome)
    preferences.bin_emptied.connect(archive.refresh)
    answering.somebody_answers.connect(preferences.end_welcome)
    answering.somebody_answers.connect(ContextWatch(window, desk, scope).read)
    exports = Exports(window, desk, store, scope)
    for failing in (desk, archive, exports):
        failing.failed.connect(desk.troubles.show_store_fault)
    for note in settings.notes:
        desk.troubles.show(note)
    Notifications(window, desk, live, scope)
    files = OpenedFiles(scope, window)
    files.refused.connect(desk.troubles.show)
    imports = Imports(window, desk, store, files, scope)
    imports.imported.connect(archive.refresh)
    return RunningWindow(
        window,
        window.appearance,
        store,
        desk,
        archive,
        console,
        tool_switches,
        live,
        connections,
        answering,
        preferences,
        exports,
        imports,
        files,
        scope,
    )
