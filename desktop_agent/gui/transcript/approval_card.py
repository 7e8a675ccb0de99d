"""The card of a call that waits for the person: exactly what will happen, and four answers."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from desktop_agent.chat.approvals import ApprovalRequest, Decision
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.plain_sight import has_hidden, has_lookalikes, lines_of, pieces_of
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.transcript.tool_words import icon_of
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, ButtonKind, TextButton, draw_icon
from desktop_agent.gui.widgets.fields import TextField
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.gui.widgets.reading_pane import Line, ReadingPane, Run

GUARD_SECONDS = 0.5
"""So long after it came into view, or to another place, the card takes no answer."""
_HEAD = 45  # with the line above it
_PADDING = 17
_BOX_HIGHEST = 200
_BOX_X, _BOX_Y = 15, 11
_VALUE_X = 92
_RADIUS = 10.0


class _AnswerButton(TextButton):
    """A button that takes no press while its card does not."""

    def __init__(self, text: str, card: ApprovalCard, appearance: Appearance, kind: ButtonKind) -> None:
        super().__init__(text, appearance, kind, parent=card)
        self._card = card

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._card.takes_answers:
            super().mousePressEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_press = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if is_press and (event.isAutoRepeat() or not self._card.takes_answers):
            return
        super().keyPressEvent(event)


class ApprovalCard(QWidget):
    """Asks the person. The widget is `RING_MARGIN` larger on each side than the card that is seen.

    Nothing is elided; what is longer than the box scrolls, and then only its end makes the card take a yes.

    Attributes:
        request: What is asked.
        buttons: The answers.

    Signals:
        decided: The person answered; carries the request's id, the `Decision` and the note.
        height_changed: It needs another height.
    """

    decided = Signal(str, object, str)
    height_changed = Signal()

    def __init__(
        self, call: ToolCall, request: ApprovalRequest, appearance: Appearance, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._call = call
        self.request = request
        self._ready_at: float | None = None
        self._fits = False
        self._has_shown_end = False
        self._is_answered = False
        self._build_ui()
        self._connect_signals()
        self.apply_appearance()

    def _build_ui(self) -> None:
        request = self.request
        self._sentence = plain_label(request.sentence, self)
        self.pane = ReadingPane(self._appearance, self)
        self.pane.setAccessibleName(self.tr("What will happen"))
        self._hint = plain_label(self.tr("Scroll to the end to allow this."), self)
        self._warning = plain_label(self._warning_text(), self)
        self._warning.setVisible(bool(self._warning.text()))
        self._rows: list[tuple[QLabel, QLabel]] = []
        if request.folder:
            folder = plain_label(_shown_line(request.folder), self)
            self._rows.append((plain_label(self.tr("Folder"), self), folder))
        if request.access:
            self._rows.append((plain_label(self.tr("Access"), self), plain_label(request.access, self)))
        self.note_field = TextField(self.tr("Note to the model"), self._appearance, self)
        self.note_field.setPlaceholderText(self.tr("Note to the model"))
        self.note_field.hide()
        looks = (
            (Decision.ONCE, self.tr("Allow once"), ButtonKind.PRIMARY),
            (Decision.CONVERSATION, self.tr("Allow in this conversation"), ButtonKind.SECONDARY),
            (Decision.ALWAYS, self.tr("Always allow"), ButtonKind.SECONDARY),
        )
        self.buttons: dict[Decision, TextButton] = {
            decision: _AnswerButton(text, self, self._appearance, kind) for decision, text, kind in looks
        }
        self.note_button = TextButton(self.tr("Add note"), self._appearance, parent=self)
        deny = _AnswerButton(self.tr("Deny"), self, self._appearance, ButtonKind.SECONDARY)
        self.buttons[Decision.DENY] = deny
        name = self.tr("Approval needed: {tool}").format(tool=one_line(request.tool))
        self.setAccessibleName(f"{name}. {request.sentence}")

    def _connect_signals(self) -> None:
        self.pane.end_seen.connect(self._note_end)
        self.note_button.clicked.connect(self._ask_for_note)
        for decision, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, chosen=decision: self._answer(chosen))

    # Answers

    @property
    def takes_answers(self) -> bool:
        """Whether it has been in view for long enough to be answered."""
        return self._ready_at is not None and time.monotonic() >= self._ready_at and not self._is_answered

    def guard(self) -> None:
        """Take no answer for a while: the card has come to another place."""
        self._ready_at = None
        self.update()

    @property
    def _can_allow(self) -> bool:
        return self._fits or self._has_shown_end

    def _answer(self, decision: Decision) -> None:
        if not self.takes_answers or (decision is not Decision.DENY and not self._can_allow):
            return
        self._is_answered = True
        note = self.note_field.text().strip() if decision is Decision.DENY else ""
        self.decided.emit(self.request.id, decision, note)

    def _ask_for_note(self) -> None:
        self.note_field.show()
        self.note_button.hide()
        self.height_changed.emit()
        self._arrange()
        self.note_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _note_end(self) -> None:
        if self._ready_at is None or not self.pane.is_at_end:
            return  # nobody has seen it yet
        self._has_shown_end = True
        self._show_end()

    def _show_end(self) -> None:
        for decision, button in self.buttons.items():
            button.setEnabled(self._can_allow or decision is Decision.DENY)
        self.update()

    # What is shown

    def _lines(self) -> list[Line]:
        is_strict = self.request.body_kind == "address"
        lines = []
        for text in lines_of(self.request.body):
            color = "text"
            if self.request.body_kind == "diff" and not text.startswith(("+++", "---")):
                color = {"+": "ok", "-": "err"}.get(text[:1], "text2")
            runs = [
                Run(
                    piece.text,
                    "warn" if piece.is_odd else color,
                    TextStyle.CODE,
                    ground="warn_soft" if piece.is_odd else "",
                )
                for piece in pieces_of(text, is_strict=is_strict)
            ]
            lines.append(Line(tuple(runs) or (Run("", color, TextStyle.CODE),), 20))
        return lines

    def _warning_text(self) -> str:
        request = self.request
        is_strict = request.body_kind == "address"
        texts = (request.body, request.folder)
        if any(has_hidden(text) for text in texts):
            return self.tr("It has characters that are not seen. They are marked.")
        if any(has_lookalikes(text, is_strict=is_strict) for text in texts):
            return self.tr("It has letters that look like others. They are marked.")
        return ""

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        look, theme = self._appearance, self._appearance.theme
        for label, color, style in (
            (self._sentence, theme.text, TextStyle.UI),
            (self._hint, theme.text3, TextStyle.SMALL),
            (self._warning, theme.warn, TextStyle.UI_MEDIUM),
        ):
            label.setFont(look.text_font(style))
            color_label(label, color)
        for title, value in self._rows:
            for words, tone in ((title, theme.text3), (value, theme.text)):
                words.setFont(look.text_font(TextStyle.UI))
                color_label(words, tone)
        if self._rows and self.request.folder:
            self._rows[0][1].setFont(look.text_font(TextStyle.CODE_SMALL))
        self.pane.show_lines(self._lines())
        self._show_end()

    def height_for(self, width: int) -> int:
        """How high the card is at a width of its own, without the room for the ring."""
        return self._lay_out(width, is_moving=False)

    def _arrange(self) -> None:
        self._lay_out(self.width() - 2 * RING_MARGIN, is_moving=True)
        self._show_end()

    def _lay_out(self, width: int, *, is_moving: bool) -> int:
        """Place everything in a card of `width`, or only find out how high it is."""
        zoom = self._appearance.zoom
        inner, y = width - 2 * _PADDING, round(_HEAD * zoom) + 1 + round(14 * zoom)
        places: list[tuple[QWidget, QRect]] = []

        def put(widget: QWidget, x: int, top: int, wide: int, high: int) -> None:
            places.append((widget, QRect(RING_MARGIN + _PADDING + x, RING_MARGIN + top, wide, high)))

        high = _label_height(self._sentence, inner, round(20 * zoom))
        put(self._sentence, 0, y, inner, high)
        y += high + 8
        text = self.pane.height_for(inner - _BOX_X - 4)
        box = min(text + 2 * _BOX_Y, round(_BOX_HIGHEST * zoom))
        self._box = QRect(RING_MARGIN + _PADDING, RING_MARGIN + y, inner, box)
        put(self.pane, _BOX_X, y + _BOX_Y - 1, inner - _BOX_X - 4, box - 2 * _BOX_Y)
        y += box + 10
        is_long = text + 2 * _BOX_Y > box
        if is_moving:  # how it would be at another width says nothing of what is seen
            self._fits = not is_long
        for label, is_there in ((self._hint, is_long), (self._warning, bool(self._warning.text()))):
            if is_there:
                high = _label_height(label, inner, round(18 * zoom))
                put(label, 0, y - 4, inner, high)
                y += high + 2
        self._hint.setVisible(is_long)
        for title, value in self._rows:
            value_x = round(_VALUE_X * zoom)
            high = _label_height(value, inner - value_x, round(20 * zoom))
            put(title, 0, y, value_x, round(20 * zoom))
            put(value, value_x, y, inner - value_x, high)
            y += high + 2
        y += 12 if self._rows else 4
        if not self.note_field.isHidden():
            put(self.note_field, 0, y, inner, 32)
            y += 32 + 10
        y = self._place_buttons(put, inner, y) + 16 + 1
        if is_moving:
            for widget, place in places:
                widget.setGeometry(mirrored(place, self))
        return y

    def _place_buttons(self, put: object, inner: int, y: int) -> int:
        """Place the answers, in several rows where they do not fit into one; returns where they end."""
        deny, note = self.buttons[Decision.DENY], self.note_button
        allowing = [button for button in self.buttons.values() if button is not deny]
        last = [deny] if note.isHidden() else [note, deny]
        body = {button: button.body_size().width() for button in (*allowing, *last)}
        x = 0
        for button in allowing:
            if x and x + body[button] > inner:
                x, y = 0, y + 40
            self._put_button(put, button, x, y)
            x += body[button] + 8
        needed = sum(body[button] + 8 for button in last) - 8
        if x + needed > inner:
            y += 40
        x = inner - needed
        for button in last:
            self._put_button(put, button, x, y)
            x += body[button] + 8
        return y + 32

    def _put_button(self, put: object, button: TextButton, x: int, y: int) -> None:
        size = button.sizeHint()
        put(button, x - RING_MARGIN, y - RING_MARGIN, size.width(), size.height())  # type: ignore[operator]

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, zoom = self._appearance.theme, self._appearance.zoom
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        painter.setPen(QPen(theme.border_input, 1))
        painter.setBrush(theme.surface)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        head = QRectF(card.left(), card.top(), card.width(), round(_HEAD * zoom) + 1)
        painter.fillRect(QRectF(card.left() + 1, head.bottom() - 1, card.width() - 2, 1), theme.border)
        icon = mirrored(QRectF(card.left() + 13, head.center().y() - 8, 16, 16), self)
        draw_icon(painter, icon_of(self.request.tool), "text2", self._appearance, icon)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(self._appearance.text_font(TextStyle.SMALL))
        waiting = self.tr("Waiting for you")
        width = QFontMetricsF(painter.font()).horizontalAdvance(waiting)
        painter.setPen(theme.warn)
        place = QRectF(card.right() - 13 - width, head.top(), width + 1, head.height())
        painter.drawText(mirrored(place, self), flags, waiting)
        painter.setFont(self._appearance.text_font(TextStyle.UI_MEDIUM))
        painter.setPen(theme.text)
        name = QRectF(card.left() + 39, head.top(), place.left() - card.left() - 49, head.height())
        painter.drawText(mirrored(name, self), flags, one_line(self.request.tool))
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(theme.sunken)
        box = QRectF(mirrored(self._box, self)).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 8, 8)
        painter.end()
        self._note_seen()

    def _note_seen(self) -> None:
        if self._ready_at is None:
            self._ready_at = time.monotonic() + GUARD_SECONDS
            QTimer.singleShot(0, self, self._note_end)


def _label_height(label: QWidget, width: int, least: int) -> int:
    return max(least, label.heightForWidth(width))


def _shown_line(text: str) -> str:
    return "".join(piece.text for piece in pieces_of(text.replace("\n", "\N{SYMBOL FOR LINE FEED}")))
