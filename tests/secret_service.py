"""A real Secret Service for tests: a private D-Bus and gnome-keyring-daemon, with a home of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from canary import files_with_key

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
NAME = "org.freedesktop.secrets"
PROMPTER = "org.gnome.keyring.SystemPrompter"
START_SECONDS = 30.0
# Windows has neither these signals nor a Secret Service.
_STOP, _GO_ON, _KILL = (getattr(signal, name, 0) for name in ("SIGSTOP", "SIGCONT", "SIGKILL"))
_PASSWORD = b"password of the test's keychain"
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_SERVICE = """[D-BUS Service]
Name={name}
Exec={program} --start --foreground --components=secrets
"""


def require_programs() -> None:
    """Skip a test, for all to see, where there is no Secret Service to run."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the Secret Service is Linux's keychain")
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: apt-get install gnome-keyring dbus)")


class BusError(Exception):
    """The answer of a method was an error."""


class SecretService:
    """A private bus with a keychain on it.

    A context manager; this process' environment points at the bus meanwhile.

    Args:
        folder: Where all files go; short, because sockets lie in it.
        monkeypatch: For the environment.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = folder / "home"
        self.bus_address = f"unix:path={folder / 'bus'}"
        self._folder = folder
        self._services = folder / "services"
        self._monkeypatch = monkeypatch
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def keyrings(self) -> Path:
        """The folder where the daemon keeps its files."""
        return self.home / ".local" / "share" / "keyrings"

    def __enter__(self) -> Self:
        self.keyrings.mkdir(parents=True, mode=0o700)
        (self._folder / "run").mkdir(mode=0o700)
        self._services.mkdir()
        settings = self._folder / "bus.conf"
        socket = self._folder / "bus"
        settings.write_text(_BUS.format(socket=socket, services=self._services), "utf-8")
        self._monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", self.bus_address)
        bus = self._start("dbus-daemon", f"--config-file={settings}", "--nofork", "--print-address")
        assert bus.stdout is not None
        assert bus.stdout.readline().startswith(b"unix:")  # it listens
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self.kill()  # also one that the bus has started
        for process in reversed(self._processes):
            process.send_signal(_GO_ON)
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        if kind is None:
            assert files_with_key(self._folder) == []  # the daemon's own file has it encrypted

    def start_unlocked(self) -> None:
        """Start the daemon with its keychain open, and wait until it is on the bus."""
        with _Bus(self.bus_address) as bus:
            daemon = self._start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
            assert daemon.stdin is not None
            daemon.stdin.write(_PASSWORD)
            daemon.stdin.close()
            bus.wait_for(NAME)

    def lock(self) -> None:
        """Lock the keychain, as the person at the desktop can at any time."""
        with _Bus(self.bus_address) as bus:
            bus.call(
                NAME,
                "/org/freedesktop/secrets",
                "org.freedesktop.Secret.Service",
                "Lock",
                "ao",
                (["/org/freedesktop/secrets/aliases/default"],),
            )

    def make_activatable(self) -> None:
        """Let the bus start a new daemon, with its keychain locked, when one is asked for."""
        program = shutil.which("gnome-keyring-daemon")
        text = _SERVICE.format(name=NAME, program=program)
        (self._services / f"{NAME}.service").write_text(text, "utf-8")
        with _Bus(self.bus_address) as bus:
            bus.call_bus("ReloadConfig")

    def freeze(self) -> None:
        """Stop the daemon; it takes requests and answers none."""
        os.kill(self._pid(), _STOP)

    def thaw(self) -> None:
        """Let the daemon go on."""
        os.kill(self._pid(), _GO_ON)

    def kill(self) -> None:
        """Kill the daemon, and wait until it has left the bus."""
        with _Bus(self.bus_address) as bus:
            pid = bus.pid_of(NAME)
            if pid is not None:
                os.kill(pid, _KILL)
                bus.wait_for(NAME, gone=True)

    def files(self) -> list[Path]:
        """Every file below the home."""
        return [path for path in self._folder.rglob("*") if path.is_file()]

    def _pid(self) -> int:
        with _Bus(self.bus_address) as bus:
            pid = bus.pid_of(NAME)
        assert pid is not None
        return pid

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        names = ("DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL", "XDG_DATA_HOME", "SSH_AUTH_SOCK")
        environment = {name: value for name, value in os.environ.items() if name not in names}
        environment |= {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self._folder / "run")}
        process = subprocess.Popen(
            [program, *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process


class SilentPrompter:
    """Takes the place of the window that asks for the keychain's password, and never answers.

    A context manager.
    """

    def __init__(self, service: SecretService) -> None:
        self._bus = _Bus(service.bus_address)

    def __enter__(self) -> Self:
        self._bus.__enter__()
        self._bus.call_bus("RequestName", "su", (PROMPTER, 4))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.__exit__(kind, error, trace)

    def wait_until_asked(self) -> None:
        """Return when the daemon has asked for the prompt."""
        self._bus.wait_for_call("BeginPrompting")


class _Bus:
    """A connection to a bus, for what the tests ask of it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Any = None

    def __enter__(self) -> Self:
        from jeepney.io.blocking import open_dbus_connection

        self._connection = open_dbus_connection(self._address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def call(
        self, name: str, path: str, interface: str, method: str, signature: str = "", body: Any = ()
    ) -> Any:
        from jeepney import DBusAddress, new_method_call
        from jeepney.low_level import MessageType

        address = DBusAddress(path, bus_name=name, interface=interface)
        message = new_method_call(address, method, signature or None, body)
        reply = self._connection.send_and_get_reply(message, timeout=START_SECONDS)
        if reply.header.message_type is not MessageType.method_return:
            raise BusError(reply.body)
        return reply.body

    def call_bus(self, method: str, signature: str = "", body: Any = ()) -> Any:
        name = "org.freedesktop.DBus"
        return self.call(name, "/org/freedesktop/DBus", name, method, signature, body)

    def pid_of(self, name: str) -> int | None:
        """The process that owns a name on the bus; None if none does."""
        try:
            return int(self.call_bus("GetConnectionUnixProcessID", "s", (name,))[0])
        except BusError:
            return None

    def wait_for(self, name: str, *, gone: bool = False) -> None:
        """Wait until a name has an owner, or none."""
        from jeepney import MatchRule

        rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        with self._connection.filter(rule) as signals:
            self.call_bus("AddMatch", "s", (rule.serialise(),))
            while (self.pid_of(name) is None) != gone:
                self._connection.recv_until_filtered(signals, timeout=START_SECONDS)

    def wait_for_call(self, method: str) -> None:
        """Wait until somebody calls a method of this connection."""
        from jeepney import HeaderFields
        from jeepney.low_level import MessageType

        while True:
            message = self._connection.receive(timeout=START_SECONDS)
            fields = message.header.fields
            is_call = message.header.message_type is MessageType.method_call
            if is_call and fields.get(HeaderFields.member) == method:
                return
