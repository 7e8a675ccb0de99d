"""Laying out at once what Qt lays out in several rounds of its event loop."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

_ROUNDS = 12  # a layout tells the one around it; so many lie in one another at most


def lay_out() -> None:
    """Let every part take the place that it has after what was changed."""
    for _ in range(_ROUNDS):
        QApplication.sendPostedEvents()
