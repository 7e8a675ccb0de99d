"""The status bar: state, model and messages at the left; the figures of the last run at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop_agent.gui.accessibility import mark_as_text
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import COMPACT_WIDTH, mirrored
from desktop_agent.gui.figures import format_cost, format_seconds, format_tokens
from desktop_agent.gui.plain_text import tool_tip
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.context_meter import ContextMeter

if TYPE_CHECKING:
    from desktop_agent.chat.run_figures import RunFigures, TotalFigures

HEIGHT = 26
_GAP = 16
_PADDING = 14


class State(Enum):
    """What the program does at the moment: the colour token of its dot."""

    READY = "ok"
    STREAMING = "accent"
    WAITING = "warn_soft"
    STOPPING = "text2"
    STOPPED = "text3"
    ERROR = "err"
    OFFLINE = "warn"
    DEMO = "accent_soft"


def state_word(state: State) -> str:
    """The word beside the dot."""
    return {
        State.READY: QCoreApplication.translate("StatusBar", "Ready"),
        State.STREAMING: QCoreApplication.translate("StatusBar", "Streaming"),
        State.WAITING: QCoreApplication.translate("StatusBar", "Waiting for approval"),
        State.STOPPING: QCoreApplication.translate("StatusBar", "Stopping"),
        State.STOPPED: QCoreApplication.translate("StatusBar", "Stopped"),
        State.ERROR: QCoreApplication.translate("StatusBar", "Error"),
        State.OFFLINE: QCoreApplication.translate("StatusBar", "Offline"),
        State.DEMO: QCoreApplication.translate("StatusBar", "Demo"),
    }[state]


class StatusItem(QWidget):
    """One figure: quiet words around a value in text colour. Its accessible name is what it shows."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._before = self._value = self._after = ""
        self._dot: State | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        mark_as_text(self)

    def show_text(
        self, *, before: str = "", value: str = "", after: str = "", dot: State | None = None
    ) -> None:
        """Show `before value after`, and a dot in front of it; all empty hides the item."""
        changed = (before, value, after, dot) != (self._before, self._value, self._after, self._dot)
        if changed:
            self._before, self._value, self._after, self._dot = before, value, after, dot
            self.setAccessibleName(" ".join(part for part in (before, value, after) if part))
            self.update()

    @property
    def text(self) -> str:
        """What it shows."""
        return self.accessibleName()

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._appearance.font(TextStyle.SMALL_FIGURES))
        width = metrics.horizontalAdvance(self.text) + (14 if self._dot else 0)
        return QSize(math.ceil(width) if self.text else 0, HEIGHT - 1)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._appearance.font(TextStyle.SMALL_FIGURES)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        x = 0.0
        if self._dot is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(getattr(theme, self._dot.value.removesuffix("_soft")))
            painter.drawEllipse(mirrored(QRectF(0, self.height() / 2 - 3.5, 7, 7), self))
            x = 14.0
        for part, color in (
            (self._before, theme.text2),
            (self._value, theme.text),
            (self._after, theme.text2),
        ):
            if part:
                painter.setPen(color)
                room = self.width() - x + 1
                box = mirrored(QRectF(x, 0, room, self.height()), self)
                shown = metrics.elidedText(part, Qt.TextElideMode.ElideRight, room)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
                x += metrics.horizontalAdvance(part + " ")
        painter.end()


_Item = StatusItem | ContextMeter


