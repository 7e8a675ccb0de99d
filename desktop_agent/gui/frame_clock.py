"""The one clock that everything painted from a stream waits for: silent when nothing is pending."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_SECONDS = 0.016


class FrameClock(QObject):
    """Ticks at most once a frame, and only when asked.

    A frame that took t is followed by at least as long a pause: the window never spends more than half of a
    core on showing text, and input is always served. The first request after silence ticks at once.

    Attributes:
        last_seconds: How long the last frame took.

    Signals:
        ticked: Show what is pending, now.
    """

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._is_armed = False
        self._earliest = 0.0
        self.last_seconds = 0.0

    def request(self) -> None:
        """Tick soon; further requests before that tick cost nothing."""
        if not self._is_armed:
            self._is_armed = True
            wait = self._earliest - time.perf_counter()
            self._timer.start(max(0, round(wait * 1000)))

    def flush(self) -> None:
        """Tick now if a tick is due, so that nothing is left pending."""
        if self._is_armed:
            self._timer.stop()
            self._tick()

    def _tick(self) -> None:
        self._is_armed = False
        started = time.perf_counter()
        self.ticked.emit()
        now = time.perf_counter()
        self.last_seconds = now - started
        self._earliest = started + max(FRAME_SECONDS, 2 * self.last_seconds)
