"""The command as a person or a script runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from canary import CANARY
from loopback import LoopbackServer

KEY = CANARY


def environment(server: LoopbackServer | None, **more: str) -> dict[str, str]:
    values = {**os.environ, "PYTHONUTF8": "1", **more}
    if server is not None:
        values |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "test-model"}
    return values


def run(
    *arguments: str, server: LoopbackServer | None = None, piped: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desktop_agent", *arguments],
        env=environment(server, **more),
        input=piped,
        stdin=subprocess.DEVNULL if piped is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
