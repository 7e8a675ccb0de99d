"""The window's composition root: shows the window, then builds and wires the rest, runs the loop, quits.

The order is what makes it start at once: Qt paints the window before asyncio, qasync, pydantic, the Markdown
parser and the OpenAI SDK are imported. Those follow in worker threads while the window takes events, and a
message that is sent early waits for them.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QLocale,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_agent.config.built_in_agent import AGENT_NAME
from desktop_agent.config.crash_watch import CrashWatch
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.look import saved_look
from desktop_agent.config.paths import data_folder, store_path
from desktop_agent.config.provider import DEMO, Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.faults import Faults
from desktop_agent.gui.icons import window_icon
from desktop_agent.gui.loading import Courtesy, EarlyMessage, EarlySignals, Loading, start_worker
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.single_instance import Claim, SingleInstance, raise_window
from desktop_agent.gui.theme import Theme
from desktop_agent.gui.typography import load_fonts
from desktop_agent.gui.window_layout import WindowLayout

if TYPE_CHECKING:
    import asyncio

    from PySide6.QtCore import QMessageLogContext

    from desktop_agent.chat.session import ChatSession
    from desktop_agent.gui.answering import Answering
    from desktop_agent.gui.archive import Archive
    from desktop_agent.gui.console.console import Console
    from desktop_agent.gui.conversation import Conversation
    from desktop_agent.gui.desk import Desk
    from desktop_agent.gui.export.exports import Exports
    from desktop_agent.gui.export.imports import Imports
    from desktop_agent.gui.opened_files import OpenedFiles
    from desktop_agent.gui.preferences import Preferences
    from desktop_agent.gui.settings.connections import Connections
    from desktop_agent.gui.settings.live_settings import LiveSettings
    from desktop_agent.gui.stream_runner import StreamRunner
    from desktop_agent.gui.task_scope import TaskScope
    from desktop_agent.gui.tool_switches import ToolSwitches
    from desktop_agent.gui.transcript.view import Transcript
    from desktop_agent.storage import ConversationStore

logger = logging.getLogger(__name__)

QUIT_SECONDS = 2.0
LAYOUT_NAME = "window.json"
_SAID_MILLISECONDS = 10_000


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


@dataclass(frozen=True)
class DesktopStart:
    """How a person started the program.

    Attributes:
        instance: The right to be the one window; later starts bring the window to the front.
        files: Paths of exported conversations to open.
        crash: A note of where the program was when it ended hard the last time; empty for none.
    """

    instance: SingleInstance
    files: Sequence[str] = ()
    crash: str = ""


@dataclass(frozen=True)
class _Plan:
    """What the loop is to do beside running the window."""

    script: Script | None
    restores: bool
    start: DesktopStart | None
    courtesy: Courtesy
    early_message: str = ""


def open_window(provider: Provider | None, files: Sequence[str], trouble: str = "") -> int:
    """Show the one window of this home; if it is open already, bring it to the front.

    Args:
        provider: Who answers as long as the settings choose nobody; None for nobody.
        files: Paths of exported conversations to open, in the window that is open if there is one.
        trouble: As in `run_window`.

    Returns:
        The exit status of the process: 1 if the window that is open does not answer, which is said.
    """
    instance = SingleInstance(data_folder())
    claim = instance.claim(files)
    if claim is Claim.HANDED_OVER:
        return 0
    if claim is Claim.REFUSED:
        _say_refused(instance.sentence)
        return FAILURE
    crashes = CrashWatch()
    start = DesktopStart(instance, files, crashes.begin())
    try:
        return run_window(provider, trouble=trouble, start=start)
    finally:
        crashes.end()
        instance.release()


def _say_refused(sentence: str) -> None:
    """Say why no window opens: in the terminal, and in a box for those who started it without one."""
    if sys.stderr is not None:
        sys.stderr.write(sentence + "\n")
        if sys.stderr.isatty():
            return
    make_application()
    box = QMessageBox(QMessageBox.Icon.Warning, "", "")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    QTimer.singleShot(_SAID_MILLISECONDS, box, box.accept)
    box.exec()


def run_window(
    provider: Provider | None,
    *,
    script: Script | None = None,
    theme: Theme | None = None,
    trouble: str = "",
    restores: bool = True,
    start: DesktopStart | None = None,
) -> int:
    """Show the window and run until it is closed.

    Args:
        provider: Who answers, until another one is picked; None for whom the settings choose.
        script: Drives the window, which closes when it ends; for demonstrations and pictures.
        theme: A fixed theme instead of the system's.
        trouble: A sentence about something that does not work, to be shown from the start.
        restores: Whether the last conversation and the window's place come back, and this one is remembered.
        start: How a person started it; whom the settings choose goes before `provider` then.

    Returns:
        The exit status of the process.
    """
    # Until the loop listens for it, Ctrl+C ends the process at once instead of somewhere in an import.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)
    app = make_application()
    window = _make_window(provider, theme)
    layout = WindowLayout(data_folder() / LAYOUT_NAME)
    if restores:
        layout.restore(window)
    window.show()
    _wait_for_first_paint(window)
    logger.info("The window is painted.")
    if sys.platform != "darwin":  # there, the bundle has it, in the shape that the Dock wants
        app.setWindowIcon(window_icon())
    faults = Faults(window)
    faults.watch()
    qInstallMessageHandler(_log_qt_message)
    courtesy = Courtesy()
    courtesy.begin()
    signals = EarlySignals(window)
    try:
        early = EarlyMessage(window)
        window.close_requested.connect(window.hide)
        signals.begin()
        Loading(_load_parts).wait()
        signals.end()
        typed = window.composer.text
        parts = _build_parts(window, provider, prefers_settings=start is not None)
        if typed:
            window.composer.set_text(typed)  # the desk has put an empty draft there, and keeps this one now
        parts.desk.troubles.show_standing(trouble)
        parts.scope.failed.connect(faults.show_error)
        faults.show_crash(start.crash if start is not None else "")
        _run_loop(app, parts, _Plan(script, restores, start, courtesy, early.take()))
        if restores:
            layout.save(window)
    finally:
        courtesy.end()
        signals.end()
        signal.signal(signal.SIGINT, interrupt)
        qInstallMessageHandler(None)
        faults.end()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return 0


def make_application() -> QApplication:
    """The QApplication with the program's name, style and fonts."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("desktop-agent")
    app.setApplicationDisplayName("Desktop Agent")
    app.setDesktopFileName("desktop-agent")
    app.setStyle("Fusion")
    if QLocale().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))  # 1,284, not 1284
    app.setQuitOnLastWindowClosed(False)  # closing is ours: runs are stopped before the loop ends
    load_fonts()
    return app


