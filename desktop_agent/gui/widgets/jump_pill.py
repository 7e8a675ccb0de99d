"""The pills that float above the composer: they lead to the end or to what waits, or tell what goes on."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import PaintedButton, draw_icon

_NOTE_MILLISECONDS = 1500


class Pill(PaintedButton):
    """An icon and a few words on a round ground with a small shadow."""

    radius = 16.0

    def __init__(self, icon: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(appearance, parent)
        self._icon = icon
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the transcript is one tab stop, and has a key for it

    def show_text(self, text: str, icon: str = "") -> None:
        """Say `text`, with another icon if one is given."""
        self._icon = icon or self._icon
        self.setText(text)
        self.setAccessibleName(text)
        self.resize(self.sizeHint())
        self.update()

    @override
    def body_size(self) -> QSize:
        metrics = QFontMetricsF(self.appearance.font(TextStyle.UI_MEDIUM))
        return QSize(math.ceil(metrics.horizontalAdvance(self.text())) + 47, 32)

    @override
    def paint_body(self, painter: QPainter, body: QRectF) -> None:
        theme = self.appearance.theme
        shadow = QColor(theme.text if not theme.is_dark else theme.window)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread, alpha in ((3, 8), (2, 10), (1, 12)):
            shadow.setAlpha(alpha)
            painter.setBrush(shadow)
            grown = body.adjusted(-spread, -spread + 2, spread, spread)
            painter.drawRoundedRect(grown, self.radius + spread, self.radius + spread)
        painter.setBrush(theme.raised_hover if self.underMouse() else theme.raised)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        icon = mirrored(QRectF(body.left() + 12, body.top() + 9, 14, 14), self)
        draw_icon(painter, self._icon, "text2", self.appearance, icon)
        painter.setPen(theme.text)
        painter.setFont(self.appearance.font(TextStyle.UI_MEDIUM))
        words = mirrored(body.adjusted(33, 0, 0, 0), self)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


class JumpPill(Pill):
    """Says "Jump to latest", with the number of messages that came meanwhile."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__("arrow-down", appearance, parent)
        self.setToolTip(self.tr("Jump to latest (Ctrl+End)"))
        self.show_new(0)

    def show_new(self, count: int) -> None:
        """Show that `count` messages arrived since the end was left."""
        text = self.tr("Jump to latest")
        if count:
            text = self.tr("Jump to latest, {count} new").format(count=count)
        if text != self.text():
            self.show_text(text)


class ApprovalPill(Pill):
    """Leads to the card that waits for an answer while it is out of sight."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__("shield", appearance, parent)
        self.show_text(self.tr("Waiting for your approval"))
        self.hide()

    def show_tool(self, name: str) -> None:
        """Say which tool waits; empty hides the pill."""
        self.setVisible(bool(name))
        if name:
            self.show_text(self.tr("Waiting for your approval: {tool}").format(tool=name))


class CopyPill(Pill):
    """Tells of a copy that takes long, and that it is done."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__("copy", appearance, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_text(self.tr("Copying …"))
        self._rest = QTimer(self, singleShot=True, interval=_NOTE_MILLISECONDS)
        self._rest.timeout.connect(self.hide)
        self.hide()

    def show_begun(self) -> None:
        """The copy takes long."""
        self._rest.stop()
        self.show_text(self.tr("Copying …"), "copy")
        self.show()

    def show_done(self) -> None:
        """The copy is complete; it is said only where its beginning was."""
        if self.isVisible():
            self.show_text(self.tr("Copied"), "check")
            self._rest.start()
