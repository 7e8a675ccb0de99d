"""The lower edge of the export: a promise, how far the writing is, what came of it, and the buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, PaintedButton, draw_icon
from desktop_agent.gui.widgets.link_button import LinkButton

HEIGHT = 60
"""With the line above it."""
_EDGE = 20
_GAP = 8
_ICON, _ICON_STEP = 14, 22
_BAR, _BAR_HEIGHT = 120, 4


class StatusRow(QWidget):
    """Says how it stands, beside buttons.

    Args:
        promise: What is said at first.
        buttons: The buttons at its end.
        appearance: The theme.
        parent: Where it stands.

    Attributes:
        text: What is said.
        link: Leads to what was written; shown after that.
    """

    def __init__(
        self, promise: str, buttons: list[PaintedButton], appearance: Appearance, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._buttons = buttons
        self._icon, self._color, self._text_color = "shield", "text2", "text2"
        self._share: float | None = None
        self._promise = self.text = promise
        self.link = LinkButton(self.tr("Show in folder"), appearance, self, style=TextStyle.SMALL)
        self.link.hide()
        self._follow: Callable[[], None] = lambda: None
        self.link.clicked.connect(lambda: self._follow())
        for button in buttons:
            button.setParent(self)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.text)
        appearance.changed.connect(self._arrange)

    def show_promise(self) -> None:
        """Say what is said at first."""
        self._say(self._promise, ("shield", "text2", "text2"))

    def show_progress(self, text: str, share: float) -> None:
        """Say what is done, and how much of it is (0 to 1)."""
        self._share = share
        self._set(text, ("", "text2", "text2"))

    def show_note(self, text: str) -> None:
        """Say that something is done."""
        self._say(text, ("check", "ok", "text2"))

    def show_saved(self, path: Path, follow: Callable[[], None]) -> None:
        """Say that a file is written; `follow` shows where."""
        self._follow = follow
        self._say(self.tr("Saved to {name}.").format(name=path.name), ("check", "ok", "text2"))
        self.link.show()
        self._arrange()

    def show_trouble(self, sentence: str) -> None:
        """Say why something can't be done."""
        self._say(sentence, ("alert", "err", "err"), is_urgent=True)

    def _say(self, text: str, look: tuple[str, str, str], *, is_urgent: bool = False) -> None:
        self._share = None
        self._set(text, look)
        if text != self._promise and QAccessible.isActive():
            news = QAccessibleAnnouncementEvent(self, text)
            if is_urgent:
                news.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
            QAccessible.updateAccessibility(news)

    def _set(self, text: str, look: tuple[str, str, str]) -> None:
        self.text = text
        self._icon, self._color, self._text_color = look
        self.link.hide()
        self.setAccessibleName(text)
        self.setToolTip("")
        self._arrange()

    def _words_left(self) -> int:
        if self._share is not None:
            return _EDGE + _BAR + 12
        return _EDGE + _ICON_STEP if self._icon else _EDGE

    def _arrange(self) -> None:
        right = self.width() - _EDGE + RING_MARGIN
        for button in reversed(self._buttons):
            size = button.sizeHint()
            top = (HEIGHT + 2 - size.height()) // 2
            box = QRect(right - size.width(), top, size.width(), size.height())
            button.setGeometry(mirrored(box, self))
            right -= size.width() - 2 * RING_MARGIN + _GAP
        self._room = right - _GAP - self._words_left()
        if not self.link.isHidden():
            words = QFontMetricsF(self._appearance.font(TextStyle.SMALL)).horizontalAdvance(self.text)
            size = self.link.sizeHint()
            left = self._words_left() + round(min(words, self._room - size.width())) + 4
            box = QRect(left, (HEIGHT + 2 - size.height()) // 2, size.width(), size.height())
            self.link.setGeometry(mirrored(box, self))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.surface)
        painter.fillRect(0, 0, self.width(), 1, theme.border)
        middle = (HEIGHT + 1) / 2 + 0.5
        if self._share is not None:
            bar = mirrored(QRectF(_EDGE, middle - _BAR_HEIGHT / 2, _BAR, _BAR_HEIGHT), self)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.pressed)
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(theme.accent)
            done = QRectF(_EDGE, bar.top(), max(4.0, _BAR * min(1.0, self._share)), _BAR_HEIGHT)
            painter.drawRoundedRect(mirrored(done, self), 2, 2)
        elif self._icon:
            icon = mirrored(QRectF(_EDGE, round(middle) - _ICON / 2, _ICON, _ICON), self)
            draw_icon(painter, self._icon, self._color, self._appearance, icon)
        painter.setPen(getattr(theme, self._text_color))
        font = self._appearance.font(TextStyle.SMALL)
        painter.setFont(font)
        room = self._room - (self.link.width() if not self.link.isHidden() else 0)
        box = mirrored(QRectF(self._words_left(), 1, room, HEIGHT), self)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, flags, self.text)
        painter.end()