def _wait_for_first_paint(window: MainWindow) -> None:
    painting = QEventLoop()
    window.painted.connect(painting.quit)
    deadline = QTimer(singleShot=True, interval=2000)  # a window that is covered or minimised never paints
    deadline.timeout.connect(painting.quit)
    deadline.start()
    painting.exec()
    window.painted.disconnect(painting.quit)


def _make_window(provider: Provider | None, theme: Theme | None) -> MainWindow:
    """The window as it is first seen, without anything behind it."""
    appearance = Appearance(theme, look=saved_look())
    window = MainWindow(appearance)
    appearance.setParent(window)
    window.header.show_title(window.tr("New chat"))
    if provider is not None:
        window.header.show_provider(AGENT_NAME, provider.model, provider.host)
        window.status_bar.show_model(provider.model)
        window.empty_page.show_provider(AGENT_NAME, provider.model)
    window.composer.set_placeholder(window.tr("Message {agent}").format(agent=AGENT_NAME))
    return window


def _load_parts() -> None:
    """Import what the window's parts need, and meanwhile, in another thread, what the first reply needs."""
    import pydantic.main  # noqa: F401 - both need it: two threads that import one package may lock each other

    start_worker(_load_sdk, "sdk")
    import PySide6.QtNetwork  # noqa: F401
    import qasync  # noqa: F401

    import desktop_agent.config.settings_store
    import desktop_agent.gui.answering
    import desktop_agent.gui.archive
    import desktop_agent.gui.console.console
    import desktop_agent.gui.context_watch
    import desktop_agent.gui.export.exports
    import desktop_agent.gui.notifications
    import desktop_agent.gui.opened_files
    import desktop_agent.gui.preferences
    import desktop_agent.gui.tool_switches
    import desktop_agent.gui.transcript.accessible  # noqa: F401


