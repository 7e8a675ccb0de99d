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
_BUTTON = 28
_ARROW_EDGE = 11  # below a question: from the middle of the last arrow to the end
_ARROW_STEP = 29  # from the button to the first arrow


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


class _VersionedFooter(MessageFooter):
    """A footer with arrows that step through the versions of its message.

    Signals:
        version_requested: Another version is to be shown: -1 for the one before, 1 for the next.
    """

    version_requested = Signal(int)

    def __init__(self, source: str, figures: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(source, figures, appearance, parent)
        self.versions = (1, 1)
        self.previous_button = IconButton("chevron-left", self.tr("Previous version"), appearance, self)
        self.previous_button.clicked.connect(lambda: self.version_requested.emit(-1))
        self.next_button = IconButton("chevron-right", self.tr("Next version"), appearance, self)
        self.next_button.clicked.connect(lambda: self.version_requested.emit(1))
        for button in (self.previous_button, self.next_button):
            button.hide()

    def show_versions(self, versions: tuple[int, int]) -> None:
        """Show which version this is, and of how many, where there are several."""
        self.versions = versions
        number, count = versions
        for button, can_step in ((self.previous_button, number > 1), (self.next_button, number < count)):
            button.setVisible(count > 1)
            button.setEnabled(can_step)
        if count > 1:
            says = self.tr("Version {number} of {count}").format(number=number, count=count)
            self.setAccessibleDescription(says)
        self.arrange()

    def arrange(self) -> None:
        """Place the buttons."""
        raise NotImplementedError

    def place(self, button: IconButton, center: float) -> None:
        """Put a button where its middle is at `center`, counted from the beginning of the line."""
        size = button.sizeHint()
        top = (self.height() - size.height()) // 2
        box = QRect(round(center) - size.width() // 2, top, size.width(), size.height())
        button.setGeometry(mirrored(box, self))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        number, count = self.versions
        if count < 2:
            return
        between = self.previous_button.geometry().united(self.next_button.geometry())
        painter = QPainter(self)
        painter.setPen(self._appearance.theme.text2)
        painter.setFont(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        painter.drawText(between, Qt.AlignmentFlag.AlignCenter, f"{number} / {count}")
        painter.end()


class ReplyFooter(_VersionedFooter):
    """Below a reply: beside Copy, asks for it again, and steps through its versions.

    Signals:
        regenerate_requested: The reply is to be asked for again.
    """

    regenerate_requested = Signal()

    def __init__(self, source: str, figures: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(source, figures, appearance, parent)
        self.regenerate_button = IconButton("refresh", self.tr("Regenerate reply"), appearance, self)
        self.regenerate_button.clicked.connect(self.regenerate_requested)
        self.regenerate_button.hide()
        self.arrange()

    def offer_regenerate(self, *, is_offered: bool) -> None:
        """Have the button that asks again: below the last reply."""
        self.regenerate_button.setVisible(is_offered)
        self.arrange()

    def controls(self) -> list[IconButton]:
        """The buttons that are there, in order."""
        every = (self.copy_button, self.regenerate_button, self.previous_button, self.next_button)
        return [button for button in every if not button.isHidden()]

    @override
    def arrange(self) -> None:
        middle = self.copy_button.sizeHint().width() // 2
        first = middle if not self.copy_button.isHidden() else middle - _STEP
        begin = first + (_VERSIONS if not self.regenerate_button.isHidden() else _VERSIONS - _STEP)
        self.place(self.copy_button, middle)
        self.place(self.regenerate_button, first + _STEP)
        self.place(self.previous_button, begin)
        self.place(self.next_button, begin + 2 * _VERSION_STEP)
        self.update()


class QuestionFooter(_VersionedFooter):
    """Below what the user said: when, and buttons that copy and edit it, at the end of the line.

    Signals:
        edit_requested: The message is to be edited.
    """

    edit_requested = Signal()

    def __init__(self, source: str, figures: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(source, figures, appearance, parent)
        self.edit_button = IconButton("pencil", self.tr("Edit message"), appearance, self)
        self.edit_button.clicked.connect(self.edit_requested)

    @override
    def arrange(self) -> None:
        end = self.width() - RING_MARGIN
        self.place(self.next_button, end - _ARROW_EDGE)
        self.place(self.previous_button, end - _ARROW_EDGE - 2 * _VERSION_STEP)
        self.place(self.edit_button, self._edit_center)
        self.place(self.copy_button, self._edit_center - _STEP)
        self.update()

    @property
    def _edit_center(self) -> float:
        taken = _ARROW_EDGE + 2 * _VERSION_STEP + _ARROW_STEP if self.versions[1] > 1 else _BUTTON // 2
        return self.width() - RING_MARGIN - taken

    @override
    def text_rect(self) -> QRectF:
        return QRectF(0, 0, self._edit_center - _STEP - _BUTTON // 2 - _TEXT_GAP, self.height())

    def needed_width(self) -> int:
        """How wide it is."""
        metrics = QFontMetricsF(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        text = round(metrics.horizontalAdvance(self.accessibleName())) + 2
        return text + round(self.width() - self.text_rect().right())
