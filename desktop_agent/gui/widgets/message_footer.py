"""The rows below messages: what can be done with one, when it was said, what it took."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
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
_STEP = 30  # from button to button
_VERSIONS = 62.5  # from the first button to the arrow of the version before
_VERSION_STEP = 25  # from an arrow to the words between the arrows


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


class ReplyFooter(MessageFooter):
    """Below a reply: beside Copy, asks for it again, and steps through its versions.

    Signals:
        regenerate_requested: The reply is to be asked for again.
        version_requested: Another version is to be shown: -1 for the one before, 1 for the next.
    """

    regenerate_requested = Signal()
    version_requested = Signal(int)

    def __init__(self, source: str, figures: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(source, figures, appearance, parent)
        self._versions = (1, 1)
        self.regenerate_button = IconButton("refresh", self.tr("Regenerate reply"), appearance, self)
        self.regenerate_button.clicked.connect(self.regenerate_requested)
        self.previous_button = IconButton("chevron-left", self.tr("Previous version"), appearance, self)
        self.previous_button.clicked.connect(lambda: self.version_requested.emit(-1))
        self.next_button = IconButton("chevron-right", self.tr("Next version"), appearance, self)
        self.next_button.clicked.connect(lambda: self.version_requested.emit(1))
        self.regenerate_button.hide()
        self.show_versions((1, 1))

    def offer_regenerate(self, *, is_offered: bool) -> None:
        """Have the button that asks again: below the last reply."""
        self.regenerate_button.setVisible(is_offered)
        self._arrange()

    def show_versions(self, versions: tuple[int, int]) -> None:
        """Show which version this is, and of how many, where there are several."""
        self._versions = versions
        number, count = versions
        for button, can_step in ((self.previous_button, number > 1), (self.next_button, number < count)):
            button.setVisible(count > 1)
            button.setEnabled(can_step)
        if count > 1:
            says = self.tr("Version {number} of {count}").format(number=number, count=count)
            self.setAccessibleDescription(says)
        self._arrange()

    def controls(self) -> list[IconButton]:
        """The buttons that are there, in order."""
        every = (self.copy_button, self.regenerate_button, self.previous_button, self.next_button)
        return [button for button in every if not button.isHidden()]

    def _arrange(self) -> None:
        size = self.copy_button.sizeHint()
        top = (self.height() - size.height()) // 2
        centers = ((self.regenerate_button, _STEP), *self._version_centers())
        first = size.width() // 2 if not self.copy_button.isHidden() else size.width() // 2 - _STEP
        for button, center in centers:
            place = QRect(round(first + center) - size.width() // 2, top, size.width(), size.height())
            button.setGeometry(mirrored(place, self))
        self.update()

    def _version_centers(self) -> tuple[tuple[IconButton, float], tuple[IconButton, float]]:
        """Where the arrows stand, counted from the middle of the first button."""
        begin = _VERSIONS if not self.regenerate_button.isHidden() else _VERSIONS - _STEP
        return (self.previous_button, begin), (self.next_button, begin + 2 * _VERSION_STEP)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        number, count = self._versions
        if count < 2:
            return
        between = self.previous_button.geometry().united(self.next_button.geometry())
        painter = QPainter(self)
        painter.setPen(self._appearance.theme.text2)
        painter.setFont(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        painter.drawText(between, Qt.AlignmentFlag.AlignCenter, f"{number} / {count}")
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
