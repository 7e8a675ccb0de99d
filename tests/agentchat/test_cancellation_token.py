"""The token: what AutoGen's does, and where it fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from desktop_agent.agentchat import CancellationToken


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_callbacks_run_once_in_order_and_late_ones_at_once() -> None:
    token, ran = CancellationToken(), list[int]()
    for number in range(3):
        token.add_callback(lambda number=number: ran.append(number))  # type: ignore[misc]
    assert not token.is_cancelled()
    token.cancel()
    token.cancel()
    assert token.is_cancelled()
    token.add_callback(lambda: ran.append(9))
    assert ran == [0, 1, 2, 9]


def test_callbacks_may_use_the_token() -> None:
    """AutoGen runs them under its lock, which deadlocks."""
    token, ran = CancellationToken(), list[bool]()
    token.add_callback(lambda: token.add_callback(lambda: ran.append(token.is_cancelled())))
    token.cancel()
    assert ran == [True]


def test_failing_callback_does_not_skip_the_others() -> None:
    """AutoGen's does."""
    token, ran = CancellationToken(), list[int]()
    token.add_callback(failing(KeyError("first")))
    token.add_callback(lambda: ran.append(1))
    with pytest.raises(KeyError, match="first"):
        token.cancel()
    assert ran == [1]
    assert token.is_cancelled()


def test_several_failing_callbacks_are_told_together() -> None:
    token = CancellationToken()
    token.add_callback(failing(KeyError("first")))
    token.add_callback(failing(OSError("second")))
    with pytest.raises(ExceptionGroup) as caught:
        token.cancel()
    assert [str(error) for error in caught.value.exceptions] == ["'first'", "second"]


def test_removed_callbacks_do_not_run() -> None:
    token, ran = CancellationToken(), list[int]()

    def callback() -> None:
        ran.append(1)

    token.add_callback(callback)
    token.remove_callback(callback)
    token.remove_callback(callback)
    token.cancel()
    assert ran == []


def test_linked_future_is_cancelled_and_forgotten() -> None:
    async def main() -> None:
        token = CancellationToken()
        done = token.link_future(asyncio.get_running_loop().create_future())
        done.set_result(None)
        await done
        await asyncio.sleep(0)
        assert token._callbacks == []
        waiting = asyncio.get_running_loop().create_future()
        assert token.link_future(waiting) is waiting
        token.cancel()
        assert waiting.cancelled()
        assert token.link_future(asyncio.get_running_loop().create_future()).cancelled()

    asyncio.run(main())


def test_cancel_from_another_thread_wakes_the_loop() -> None:
    async def main() -> None:
        token = CancellationToken()
        waiting = token.link_future(asyncio.get_running_loop().create_future())
        thread = threading.Thread(target=token.cancel)
        thread.start()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 30)
        thread.join()

    asyncio.run(main())


def test_cancel_after_the_loop_is_closed() -> None:
    token = CancellationToken()

    async def main() -> None:
        token.link_future(asyncio.get_running_loop().create_future())

    asyncio.run(main())
    token.cancel()
    assert token.is_cancelled()
