"""Functions that block, in threads that nobody waits for: `run_in_thread`."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def run_in_thread(function: Callable[[], T], name: str) -> T:
    """Call `function` in a thread of its own, with the caller's context variables.

    When this is cancelled, the function goes on (no thread can be stopped) and its result is dropped. Not
    `asyncio.to_thread`: a function that never ends would keep one of the few threads of its pool, and the
    program from ending.

    Args:
        function: What to call.
        name: The name of the thread.

    Raises:
        Exception: What the function raised.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def finish(value: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(value)  # type: ignore[arg-type]  # the function's own T
        elif isinstance(error, StopIteration):  # no future takes it
            done.set_exception(RuntimeError(str(error) or "StopIteration"))
        else:
            done.set_exception(error)

    def work() -> None:
        value: T | None = None
        failure: BaseException | None = None
        try:
            value = context.run(function)
        except BaseException as error:  # noqa: BLE001 - raised to the one who awaits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody awaits any more
            loop.call_soon_threadsafe(finish, value, failure)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await done
