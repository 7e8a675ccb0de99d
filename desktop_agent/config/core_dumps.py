"""A crash writes no copy of the memory to disk: there are keys and conversations in it."""

from __future__ import annotations

import sys


def forbid_core_dumps() -> None:
    """Let no core file be written if this process, or one that it starts, crashes.

    A debugger of the same user can still read the memory, and a system that hibernates writes all of it.
    """
    if sys.platform == "win32":
        import msvcrt

        # Without it, Windows Error Reporting is called, which may keep a dump.
        msvcrt.SetErrorMode(msvcrt.SEM_NOGPFAULTERRORBOX)
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    # Linux ignores a limit of 0 where cores go to a program (systemd-coredump, apport) and takes 1 for "none
    # at all"; in a file one byte is too little for any core.
    wanted = 1 if sys.platform.startswith("linux") and hard != 0 else 0
    resource.setrlimit(resource.RLIMIT_CORE, (wanted, wanted))
