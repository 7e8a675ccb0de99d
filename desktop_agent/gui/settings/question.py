"""Asks before something is lost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def ask_first(
    parent: QWidget, question: str, consequence: str, verb: str, reaction: Callable[[], object]
) -> None:
    """Ask, and call `reaction` if the person presses the button with the verb; Esc and Enter cancel.

    Args:
        parent: Above whose window the question stands.
        question: In one line.
        consequence: What is lost.
        verb: What is on the button.
        reaction: What it does.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(consequence)
    button = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    button.clicked.connect(lambda: reaction())
    box.open()
