"""The bar that takes a deletion back for ten seconds, of a conversation or of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QEnterEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from typing_extensions import override

from desktop_agent.gui import accessibility
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAccessibleInterface

SHOWN_FOR = 10_000
"""Milliseconds in which a deletion can be taken back here; afterwards it is in the bin."""
_PADDING = 12
_BUTTON_EDGE = 6


class UndoBar(QWidget):
    """Says that something was deleted. The time stands still while the mouse is on it.

    Args:
        appearance: Theme and zoom.
        parent: What it lies on.
        sentence: What happened; by default that a conversation was deleted.

    Signals:
        undo_requested: Undo was pressed; carries the conversation.
    """

    undo_requested = Signal(int)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None, sentence: str = "") -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._conversation_id = 0
        self._rest = SHOWN_FOR
        self._label = plain_label(sentence or self.tr("Conversation deleted."), self)
        self.setAccessibleName(self._label.text())
        self.button = TextButton(self.tr("Undo"), appearance, small=True, parent=self)
        self.button.clicked.connect(self.undo)
        self.timer = QTimer(self, singleShot=True)
        self.timer.timeout.connect(self.hide)
        accessibility.install(_accessible_for)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)
        self.hide()

    def offer(self, conversation_id: int) -> None:
        """Offer to take the deletion of a conversation back."""
        self._conversation_id = conversation_id
        self._rest = SHOWN_FOR
        self.timer.start(SHOWN_FOR)
        self.show()
        self.raise_()
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._label.text()))

    def undo(self) -> None:
        """Take the deletion back, if that is offered."""
        if not self.isHidden():
            self.timer.stop()
            self.hide()
            self.undo_requested.emit(self._conversation_id)

    def height_for(self, width: int) -> int:
        """How high the bar is in `width`: higher where its sentence takes two lines."""
        text = self._label.heightForWidth(self._text_width(width))
        return max(self.button.body_size().height() + 2 * _BUTTON_EDGE, text + 2 * _PADDING)

    def _text_width(self, width: int) -> int:
        return width - 2 * _PADDING - _BUTTON_EDGE - self.button.body_size().width()

    def _apply_appearance(self) -> None:
        self._label.setFont(self._appearance.text_font(TextStyle.UI))
        color_label(self._label, self._appearance.theme.text)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.height_for(self.width()))

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        if self.timer.isActive():
            self._rest = self.timer.remainingTime()
            self.timer.stop()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.timer.start(self._rest)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        size = self.button.sizeHint()
        edge = _BUTTON_EDGE - RING_MARGIN
        is_mirrored = self.isRightToLeft()
        left = edge if is_mirrored else width - edge - size.width()
        self.button.setGeometry(left, (height - size.height()) // 2, size.width(), size.height())
        text = self._text_width(width)
        self._label.setGeometry(width - _PADDING - text if is_mirrored else _PADDING, 0, text, height)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.end()


def _accessible_for(thing: QObject) -> QAccessibleInterface | None:
    """The bar as a notification: Orca says it when it appears."""
    return QAccessibleWidget(thing, QAccessible.Role.Notification) if isinstance(thing, UndoBar) else None
