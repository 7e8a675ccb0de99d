"""Where the window stands after the screens have changed: always somewhere that can be seen."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_agent.config.paths import data_folder
from desktop_agent.gui import window_layout
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.window_layout import WindowLayout


def layout_file() -> Path:
    path = data_folder() / "window.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def make_window(appearance: Appearance, qtbot: QtBot) -> MainWindow:
    window = MainWindow(appearance)
    qtbot.addWidget(window, before_close_func=lambda _: window.close_now())
    return window


def is_seen(area: QRect) -> bool:
    """Whether enough of the window lies on a screen to be taken hold of."""
    return any(
        screen.availableGeometry().intersected(area).width() >= 100
        and screen.availableGeometry().intersected(area).height() >= 100
        for screen in QGuiApplication.screens()
    )


def test_each_arrangement_of_screens_has_a_place_of_its_own(
    appearance: Appearance, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = WindowLayout(layout_file())
    window = make_window(appearance, qtbot)
    window.setGeometry(10, 20, 600, 500)
    layout.save(window)
    with monkeypatch.context() as docked:
        docked.setattr(window_layout, "_arrangement", lambda: "two screens")
        window.setGeometry(50, 60, 640, 520)
        layout.save(window)
    again = make_window(appearance, qtbot)
    layout.restore(again)
    assert again.size().toTuple() == (600, 500)
    assert len(json.loads(layout_file().read_text())) == 2


def test_only_the_latest_arrangements_are_kept(
    appearance: Appearance, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = WindowLayout(layout_file())
    window = make_window(appearance, qtbot)
    for number in range(20):
        monkeypatch.setattr(window_layout, "_arrangement", lambda number=number: f"office {number}")
        layout.save(window)
    assert list(json.loads(layout_file().read_text())) == [f"office {number}" for number in range(12, 20)]


def moved_geometry(saved: bytes, x: int, y: int) -> bytes:
    """What Qt saved, as if the window had stood elsewhere (Qt's form: magic, version, two rectangles)."""
    head, rest = saved[:8], bytearray(saved[8:])
    for offset in (0, 16):
        left, top, right, bottom = struct.unpack_from(">4i", rest, offset)
        struct.pack_into(">4i", rest, offset, x, y, x + right - left, y + bottom - top)
    return head + bytes(rest)


@pytest.mark.parametrize(("x", "y"), [(5000, 100), (-4000, -3000), (100, 90_000)])
def test_a_window_that_stood_on_a_screen_that_is_gone_is_seen(
    appearance: Appearance, qtbot: QtBot, x: int, y: int
) -> None:
    layout = WindowLayout(layout_file())
    window = make_window(appearance, qtbot)
    window.setGeometry(10, 20, 600, 500)
    layout.save(window)
    kept = json.loads(layout_file().read_text())
    (values,) = kept.values()
    geometry = moved_geometry(base64.b64decode(values["geometry"]), x, y)
    values["geometry"] = base64.b64encode(geometry).decode()
    layout_file().write_text(json.dumps(kept))
    again = make_window(appearance, qtbot)
    layout.restore(again)
    again.show()
    qtbot.waitExposed(again)
    assert is_seen(again.frameGeometry()), again.frameGeometry()
