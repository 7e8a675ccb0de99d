"""The checks of `dev.py check` as tests, so that one pytest run says everything."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dev


@pytest.mark.timeout(400)  # mypy without its cache, on a busy machine
@pytest.mark.parametrize("name", dev.CHECKS)
def test_check_finds_nothing(name: str) -> None:
    result = subprocess.run(
        [sys.executable, *dev.CHECKS[name]],
        cwd=dev.CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if result.returncode != 0:
        pytest.fail(f"{name} ended with status {result.returncode}:\n{result.stdout}", pytrace=False)
