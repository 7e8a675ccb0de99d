"""How many tokens the next prompt takes, where it matters: a long text, or a context that gets full."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.figures import format_count, spoken_count
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.labels import color_label

_WARNING = 0.8
_LONG = 1_000
"""From so many typed tokens on their count is worth knowing."""


class ContextCount(QLabel):
    """As "~1.5k tokens" or "~110k of 128k tokens"; empty while the text is short and there is room for more.

    Attributes:
        is_over: Whether the prompt is longer than the model takes.
    """

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._tone = "text3"
        self.is_over = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark_as_text(self)
        self.apply_appearance()

    def show_tokens(self, typed: int, before: int, limit: int | None) -> None:
        """Show an estimate.

        Args:
            typed: Tokens of what is typed.
            before: Tokens of what goes before it.
            limit: How many the model takes; None if that is not known.
        """
        share = (before + typed) / limit if limit else 0.0
        was_over, self.is_over = self.is_over, typed > 0 and share > 1
        self._tone = "err" if self.is_over else "warn" if share >= _WARNING else "text3"
        shown = spoken = ""
        if typed and limit and (share >= _WARNING or typed >= _LONG):
            words = self.tr("~{used} of {limit} tokens")
            shown = words.format(used=format_count(before + typed), limit=format_count(limit))
            words = self.tr("About {used} of {limit} tokens")
            spoken = words.format(used=spoken_count(before + typed), limit=spoken_count(limit))
        elif typed >= _LONG:
            shown = self.tr("~{used} tokens").format(used=format_count(typed))
            spoken = self.tr("About {used} tokens").format(used=spoken_count(typed))
        self.setText(shown)
        self.setAccessibleName(spoken)
        self.setVisible(bool(shown))
        self.apply_appearance()
        if self.is_over and not was_over and QAccessible.isActive():
            news = self.tr("This message is too long for the model. {count}").format(count=spoken)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, news))

    def apply_appearance(self) -> None:
        """Take theme and font as they are now."""
        self.setFont(self._appearance.font(TextStyle.SMALL_FIGURES))
        color_label(self, getattr(self._appearance.theme, self._tone))
