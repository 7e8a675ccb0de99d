"""The commands in the process of the tests: the same code as in one of its own, in a tenth of the time."""

from __future__ import annotations

import subprocess

import pytest

from cli.samples import Command
from desktop_agent.cli import commands
from desktop_agent.cli.options import make_parser


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command; what comes of it, as if it had been a process."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            status = commands.run(make_parser().parse_args(arguments))
        except SystemExit as usage:
            status = int(usage.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, out, err)

    return run
