"""What screen readers find in the transcript: a list with one object per message, made when it is asked for.

Rules that this module keeps, each of which was a crash or a wrong reading somewhere: every interface given to
Qt is held in a strong table; "no such interface" is `VoidPtr(0)`, never None; a row is deleted while it is
still valid; offsets count UTF-16 units, as Qt does; nothing is laid out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleTextCursorEvent,
    QAccessibleTextInsertEvent,
    QAccessibleTextInterface,
)
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import VoidPtr, isValid
from typing_extensions import override

from desktop_agent.gui import accessibility

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtCore import QObject as QtObject
    from PySide6.QtGui import QWindow

    from desktop_agent.gui.transcript.message_view import MessageView
    from desktop_agent.gui.transcript.view import Transcript

NOTHING = VoidPtr(0)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


class MessageText(QAccessibleTextInterface):
    """The words of one message, with a caret of its own that streaming never moves."""

    def __init__(self, message: MessageView) -> None:
        super().__init__()
        self._message = message
        self._caret = 0

    @override
    def characterCount(self) -> int:
        return len(_utf16(self._message.plain_text())) // 2

    @override
    def text(self, startOffset: int, endOffset: int) -> str:
        start, end = max(0, startOffset), max(0, endOffset)
        part = _utf16(self._message.plain_text())[2 * start : 2 * end]
        return part.decode("utf-16-le", "surrogatepass")

    @override
    def cursorPosition(self) -> int:
        return self._caret

    @override
    def setCursorPosition(self, position: int) -> None:
        self._caret = max(0, min(position, self.characterCount()))

    @override
    def selectionCount(self) -> int:
        return 0  # the bindings can't say where a selection is: with 1 a reader gets nonsense

    @override
    def addSelection(self, startOffset: int, endOffset: int) -> None:
        pass

    @override
    def removeSelection(self, selectionIndex: int) -> None:
        pass

    @override
    def setSelection(self, selectionIndex: int, startOffset: int, endOffset: int) -> None:
        pass

    @override
    def scrollToSubstring(self, startIndex: int, endIndex: int) -> None:
        pass

    @override
    def characterRect(self, offset: int) -> QRect:
        return QRect()

    @override
    def offsetAtPoint(self, point: QPoint) -> int:
        return 0


class MessageRow(QAccessibleInterface):
    """One message: its name, its text, its place, and its controls as children."""

    def __init__(self, view: Transcript, message: MessageView) -> None:
        super().__init__()
        self._view = view
        self._message = message
        self.words = MessageText(message)

    @property
    def message(self) -> MessageView:
        """The message that this row stands for."""
        return self._message

    @override
    def isValid(self) -> bool:
        return isValid(self._view) and self._view.index_of(self._message) >= 0

    @override
    def window(self) -> QWindow:
        return self._view.window().windowHandle()

    @override
    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._view)

    @override
    def object(self) -> QtObject:
        return cast("QtObject", None)

    @override
    def childCount(self) -> int:
        return len(self._controls())

    @override
    def child(self, index: int) -> QAccessibleInterface:
        controls = self._controls()
        if 0 <= index < len(controls):
            return QAccessible.queryAccessibleInterface(controls[index])
        return cast("QAccessibleInterface", None)

    @override
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        target = child.object()
        return next((i for i, control in enumerate(self._controls()) if control is target), -1)

    @override
    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        return cast("QAccessibleInterface", None)

    @override
    def focusChild(self) -> QAccessibleInterface:
        return cast("QAccessibleInterface", None)

    @override
    def setText(self, t: QAccessible.Text, text: str) -> None:
        pass

    @override
    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    @override
    def rect(self) -> QRect:
        return self._view.message_rect(self._message)

    @override
    def text(self, t: QAccessible.Text) -> str:
        return self._message.accessible_name if t == QAccessible.Text.Name else ""

    @override
    def interface_cast(self, t: QAccessible.InterfaceType) -> Any:
        return self.words if t == QAccessible.InterfaceType.TextInterface else NOTHING

    @override
    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = state.readOnly = state.multiLine = True
        state.focused = self._view.hasFocus() and self._view.current is self._message
        state.offscreen = not self.rect().intersects(self._view.screen_rect())
        return state

    def _controls(self) -> list[QWidget]:
        return [widget for widget in self._message.widgets() if widget.isVisible()]


class NoticeRow(MessageRow):
    """Something to be said: a notification that appears. It is in no list of children."""

    def __init__(self, view: Transcript) -> None:
        super().__init__(view, cast("MessageView", None))
        self._text = ""

    def show_text(self, text: str) -> None:
        """Say `text` with the next event."""
        self._text = text

    @override
    def isValid(self) -> bool:
        return isValid(self._view)

    @override
    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Notification

    @override
    def rect(self) -> QRect:
        return QRect()

    @override
    def text(self, t: QAccessible.Text) -> str:
        return self._text if t == QAccessible.Text.Name else ""

    @override
    def interface_cast(self, t: QAccessible.InterfaceType) -> Any:
        return NOTHING

    @override
    def state(self) -> QAccessible.State:
        return QAccessible.State()

    @override
    def childCount(self) -> int:
        return 0


class TranscriptAccessible(QAccessibleWidget):
    """The conversation as a list of messages."""

    def __init__(self, view: Transcript) -> None:
        super().__init__(view, QAccessible.Role.List, view.tr("Conversation"))
        self._view = view

    @override
    def childCount(self) -> int:
        return len(self._view.messages)

    @override
    def child(self, index: int) -> QAccessibleInterface:
        if 0 <= index < len(self._view.messages):
            return self._view.row(self._view.messages[index])
        return cast("QAccessibleInterface", None)

    @override
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return self._view.index_of(child.message) if isinstance(child, MessageRow) else -1

    @override
    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        message = self._view.message_at(self._view.viewport().mapFromGlobal(QPoint(x, y)))
        return self._view.row(message) if message else cast("QAccessibleInterface", None)

    @override
    def focusChild(self) -> QAccessibleInterface:
        current = self._view.current
        if current is None or not self._view.hasFocus():
            return cast("QAccessibleInterface", None)
        return self._view.row(current)


def _accessible_for(thing: QObject) -> QAccessibleInterface | None:
    from desktop_agent.gui.transcript.view import Transcript

    return TranscriptAccessible(thing) if isinstance(thing, Transcript) else None


def install() -> None:
    """Teach Qt the transcript's interfaces; call it before the first transcript is shown."""
    accessibility.install(_accessible_for)


