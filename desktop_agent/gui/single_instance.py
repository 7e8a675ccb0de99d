"""One window for each home: the first start takes a lock, a later one hands over its arguments and ends."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop_agent.config.paths import FolderError, make_private_folder

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

logger = logging.getLogger(__name__)

VERSION = 1
MAX_BYTES = 1_000_000
"""What a start may hand over: one line of JSON of at most this length."""

ANSWER_SECONDS = 2.0
"""A window that has not answered by then is frozen."""

_START_SECONDS = 10.0  # a start that came first may still be painting its window before it listens
_RETRY_SECONDS = 0.05
_LONGEST_SOCKET_PATH = 90  # bytes; systems allow 103, and Qt binds in a temporary folder beside it first
_TOKEN = "XDG_ACTIVATION_TOKEN"  # Wayland: the permission to come to the front
_ACCEPTED = b'{"accepted": true}\n'


class Claim(Enum):
    """What came of `SingleInstance.claim`."""

    FIRST = "first"
    HANDED_OVER = "handed over"
    REFUSED = "refused"


class SingleInstance(QObject):
    """The right to show the one window of a home.

    Only the same user reaches it: the socket lies in the home, or belongs to the user where it cannot.

    Args:
        folder: The home's folder for data; lock and socket lie in it.
        parent: The owner.

    Attributes:
        sentence: After `Claim.REFUSED`, why, for people; else empty.

    Signals:
        arguments_received: A later start handed over its arguments (a list of texts) and the folder that
            relative paths among them start from. The window is to come to the front (`raise_window`).
    """

    arguments_received = Signal(list, str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sentence = ""
        self._folder = folder
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)  # a lock gets stale by its process' end, not by age
        self._server: QLocalServer | None = None
        self._opened: int | None = None

    def claim(self, arguments: Sequence[str]) -> Claim:
        """Become the one instance, or hand `arguments` to the one that is there. Needs no application.

        Blocks for as long as that takes: two seconds if a window is frozen, up to ten while another start is
        still on its way to its window.

        Returns:
            FIRST: show the window and `listen`; also where no lock can be had, e.g. in a read-only folder.
            HANDED_OVER: end with success. REFUSED: say `sentence` and end.
        """
        message = _message(arguments)
        if len(message) > MAX_BYTES:
            self.sentence = "These are too many arguments to hand to the window that is open."
        deadline = time.monotonic() + _START_SECONDS
        while not self._take_lock():
            if self.sentence:
                return Claim.REFUSED
            is_answered = self._hand_over(message)
            self._close_folder()
            if is_answered:
                return Claim.HANDED_OVER
            if is_answered is not None or time.monotonic() > deadline:
                self.sentence = self._unanswered()
                return Claim.REFUSED
            time.sleep(_RETRY_SECONDS)
        self.sentence = ""
        if self._lock.isLocked():
            with contextlib.suppress(OSError):
                Path(self._lock.fileName()).chmod(0o600)  # Qt makes it as the umask says
        return Claim.FIRST

    def listen(self) -> bool:
        """Wait for later starts; to be called when the event loop runs, as they expect an answer at once.

        It loads Qt's network module, for which the first paint should not wait.

        Returns:
            Whether they will be heard. If not, they say that this window does not answer.
        """
        from PySide6.QtNetwork import QLocalServer

        if not self._lock.isLocked():
            return False
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._receive)
        for address in self.addresses():
            QLocalServer.removeServer(address)  # left by a process that was killed: the lock is ours
            if self._server.listen(address):
                return True
        logger.warning("Later starts will not be heard: %s", self._server.errorString())
        return False

    def release(self) -> None:
        """Let the next start be the first."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
        self._close_folder()
        self._lock.unlock()

    def _close_folder(self) -> None:
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None

    def _take_lock(self) -> bool:
        """Whether we hold the lock, or nobody can."""
        try:
            make_private_folder(self._folder)
        except FolderError:
            return True  # said where the folder is needed
        if self._lock.tryLock(0):
            return True
        if self._lock.error() is not QLockFile.LockError.LockFailedError:
            return True
        # Qt takes a lock for alive if its process' number is in use again, or the computer has a new name.
        # Removing it fails while somebody holds it, but two must not try at once: Qt's own guard, its name.
        guard = QLockFile(f"{self._lock.fileName()}.rmlock")
        return guard.tryLock(0) and self._lock.removeStaleLockFile() and self._lock.tryLock(0)

    def _hand_over(self, message: bytes) -> bool | None:
        """Whether the window took `message`; False if it does not answer, None if nobody listens."""
        from PySide6.QtNetwork import QLocalSocket

        for address in self.addresses():
            if not _is_ours(address):
                continue
            socket = QLocalSocket()
            socket.connectToServer(address)
            if not socket.waitForConnected(round(ANSWER_SECONDS * 1000)):
                # A server that is there and lets nobody in is as good as frozen.
                if socket.error() is QLocalSocket.LocalSocketError.SocketTimeoutError:
                    return False
                continue
            _let_come_to_front()
            socket.write(message)
            return _answer(socket)
        return None

    def addresses(self) -> list[str]:
        """Where the window listens, the best place first.

        In the home, as all that the program writes; elsewhere under a name made from it if its file system
        knows no sockets. A path that is too long for a socket is shortened by Linux' name for an open folder;
        other systems go elsewhere. On Windows a pipe, whose name is no file.
        """
        if sys.platform == "win32":
            return [_name_of(self._folder, os.environ.get("USERNAME", ""))]
        beside = Path(os.path.realpath(self._folder)) / "window.socket"
        elsewhere = str(Path(tempfile.gettempdir()) / _name_of(self._folder, str(os.getuid())))
        if len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
            return [str(beside), elsewhere]
        if sys.platform != "linux":
            return [elsewhere]
        with contextlib.suppress(OSError):
            if self._opened is None:
                self._opened = os.open(beside.parent, os.O_RDONLY | os.O_DIRECTORY)
            return [f"/proc/self/fd/{self._opened}/{beside.name}", elsewhere]
        return [elsewhere]

    def _unanswered(self) -> str:
        number, host, _ = self._lock.getLockInfo()
        process = f" (process {number} on {host})" if number else ""
        return f"Desktop Agent is already open{process}, but does not answer. End it, then start again."

    def _receive(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            visit = _Visit(socket)
            visit.arguments_received.connect(self.arguments_received)
            visit.read()  # what came with the connection


class _Visit(QObject):
    """One connection of a later start; ends with the socket that it belongs to.

    Signals:
        arguments_received: As `SingleInstance.arguments_received`.
    """

    arguments_received = Signal(list, str)

    def __init__(self, socket: QLocalSocket) -> None:
        super().__init__(socket)
        self._socket = socket
        self._is_answered = False
        socket.setReadBufferSize(MAX_BYTES + 1)
        socket.readyRead.connect(self.read)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(round(2000 * ANSWER_SECONDS), self, socket.abort)

    def read(self) -> None:
        """Take what has arrived; answer once it is a whole line."""
        if self._is_answered:
            return
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() > MAX_BYTES:
                self._socket.abort()
            return
        announced = _parse(bytes(self._socket.readLine().data()))
        if announced is None:
            logger.warning("Somebody knocked who is no later start of this program.")
            self._socket.abort()
            return
        self._is_answered = True
        self._socket.write(_ACCEPTED)
        self._socket.flush()  # before anybody does anything about it: the window may be about to close
        self._socket.disconnectFromServer()
        self.arguments_received.emit(*announced)


def raise_window(window: QWidget) -> None:
    """Bring `window` to the front, out of the dock if need be, as far as the desktop allows it."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def _message(arguments: Sequence[str]) -> bytes:
    values = {
        "version": VERSION,
        "arguments": list(arguments),
        "folder": _current_folder(),
        "token": os.environ.get(_TOKEN, ""),
    }
    return json.dumps(values).encode("ascii") + b"\n"


def _parse(line: bytes) -> tuple[list[str], str] | None:
    """The arguments and their folder, none of them from another version; None: it is something else."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or not isinstance(values.get("version"), int):
        return None
    if values["version"] != VERSION:
        return [], ""  # after an update: that window must be closed before the new one can do more
    arguments, folder, token = (values.get(name) for name in ("arguments", "folder", "token"))
    if not (isinstance(arguments, list) and all(isinstance(each, str) for each in arguments)):
        return None
    if isinstance(token, str) and token and token.isascii() and token.isprintable():
        os.environ[_TOKEN] = token  # Qt takes it from there when the window is activated
    return arguments, folder if isinstance(folder, str) else ""


def _answer(socket: QLocalSocket) -> bool | None:
    """Whether the message was accepted; False without an answer in time, None if the window went away."""
    from PySide6.QtNetwork import QLocalSocket

    deadline = time.monotonic() + ANSWER_SECONDS
    while not socket.canReadLine():
        left = round((deadline - time.monotonic()) * 1000)
        if left <= 0:
            return False
        if socket.waitForReadyRead(left):
            continue
        if socket.state() is not QLocalSocket.LocalSocketState.ConnectedState:
            return None
    return bool(socket.readLine().data() == _ACCEPTED)


def _name_of(folder: Path, owner: str) -> str:
    """A name for this home of this user."""
    import hashlib  # it loads OpenSSL, for which the first paint should not wait

    place = os.path.normcase(os.path.realpath(folder))
    digest = hashlib.sha256(f"{owner}\n{place}".encode("utf-8", "surrogatepass"))
    return f"desktop-agent-{digest.hexdigest()[:32]}"


def _is_ours(address: str) -> bool:
    """Whether the socket is the user's own: anybody may make a file in the folder for temporary files."""
    if sys.platform == "win32":
        return True
    try:
        return os.lstat(address).st_uid == os.getuid()
    except OSError:
        return False


def _let_come_to_front() -> None:
    """Windows lets a window come to the front only if the program in front, which is us, agrees."""
    if sys.platform == "win32":
        import ctypes

        anybody = -1
        ctypes.windll.user32.AllowSetForegroundWindow(anybody)


def _current_folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # it was deleted
        return ""
