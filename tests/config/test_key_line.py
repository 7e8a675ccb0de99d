"""The line of blocking calls: order, deadlines, threads that never come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from desktop_agent.config.key_line import MOST_STUCK, KeyLine, Request
from desktop_agent.config.keychain_errors import KeychainTimeoutError, KeyMissingError

ENOUGH = 60.0
SHORT = 0.2


class Gate:
    """A call that hangs until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.open.wait(ENOUGH)
        return "late"


@pytest.fixture
def gate() -> Iterator[Callable[[], Gate]]:
    """Makes gates; all are opened at the end, so that no thread is left."""
    gates: list[Gate] = []

    def make() -> Gate:
        gates.append(Gate())
        return gates[-1]

    yield make
    for each in gates:
        each.open.set()


def test_requests_run_one_after_another() -> None:
    line, order = KeyLine("line"), []
    threads = [
        threading.Thread(target=lambda n=number: line.do(Request(lambda: order.append(n)), ENOUGH))
        for number in range(5)
    ]
    for thread in threads:
        thread.start()
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_what_a_request_raises_reaches_the_caller() -> None:
    def fail() -> None:
        raise KeyMissingError

    line = KeyLine("line")
    with pytest.raises(KeyMissingError):
        line.do(Request(fail), ENOUGH)
    with pytest.raises(KeyMissingError):
        asyncio.run(line.do_in_loop(Request(fail), ENOUGH))


def test_the_line_goes_on_behind_a_stuck_request(gate: Callable[[], Gate]) -> None:
    line = KeyLine("line")
    with pytest.raises(KeychainTimeoutError):
        line.do(Request(gate()), SHORT)
    assert line.do(Request(lambda: 7), ENOUGH) == 7


def test_a_request_that_waits_in_the_line_is_never_begun_after_its_deadline(
    gate: Callable[[], Gate],
) -> None:
    line, stuck, begun = KeyLine("line"), gate(), threading.Event()
    first = threading.Thread(target=lambda: line.do(Request(stuck), ENOUGH))
    first.start()
    assert stuck.entered.wait(ENOUGH)
    with pytest.raises(KeychainTimeoutError):
        line.do(Request(begun.set), SHORT)
    stuck.open.set()
    first.join()
    assert line.do(Request(lambda: 1), ENOUGH) == 1
    assert not begun.is_set()


def test_two_changes_of_one_thing_keep_their_order(gate: Callable[[], Gate]) -> None:
    line, stuck, order = KeyLine("line"), gate(), []

    def late() -> None:
        stuck()
        order.append("first")

    with pytest.raises(KeychainTimeoutError):
        line.do(Request(late, "a"), SHORT)
    line.do(Request(lambda: order.append("other"), "b"), ENOUGH)
    threading.Timer(0, stuck.open.set).start()
    line.do(Request(lambda: order.append("second"), "a"), ENOUGH)
    assert order == ["other", "first", "second"]


def test_stuck_threads_are_bounded(gate: Callable[[], Gate]) -> None:
    line, gates, begun = KeyLine("line"), [gate() for _ in range(MOST_STUCK)], threading.Event()
    for each in gates:
        with pytest.raises(KeychainTimeoutError):
            line.do(Request(each), SHORT)
    assert all(each.entered.is_set() for each in gates)
    with pytest.raises(KeychainTimeoutError):
        line.do(Request(begun.set), SHORT)
    assert not begun.is_set()
    gates[0].open.set()
    assert line.do(Request(lambda: 7), ENOUGH) == 7


def test_a_cancelled_wait_gives_its_request_up(gate: Callable[[], Gate]) -> None:
    line, stuck = KeyLine("line"), gate()

    async def main() -> int:
        waiting = asyncio.ensure_future(line.do_in_loop(Request(stuck), ENOUGH))
        await asyncio.to_thread(stuck.entered.wait, ENOUGH)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await line.do_in_loop(Request(lambda: 7), ENOUGH)

    assert asyncio.run(main()) == 7


def test_a_late_answer_to_a_closed_loop_does_no_harm(gate: Callable[[], Gate]) -> None:
    line, stuck = KeyLine("line"), gate()
    with pytest.raises(KeychainTimeoutError):
        asyncio.run(line.do_in_loop(Request(stuck), SHORT))
    stuck.open.set()
    assert line.do(Request(lambda: 7), ENOUGH) == 7
