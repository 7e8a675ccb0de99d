"""Lets the text caret come to rest: it blinks while somebody types; a window left alone is idle."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

BLINKING_SECONDS = 10
"""How long the caret blinks after the last key; then it stays visible."""


class CaretRest(QObject):
    """Stops the caret's blinking a while after the last key; each blink would wake the process.

    Args:
        parent: The field; its owner calls `wake`.
    """

    _blinking: ClassVar[int] = 0  # milliseconds, before the caret came to rest in any field

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True, interval=BLINKING_SECONDS * 1000)
        self._timer.timeout.connect(self.rest)

    def wake(self) -> None:
        """The keyboard came, or a key was pressed."""
        self._timer.start()
        if CaretRest._blinking:
            QGuiApplication.styleHints().setCursorFlashTime(CaretRest._blinking)
            CaretRest._blinking = 0

    def rest(self) -> None:
        """Nobody has typed for a while."""
        hints = QGuiApplication.styleHints()
        if hints.cursorFlashTime() > 0:
            CaretRest._blinking = hints.cursorFlashTime()
            hints.setCursorFlashTime(0)
