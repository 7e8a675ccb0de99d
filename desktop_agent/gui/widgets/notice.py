"""Notices in the transcript: what happened, what was kept, and buttons for what can be done."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
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
        text_resized: The text has another size, and so may the notice.
    """

    action_chosen = Signal(object)
    details_toggled = Signal()
    text_resized = Signal()

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
        layout = self.layout()
        if layout is not None:
            layout.activate()  # the heights that it knows are those of the other size
        self.update()
        self.text_resized.emit()

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


_REMARK_GAP = 8


class RemarkRow(QWidget):
    """The quiet line below a reply that ended early: a sentence and buttons, below it where it is narrow.

    Signals:
        action_chosen: A button was pressed; carries its `Action`.
    """

    action_chosen = Signal(object)

    def __init__(self, remark: Remark, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._label = plain_label(translate(remark.sentence), self)
        self._label.setWordWrap(False)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(_REMARK_GAP)
        self._layout.addWidget(self._label)
        row = QHBoxLayout()
        row.setSpacing(8 - 2 * RING_MARGIN)
        self._layout.addLayout(row, 1)
        self.buttons: dict[Action, TextButton] = {}
        for action in remark.actions:
            button = TextButton(action_text(action), appearance, small=True, parent=self)
            button.clicked.connect(lambda _checked=False, chosen=action: self.action_chosen.emit(chosen))
            self.buttons[action] = button
            row.addWidget(button)
        row.addStretch(1)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    def plain_text(self) -> str:
        """The sentence."""
        return self._label.text()

    def retire(self) -> None:
        """Take the buttons away: what they offered has been done."""
        for button in self.buttons.values():
            button.hide()

    @override
    def heightForWidth(self, width: int) -> int:
        buttons = max((button.sizeHint().height() for button in self._shown_buttons()), default=0)
        metrics = self._label.fontMetrics()
        if self._fits(width):
            return max(metrics.height(), buttons)
        room = QRect(0, 0, width, 10 * self._label.fontMetrics().height())
        text = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._label.text()).height()
        return text + (_REMARK_GAP + buttons if buttons else 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        fits = self._fits(self.width())
        self._label.setWordWrap(not fits)
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        self._layout.setDirection(direction)

    def _shown_buttons(self) -> list[TextButton]:
        return [button for button in self.buttons.values() if not button.isHidden()]

    def _fits(self, width: int) -> bool:
        """Whether all of it stands on one line."""
        words = self._label.fontMetrics().horizontalAdvance(self._label.text())
        buttons = sum(button.sizeHint().width() for button in self._shown_buttons())
        return words + _REMARK_GAP + buttons <= width

    def _apply_appearance(self) -> None:
        self._label.setFont(self._appearance.text_font(TextStyle.UI))
        color_label(self._label, self._appearance.theme.text2)
