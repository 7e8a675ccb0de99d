"""A small window beside the others: Esc closes it, and the keyboard goes back to where it was opened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance


class Sheet(QWidget):
    """The ground of such a window.

    Args:
        title: Its title.
        appearance: Theme and zoom.
        parent: Above whose window it stands.
    """

    def __init__(self, title: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self._appearance = appearance
        self._opener = parent.window().focusWidget()
        appearance.changed.connect(self.update)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._opener is not None:
            self._opener.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.surface)
        painter.end()