class StatusBar(QWidget):
    """State, model, messages; then what the last run took, its cost, and how full the context is.

    What is not known is not there. Where width is short, items go in this order: messages, duration, first
    token; below 760 only state, model, speed, cost and context stay. The tool tip has the figures of the
    whole conversation.
    """

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Status"))
        self.state_item, self.model_item, self.messages_item = (
            StatusItem(appearance, self) for _ in range(3)
        )
        self.prompt_item, self.completion_item, self.speed_item = (
            StatusItem(appearance, self) for _ in range(3)
        )
        self.first_token_item, self.duration_item, self.cost_item = (
            StatusItem(appearance, self) for _ in range(3)
        )
        self.context_meter = ContextMeter(appearance, self)
        self.empty_item = StatusItem(appearance, self)
        self._left: tuple[_Item, ...] = (self.state_item, self.model_item, self.messages_item)
        self._right: tuple[_Item, ...] = (
            self.empty_item,
            self.prompt_item,
            self.completion_item,
            self.speed_item,
            self.first_token_item,
            self.duration_item,
            self.cost_item,
            self.context_meter,
        )
        self._run_items = (
            self.prompt_item,
            self.completion_item,
            self.speed_item,
            self.first_token_item,
            self.duration_item,
            self.cost_item,
        )
        self._state = State.READY
        self.show_state(State.READY)
        self.show_message_count(0)
        appearance.changed.connect(self._arrange)

    @property
    def state(self) -> State:
        """The state that is shown."""
        return self._state

    def show_state(self, state: State) -> None:
        """Show what the program does."""
        self._state = state
        self.state_item.show_text(value=state_word(state), dot=state)
        self._arrange()

    def show_model(self, name: str) -> None:
        """Show which model answers."""
        self.model_item.show_text(before=name)
        self._arrange()

    def show_message_count(self, count: int) -> None:
        """Show how many messages the conversation has."""
        is_empty = count == 0
        text = self.tr("1 message") if count == 1 else self.tr("{count} messages").format(count=count)
        text = "" if is_empty else text
        self.messages_item.show_text(before=text)
        self.empty_item.show_text(before=self.tr("No messages yet") if is_empty else "")
        self._arrange()

    def show_figures(self, figures: RunFigures | None) -> None:
        """Show the figures of a run; None hides them all."""
        if figures is None:
            for item in self._run_items:
                item.show_text()
            self.context_meter.show_context(0, None)
            self._arrange()
            return
        speed = figures.tokens_per_second
        first = figures.seconds_to_first_token
        self.prompt_item.show_text(
            value=format_tokens(figures.prompt, is_estimate=figures.prompt_is_estimate),
            after=self.tr("prompt"),
        )
        has_reply = figures.completion > 0 or not figures.completion_is_estimate
        self.completion_item.show_text(
            value=format_tokens(figures.completion, is_estimate=figures.completion_is_estimate)
            if has_reply
            else "",
            after=self.tr("completion") if has_reply else "",
        )
        self.speed_item.show_text(
            value="" if speed is None else QLocale().toString(speed, "f", 1),
            after="" if speed is None else self.tr("tok/s"),
        )
        self.first_token_item.show_text(
            before="" if first is None else self.tr("first token"),
            value="" if first is None else format_seconds(first),
        )
        self.duration_item.show_text(value=format_seconds(figures.duration))
        cost = figures.cost
        self.cost_item.show_text(
            value="" if cost is None else format_cost(cost, is_estimate=figures.is_estimate)
        )
        self.context_meter.show_context(figures.context_tokens, figures.context_limit)
        self._arrange()

    def show_totals(self, totals: TotalFigures | None) -> None:
        """Say in the tool tip what the whole conversation took; None says nothing."""
        text = "" if totals is None or not totals.replies else self._totals_text(totals)
        self.setToolTip(tool_tip(text))
        self.setAccessibleDescription(text)

    def _totals_text(self, totals: TotalFigures) -> str:
        one = totals.replies == 1
        replies = self.tr("1 reply") if one else self.tr("{count} replies")
        parts = [
            replies.format(count=QLocale().toString(totals.replies)),
            self.tr("{count} prompt").format(
                count=format_tokens(totals.prompt, is_estimate=totals.is_estimate)
            ),
            self.tr("{count} completion").format(
                count=format_tokens(totals.completion, is_estimate=totals.is_estimate)
            ),
            format_seconds(totals.duration),
        ]
        if totals.cost is not None:
            cost = format_cost(totals.cost, is_estimate=totals.is_estimate)
            parts.append(self.tr("at least {cost}").format(cost=cost) if totals.cost_is_partial else cost)
        return self.tr("This conversation: {figures}").format(figures=", ".join(parts))

    def _arrange(self) -> None:
        hidden: list[_Item] = []
        if self.width() < COMPACT_WIDTH:
            hidden = [item for item in (*self._left, *self._right) if item not in self._essential()]
        for victim in (self.messages_item, self.duration_item, self.first_token_item):
            if self._needed_width(hidden) <= self.width():
                break
            hidden.append(victim)
        # A long model name takes what the others leave; what is cut is in its tool tip.
        others = [item for item in (*self._left, *self._right) if item is not self.model_item]
        taken = sum(item.sizeHint().width() + _GAP for item in others if item.text and item not in hidden)
        room = max(40, self.width() - 2 * _PADDING - taken - _GAP)
        x = _PADDING
        for item in self._left:
            x = self._place(item, x, hidden, step=1, room=room if item is self.model_item else None)
        x = self.width() - _PADDING
        for item in reversed(self._right):
            x = self._place(item, x, hidden, step=-1)

    def _essential(self) -> tuple[_Item, ...]:
        figures = (self.speed_item, self.cost_item, self.context_meter)
        return (self.state_item, self.model_item, self.empty_item, *figures)

    def _needed_width(self, hidden: Sequence[_Item]) -> int:
        shown = [item for item in (*self._left, *self._right) if item.text and item not in hidden]
        return 2 * _PADDING + sum(item.sizeHint().width() + _GAP for item in shown)

    def _place(
        self, item: _Item, x: int, hidden: Sequence[_Item], *, step: int, room: int | None = None
    ) -> int:
        is_shown = bool(item.text) and item not in hidden
        item.setVisible(is_shown)
        if not is_shown:
            return x
        width = item.sizeHint().width()
        if room is not None:
            item.setToolTip(item.text if width > room else "")
            width = min(width, room)
        item.setGeometry(mirrored(QRect(x if step > 0 else x - width, 1, width, HEIGHT - 1), self))
        return x + step * (width + _GAP)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.window)
        painter.fillRect(0, 0, self.width(), 1, self._appearance.theme.border)
        painter.end()
