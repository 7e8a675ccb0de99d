"""A reply that ends in the background is told through a real bus, without what was said."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from desktop_agent.config.notification_service import notify
from desktop_agent.config.provider import Provider
from desktop_agent.gui.notifications import Notifications
from desktop_agent.gui.running_window import RunningWindow
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import outcome_of, type_and_send

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere Qt shows notifications"),
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
    pytest.mark.qt_log_ignore("This plugin does not support"),
]
Run = Callable[..., int]
NAME = "org.freedesktop.Notifications"
SECRET = "words that nobody else may read"


class NotificationService:
    """Takes the place of the desktop: it owns the name on the bus, and keeps what it is asked to show."""

    def __init__(self) -> None:
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection
        from jeepney.wrappers import unwrap_msg

        self.shown: list[tuple[Any, ...]] = []
        self._connection = open_dbus_connection(bus="SESSION")
        unwrap_msg(self._connection.send_and_get_reply(message_bus.RequestName(NAME)))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        from jeepney import HeaderFields, new_method_return

        while True:
            message = self._connection.receive()
            member = message.header.fields.get(HeaderFields.member)
            if member == "Notify":
                self.shown.append(message.body)
                self._connection.send(new_method_return(message, "u", (len(self.shown),)))
            elif member == "End":
                return

    def end(self) -> None:
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(bus="SESSION") as connection:
            connection.send(new_method_call(DBusAddress("/", bus_name=NAME, interface=NAME), "End"))
        self._thread.join()
        self._connection.close()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A session bus of its own."""
    command = [
        "dbus-daemon",
        "--session",
        "--nofork",
        f"--address=unix:path={tmp_path}/bus",
        "--print-address",
    ]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert daemon.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
    yield
    daemon.terminate()
    daemon.communicate()


@pytest.fixture
def service(bus: None) -> Iterator[NotificationService]:
    running = NotificationService()
    yield running
    running.end()


def test_what_is_shown_has_no_markup_and_replaces_the_last(service: NotificationService) -> None:
    assert notify("Title", "<b>a & b</b>") == 1
    assert notify("Title", "more", 1) == 2
    assert [each[4] for each in service.shown] == ["&lt;b>a &amp; b&lt;/b>", "more"]
    assert service.shown[1][1] == 1
    assert service.shown[0][6]["desktop-entry"] == ("s", "desktop-agent")


def test_without_a_service_or_a_bus_nothing_happens(bus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notify("Title", "text") == 0
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    assert notify("Title", "text") == 0
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert notify("Title", "text") == 0


def test_a_reply_that_ends_in_the_background_is_told(
    drive: Run, server: LoopbackServer, local: Provider, service: NotificationService
) -> None:
    server.enqueue(Reply(text=SECRET), Reply(text=SECRET), Reply(text=SECRET), Reply(status=500))

    async def ask(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, SECRET)
        await ended

    async def steps(parts: RunningWindow) -> None:
        (notifications,) = parts.window.findChildren(Notifications)
        parts.window.activateWindow()
        await ask(parts)  # somebody looks on
        assert service.shown == []
        parts.window.hide()
        assert QApplication.activeWindow() is None
        parts.live.change("general", notify=False)
        await ask(parts)
        assert service.shown == []
        parts.live.change("general", notify=True)
        for text in ("The reply is complete.", "The reply could not be completed."):
            told = upcoming(told=notifications.notified)
            await ask(parts)
            await told
            assert service.shown[-1][3:5] == ("Desktop Agent", text)
        assert SECRET not in str(service.shown)

    assert drive(local, steps) == 0