def _load_sdk() -> None:
    """Import what the first request needs; a fault is said when there is one."""
    try:
        import anyio.lowlevel
        import openai.resources.chat.completions  # noqa: F401

        anyio.run(anyio.lowlevel.checkpoint)  # the SDK's network library imports its back end with its loop
    except ImportError:
        logger.exception("The OpenAI SDK can't be imported.")


def _build_parts(window: MainWindow, provider: Provider | None, *, prefers_settings: bool) -> RunningWindow:
    """What stands behind the window; all of it is imported by now."""
    from desktop_agent.chat.answerer import Answerer
    from desktop_agent.chat.model_catalog import ModelCatalog
    from desktop_agent.config.settings_store import SettingsStore
    from desktop_agent.gui.answering import Answering
    from desktop_agent.gui.archive import Archive
    from desktop_agent.gui.console.console import Console
    from desktop_agent.gui.context_watch import ContextWatch
    from desktop_agent.gui.desk import Desk
    from desktop_agent.gui.export.exports import Exports
    from desktop_agent.gui.export.imports import Imports
    from desktop_agent.gui.notifications import Notifications
    from desktop_agent.gui.opened_files import OpenedFiles
    from desktop_agent.gui.preferences import Preferences
    from desktop_agent.gui.settings.connections import Connections
    from desktop_agent.gui.settings.live_settings import LiveSettings
    from desktop_agent.gui.task_scope import TaskScope
    from desktop_agent.gui.tool_switches import ToolSwitches
    from desktop_agent.gui.transcript import accessible
    from desktop_agent.storage import ConversationStore

    accessible.install()
    scope = TaskScope(window)
    store = ConversationStore(store_path(), on_fault=lambda error: desk.troubles.show_store_fault(error))
    settings = SettingsStore()
    settings.load()
    live = LiveSettings(settings, scope, window)
    connections = Connections(live, ModelCatalog(), window)
    if prefers_settings and settings.settings.providers.chosen is not None:
        provider = None
    # Until somebody is chosen nothing can be sent: a page lies over the conversation.
    desk = Desk(window, store, Answerer(provider or DEMO), scope)
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


def _run_loop(app: QApplication, parts: RunningWindow, plan: _Plan) -> None:
    import asyncio

    import qasync

    from desktop_agent.config.workers import ImpatientExecutor

    def make_loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
        loop.set_default_executor(ImpatientExecutor())
        return loop

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(_live(parts, plan))


async def _live(parts: RunningWindow, plan: _Plan) -> None:
    """Everything between the first paint and the end of the loop."""
    import asyncio

    closing = asyncio.Event()
    parts.window.close_requested.connect(closing.set)
    if parts.window.wants_to_close:
        closing.set()
    _close_on_signals(parts.window)
    _close_generators_in(parts.scope)
    parts.answering.start()
    await asyncio.sleep(0)  # each step in a turn of its own: meanwhile the window takes events
    if plan.early_message:
        _send_early(parts, plan.early_message)
    parts.scope.spawn(_warm_up(parts.session, plan.courtesy), "warm-up")
    await asyncio.sleep(0)
    if plan.start is not None:
        _listen(parts, plan.start.instance)
        await asyncio.sleep(0)
    restoring = parts.scope.spawn(_restore(parts, plan), "restore")
    try:
        if plan.script is None:
            await closing.wait()
        else:
            await asyncio.wait([restoring])
            await _play(plan.script, parts, closing)
    finally:
        await _shut_down(parts)
        sys.set_asyncgen_hooks(None, None)
        gc.unfreeze()


