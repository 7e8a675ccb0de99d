"""When the program has a fault of its own: a window with a report that is read before it is copied."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from desktop_agent.gui.main_window import MainWindow

if TYPE_CHECKING:
    from desktop_agent.gui.fault_window import FaultWindow

logger = logging.getLogger(__name__)


class Faults(QObject):
    """Takes what nothing else handled, from `watch` on until `end`, and shows it.

    One window is shown at a time: a fault that repeats itself must not bury the conversation.

    Args:
        window: Above which the report is shown.

    Attributes:
        shown: The report's window while it is open.
    """

    _raised = Signal(object, bool)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._hooks = sys.excepthook, threading.excepthook
        self.shown: FaultWindow | None = None
        # Queued: a hook runs wherever the fault was, in a paint event or in another thread.
        self._raised.connect(self._show_error, Qt.ConnectionType.QueuedConnection)

    def watch(self) -> None:
        """Take what nobody handles from now on."""
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread

    def end(self) -> None:
        """Leave faults to whom they were left before."""
        sys.excepthook, threading.excepthook = self._hooks

    def show_error(self, error: BaseException) -> None:
        """Show a fault that is in the log already."""
        self._raised.emit(error, False)

    def show_crash(self, note: str) -> None:
        """Show where the program was when it ended hard the last time, if there is a note of it."""
        if note:
            from desktop_agent.config.fault_reports import crash_report

            self._show(self.tr("Desktop Agent ended unexpectedly the last time."), crash_report(note))

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logger.error("A fault that nothing handled.", exc_info=(kind, error, trace))
        self._raised.emit(error, False)

    def _take_from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        logger.error("A worker thread ended with a fault.", exc_info=error)
        self._raised.emit(error, True)

    def _show_error(self, error: BaseException, is_thread: bool) -> None:
        from desktop_agent.config.fault_reports import fault_report

        self._show(self.tr("Desktop Agent had a fault of its own."), fault_report(error, is_thread=is_thread))

    def _show(self, title: str, report: str) -> None:
        if self.shown is not None or self._window.wants_to_close:
            return
        from desktop_agent.gui.fault_window import FaultWindow

        self.shown = FaultWindow(title, report, self._window)
        self.shown.destroyed.connect(self._forget)
        self.shown.show()

    def _forget(self) -> None:
        self.shown = None
