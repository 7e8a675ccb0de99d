"""The life of the window in its event loop: from the first paint until everything behind it is shut down."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.gui.export.exports import import_export
from desktop_agent.gui.preferences import import_settings
from desktop_agent.gui.running_window import RunningWindow, Script
from desktop_agent.gui.single_instance import SingleInstance, raise_window
from desktop_agent.markdown.code_colors import highlight
from desktop_agent.storage import StorageError

if TYPE_CHECKING:
    from desktop_agent.chat.session import ChatSession
    from desktop_agent.gui.desktop_start import DesktopStart
    from desktop_agent.gui.loading import Courtesy
    from desktop_agent.gui.main_window import MainWindow
    from desktop_agent.gui.task_scope import TaskScope

logger = logging.getLogger(__name__)

QUIT_SECONDS = 2.0


@dataclass(frozen=True)
class Plan:
    """What the loop is to do beside running the window.

    Attributes:
        script: Drives the window, which closes when it ends.
        restores: Whether the last conversation comes back.
        start: How a person started the program; None for a script.
        courtesy: What ends once everything is imported.
        early_message: What was sent before there was anybody to take it; empty for nothing.
    """

    script: Script | None
    restores: bool
    start: DesktopStart | None
    courtesy: Courtesy
    early_message: str = ""


async def live(parts: RunningWindow, plan: Plan) -> None:
    """Everything between the first paint and the end of the loop."""
    closing = asyncio.Event()
    parts.window.close_requested.connect(closing.set)
    if parts.window.wants_to_close:
        closing.set()
    close_on_signals(parts.window)
    close_generators_in(parts.scope)
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


async def _restore(parts: RunningWindow, plan: Plan) -> None:
    """Open the store, and show what was open when the program ended."""
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


def close_on_signals(window: MainWindow) -> None:
    """Close the window as a user would when the terminal or the session asks for it (Ctrl+C, SIGTERM)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there the process ends as Python ends it.
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(number, window.close)


def close_generators_in(scope: TaskScope) -> None:
    """Let async generators that a library drops half-way close themselves in a task.

    WORKAROUND: asyncio's own loops set this hook; qasync 0.28 does not, and Python then closes such a
    generator without a loop, which fails where it has to await. On Stop, httpx2 drops its streams so.
    """

    def close(generator: AsyncGenerator[Any, Any]) -> None:
        scope.spawn(generator.aclose(), "generator")

    sys.set_asyncgen_hooks(finalizer=close)


async def _warm_up(session: ChatSession, courtesy: Courtesy) -> None:
    """Import in worker threads what the first reply needs, so that no frame of it waits."""
    try:
        await session.warm_up()
    except AgentError as error:
        logger.info("The model is not ready: %s", type(error).__name__)  # said when a message is sent
    await asyncio.to_thread(highlight, "python", ["pass"])
    await asyncio.to_thread(import_settings)
    await asyncio.to_thread(import_export)
    # What was imported stays: a collection, which `end` allows, would look at all of it, for several frames.
    gc.freeze()
    courtesy.end()


async def _shut_down(parts: RunningWindow) -> None:
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
