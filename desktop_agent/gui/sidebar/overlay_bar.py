"""A scroll bar that lies over what it scrolls, so that it takes no room, and rests when it is not used."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget
from typing_extensions import override

_WIDTH = 12
_SHOWN_FOR = 1200  # milliseconds after the last movement


def take_viewport(area: QAbstractScrollArea) -> QWidget:
    """Give `area` a clear viewport of ours, before anything asks for its own one.

    Asked for a widget that Qt has made, PySide compares it with every class of widgets that there is, and
    loads each of them for that: 16 ms of a start.
    """
    viewport = QWidget(area)  # with a parent, or Python would delete it
    area.setViewport(viewport)
    viewport.setAutoFillBackground(False)
    return viewport


class OverlayBar(QScrollBar):
    """The vertical scroll bar of `area`, whose own one is switched off."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        self._rest = QTimer(self, singleShot=True, interval=_SHOWN_FOR)
        self._rest.timeout.connect(self._hide_if_unused)
        self.hide()
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        own = area.verticalScrollBar()
        own.valueChanged.connect(self._follow)
        own.rangeChanged.connect(self._follow_range)
        self.valueChanged.connect(own.setValue)
        self._follow_range(own.minimum(), own.maximum())
        area.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutDirectionChange):
            is_mirrored = self._area.isRightToLeft()
            left = 0 if is_mirrored else self._area.width() - _WIDTH
            self.setGeometry(left, 0, _WIDTH, self._area.height())
        elif event.type() == QEvent.Type.Enter:
            self._show_for_a_while()
        return False

    def _follow(self, value: int) -> None:
        self.setValue(value)
        self._show_for_a_while()

    def _follow_range(self, minimum: int, maximum: int) -> None:
        self.setPageStep(self._area.viewport().height())
        self.setRange(minimum, maximum)
        if maximum <= minimum:
            self.hide()

    def _show_for_a_while(self) -> None:
        if self.maximum() > self.minimum():
            self.show()
            self._rest.start()

    def _hide_if_unused(self) -> None:
        if self.underMouse() or self.isSliderDown():
            self._rest.start()
        else:
            self.hide()
