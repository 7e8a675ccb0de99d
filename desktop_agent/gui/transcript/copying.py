"""Copying any amount of text while the window goes on: in short slices, into the clipboard at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QClipboard, QGuiApplication

_FIRST_SLICE = 0.012  # seconds; what fits in it is in the clipboard at once
_SLICE = 0.006
_LONG = 300  # milliseconds after which a copy counts as a long one


class Copying(QObject):
    """Fills the clipboard with a text that is still to be made. A copy that begins ends the one before it.

    Attributes:
        mode: Which clipboard.

    Signals:
        delayed: It takes long.
        finished: The text is in the clipboard; carries its length.
    """

    delayed = Signal()
    finished = Signal(int)

    def __init__(self, mode: QClipboard.Mode, parent: QObject) -> None:
        super().__init__(parent)
        self.mode = mode
        self._pieces: Iterator[str] = iter(())
        self._made: list[str] = []
        self._next = QTimer(self, interval=0)
        self._next.timeout.connect(lambda: self._go_on(_SLICE))
        self._delay = QTimer(self, singleShot=True, interval=_LONG)
        self._delay.timeout.connect(self.delayed)

    def start(self, pieces: Iterator[str]) -> None:
        """Begin to copy.

        Args:
            pieces: The text in order. Empty pieces say that work was done, so that the window may go on.
        """
        self._pieces, self._made = pieces, []
        self._next.start()
        self._delay.start()
        self._go_on(_FIRST_SLICE)

    def stop(self) -> None:
        """Leave the clipboard as it is."""
        self._pieces, self._made = iter(()), []
        self._next.stop()
        self._delay.stop()

    def _go_on(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        for piece in self._pieces:
            if piece:
                self._made.append(piece)
            if time.perf_counter() >= until:
                return
        text = "".join(self._made)
        self.stop()
        QGuiApplication.clipboard().setText(text, self.mode)
        self.finished.emit(len(text))
