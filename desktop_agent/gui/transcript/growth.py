"""What a streamed reply has grown by, told to screen readers for a bounded share of the time."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_agent.gui.transcript import accessible

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.agent_message import AgentMessage
    from desktop_agent.gui.transcript.view import Transcript

_PAUSE = 10
"""For so many times as long as looking at the text took, nothing is looked at: a block may be long."""


class Growth(QObject):
    """Follows one reply. What is told belongs together without gaps, however seldom it is told.

    Attributes:
        reply: The reply.
    """

    def __init__(self, view: Transcript, reply: AgentMessage) -> None:
        super().__init__(view)
        self._view = view
        self.reply = reply
        self._first, _, self._told = reply.tail()
        self._earliest = 0.0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.tell)

    def note(self) -> None:
        """The reply grew: tell it now, or as soon as the pause is over."""
        wait = self._earliest - time.perf_counter()
        if wait <= 0:
            self.tell()
        elif not self._later.isActive():
            self._later.start(math.ceil(wait * 1000))

    def tell(self) -> None:
        """Tell what came since the last time."""
        started = time.perf_counter()
        self._later.stop()
        _, place, now = self.reply.tail(self._first)
        accessible.tell_insert(self._view, self.reply, place, self._told, now)
        self._first, _, self._told = self.reply.tail()
        finished = time.perf_counter()
        self._earliest = finished + _PAUSE * (finished - started)

    def stop(self) -> None:
        """Tell nothing more."""
        self._later.stop()
        self.deleteLater()
