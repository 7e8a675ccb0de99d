"""Worker threads that never hold up the end of the program, however long a name look-up blocks."""

from __future__ import annotations

import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, TextIO

from typing_extensions import override


class ImpatientExecutor(ThreadPoolExecutor):
    """A pool whose `shutdown` does not wait for what is running; `leave` ends the process all the same."""

    def __init__(self) -> None:
        super().__init__(4, "worker")

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


def leave(status: int) -> NoReturn:
    """End the process with `status`, also while a worker thread is stuck; Python itself would wait for it."""
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    is_stuck = any(thread.name.startswith("worker") for thread in threading.enumerate())
    if not is_stuck:
        sys.exit(status)
    logging.shutdown()
    os._exit(status)


def _flush(stream: TextIO | None) -> None:
    """Write what is left, or throw it away: Python would try again at its end and change the status."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
