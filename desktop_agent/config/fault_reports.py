"""What is told about a fault of the program: where it happened, and nothing that anybody wrote."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime

from desktop_agent.config.logs import trace_without_messages, without_secrets
from desktop_agent.config.versions import library_versions, program_version, system_version

_LONGEST = 100_000  # characters of a report
_PATH = re.compile(r'(?<=File ")[^"\n]+(?=")')
_OURS = ("desktop_agent", "site-packages")


def fault_report(error: BaseException, *, is_thread: bool = False) -> str:
    """A report of an exception that nothing handled.

    Args:
        error: The exception; its message stays out, as it may quote what a person or a model wrote.
        is_thread: Whether it ended a worker thread.
    """
    where = "A worker thread ended." if is_thread else "Something in the window failed."
    return _report(where, trace_without_messages(error))


def crash_report(trace: str) -> str:
    """A report of a start that ended hard, from what `CrashWatch` found."""
    return _report("The program ended at once.", trace)


def _report(where: str, trace: str) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items())
    head = [
        f"{program_version()}, {system_version()}",
        libraries,
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {where}",
        "",
    ]
    return without_secrets("\n".join(head) + _PATH.sub(_short_path, trace[:_LONGEST])).rstrip() + "\n"


def _short_path(found: re.Match[str]) -> str:
    """The part of a path that belongs to the program or to a library: the rest names people and folders."""
    parts = re.split(r"[\\/]", found[0])
    for name in _OURS:
        if name in parts:
            last = len(parts) - 1 - parts[::-1].index(name)
            return "/".join(parts[last:])
    return "/".join(parts[-2:]) if found[0].startswith((sys.base_prefix, "<")) else parts[-1]
