"""What makes the window appear at once: nothing heavy is imported before it is painted."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("asyncio", "qasync", "openai", "httpx2", "pydantic", "markdown_it", "pygments", "keyring", "sqlite3")
PROGRAM = f"""
import sys
import desktop_agent.__main__
from desktop_agent import app
from desktop_agent.gui.main_window import MainWindow

def look(window):
    painted(window)
    print(" ".join(name for name in {HEAVY!r} if name in sys.modules))
    sys.stdout.flush()

painted, app._wait_for_first_paint = app._wait_for_first_paint, look

async def close(parts):
    assert parts.window.isVisible()

app.run_window(None, script=close)
"""


def test_the_window_paints_before_the_heavy_modules_are_imported() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
