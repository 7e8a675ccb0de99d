"""`desktop-agent ask` with tools: a process of its own, with a terminal to be asked in and without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_runs import environment
from desktop_agent.chat.approvals import Decision
from desktop_agent.cli.ask_tools import AskedTools, answer_of
from desktop_agent.cli.terminal import in_plain_sight
from loopback import LoopbackServer, Reply

WRITE = ("call_1", "write_file", json.dumps({"path": "a.txt", "content": "new\u202etext\n"}))


# The program, with a terminal of its own to be asked in.
BEHIND_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "desktop_agent", *sys.argv[2:]])
"""


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        server.enqueue(Reply(tool_calls=[WRITE]), Reply(text="That is all."))
        yield server


def test_without_a_terminal_it_is_no(server: LoopbackServer, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop_agent", "ask", "Write it", "--folder", str(tmp_path)],
        env=environment(server),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,  # no terminal of whoever runs the tests
        check=False,
    )
    assert done.returncode == 0
    assert "There is no terminal to ask you in, so it was not done." in done.stderr
    assert "+new<U+202E>text" in done.stderr
    assert "The user denied this call and says: nobody could be asked" in done.stdout
    assert done.stdout.count("That is all.") == 1
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_in_a_terminal_it_is_asked_and_done(server: LoopbackServer, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    arguments = ["ask", "Write it", "--folder", str(tmp_path), "--no-stats"]
    process = subprocess.Popen(
        [sys.executable, "-c", BEHIND_A_TERMINAL, os.ttyname(theirs), *arguments],
        env=environment(server),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while b'"no" and why: ' not in shown:
            shown += os.read(ours, 4096)
        assert not (tmp_path / "a.txt").exists()
        os.write(ours, b"yes\n")
        while b"That is all." not in shown:
            shown += os.read(ours, 4096)
    finally:
        os.close(ours)
        process.wait(30)
    text = shown.decode().replace("\r\n", "\n")
    assert "The agent wants to write this new file:\n--- /dev/null\n+++ b/a.txt\n" in text.replace(
        "\n\n", "\n"
    )
    assert "+new<U+202E>text" in text
    assert (tmp_path / "a.txt").read_text() == "new\u202etext\n"


def test_a_folder_that_is_not_there_is_known_before(tmp_path: Path) -> None:
    assert AskedTools(folder=tmp_path).is_folder_there
    assert not AskedTools(folder=tmp_path / "nowhere").is_folder_there


def test_answers() -> None:
    for yes in ("y\n", "Yes", " yes "):
        assert answer_of(yes).decision is Decision.ONCE
    assert answer_of("always\n").decision is Decision.ALWAYS
    for line, note in (
        ("", ""),
        ("\n", ""),
        ("no\n", ""),
        ("no, use b.txt\n", "use b.txt"),
        ("ye", "ye"),
        ("yes please", "yes please"),
        ("y\u0435s", "y\u0435s"),
        ("alway", "alway"),
    ):
        assert (answer_of(line).decision, answer_of(line).note) == (Decision.DENY, note)


def test_what_hides_is_shown() -> None:
    shown = in_plain_sight("a\x1b[2J\u202eb\u200bc\r\n\td\U000e0041")
    assert shown == "a<U+001B>[2J<U+202E>b<U+200B>c<U+000D>\n\td<U+E0041>"
