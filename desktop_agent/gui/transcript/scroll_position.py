"""Where the view stands, when it follows the end, and the scroll bar over the text."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QScrollBar

from desktop_agent.gui.columns import mirrored

NEAR_END = 32
"""Within this many pixels of the end, the view follows again."""
LINE = 48
"""What one arrow click of the scroll bar moves."""
_BAR_WIDTH = 12
_BAR_REST = 1200  # milliseconds that the bar shows after scrolling
_UPWARDS = frozenset(
    action.value
    for action in (
        QAbstractSlider.SliderAction.SliderPageStepSub,
        QAbstractSlider.SliderAction.SliderSingleStepSub,
        QAbstractSlider.SliderAction.SliderToMinimum,
    )
)
_DOWNWARDS = frozenset(
    action.value
    for action in (
        QAbstractSlider.SliderAction.SliderPageStepAdd,
        QAbstractSlider.SliderAction.SliderSingleStepAdd,
        QAbstractSlider.SliderAction.SliderToMaximum,
    )
)


@dataclass
class Following:
    """Whether the end stays in view while content arrives.

    Whatever moves the view up turns it off; reaching the end, End, and sending a message turn it on.
    """

    is_on: bool = True

    def moved(self, old: int, new: int, maximum: int) -> None:
        """The user scrolled from `old` to `new` with `maximum` as the end."""
        if new < old:
            self.is_on = False
        elif new > old and maximum - new <= NEAR_END:
            self.is_on = True

    def resume(self) -> None:
        """The user went to the end, or sent a message."""
        self.is_on = True

    def pause(self) -> None:
        """The user reads an older message."""
        self.is_on = False


class ScrollPosition(QObject):
    """The place of a view in its content, and what the user's scrolling does to following the end.

    Attributes:
        following: Whether the end stays in view.
    """

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view)
        self._view = view
        self._own = view.verticalScrollBar()
        self._own.setSingleStep(LINE)
        self._seen_value = 0
        self.following = Following()
        self._bar = QScrollBar(Qt.Orientation.Vertical, view)  # over the text: Qt's own would take its room
        self._bar.hide()
        self._rest = QTimer(self, singleShot=True, interval=_BAR_REST)
        self._connect_signals()

    def _connect_signals(self) -> None:
        self._own.valueChanged.connect(self._sync_bar)
        self._own.rangeChanged.connect(self._follow_range)
        self._own.actionTriggered.connect(self._note_action)
        self._bar.valueChanged.connect(self._own.setValue)
        self._bar.sliderMoved.connect(self._note_drag)
        self._rest.timeout.connect(self._rest_bar)

    @property
    def value(self) -> int:
        """How many pixels of the content are above the view."""
        return self._own.value()

    @property
    def is_at_end(self) -> bool:
        """Whether the end is seen."""
        return self._own.maximum() - self._own.value() <= 1

    @property
    def is_near_end(self) -> bool:
        """Whether the end is near enough to be followed."""
        return self._own.maximum() - self._own.value() <= NEAR_END

    def move_to(self, value: float) -> None:
        """Stand there, or as near to it as the content allows; following stays as it is."""
        self._own.setValue(round(value))

    def move_to_end(self) -> None:
        """Stand at the end; following stays as it is."""
        self._own.setValue(self._own.maximum())

    def set_content_height(self, height: float) -> None:
        """Take over how high everything is."""
        view_height = self._view.viewport().height()
        self._own.setPageStep(max(1, view_height - LINE))
        self._own.setRange(0, max(0, round(height - view_height)))

    def note_settled(self) -> None:
        """The layout has come to rest: what the user drags from now on counts from here."""
        self._seen_value = self._own.value()

    def scroll_by(self, pixels: int) -> None:
        """Scroll as a user does."""
        self.go_to(self._own.value() + pixels)

    def go_to(self, value: float) -> None:
        """Stand there because the user wants it."""
        before, target = self._own.value(), round(value)
        self._own.setValue(target)
        # By where the user wanted to go: what came into view may have moved everything meanwhile.
        if target < before:
            self.following.pause()
        elif target > before and self.is_near_end:
            self.following.resume()

    def note_wheel(self, event: QWheelEvent) -> None:
        """The wheel has turned, and the view has scrolled."""
        if event.angleDelta().y() > 0 or event.pixelDelta().y() > 0:
            self.following.pause()
        elif self.is_near_end:
            self.following.resume()

    def show_bar(self) -> None:
        """Show the bar for a moment: the view scrolls."""
        if self._bar.maximum() > 0:
            self._bar.show()
            self._rest.start()

    def place_bar(self) -> None:
        """Put the bar at the edge of the view."""
        place = QRect(self._view.width() - _BAR_WIDTH, 0, _BAR_WIDTH, self._view.height())
        self._bar.setGeometry(mirrored(place, self._view))

    def _sync_bar(self) -> None:
        """Show the present value: laying out may have corrected the one that the signal carries."""
        with QSignalBlocker(self._bar):
            self._bar.setValue(self._own.value())

    def _follow_range(self, minimum: int, maximum: int) -> None:
        self._bar.setRange(minimum, maximum)
        self._bar.setPageStep(self._view.viewport().height())
        if maximum <= 0:
            self._bar.hide()

    def _rest_bar(self) -> None:
        if self._bar.underMouse() or self._bar.isSliderDown():
            self._rest.start()
        else:
            self._bar.hide()

    def _note_action(self, action: int) -> None:
        maximum, position = self._own.maximum(), self._own.sliderPosition()
        if action in _UPWARDS:
            self.following.pause()
        elif action in _DOWNWARDS and maximum - position <= NEAR_END:
            self.following.resume()
        else:
            self.following.moved(self._own.value(), position, maximum)

    def _note_drag(self, position: int) -> None:
        self.following.moved(self._seen_value, position, self._own.maximum())
