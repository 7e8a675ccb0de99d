"""What no test may do: reach beyond this machine, leave work behind, or see the developer's own settings."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from canary import CANARY, files_with_key

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before Qt is asked for a platform: the tests need no display, and must not open windows on one by surprise.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Names that the RFC 2606 keeps for "there is no such host".
UNKNOWN_HOST_SUFFIX = ".invalid"
# A thread may still be on its last instructions when its work is done and seen.
THREAD_GRACE_SECONDS = 10.0
# Threads of the test tools themselves.
TOOL_THREAD_PREFIXES = ("pytest_timeout", "pydevd.", "IPythonHistorySavingThread")

_forbidden_connections: list[str] = []


def _is_loopback(host: object) -> bool:
    """Whether `host` (a name or a literal address, as the socket functions take them) is this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: refuse and record connections and name look-ups that leave this machine."""
    if event in ("socket.connect", "socket.sendto"):
        connection, address = arguments[0], arguments[1]
        if connection.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            _refuse(f"{event} to {address[0]}:{address[1]}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if name.endswith(UNKNOWN_HOST_SUFFIX):
            # The resolver's own answer, without asking it: some networks answer for hosts that do not exist.
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_loopback(host):
            _refuse(f"{event} of {host!r}")
    elif event == "socket.gethostbyname" and not _is_loopback(arguments[0]):
        _refuse(f"{event} of {arguments[0]!r}")


def _refuse(what: str) -> None:
    _forbidden_connections.append(what)
    raise ConnectionRefusedError(f"The tests stay on this machine: {what}")


# An audit hook cannot be taken away again, so it is added once, when pytest reads this file.
sys.addaudithook(_watch_network)


class _AsyncioErrors(logging.Handler):
    """Keeps what asyncio can only log: lost exceptions, tasks that were destroyed while pending."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give every test an empty home and no account: a developer's own must never be used or changed."""
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DESKTOP_AGENT_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session", autouse=True)
def no_key_on_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run (with xdist: the worker's part of it) if a key of a test was written anywhere.

    Every home that a test gives the program lies in the folder that is searched: settings, conversations,
    logs, caches, exports. The keychains of tests lie elsewhere and are searched as they end.
    """
    yield
    plain_keyring = (
        Path.home() / ".local" / "share" / "python_keyring"
    )  # what some back ends of keyring write
    found = [*files_with_key(tmp_path_factory.getbasetemp()), *files_with_key(plain_keyring)]
    if any(CANARY in value for value in os.environ.values()):
        found.append(Path("the environment, which children inherit"))
    if found:
        pytest.fail("A key was written to:\n  " + "\n  ".join(map(str, found)), pytrace=False)


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """Fail a test that reached for the network even if the code under test swallowed the refusal."""
    _forbidden_connections.clear()
    yield
    if _forbidden_connections:
        pytest.fail("Left this machine: " + "; ".join(_forbidden_connections), pytrace=False)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or an asyncio task, because such leaks surface in some later test."""
    threads_before = set(threading.enumerate())
    errors = _AsyncioErrors()
    logging.getLogger("asyncio").addHandler(errors)
    yield
    # Destroyed tasks and unclosed transports complain now, while it is known whose they are.
    gc.collect()
    logging.getLogger("asyncio").removeHandler(errors)
    left = [f"thread {name}" for name in _threads_left(threads_before)]
    left += [f"task {task.get_name()}: {task!r}" for task in _pending_tasks()]
    left += [f"asyncio: {message}" for message in errors.messages]
    # What lives on (modules, caches) is not looked at again: the next collection is quick.
    gc.freeze()
    if left:
        pytest.fail("Left behind:\n  " + "\n  ".join(left), pytrace=False)


def _threads_left(before: set[threading.Thread]) -> list[str]:
    """Names of the threads that were started since and do not end within the grace time."""
    deadline = time.monotonic() + THREAD_GRACE_SECONDS
    names = []
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(TOOL_THREAD_PREFIXES):
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            names.append(thread.name)
    return names


def _pending_tasks() -> list[asyncio.Task[object]]:
    """Every task of any event loop that is not done (asyncio itself lists those of a known loop only)."""
    return [each for each in gc.get_objects() if issubclass(type(each), asyncio.Task) and not each.done()]