def _listen(parts: RunningWindow, instance: SingleInstance) -> None:
    """Let later starts bring the window to the front, with the files that they were started with."""

    def take(files: list[str], folder: str) -> None:
        raise_window(parts.window)
        parts.files.open(files, folder)

    instance.arguments_received.connect(take)
    instance.listen()


def _send_early(parts: RunningWindow, text: str) -> None:
    """Send what was sent before there was anybody to take it, unless nobody answers yet."""
    composer = parts.window.composer
    if parts.window.has_welcome:
        composer.set_text(text + composer.text)
        return
    typed_since = composer.text
    parts.desk.send(text)
    composer.set_text(typed_since)


async def _restore(parts: RunningWindow, plan: _Plan) -> None:
    """Open the store, and show what was open when the program ended."""
    from desktop_agent.storage import StorageError

    try:
        status = await parts.store.open()
        if status.reason:
            parts.desk.troubles.show(status.reason)
        if plan.restores:
            await parts.desk.restore()
    except StorageError as error:
        parts.desk.troubles.show(str(error))
    parts.archive.refresh()
    if plan.start is not None:
        parts.files.open(plan.start.files)


async def _play(script: Script, parts: RunningWindow, closing: asyncio.Event) -> None:
    """Run a script, unless the window is closed before it ends."""
    import asyncio

    async def act() -> None:
        await script(parts)

    tasks = [asyncio.ensure_future(act()), asyncio.ensure_future(closing.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _close_on_signals(window: MainWindow) -> None:
    """Close the window as a user would when the terminal or the session asks for it (Ctrl+C, SIGTERM)."""
    import asyncio

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there the process ends as Python ends it.
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(number, window.close)


def _close_generators_in(scope: TaskScope) -> None:
    """Let async generators that a library drops half-way close themselves in a task.

    WORKAROUND: asyncio's own loops set this hook; qasync 0.28 does not, and Python then closes such a
    generator without a loop, which fails where it has to await. On Stop, httpx2 drops its streams so.
    """

    def close(generator: AsyncGenerator[Any, Any]) -> None:
        scope.spawn(generator.aclose(), "generator")

    sys.set_asyncgen_hooks(finalizer=close)


async def _warm_up(session: ChatSession, courtesy: Courtesy) -> None:
    """Import in worker threads what the first reply needs, so that no frame of it waits."""
    import asyncio

    from desktop_agent.agentchat.errors import AgentError
    from desktop_agent.gui.export.exports import import_export
    from desktop_agent.gui.preferences import import_settings
    from desktop_agent.markdown.code_colors import highlight

    try:
        await session.warm_up()
    except AgentError as error:
        logger.info("The model is not ready: %s", type(error).__name__)  # said when a message is sent
    await asyncio.to_thread(highlight, "python", ["pass"])
    await asyncio.to_thread(import_settings)
    await asyncio.to_thread(import_export)
    courtesy.end()
    gc.freeze()  # what was imported stays: a full collection would look at all of it, for several frames


async def _shut_down(parts: RunningWindow) -> None:
    import asyncio

    parts.desk.stop_all()
    parts.window.hide()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(parts.archive.finish(), QUIT_SECONDS)
    await parts.scope.aclose(QUIT_SECONDS)
    try:
        await asyncio.wait_for(parts.desk.aclose(), QUIT_SECONDS)
    except TimeoutError:
        logger.warning("The connections did not close in time.")
    await parts.live.aclose()
    await parts.store.close()
    parts.desk.clear()
    parts.window.close_now()


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}
    logging.getLogger("qt").log(levels.get(kind, logging.WARNING), "%s", text)
