"""The rows below messages: what can be done with one, when it was said, what it took."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, IconButton

COPIED_MILLISECONDS = 1500
SEPARATOR = "\N{EN SPACE}·\N{EN SPACE}"
"""Between the figures of a footer."""
_HEIGHT = 28
_TEXT_GAP = 12


def row_height(zoom: float) -> int:
    """The height of such a row: room for its text, and for a button, which keeps its size."""
    return max(_HEIGHT, round(_HEIGHT * zoom))


class MessageFooter(QWidget):
    """Below a reply: copies it, and says what it took.

    Args:
        source: The message as it was written, for the clipboard.
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

    def text_rect(self) -> QRectF:
        """Where its figures stand, where the layout goes from left to right."""
        return QRectF(self.rect()).adjusted(40, 0, 0, 0)

    def button_rect(self) -> QRect:
        """Where the button stands, where the layout goes from left to right."""
        size = self.copy_button.sizeHint()
        return QRect(0, (self.height() - size.height()) // 2, size.width(), size.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.copy_button.setGeometry(mirrored(self.button_rect(), self))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._appearance.theme.text3)
        painter.setFont(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        box = mirrored(self.text_rect(), self)
        # "Right" means the end of the line: Qt turns it round where the layout is.
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, self.accessibleName())
        painter.end()


class QuestionFooter(MessageFooter):
    """Below what the user said: when, and a button that copies it, at the end of the line."""

    @override
    def button_rect(self) -> QRect:
        place = super().button_rect()
        place.moveLeft(self.width() - place.width())
        return place

    @override
    def text_rect(self) -> QRectF:
        return QRectF(0, 0, self.button_rect().left() + RING_MARGIN - _TEXT_GAP, self.height())

    def needed_width(self) -> int:
        """How wide it is."""
        metrics = QFontMetricsF(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        text = round(metrics.horizontalAdvance(self.accessibleName())) + 2
        return text + _TEXT_GAP - RING_MARGIN + self.copy_button.sizeHint().width()
