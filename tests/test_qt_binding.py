"""The trap of PySide6 6.12.0: it loses a reference to None on most void calls under Python 3.11."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPixmap, QTextBlockFormat, QTextCursor, QTextDocument, QTextLayout
from PySide6.QtWidgets import QApplication, QLabel, QScrollBar

ROUNDS = 500


def calls(app: QApplication) -> dict[str, Callable[[], object]]:
    """The void calls that the window makes often."""
    document = QTextDocument()
    cursor = QTextCursor(document)
    label, bar, timer, layout = QLabel(), QScrollBar(), QTimer(), QTextLayout("text")
    line = QTextBlockFormat()
    pixmap = QPixmap(4, 4)

    def lay_out() -> None:
        layout.beginLayout()
        layout.createLine().setLineWidth(100)
        layout.endLayout()

    return {
        "insertText": lambda: cursor.insertText("x"),
        "setPosition": lambda: cursor.setPosition(0),
        "mergeBlockFormat": lambda: cursor.mergeBlockFormat(line),
        "setTextWidth": lambda: document.setTextWidth(300),
        "setPlainText": lambda: document.setPlainText("x"),
        "layout": lay_out,
        "setText": lambda: label.setText("x"),
        "update": label.update,
        "setGeometry": lambda: label.setGeometry(QRect(0, 0, 10, 10)),
        "setValue": lambda: bar.setValue(1),
        "start": lambda: timer.start(1000),
        "stop": timer.stop,
        "fill": lambda: pixmap.fill(),
        "setFont": lambda: label.setFont(app.font()),
    }


def test_void_calls_keep_the_count_of_none(qapp: QApplication) -> None:
    if sys.version_info >= (3, 12):
        pytest.skip("None is immortal from Python 3.12 on")
    for name, call in calls(qapp).items():
        call()
        before = sys.getrefcount(None)
        for _ in range(ROUNDS):
            call()
        lost = (before - sys.getrefcount(None)) / ROUNDS
        assert abs(lost) < 0.1, f"{name} loses {lost:.2f} references to None a call"
