"""The footer below a reply: copy at the left, its figures at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, IconButton

COPIED_MILLISECONDS = 1500


class MessageFooter(QWidget):
    """Copies the message, and says what it took.

    Args:
        source: The message as Markdown, for the clipboard.
        figures: Its figures, in words.
        appearance: Theme and zoom.
        parent: The widget that it lies on.
    """

    def __init__(self, source: str, figures: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._source = source
        self.setAccessibleName(figures)
        self.copy_button = IconButton("copy", self.tr("Copy message"), appearance, self)
        self.copy_button.clicked.connect(self._copy)
        self.copy_button.setVisible(bool(source))
        self._calm = QTimer(self, singleShot=True, interval=COPIED_MILLISECONDS)
        self._calm.timeout.connect(lambda: self.copy_button.set_icon("copy"))
        appearance.changed.connect(self.update)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._source)
        self.copy_button.set_icon("check", "ok")
        self._calm.start()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.copy_button.resize(self.copy_button.sizeHint())
        self.copy_button.move(0, 0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._appearance.theme.text3)
        painter.setFont(self._appearance.font(TextStyle.SMALL_FIGURES))
        box = QRectF(self.rect()).adjusted(40, RING_MARGIN, 0, -RING_MARGIN)
        painter.drawText(
            box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.accessibleName()
        )
        painter.end()
