"""Labels whose text is never taken for HTML."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget


def plain_label(text: str, parent: QWidget | None = None) -> QLabel:
    """A label that never takes its text for HTML: part of it may come from a server."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setAccessibleName(text)
    label.setWordWrap(True)
    return label


def color_label(label: QLabel, color: QColor) -> None:
    """Draw the label's text in `color`; a palette would lose against the application's style sheet."""
    label.setStyleSheet(f"color: {color.name()}; background: transparent;")
