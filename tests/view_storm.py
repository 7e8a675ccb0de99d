"""Uses a transcript at random and looks after each step whether it still holds together.

A test runs a tenth of what the benchmark `view` runs.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from desktop_agent.chat.notices import DEMO, STOPPED
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.message_column import KEPT_MESSAGES, MESSAGE_GAP, TOP_PADDING, Anchor
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.scroll_position import NEAR_END
from desktop_agent.gui.transcript.selection import TextPosition
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript

_PIECES = (
    "Some words. ",
    "**bold** and `code` and [a link](https://example.org). ",
    "\n\n",
    "\n\n# Title\n\n",
    "\n- item\n  - nested\n",
    "\n1. first\n2. second\n\n",
    "\n\n```python\ndef f():\n    return 1\n",
    "```\n\n",
    "\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n",
    "\n> quoted *words*\n",
    "مرحبا بالعالم ",
    "שלום 🎈 ",
    "word " * 120,
    "\n\n```\n" + "line\n" * 60 + "```\n\n",
)
_KEYS = (
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Return,
    Qt.Key.Key_Escape,
)
_MOST_IN_SIGHT = 40
_MOST_MESSAGES = 60


@dataclass
class Report:
    """What the steps showed.

    Attributes:
        steps: How many there were.
        kinds: How many of each kind.
        faults: What did not hold, in words; empty if all did.
    """

    steps: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Storm:
    """Random doings in one view; the same for the same seed."""

    def __init__(self, view: Transcript, appearance: Appearance, seed: int) -> None:
        self._view = view
        self._appearance = appearance
        self._chance = random.Random(seed)
        self._reply: AgentMessage | None = None
        self.report = Report()
        # Whether what is read must stay where it is, for each kind of step.
        self._kinds: list[tuple[int, Callable[[], None], bool]] = [
            (2, self._ask, False),
            (2, self._answer, False),
            (24, self._stream, True),
            (3, self._end, True),
            (4, self._resize, True),
            (2, self._zoom, True),
            (2, self._change_theme, True),
            (6, self._scroll, False),
            (6, self._press_key, False),
            (3, self._select, True),
            (2, self._drag, False),
            (4, self._press_control, False),
            (3, self._point, True),
            (1, self._open_again, False),
            (1, self._drop, False),
        ]

    def run(self, steps: int) -> Report:
        """Do `steps` things, and look after each."""
        kinds = [(action, holds) for weight, action, holds in self._kinds for _ in range(weight)]
        for _ in range(steps):
            action, holds = self._chance.choice(kinds)
            name = action.__name__.strip("_")
            self.report.steps += 1
            self.report.kinds[name] += 1
            read = self._view.anchor() if holds else None
            action()
            self._view.grab()
            # What was released is deleted when the loop runs; here it never does.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            self._look(f"step {self.report.steps}, {name}", read)
        return self.report

    # What is done

    def _text(self, pieces: int) -> str:
        return "".join(self._chance.choice(_PIECES) for _ in range(pieces))

    def _ask(self) -> None:
        if len(self._view.messages) > _MOST_MESSAGES:
            self._view.clear()
        self._reply = None
        self._view.add_user_message(self._text(self._chance.choice((1, 1, 3, 30))) or "Go")

    def _answer(self) -> None:
        if self._reply is None:
            self._reply = self._view.begin_reply("assistant")

    def _stream(self) -> None:
        if self._reply is not None:
            is_thought = self._chance.random() < 0.15
            self._view.append_to_reply(self._reply, [(is_thought, self._text(self._chance.randint(1, 4)))])

    def _end(self) -> None:
        if self._reply is not None:
            ending = self._chance.choice((None, Ending(STOPPED), Ending(DEMO)))
            self._view.end_reply(self._reply, "214 completion", ending)
            self._reply = None

    def _resize(self) -> None:
        self._view.resize(self._chance.randint(300, 1300), self._chance.randint(200, 900))

    def _zoom(self) -> None:
        self._appearance.set_zoom(self._chance.choice((0.8, 1.0, 1.3, 2.0)))

    def _change_theme(self) -> None:
        self._appearance.fix_theme(self._chance.choice((LIGHT, DARK, LIGHT.with_high_contrast())))

    def _scroll(self) -> None:
        self._view.scroll_by(self._chance.choice((-2000, -300, -7, 5, 200, 1500)))

    def _press_key(self) -> None:
        QTest.keyClick(QApplication.focusWidget() or self._view, self._chance.choice(_KEYS))

    def _select(self) -> None:
        if not self._view.messages:
            return
        self._view.selected_text.set(self._any_position(), self._any_position())
        self._view.selected_text.text()
        if self._chance.random() < 0.3:
            self._view.selected_text.select_all()

    def _any_position(self) -> TextPosition:
        message = self._chance.randrange(len(self._view.messages))
        return TextPosition(message, self._chance.randrange(6), self._chance.randrange(200))

    def _drag(self) -> None:
        size = self._view.viewport().size()
        for kind in (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseMove,
            QEvent.Type.MouseButtonRelease,
        ):
            point = QPoint(self._chance.randrange(size.width()), self._chance.randrange(size.height()))
            place = QPointF(self._view.viewport().mapToGlobal(point))
            button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
            event = QMouseEvent(
                kind, QPointF(point), place, button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            )
            QApplication.sendEvent(self._view.viewport(), event)

    def _press_control(self) -> None:
        controls = [
            control
            for message in self._view.visible_messages()
            for control in message.controls()
            if isinstance(control, QAbstractButton) and control.text() not in ("Retry", "Regenerate")
        ]
        if controls:
            self._chance.choice(controls).click()

    def _point(self) -> None:
        size = self._view.viewport().size()
        point = QPoint(self._chance.randrange(size.width()), self._chance.randrange(size.height()))
        QTest.mouseMove(self._view.viewport(), point)

    def _drop(self) -> None:
        """Ask again: the last reply goes."""
        if self._reply is None and self._view.messages and isinstance(self._view.messages[-1], AgentMessage):
            self._view.drop_messages(len(self._view.messages) - 1)

    def _open_again(self) -> None:
        """Open the conversation as it would be read from a file, where it was read."""
        if self._reply is not None:
            return
        again: list[MessageView] = [
            AgentMessage(message.author, self._appearance, message.source(), message.created)
            if isinstance(message, AgentMessage)
            else UserMessage(message.source(), self._appearance, message.created)
            for message in self._view.messages
        ]
        self._view.open(again, self._view.reading_place)

    # What must hold

    def _look(self, when: str, read: Anchor | None) -> None:
        for fault in (*self._heights(), *self._scrolling(), *self._widgets(), *self._place(read)):
            self.report.faults.append(f"{when}: {fault}")

    def _heights(self) -> list[str]:
        view, faults, y = self._view, [], float(TOP_PADDING)
        for number, message in enumerate(view.messages):
            if message.index != number:
                faults.append(f"message {number} believes to be {message.index}")
            if abs(view.top_of(message) - y) > 0.01:
                faults.append(f"message {number} begins at {view.top_of(message)}, not at {y}")
            y += message.height + MESSAGE_GAP
        bare = [message.index for message in view.visible_messages() if not message.is_realised]
        if bare:
            faults.append(f"messages {bare} are seen but not laid out")
        if view.realised_count > KEPT_MESSAGES + _MOST_IN_SIGHT:
            faults.append(f"{view.realised_count} messages are laid out")
        return faults

    def _scrolling(self) -> list[str]:
        view, bar = self._view, self._view.verticalScrollBar()
        view_height = view.viewport().height()
        wanted = max(0, round(view.column.content_height(view_height) - view_height))
        faults = []
        if bar.maximum() != wanted:
            faults.append(f"the end is at {bar.maximum()}, not at {wanted}")
        is_following = view.position.following.is_on and self._reply is not None
        if is_following and bar.maximum() - bar.value() > NEAR_END:
            faults.append(f"it follows, but stands at {bar.value()} of {bar.maximum()}")
        return faults

    def _widgets(self) -> list[str]:
        """Controls stand in their messages, or out of sight."""
        view, faults = self._view, []
        for message in view.visible_messages():
            top = view.origin_of(message).y()
            for widget in message.widgets():
                if widget.isHidden():
                    continue
                if not top - 8 <= widget.y() <= top + message.height + 8:
                    faults.append(f"{widget.accessibleName()!r} of message {message.index} at {widget.y()}")
        return faults

    def _place(self, read: Anchor | None) -> list[str]:
        """What was read stays where it was, unless there is not so much to scroll any more."""
        view = self._view
        if read is None or view.column.index_of(read.message) < 0:
            return []
        bar = view.verticalScrollBar()
        y = view.origin_of(read.message).y() + read.message.block_y(read.block)
        is_at_limit = bar.value() in (bar.minimum(), bar.maximum())
        if abs(y - read.distance) > 1 and not is_at_limit:
            return [f"block {read.block} of message {read.message.index} moved by {y - read.distance:.1f}"]
        return []
