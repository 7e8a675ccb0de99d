"""A program that is killed while it writes loses nothing that it had acknowledged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks")
def test_kills_at_random_moments() -> None:
    """In a process of its own: this one has threads, which no fork may have."""
    program = CHECKOUT / "tests" / "benchmarks" / "storage_crashes.py"
    result = subprocess.run(
        [sys.executable, str(program), "--rounds", "50", "--json"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    figures = json.loads(result.stdout)
    for kind in ("real", "short"):
        assert figures[kind]["rounds"] > 0
        assert figures[kind]["acknowledged"] > 0
        assert (figures[kind]["lost"], figures[kind]["gaps"], figures[kind]["corrupt"]) == (0, 0, 0)
