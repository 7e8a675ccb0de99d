"""Notices in the transcript: what happened, what was kept, and buttons for what can be done."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.chat.notices import CONTEXT, Action, Notice, Remark, Sentence, Severity
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton, draw_icon
from desktop_agent.gui.widgets.labels import color_label, plain_label

LOOKS = {
    Severity.ERROR: ("err_soft", "err"),
    Severity.WARNING: ("warn_soft", "warn"),
    Severity.INFO: ("accent_soft", "accent"),
}


def translate(sentence: Sentence) -> str:
    """The sentence in the language of the window."""
    return sentence.fill(QCoreApplication.translate(CONTEXT, sentence.template))


def action_text(action: Action) -> str:
    """The verb on the button of `action`."""
    return {
        Action.RETRY: QCoreApplication.translate(CONTEXT, "Retry"),
        Action.DETAILS: QCoreApplication.translate(CONTEXT, "Details"),
        Action.CONTINUE: QCoreApplication.translate(CONTEXT, "Continue"),
        Action.OPEN_SETTINGS: QCoreApplication.translate(CONTEXT, "Open settings"),
        Action.ADD_KEY: QCoreApplication.translate(CONTEXT, "Add key"),
        Action.CHOOSE_MODEL: QCoreApplication.translate(CONTEXT, "Choose a model"),
        Action.NEW_CHAT: QCoreApplication.translate(CONTEXT, "New chat"),
        Action.EXPORT: QCoreApplication.translate(CONTEXT, "Export"),
        Action.REGENERATE: QCoreApplication.translate(CONTEXT, "Regenerate"),
    }[action]


class NoticeBox(QWidget):
    """A notice on its soft ground: icon, title, one line, at most two small buttons at the right.

    Signals:
        action_chosen: A button was pressed; carries its `Action`. Details are opened by the box itself.
        details_toggled: The server's own words were opened or closed, so that the height is another one.
    """

    action_chosen = Signal(object)
    details_toggled = Signal()

    def __init__(self, notice: Notice, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = notice
        self._appearance = appearance
        self._build_ui()
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    def _build_ui(self) -> None:
        self._title = plain_label(translate(self._notice.title), self)
        self._body = plain_label(translate(self._notice.body), self)
        self._details = plain_label(self._notice.details, self)
        self._details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        words = QVBoxLayout()
        words.setContentsMargins(0, RING_MARGIN, 0, RING_MARGIN)
        words.setSpacing(0)
        for label in (self._title, self._body):
            words.addWidget(label)
            label.setVisible(bool(label.text()))
        words.addWidget(self._details)
        self._details.hide()
        layout = QHBoxLayout(self)
        begin, end = 42, 15 - RING_MARGIN
        if self.isRightToLeft():  # Qt turns the order of a layout round, not its margins
            begin, end = end, begin
        layout.setContentsMargins(begin, 13 - RING_MARGIN, end, 13 - RING_MARGIN)
        layout.setSpacing(8 - 2 * RING_MARGIN)
        layout.addLayout(words, 1)
        layout.addSpacing(12)
        self.buttons: dict[Action, TextButton] = {}
        for action in self._notice.actions:
            button = TextButton(action_text(action), self._appearance, small=True, parent=self)
            button.clicked.connect(lambda _checked=False, chosen=action: self._trigger(chosen))
            self.buttons[action] = button
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self.plain_text())

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return self._notice.severity

    def plain_text(self) -> str:
        """Title and line as they are read out."""
        return f"{self._title.text()} {self._body.text()}".strip()

    def retire(self) -> None:
        """Take the buttons away: what they offered has been done."""
        for button in self.buttons.values():
            button.hide()

    def _trigger(self, action: Action) -> None:
        if action is Action.DETAILS:
            self._details.setVisible(self._details.isHidden())
            self.updateGeometry()
            self.details_toggled.emit()
        else:
            self.action_chosen.emit(action)

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        fonts = (
            (self._title, TextStyle.UI_MEDIUM),
            (self._body, TextStyle.UI),
            (self._details, TextStyle.SMALL),
        )
        for label, style in fonts:
            color = theme.text if label is self._title else theme.text2
            color_label(label, color)
            label.setFont(self._appearance.text_font(style))
            label.setMinimumHeight(math.ceil(style.line_height * self._appearance.zoom))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        fill, icon_color = LOOKS[self._notice.severity]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(getattr(self._appearance.theme, fill))
        painter.drawRoundedRect(QRectF(self.rect()), 10, 10)
        box = mirrored(QRectF(15, 16, 16, 16), self)
        draw_icon(painter, self._notice.icon, icon_color, self._appearance, box)
        painter.end()


class RemarkRow(QWidget):
    """The quiet line below a reply that ended early: a sentence and small buttons.

    Signals:
        action_chosen: A button was pressed; carries its `Action`.
    """

    action_chosen = Signal(object)

    def __init__(self, remark: Remark, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._label = plain_label(translate(remark.sentence), self)
        self._label.setWordWrap(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._label)
        row = QHBoxLayout()
        row.setSpacing(8 - 2 * RING_MARGIN)
        layout.addLayout(row)
        self.buttons: dict[Action, TextButton] = {}
        for action in remark.actions:
            button = TextButton(action_text(action), appearance, small=True, parent=self)
            button.clicked.connect(lambda _checked=False, chosen=action: self.action_chosen.emit(chosen))
            self.buttons[action] = button
            row.addWidget(button)
        layout.addStretch(1)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    def plain_text(self) -> str:
        """The sentence."""
        return self._label.text()

    def retire(self) -> None:
        """Take the buttons away: what they offered has been done."""
        for button in self.buttons.values():
            button.hide()

    def _apply_appearance(self) -> None:
        self._label.setFont(self._appearance.text_font(TextStyle.UI))
        color_label(self._label, self._appearance.theme.text2)
