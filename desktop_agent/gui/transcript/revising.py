"""Revising what was said: edit a message in its place, ask anew, delete, and take a deletion back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from desktop_agent.gui.sidebar.undo_bar import UndoBar
from desktop_agent.gui.transcript.message_view import MessageView, Revision
from desktop_agent.gui.transcript.user_message import UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop_agent.gui.transcript.view import Transcript
    from desktop_agent.gui.widgets.message_field import SendKey

_BAR_WIDTH = 300


class Revising(QObject):
    """What a reader changes in a transcript. Whoever owns the conversation does it.

    Attributes:
        edited: The message that is being edited; None for none.
        undo_bar: Takes the last deletion back, for a while.
        can_ask: Whether the conversation may be changed now: no reply is under way.
        answers: Tells of a message, by its number, whether it answers a question.

    Signals:
        requested: Something is to be done with a message: its number, and a `Revision`.
        submitted: A message is to be another one: its number, and the text.
        undo_requested: The last deletion is to be taken back.
    """

    requested = Signal(int, object)
    submitted = Signal(int, str)
    undo_requested = Signal()

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self._view = view
        self.edited: UserMessage | None = None
        self.can_ask = True
        self.answers: Callable[[int], bool] = lambda _: True
        self.undo_bar = UndoBar(view.appearance, view, self.tr("Message deleted."))
        self.undo_bar.undo_requested.connect(lambda: self.undo_requested.emit())

    def request(self, message: MessageView, revision: Revision) -> None:
        """Ask for a change of `message`, if it is possible now."""
        index = self._view.index_of(message)
        if index >= 0 and revision in self.offered_for(message):
            self.requested.emit(index, revision)

    def offered_for(self, message: MessageView) -> list[Revision]:
        """What can be done with `message` now."""
        if not self.can_ask:
            return []
        if isinstance(message, UserMessage):
            return [Revision.EDIT, Revision.DELETE]
        if not self.answers(message.index):
            return [Revision.DELETE]
        return [Revision.REGENERATE, Revision.REGENERATE_WITH, Revision.DELETE]

    def begin_edit(self, message: UserMessage, send_key: SendKey) -> None:
        """Put a field in place of a bubble.

        Args:
            message: The message to edit.
            send_key: What sends in the field.
        """
        self.end_edit()
        self._view.show_message(message)
        self.edited = message
        editor = message.begin_edit(send_key)
        editor.submitted.connect(self._submit)
        editor.cancelled.connect(self.end_edit)
        editor.height_changed.connect(self._follow_height)
        self._view.reveal(message)
        self._view.show_message(message)
        editor.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_edit(self) -> None:
        """Show the message that is being edited as it was."""
        message, self.edited = self.edited, None
        if message is None:
            return
        had_focus = message.is_pinned
        message.end_edit()
        if self._view.index_of(message) >= 0:
            self._view.current = message
            self._view.reveal(message)
        if had_focus:
            self._view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def forget(self) -> None:
        """The messages go: nothing is edited any more."""
        message, self.edited = self.edited, None
        if message is not None:
            message.end_edit()

    def offer_undo(self) -> None:
        """Say that a message was deleted, and offer to take that back."""
        self.undo_bar.resize(_BAR_WIDTH, self.undo_bar.height_for(_BAR_WIDTH))
        self.undo_bar.offer(0)
        self._view.place_pills()

    def _follow_height(self) -> None:
        if self.edited is not None and self.edited.needs_room:
            self._view.reveal(self.edited)

    def _submit(self, text: str) -> None:
        message = self.edited
        if message is not None and self.can_ask:
            index = self._view.index_of(message)
            self.end_edit()
            self.submitted.emit(index, text)
