"""The small line below a field: what is the matter there, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.gui.widgets.link_button import LinkButton

_ICON = 14
_ICON_GAP = 6

Offer = tuple[str, Callable[[], object]]
"""A button's verb and what it does."""


class NoteRow(QWidget):
    """A text of 12 px with buttons at its end; it is hidden while there is nothing to say.

    Attributes:
        buttons: Those that are offered now.
    """

    def __init__(self, appearance: Appearance, parent: QWidget | None = None, *, icon: str = "") -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._tone = "text2"
        self._icon_name = icon
        self.buttons: list[LinkButton] = []
        self._acts: list[Callable[[], object]] = []
        self._icon = QLabel(self)
        self._icon.setFixedWidth(_ICON)
        self._icon.setVisible(bool(icon))
        self.label = plain_label("", self)
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop | leading(self))
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(_ICON_GAP)
        self._layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addWidget(self.label, 1)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self.label.text()

    def say(self, text: str, tone: str = "text2", *offers: Offer) -> None:
        """Show a text.

        Args:
            text: The text; "" hides the row.
            tone: The colour token of the text. Other tones than "text2" and "text3" are read out, too.
            offers: The buttons.
        """
        is_news = bool(text) and text != self.label.text() and tone not in ("text2", "text3")
        self._tone = tone
        self.label.setText(text)
        self.label.setAccessibleName(text)
        self._set_buttons(offers)
        self._apply_appearance()
        self.setVisible(bool(text))
        self.updateGeometry()
        if is_news and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def clear(self) -> None:
        """Say nothing."""
        self.say("")

    def _set_buttons(self, offers: tuple[Offer, ...]) -> None:
        self._acts = [act for _, act in offers]
        if [text for text, _ in offers] == [button.text() for button in self.buttons]:
            return  # they keep the keyboard
        had_focus = any(button.hasFocus() for button in self.buttons)
        if had_focus and not offers:
            self.focusNextChild()  # not into nowhere
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        before = self._before()
        for place, (text, _) in enumerate(offers):
            button = LinkButton(text, self._appearance, self, style=TextStyle.SMALL)
            button.clicked.connect(lambda _checked=False, place=place: self._acts[place]())
            self._layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            button.show()
            self.buttons.append(button)
            QWidget.setTabOrder(before, button)
            before = button
        if had_focus and self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _before(self) -> QWidget:
        """What the keyboard visits before the row: only such a widget can be put in front of another."""
        before = self.previousInFocusChain()
        while before is not None and before is not self:
            if before.focusPolicy() & Qt.FocusPolicy.TabFocus:
                return before
            before = before.previousInFocusChain()
        return self

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        color_label(self.label, getattr(theme, self._tone))
        self.label.setFont(self._appearance.font(TextStyle.SMALL))
        top = 6 if self.buttons else 0  # in the middle of the buttons
        self.label.setContentsMargins(0, top, 0, 0)
        self._icon.setContentsMargins(0, top, 0, 0)
        self.label.setMinimumHeight(TextStyle.SMALL.line_height)
        if self._icon_name:
            color = theme.text2 if self._tone in ("text2", "text3") else getattr(theme, self._tone)
            self._icon.setPixmap(icon_pixmap(self._icon_name, color, _ICON, self.devicePixelRatioF()))


def leading(widget: QWidget) -> Qt.AlignmentFlag:
    """Where a line begins in the window's direction; Qt's own choice is the direction of the text."""
    side = Qt.AlignmentFlag.AlignRight if widget.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute
