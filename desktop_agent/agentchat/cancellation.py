"""The one-shot flag that stops a run: `CancellationToken`."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

_F = TypeVar("_F", bound=asyncio.Future[Any])


class CancellationToken:
    """A flag that many can watch and anyone may raise, once, from any thread.

    Source: AutoGen's class of the same name. Mended here: callbacks run outside the lock (they may use the
    token), one that fails does not skip the others, futures of another thread's loop are cancelled through
    that loop, and what is done is forgotten (`link_future` unlinks, `remove_callback`).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Raise the flag and run the callbacks, in order and in this thread; later calls do nothing.

        Raises:
            Exception: What a callback raised, after all have run; an `ExceptionGroup` if several did.
        """
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            callbacks, self._callbacks = self._callbacks, []
        errors: list[Exception] = []
        for callback in callbacks:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - raised below, when the others have run
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup("callbacks of a cancellation token failed", errors)

    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def add_callback(self, callback: Callable[[], None]) -> None:
        """Run `callback` when the token is cancelled; at once if it already is."""
        with self._lock:
            if not self._cancelled:
                self._callbacks.append(callback)
                return
        callback()

    def remove_callback(self, callback: Callable[[], None]) -> None:
        """Forget a callback; nothing happens if it is not registered (any more). Not in AutoGen."""
        with self._lock, suppress(ValueError):
            self._callbacks.remove(callback)

    def link_future(self, future: _F) -> _F:
        """Cancel `future` together with this token, until it is done.

        Args:
            future: A future or task; call this in the thread of its loop.

        Returns:
            The same object.
        """
        loop = future.get_loop()

        def cancel_future() -> None:
            if _running_loop() is loop:
                future.cancel()
            else:
                with suppress(RuntimeError):  # the loop is closed: nothing is left to cancel
                    loop.call_soon_threadsafe(future.cancel)

        self.add_callback(cancel_future)
        future.add_done_callback(lambda _: self.remove_callback(cancel_future))
        return future


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
