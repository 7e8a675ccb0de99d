"""One window for each home: real processes that start, hand over, freeze and are killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.gui import single_instance
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.single_instance import MAX_BYTES, Claim, SingleInstance, raise_window
from qt_signals import upcoming

WINDOW = """
import json, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QWidget
from desktop_agent.gui.single_instance import Claim, SingleInstance, raise_window

instance = SingleInstance(Path(sys.argv[1]))
claim = instance.claim(sys.argv[2:])
print(claim.name, instance.sentence, flush=True)
if claim is not Claim.FIRST:
    sys.exit(0 if claim is Claim.HANDED_OVER else 1)
app = QApplication([])
window = QWidget()
window.showMinimized()

def show(arguments, folder):
    raise_window(window)
    print(json.dumps([arguments, folder, window.isMinimized()]), flush=True)
    if arguments == ["quit"]:
        instance.release()
        app.quit()

instance.arguments_received.connect(show)
print("LISTENS", instance.listen(), flush=True)
app.exec()
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


class Start:
    """A start of the program: a process of its own."""

    def __init__(self, folder: Path, *arguments: str, cwd: Path | None = None) -> None:
        command = [sys.executable, "-c", WINDOW, str(folder), *arguments]
        # The tests' own folder comes first, so that a checkout is tested from another folder too.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=environment
        )
        assert self.process.stdout is not None
        self.out: IO[str] = self.process.stdout

    def line(self) -> str:
        """The next line that it prints; the test's time limit bounds the wait."""
        return self.out.readline().strip()

    def end(self) -> tuple[int, str, str]:
        """Its status, and the rest of what it prints."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out.strip(), err


Starter = Callable[..., Start]


@pytest.fixture
def start() -> Iterator[Starter]:
    started: list[Start] = []

    def begin(folder: Path, *arguments: str, cwd: Path | None = None) -> Start:
        started.append(Start(folder, *arguments, cwd=cwd))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


@pytest.fixture
def open_window(start: Starter, tmp_path: Path) -> Start:
    """A first start, with its window."""
    first = start(tmp_path / "data")
    assert first.line() == "FIRST"
    assert first.line() == "LISTENS True"
    return first


def test_a_later_start_hands_over_its_arguments_and_ends(
    start: Starter, open_window: Start, tmp_path: Path
) -> None:
    arguments = ["--demo", "notes.json", 'a "b"\n\N{SNOWMAN}']
    later = start(tmp_path / "data", *arguments, cwd=tmp_path)
    assert later.end() == (0, "HANDED_OVER", "")
    was_minimized = False
    assert json.loads(open_window.line()) == [arguments, str(tmp_path), was_minimized]


def test_the_next_start_after_the_window_closed_is_the_first(
    start: Starter, open_window: Start, tmp_path: Path
) -> None:
    assert start(tmp_path / "data", "quit").end()[0] == 0
    assert open_window.end()[0] == 0
    assert not (tmp_path / "data" / "window.socket").exists()
    assert start(tmp_path / "data").line() == "FIRST"


def test_another_home_has_a_window_of_its_own(start: Starter, open_window: Start, tmp_path: Path) -> None:
    assert start(tmp_path / "other").line() == "FIRST"


@posix
def test_a_killed_window_holds_nobody_up(start: Starter, open_window: Start, tmp_path: Path) -> None:
    open_window.process.kill()
    open_window.end()
    second = start(tmp_path / "data")
    assert second.line() == "FIRST"
    assert second.line() == "LISTENS True"
    assert start(tmp_path / "data", "again").end()[1] == "HANDED_OVER"
    assert json.loads(second.line())[0] == ["again"]


@posix
@pytest.mark.parametrize("owner", ["{alive}\npython3\n{host}\n", "{alive}\npython3\nanother-name\n"])
def test_a_lock_of_a_killed_process_whose_number_lives_is_not_believed(
    start: Starter, tmp_path: Path, owner: str
) -> None:
    # The number of a process that was killed belongs to another one by now; or the computer was renamed.
    folder = tmp_path / "data"
    folder.mkdir()
    host = os.uname().nodename
    (folder / "window.lock").write_text(owner.format(alive=os.getpid(), host=host))
    assert start(folder).line() == "FIRST"


@posix
def test_a_frozen_window_is_said_after_two_seconds(
    start: Starter, open_window: Start, tmp_path: Path
) -> None:
    open_window.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    status, said, errors = start(tmp_path / "data", "x").end()
    assert time.monotonic() - began >= single_instance.ANSWER_SECONDS
    assert (status, errors) == (1, "")
    number = open_window.process.pid
    assert said.startswith(f"REFUSED Desktop Agent is already open (process {number} on ")
    assert said.endswith("but does not answer. End it, then start again.")
    open_window.process.send_signal(signal.SIGCONT)
    assert json.loads(open_window.line())[0] == ["x"]  # it wakes and shows itself all the same
    assert start(tmp_path / "data", "y").end()[1] == "HANDED_OVER"


def test_of_many_starts_at_once_one_opens_a_window(start: Starter, tmp_path: Path) -> None:
    starts = [start(tmp_path / "data", str(number)) for number in range(6)]
    claims = [each.line() for each in starts]
    assert sorted(claims) == ["FIRST", *["HANDED_OVER"] * 5]
    first = starts.pop(claims.index("FIRST"))
    assert first.line() == "LISTENS True"
    handed_over = {json.loads(first.line())[0][0] for _ in starts}
    assert handed_over == {str(number) for number in range(6)} - {str(claims.index("FIRST"))}


def test_too_many_arguments_are_said(open_window: Start, tmp_path: Path) -> None:
    instance = SingleInstance(tmp_path / "data")
    assert instance.claim(["x" * MAX_BYTES]) is Claim.REFUSED
    assert instance.sentence == "These are too many arguments to hand to the window that is open."


def test_a_home_with_a_long_path_has_one_window_too(start: Starter, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    first = start(folder)
    assert first.line() == "FIRST"
    assert first.line() == "LISTENS True"
    assert start(folder, "hello").end()[1] == "HANDED_OVER"
    assert json.loads(first.line())[0] == ["hello"]
    assert start(folder, "quit").end()[1] == "HANDED_OVER"  # takes the socket away
    assert first.end()[0] == 0


@posix
def test_the_same_home_by_another_path_is_the_same(
    start: Starter, open_window: Start, tmp_path: Path
) -> None:
    (tmp_path / "alias").symlink_to(tmp_path / "data")
    assert start(tmp_path / "alias").end()[1] == "HANDED_OVER"


@posix
@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_lock_does_not_keep_the_window_shut(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert SingleInstance(tmp_path).claim([]) is Claim.FIRST
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_the_folder_belongs_does_not_keep_the_window_shut(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    instance = SingleInstance(tmp_path / "data")
    assert instance.claim([]) is Claim.FIRST
    assert not instance.listen()


@posix
def test_only_the_user_may_connect(open_window: Start, tmp_path: Path) -> None:
    # Where the path of the test's folder is long, the socket lies elsewhere.
    (socket,) = filter(Path.exists, map(Path, SingleInstance(tmp_path / "data").addresses()))
    assert socket.stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "window.lock").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


# The listening half in this process, where its doings can be watched.


@pytest.fixture
def listening(qtbot: QtBot, tmp_path: Path) -> Iterator[SingleInstance]:
    instance = SingleInstance(tmp_path / "data")
    assert instance.claim([]) is Claim.FIRST
    assert instance.listen()
    yield instance
    instance.release()


def knock(qtbot: QtBot, folder: Path) -> QLocalSocket:
    socket = QLocalSocket()
    with qtbot.waitSignal(socket.connected, timeout=20_000):
        socket.connectToServer(SingleInstance(folder).addresses()[0])
    return socket


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"[1]\n",
        b'{"version": "1"}\n',
        b'{"version": 1, "arguments": [7]}\n',
        b'{"version": 1}\n',
        b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        b"x" * (MAX_BYTES + 1),
    ],
    ids=["empty", "http", "list", "text", "number", "nothing", "bytes", "deep", "endless"],
)
def test_whoever_sends_something_else_is_shown_out(
    qtbot: QtBot, listening: SingleInstance, tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[object] = []
    listening.arguments_received.connect(lambda arguments, _folder: heard.append(arguments))
    stranger = knock(qtbot, tmp_path / "data")
    with qtbot.waitSignal(stranger.disconnected, timeout=20_000):
        stranger.write(sent)
    assert heard == []
    guest = knock(qtbot, tmp_path / "data")
    with qtbot.waitSignal(guest.disconnected, timeout=20_000):
        guest.write(single_instance._message(["hello"]))
    assert heard == [["hello"]]
    assert guest.readAll().data() == b'{"accepted": true}\n'


def test_a_message_may_come_in_pieces_and_beside_a_silent_guest(
    qtbot: QtBot, listening: SingleInstance, tmp_path: Path
) -> None:
    silent = knock(qtbot, tmp_path / "data")
    guest = knock(qtbot, tmp_path / "data")
    message = single_instance._message(["a", "b"])
    with qtbot.waitSignal(listening.arguments_received, timeout=20_000) as received:
        for at in range(0, len(message), 7):
            guest.write(message[at : at + 7])
            guest.flush()
    assert received.args == [["a", "b"], str(Path.cwd())]
    with qtbot.waitSignal(silent.disconnected, timeout=20_000):
        pass  # it is shown out after a while, without having said anything


def test_a_start_of_another_version_raises_the_window_only(
    qtbot: QtBot, listening: SingleInstance, tmp_path: Path
) -> None:
    guest = knock(qtbot, tmp_path / "data")
    with qtbot.waitSignal(listening.arguments_received, timeout=20_000) as received:
        guest.write(b'{"version": 2, "arguments": {"of": "another kind"}}\n')
    assert received.args == [[], ""]


def test_the_permission_to_come_to_the_front_goes_along(
    qtbot: QtBot, listening: SingleInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "token-of-the-second")
    message = single_instance._message([])
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    guest = knock(qtbot, tmp_path / "data")
    with qtbot.waitSignal(listening.arguments_received, timeout=20_000):
        guest.write(message)
    assert os.environ["XDG_ACTIVATION_TOKEN"] == "token-of-the-second"


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # offscreen, there is nothing behind
def test_a_minimized_or_hidden_window_comes_to_the_front(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMinimized()
    with qtbot.waitActive(window):
        raise_window(window)
    assert not window.isMinimized()
    window.hide()
    raise_window(window)
    assert window.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_it_works_on_the_loop_of_the_real_window(
    drive: Callable[..., int], start: Starter, tmp_path: Path
) -> None:
    instance = SingleInstance(tmp_path / "data")
    assert instance.claim([]) is Claim.FIRST

    async def steps(parts: RunningWindow) -> None:
        parts.window.hide()
        instance.arguments_received.connect(lambda _arguments, _folder: raise_window(parts.window))
        assert instance.listen()
        heard = upcoming(arguments=instance.arguments_received)
        later = start(tmp_path / "data", "--demo")
        await heard
        assert (await asyncio.to_thread(later.end))[:2] == (0, "HANDED_OVER")
        assert parts.window.isVisible()

    assert drive(None, steps) == 0
    instance.release()


def test_the_first_start_does_not_load_the_network_module() -> None:
    program = (
        "import sys, tempfile; from pathlib import Path\n"
        "from desktop_agent.gui.single_instance import SingleInstance\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    instance = SingleInstance(Path(folder)); print(instance.claim([]).name)\n"
        "    instance.release()\n"
        "print('PySide6.QtNetwork' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert result.stdout.split() == ["FIRST", "False"], result.stderr
