"""The window's composition root: shows the window, then builds and wires the rest, runs the loop, quits.

The order is what makes it start at once: Qt paints the window before asyncio, qasync, pydantic, the Markdown
parser and the OpenAI SDK are imported. Those follow in worker threads while the window takes events, and a
message that is sent early waits for them.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

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
from PySide6.QtWidgets import QApplication

from desktop_agent.config.built_in_agent import AGENT_NAME
from desktop_agent.config.crash_watch import CrashWatch
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.look import saved_look
from desktop_agent.config.paths import data_folder
from desktop_agent.config.provider import Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.desktop_start import DesktopStart
from desktop_agent.gui.icons import window_icon
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.single_instance import Claim, SingleInstance
from desktop_agent.gui.theme import Theme
from desktop_agent.gui.typography import load_fonts
from desktop_agent.gui.window_layout import WindowLayout

if TYPE_CHECKING:
    import asyncio

    from PySide6.QtCore import QMessageLogContext

    from desktop_agent.gui.running_window import RunningWindow, Script
    from desktop_agent.gui.window_life import Plan

logger = logging.getLogger(__name__)

LAYOUT_NAME = "window.json"
_SAID_MILLISECONDS = 10_000


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
    from PySide6.QtWidgets import QMessageBox  # not for the first frame

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
    from desktop_agent.gui.faults import Faults
    from desktop_agent.gui.loading import Courtesy, EarlyMessage, EarlySignals, Loading

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
        # What the first frame did without; in turns of their own, as it would add up to a pause.
        for load_classes in (window.composer.editor.viewport, app.style):
            QTimer.singleShot(0, window, load_classes)
        Loading(_load_parts).wait()
        signals.end()
        typed = window.composer.text
        from desktop_agent.gui.running_window import build_parts
        from desktop_agent.gui.window_life import Plan

        parts = build_parts(window, provider, prefers_settings=start is not None)
        if typed:
            window.composer.set_text(typed)  # the desk has put an empty draft there, and keeps this one now
        parts.desk.troubles.show_standing(trouble)
        parts.scope.failed.connect(faults.show_error)
        faults.show_crash(start.crash if start is not None else "")
        _run_loop(app, parts, Plan(script, restores, start, courtesy, early.take()))
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
    if isinstance(existing, QApplication):
        app = existing
        app.setStyle("Fusion")
    else:  # `setStyle` returns the style, and PySide would load its class with all enumerations: 7 ms
        app = QApplication([*sys.argv[:1], "-style", "Fusion"])
    app.setApplicationName("desktop-agent")
    app.setApplicationDisplayName("Desktop Agent")
    app.setDesktopFileName("desktop-agent")
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

    from desktop_agent.gui.loading import start_worker

    start_worker(_load_sdk, "sdk")
    import PySide6.QtNetwork  # noqa: F401
    import qasync  # noqa: F401

    # The window's thread must find nothing itself then: a worker that lets it go first holds the import lock.
    import desktop_agent.config.workers
    import desktop_agent.gui.window_life  # noqa: F401 - and all that it needs


def _load_sdk() -> None:
    """Import what the first request needs; a fault is said when there is one."""
    try:
        import anyio.lowlevel
        import openai.resources.chat.completions  # noqa: F401

        anyio.run(anyio.lowlevel.checkpoint)  # the SDK's network library imports its back end with its loop
    except ImportError:
        logger.exception("The OpenAI SDK can't be imported.")


def _run_loop(app: QApplication, parts: RunningWindow, plan: Plan) -> None:
    import asyncio

    import qasync

    from desktop_agent.config.workers import ImpatientExecutor
    from desktop_agent.gui.window_life import live

    def make_loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
        loop.set_default_executor(ImpatientExecutor())
        return loop

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(live(parts, plan))


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}
    logging.getLogger("qt").log(levels.get(kind, logging.WARNING), "%s", text)
