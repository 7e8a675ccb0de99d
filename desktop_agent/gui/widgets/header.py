"""The header: the conversation's title, and who answers."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle

HEIGHT = 48
_LEFT = 22
_RIGHT = 22
_GAP = 8


class _Words(QWidget):
    """A text in the header that is elided where it is short of room; the whole is its name and tool tip."""

    def __init__(self, style: TextStyle, color: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._color = color
        self._appearance = appearance
        mark_as_text(self)

    @property
    def text(self) -> str:
        return self.accessibleName()

    def set_text(self, text: str) -> None:
        self.setAccessibleName(text)
        self.update()

    def needed_width(self) -> int:
        return round(QFontMetricsF(self._appearance.font(self._style)).horizontalAdvance(self.text)) + 2

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self._appearance.font(self._style)
        painter.setFont(font)
        painter.setPen(getattr(self._appearance.theme, self._color))
        shown = QFontMetricsF(font).elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text if shown != self.text else "")
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Header(QWidget):
    """Title at the left; agent, model and host at the right."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setFixedHeight(HEIGHT)
        self.title = _Words(TextStyle.TITLE, "text", appearance, self)
        self.agent = _Words(TextStyle.UI, "text", appearance, self)
        self.model = _Words(TextStyle.UI, "text2", appearance, self)
        self.host = _Words(TextStyle.UI, "text3", appearance, self)
        appearance.changed.connect(self._arrange)

    def show_title(self, title: str) -> None:
        """Show the conversation's title."""
        self.title.set_text(title)
        self._arrange()

    def show_provider(self, agent: str, model: str, host: str) -> None:
        """Show who answers: the agent, its model, and the host that requests go to (empty for none)."""
        self.agent.set_text(agent)
        self.model.set_text(model)
        self.host.set_text(host or "")
        self._arrange()

    def _arrange(self) -> None:
        x = self.width() - _RIGHT
        for words in (self.host, self.model, self.agent):
            words.setVisible(bool(words.text))
            if words.text:
                width = min(words.needed_width(), self.width() // 3)
                words.setGeometry(mirrored(QRect(x - width, 0, width, HEIGHT - 1), self))
                x -= width + _GAP
        title = QRect(_LEFT, 0, max(0, x - _LEFT - 2 * _GAP), HEIGHT - 1)
        self.title.setGeometry(mirrored(title, self))
        self.update()

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.surface)
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, self._appearance.theme.border)
        painter.end()
