"""The line below a reply that ended early: all of its sentence can be read, however narrow the window is."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_agent.chat.notices import PROGRAM_ENDED, STOPPED, Remark
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.ending_part import EndingPart
from desktop_agent.gui.widgets.notice import RemarkRow


@pytest.mark.parametrize("remark", [PROGRAM_ENDED, STOPPED], ids=["long", "short"])
@pytest.mark.parametrize("zoom", [1.0, 2.0])
@pytest.mark.parametrize("width", [712, 440, 300])
def test_the_sentence_is_never_cut(
    qtbot: QtBot, appearance: Appearance, remark: Remark, zoom: float, width: int
) -> None:
    appearance.set_zoom(zoom)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(width, 400)
    parent.show()
    part = EndingPart(remark, appearance, parent)
    part.place(0, 0.0, width)
    row = part.widget
    assert isinstance(row, RemarkRow)
    layout = row.layout()
    assert layout is not None
    layout.activate()
    label = row.findChild(QLabel)
    assert isinstance(label, QLabel)
    assert label.text() == str(remark)
    needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
    assert label.height() >= needed
    assert label.wordWrap() or label.width() >= label.fontMetrics().horizontalAdvance(label.text())
    inside = row.rect()
    for child in (label, *row.buttons.values()):
        assert inside.contains(child.geometry())
    below = [button.y() > label.geometry().bottom() for button in row.buttons.values()]
    is_narrow = label.wordWrap()
    assert all(below) if is_narrow else not any(below)
    row.deleteLater()
