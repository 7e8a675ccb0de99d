"""A sidebar on the screen, with the conversations of the design's pictures."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.theme import LIGHT
from gui.sidebar.sidebar_pictures import make_sidebar


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """The light theme at 100 %."""
    return Appearance(LIGHT)


@pytest.fixture
def sidebar(qtbot: QtBot, appearance: Appearance) -> Sidebar:
    """The sidebar, active."""
    widget = make_sidebar(appearance)
    qtbot.addWidget(widget)
    assert QTest.qWaitForWindowActive(widget)
    return widget
