"""What keys do in the transcript: scroll, go from message to message, read by character, select, copy."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSlider

from desktop_agent.gui.transcript import accessible
from desktop_agent.gui.transcript.message_view import Revision
from desktop_agent.gui.transcript.selection import TextPosition

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.message_controls import MessageControls
    from desktop_agent.gui.transcript.view import Transcript

_SLIDES = {
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
}
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_WORD = re.compile(r"\w+|[^\w\s]+")
_ALT = Qt.KeyboardModifier.AltModifier


class Keyboard:
    """The keys of one transcript.

    Attributes:
        shows_ring: Whether the ring around the current message is drawn: after a key, not after a click.
    """

    def __init__(self, view: Transcript, controls: MessageControls) -> None:
        self._view = view
        self._controls = controls
        self.shows_ring = False

    def press(self, event: QKeyEvent) -> bool:
        """React to a key; False for one that is not ours."""
        key = Qt.Key(event.key())
        modifiers = event.modifiers()
        has_shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        has_control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if reaction := self._reaction_to_sequence(event):
            reaction()
        elif has_shift and key in (*_ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._extend(key, by_word=has_control)
        elif key in _SLIDES:
            self._view.verticalScrollBar().triggerAction(_SLIDES[key])
        elif key == Qt.Key.Key_End:
            self._view.jump_to_latest()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move_current(_ARROWS[key])
        elif key in _ARROWS and self._view.current is not None and modifiers & _ALT:
            self._view.current.step_version(_ARROWS[key])
        elif key in _ARROWS and self._view.current is not None:
            self._read(_ARROWS[key], by_word=has_control)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._view.current is not None:
                self._controls.enter(self._view.current)
        elif event.text().isprintable() and event.text().strip() and not modifiers & _COMMANDS:
            self._view.typed.emit(event.text())
        else:
            return False
        return True

    def _reaction_to_sequence(self, event: QKeyEvent) -> Callable[[], None] | None:
        selected = self._view.selected_text
        if event.matches(QKeySequence.StandardKey.Copy):
            return selected.copy
        if event.matches(QKeySequence.StandardKey.SelectAll):
            return selected.select_all
        if event.matches(QKeySequence.StandardKey.Undo) and not self._view.revising.undo_bar.isHidden():
            return self._view.revising.undo_bar.undo
        if event.key() == Qt.Key.Key_Delete and self._view.current is not None:
            return partial(self._view.revise, self._view.current, Revision.DELETE)
        if event.key() == Qt.Key.Key_Escape and not selected.selection.is_empty:
            return selected.clear
        return None

    def _move_current(self, step: int) -> None:
        messages = self._view.messages
        if not messages:
            return
        self.shows_ring = True
        last = len(messages) - 1
        current = self._view.current
        start = self._view.index_of(current) if current is not None else last + (step < 0)
        index = max(0, min(start + step, last))
        self._view.current = messages[index]
        if index < last:
            self._view.hold()
        self._view.show_message(messages[index])
        self._view.viewport().update()
        accessible.tell_focus(self._view, messages[index])

    def _read(self, step: int, *, by_word: bool) -> None:
        """Move the reading caret of a screen reader inside the current message."""
        message = self._view.current
        if message is None:
            return
        if by_word:
            text = message.plain_text()
            caret = self._view.row(message).words.cursorPosition()
            target = _next_word(text, caret) if step > 0 else _previous_word(text, caret)
            step = target - caret
        accessible.tell_caret(self._view, message, step)

    # Selecting

    def _extend(self, key: Qt.Key, *, by_word: bool) -> None:
        focus = self._view.selected_text.selection.focus or self._start()
        if focus is None:
            return
        self._view.hold()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            target = self._step(focus, _ARROWS[key], by_word=by_word)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            target = self._line(focus, _ARROWS[key])
        elif key == Qt.Key.Key_Home:
            target = TextPosition(0, 0, 0) if by_word else focus._replace(offset=0)
        else:
            last = self._view.messages[-1]
            end = focus._replace(offset=len(self._segments(focus)[focus.segment]))
            target = TextPosition(last.index, *last.end) if by_word else end
        if self._view.selected_text.selection.anchor is None:
            self._view.selected_text.set(focus, target)
        else:
            self._view.selected_text.extend_to(target)

    def _start(self) -> TextPosition | None:
        """Where a selection by keys begins: at the current message."""
        if not self._view.messages:
            return None
        message = self._view.current or self._view.messages[-1]
        return TextPosition(message.index, 0, 0)

    def _segments(self, position: TextPosition) -> list[str]:
        message = self._view.messages[min(position.message, len(self._view.messages) - 1)]
        return message.segment_texts() or [""]

    def _step(self, position: TextPosition, step: int, *, by_word: bool) -> TextPosition:
        segments = self._segments(position)
        segment = min(position.segment, len(segments) - 1)
        text = segments[segment]
        offset = min(position.offset, len(text))
        if by_word:
            target = _next_word(text, offset) if step > 0 else _previous_word(text, offset)
        else:
            target = offset + step
        if 0 <= target <= len(text) and target != offset:
            return TextPosition(position.message, segment, target)
        return self._neighbour(position._replace(segment=segment), step)

    def _neighbour(self, position: TextPosition, step: int) -> TextPosition:
        """The end or the beginning of the segment before or after this one."""
        message, segment = position.message, position.segment + step
        if not 0 <= segment < len(self._segments(position)):
            message += step
            if not 0 <= message < len(self._view.messages):
                return position
            segment = 0 if step > 0 else len(self._segments(TextPosition(message, 0, 0))) - 1
        place = TextPosition(message, segment, 0)
        return place if step > 0 else place._replace(offset=len(self._segments(place)[segment]))

    def _line(self, position: TextPosition, step: int) -> TextPosition:
        """The same place one line above or below, as it is laid out."""
        message = self._view.messages[min(position.message, len(self._view.messages) - 1)]
        caret = message.caret_place(position.segment, position.offset)
        origin = self._view.origin_of(message)
        y = caret.top() - caret.height() / 2 if step < 0 else caret.bottom() + caret.height() / 2
        found = self._view.selected_text.position_at(origin + QPointF(caret.left(), y))
        return found if found is not None and found != position else self._step(position, step, by_word=False)


def _next_word(text: str, offset: int) -> int:
    match = _WORD.search(text, offset)
    if match is None:
        return len(text)
    return match.end()


def _previous_word(text: str, offset: int) -> int:
    starts = [match.start() for match in _WORD.finditer(text, 0, offset)]
    return starts[-1] if starts else 0
