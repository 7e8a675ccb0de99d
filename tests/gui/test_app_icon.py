"""The program's own icon: there, in every size, and legible on light and on dark."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from desktop_agent.gui.icons import window_icon
from desktop_agent.gui.theme import DARK, LIGHT, contrast

SIZES = (16, 24, 32, 48, 64, 128)


@pytest.mark.parametrize("size", SIZES)
def test_the_icon_is_drawn_for_each_size(qtbot: QtBot, size: int) -> None:
    image = window_icon().pixmap(size, size).toImage()
    assert (image.width(), image.height()) == (size, size)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(size * 3 // 16, size // 2).alpha() == 255


def test_the_icon_stands_out_from_what_is_behind_it_and_its_lines_from_it(qtbot: QtBot) -> None:
    image = window_icon().pixmap(16, 16).toImage()
    body, line = image.pixelColor(2, 7), image.pixelColor(7, 4)
    assert line == QColor("white")
    assert contrast(line, body) >= 4.5
    for theme in (LIGHT, DARK):
        assert contrast(body, QColor(theme.window)) >= 3.0
