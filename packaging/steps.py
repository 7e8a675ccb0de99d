"""How the scripts of this folder report progress, run other programs and fail: in plain sentences."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

SIGN_OF_LIFE_SECONDS = 10.0
LOG_TAIL_LINES = 15


class SetupError(Exception):
    """What stands in the way; the text says what to do and is shown as it is, without a traceback."""


class CommandError(Exception):
    """A program of the set-up failed; `output` is the end of what it wrote."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


def say(text: str) -> None:
    """Print one line of progress; on standard error, so that the output of the program can be piped."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def timed(title: str) -> Iterator[list[str]]:
    """Print `title`, and at the end how long it took, led by what the block put into the list."""
    say(f"{title} …")
    started = time.monotonic()
    results: list[str] = []
    yield results
    say(f"  {', '.join([*results, 'done'][:1])} in {time.monotonic() - started:.1f} s")


def run_logged(
    command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> str:
    """Run a program of the set-up in `folder` with its output in `log`; return that output.

    Raises:
        CommandError: The program ended with another status than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("ab") as stream:
        beginning = stream.tell()
        stream.write(f"\n$ {' '.join(command)}\n".encode())
        stream.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            close_fds=False,  # what is marked as inheritable goes on: the lock on the environment
        )
        try:
            while (status := _wait(process)) is None:
                _show_sign_of_life(log, time.monotonic() - started)
        finally:
            if process.poll() is None:  # interrupted: nothing may go on writing behind our back
                process.terminate()
                process.wait()
    output = log.read_bytes()[beginning:].decode("utf-8", "replace")
    if status != 0:
        raise CommandError("\n".join(output.splitlines()[-LOG_TAIL_LINES:]))
    return output


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(SIGN_OF_LIFE_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _show_sign_of_life(log: Path, seconds: float) -> None:
    lines = log.read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
    newest = next((line.strip() for line in reversed(lines) if not line.startswith(("WARNING", "$"))), "")
    say(f"  … {seconds:.0f} s {newest[:80]}".rstrip())


def execute(command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a program in the foreground and return its exit status, 128 + N when signal N ended it.

    Signals that this process gets go on to the program. After Ctrl+C the status is 130.
    """
    received: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if process is not None and not (number == signal.SIGINT and _terminal_interrupts_all()):
            process.send_signal(number)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        numbers.append(signal.SIGHUP)
    # What somebody has told us to ignore (nohup does) the program ignores as well.
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, pass_on) for number in heard}
    try:
        process = subprocess.Popen(command, env=dict(environment), cwd=folder)
        status = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if signal.SIGINT in received:
        return 128 + signal.SIGINT
    return status if status >= 0 else 128 - status


def _terminal_interrupts_all() -> bool:
    """Whether Ctrl+C reaches the program anyhow; told twice, it would cut its clean-up short."""
    if sys.platform == "win32":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
