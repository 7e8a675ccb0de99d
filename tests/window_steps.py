"""What a person does with the window, for tests that drive it."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.agent_message import AgentMessage
from qt_signals import upcoming


def outcome_of(parts: RunningWindow) -> asyncio.Future[str]:
    """Resolves with the name of the signal that ends the run."""
    runner = parts.runner
    return upcoming(finished=runner.finished, stopped=runner.stopped, failed=runner.failed)


def type_and_send(parts: RunningWindow, text: str) -> None:
    """What a user does: type, press Enter."""
    QTest.keyClicks(parts.window.composer.editor, text)
    QTest.keyClick(parts.window.composer.editor, Qt.Key.Key_Return)


def last_reply(parts: RunningWindow) -> AgentMessage:
    reply = parts.transcript.messages[-1]
    assert isinstance(reply, AgentMessage)
    return reply


async def first_batch(parts: RunningWindow) -> None:
    """Wait until something of the reply is in the transcript."""
    await upcoming(batch=parts.runner.batch_received)
