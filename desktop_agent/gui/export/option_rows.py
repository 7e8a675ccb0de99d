"""The rows of the export: one of several formats, and what stands in the file."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import KEYBOARD_REASONS, draw_icon

FORMAT_HEIGHT, OPTION_HEIGHT = 36, 28
"""At 100 % text zoom, in logical pixels."""
_MARK = 16
_RADIUS, _CHECK_RADIUS = 6, 4
_FORMAT_LEFT, _FORMAT_TEXT, _FORMAT_RIGHT = 8, 34, 8
_OPTION_TEXT = 25
_DOT_RING = 5
_CHECK = 12


class _Row:
    """What both kinds of rows have in common; a mixin of Qt's own buttons, whose behaviour stays."""

    appearance: Appearance
    shows_ring = False

    def paint_ring(self, painter: QPainter, button: QAbstractButton) -> None:
        if self.shows_ring and button.hasFocus():
            painter.setPen(QPen(self.appearance.theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(button.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

    def paint_words(self, painter: QPainter, button: QAbstractButton, box: QRectF, style: TextStyle) -> None:
        theme = self.appearance.theme
        painter.setPen(theme.text if button.isEnabled() else theme.text3)
        painter.setFont(self.appearance.text_font(style))
        alignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(mirrored(box, button), alignment, button.text())


class FormatRow(QRadioButton, _Row):
    """A format to choose, with the end of its files' names."""

    def __init__(self, label: str, suffix: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(label, parent)
        self.appearance = appearance
        self._suffix = suffix
        self.setAccessibleDescription(suffix)
        appearance.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(235, round(FORMAT_HEIGHT * self.appearance.zoom))

    @override
    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.shows_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, body = self.appearance.theme, QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selected if self.isChecked() else theme.hover)
            painter.drawRoundedRect(body, _RADIUS, _RADIUS)
        mark = mirrored(QRectF(_FORMAT_LEFT, (self.height() - _MARK) / 2, _MARK, _MARK), self)
        if self.isChecked():
            painter.setPen(QPen(theme.accent, _DOT_RING))
            edge = _DOT_RING / 2
        else:
            painter.setPen(QPen(theme.border_input, 1))
            edge = 0.5
        painter.setBrush(theme.on_accent if self.isChecked() else theme.surface)
        painter.drawEllipse(mark.adjusted(edge, edge, -edge, -edge))
        style = TextStyle.UI_MEDIUM if self.isChecked() else TextStyle.UI
        self.paint_words(painter, self, body.adjusted(_FORMAT_TEXT, 0, 0, 0), style)
        painter.setPen(theme.text3)
        painter.setFont(self.appearance.text_font(TextStyle.CODE_TINY))
        box = mirrored(body.adjusted(0, 0, -_FORMAT_RIGHT, 0), self)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._suffix)
        self.paint_ring(painter, self)
        painter.end()


class OptionRow(QCheckBox, _Row):
    """Something that stands in the file, or not."""

    def __init__(self, label: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(label, parent)
        self.appearance = appearance
        appearance.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(219, round(OPTION_HEIGHT * self.appearance.zoom))

    @override
    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.shows_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, body = self.appearance.theme, QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.5)
        mark = mirrored(QRectF(0, (self.height() - _MARK) / 2, _MARK, _MARK), self)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(mark, _CHECK_RADIUS, _CHECK_RADIUS)
            check = QRectF(0, 0, _CHECK, _CHECK)
            check.moveCenter(mark.center())
            draw_icon(painter, "check", "on_accent", self.appearance, check)
        else:
            painter.setPen(QPen(theme.border_input, 1))
            painter.setBrush(theme.surface)
            painter.drawRoundedRect(mark.adjusted(0.5, 0.5, -0.5, -0.5), _CHECK_RADIUS, _CHECK_RADIUS)
        painter.setOpacity(1.0)
        self.paint_words(painter, self, body.adjusted(_OPTION_TEXT, 0, 0, 0), TextStyle.UI)
        self.paint_ring(painter, self)
        painter.end()
