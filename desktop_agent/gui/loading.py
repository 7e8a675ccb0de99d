"""Loads what stands behind the window while that takes events: one can type and send from the first frame."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEventLoop, QObject, QSocketNotifier, QTimer

from desktop_agent.gui.main_window import MainWindow

_SWITCH_SECONDS = 0.001
"""How long a thread may keep another one waiting; Python's own 5 ms add up to a pause."""
_LONGEST_WAIT = 0.03
"""Seconds that a worker waits for the window before each module."""
_LOOK_EVERY = 5
"""Milliseconds between two looks at whether a worker has ended."""


class Loading:
    """Runs a function in a worker thread, which must end before the window's parts are made.

    No object of Qt's is shared with that thread: the last one to let go of it would destroy it there, while
    the window's thread still uses it.

    Args:
        load: What it does; its exception is raised by `wait`.
    """

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load
        self._has_ended = False
        self._fault: BaseException | None = None

    def wait(self) -> None:
        """Begin, and take events until this has ended."""
        waiting = QEventLoop()

        def look() -> None:
            if self._has_ended:
                waiting.quit()

        looking = QTimer(interval=_LOOK_EVERY)
        looking.timeout.connect(look)
        start_worker(self._run, "loading")
        looking.start()
        waiting.exec()
        looking.stop()
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._fault = error
        self._has_ended = True


def start_worker(work: Callable[[], None], name: str) -> None:
    """Begin `work` in a thread that the end of the program does not wait for (see `config.workers.leave`)."""
    threading.Thread(target=work, name=f"worker-{name}", daemon=True).start()


class Courtesy:
    """Between `begin` and `end`, threads that import let the window go first, and nothing is collected.

    Python gives each thread an equal share, so that drawing a window takes twice as long beside an import. A
    worker therefore looks before each module whether the window is at rest, and waits a moment if it is not.
    """

    def __init__(self) -> None:
        self._interval = sys.getswitchinterval()
        self._is_at_rest = threading.Event()
        self._dispatcher = QAbstractEventDispatcher.instance()

    def begin(self) -> None:
        """Be courteous from now on; needs an application."""
        self._dispatcher.aboutToBlock.connect(self._is_at_rest.set)
        self._dispatcher.awake.connect(self._is_at_rest.clear)
        sys.setswitchinterval(_SWITCH_SECONDS)
        gc.disable()  # what is imported stays
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Be as before; may be called more than once."""
        if self not in sys.meta_path:
            return
        sys.meta_path.remove(self)
        self._dispatcher.aboutToBlock.disconnect(self._is_at_rest.set)
        self._dispatcher.awake.disconnect(self._is_at_rest.clear)
        self._is_at_rest.set()
        sys.setswitchinterval(self._interval)
        gc.enable()

    def find_spec(self, _name: str, _path: object = None, _target: object = None) -> None:
        """Wait for the window, if a worker imports; finding is left to the others."""
        if threading.current_thread() is not threading.main_thread():
            # Not for long: the window itself may wait for what this thread is importing.
            self._is_at_rest.wait(_LONGEST_WAIT)


class EarlySignals(QObject):
    """Between `begin` and `end`, a session or a terminal that ends the program closes the window in order.

    Python calls a handler when its own code runs next, which a window that nobody uses may never do: the
    signal wakes Qt's loop through a socket.

    Args:
        window: What is closed.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._heard, self._told = socket.socketpair()
        for end in (self._heard, self._told):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        self._before: dict[int, Any] = {}
        self._descriptor = -1

    def begin(self) -> None:
        """Listen from now on."""
        self._descriptor = signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._close)

    def end(self) -> None:
        """Leave signals to whom they were left before; may be called more than once."""
        if not self._before:
            return
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        signal.set_wakeup_fd(self._descriptor)
        self._notifier.setEnabled(False)
        self._heard.close()
        self._told.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._heard.recv(64)  # that Python runs is all that is needed

    def _close(self, _number: int, _frame: object) -> None:
        self._window.close()


class EarlyMessage(QObject):
    """Keeps a message that is sent before there is anybody to take it.

    Args:
        window: The window, which shows that it waits.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._composer = window.composer
        self._text = ""
        self._composer.submitted.connect(self._keep)
        self._composer.queue_cancelled.connect(self._give_back)

    def take(self) -> str:
        """The message, or ""; from now on somebody else takes what is sent."""
        self._composer.submitted.disconnect(self._keep)
        self._composer.queue_cancelled.disconnect(self._give_back)
        text, self._text = self._text, ""
        self._composer.show_queued("")
        return text

    def _keep(self, text: str) -> None:
        if self._text:
            return  # one waits already: this one stays in the field
        self._text = text
        self._composer.clear()
        self._composer.show_queued(text, self.tr("Sends in a moment"))

    def _give_back(self) -> None:
        text, self._text = self._text, ""
        self._composer.show_queued("")
        self._composer.set_text(text + self._composer.text)