def tell_created(view: Transcript, message: MessageView) -> None:
    """A message was added."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(view.row(message), QAccessible.Event.ObjectCreated))


def tell_insert(view: Transcript, message: MessageView, place: int, before: str, now: str) -> None:
    """Text was added to a message. Once a frame; nothing without a reader.

    Args:
        view: The transcript.
        message: The message that grew.
        place: Where its tail begins, in characters.
        before: What the tail said until now.
        now: What it says.
    """
    if QAccessible.isActive() and now.startswith(before) and now != before:
        start = place + len(_utf16(before)) // 2
        added = now[len(before) :]
        QAccessible.updateAccessibility(QAccessibleTextInsertEvent(view.row(message), start, added))


def tell_focus(view: Transcript, message: MessageView) -> None:
    """The reading position is at `message`."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(view.row(message), QAccessible.Event.Focus))


def tell_caret(view: Transcript, message: MessageView, step: int) -> None:
    """Move the reading caret inside a message by `step` characters."""
    row = view.row(message)
    row.words.setCursorPosition(row.words.cursorPosition() + step)
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleTextCursorEvent(row, row.words.cursorPosition()))


def delete_row(row: MessageRow) -> None:
    """Take a row from Qt's table while it is still valid; Qt tells the readers."""
    QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(row))


def is_listening() -> bool:
    """Whether a screen reader is there; it may come and go, so ask each time."""
    return QAccessible.isActive()
