"""The way of the keyboard into a message's controls and back out: the transcript itself is one tab stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.widgets.reading_pane import ReadingPane

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.message_view import MessageView
    from desktop_agent.gui.transcript.view import Transcript

_WITH_ARROWS = (QLabel, QLineEdit, ReadingPane)
"""What uses the arrows itself."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


def controls_in(widget: QWidget) -> list[QWidget]:
    """What the keyboard can use in a widget of a message, itself included: buttons, and text to select."""
    found = [each for each in (widget, *widget.findChildren(QWidget)) if _is_control(each)]
    return [each for each in found if each is widget or not each.isHidden()] if not widget.isHidden() else []


def take_from_tab_order(widget: QWidget) -> None:
    """Let Tab pass by the controls in `widget` until somebody steps into its message."""
    for each in (widget, *widget.findChildren(QWidget)):
        each.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def _is_control(widget: QWidget) -> bool:
    if isinstance(widget, QLabel):
        return bool(widget.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard)
    if isinstance(widget, QLineEdit | ReadingPane):
        return True
    return isinstance(widget, QAbstractButton) and widget.isEnabled()


class MessageControls(QObject):
    """While somebody is inside a message, Tab and arrows go through its controls; Esc leads back out."""

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self._view = view
        self._message: MessageView | None = None
        self._controls: list[QWidget] = []
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._note_focus)

    @property
    def message(self) -> MessageView | None:
        """The message whose controls are used."""
        return self._message

    def enter(self, message: MessageView, first: QWidget | None = None) -> bool:
        """Step into a message, to the control `first` in it; False when it has nothing to use."""
        message.is_entered = True
        message.update_furniture()
        self._view.after_scroll()
        controls = message.controls()
        if not controls:
            message.is_entered = False
            message.update_furniture()
            return False
        self._message, self._controls = message, controls
        for control in controls:
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            control.installEventFilter(self)
        (first if first in controls else controls[0]).setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def renew(self) -> None:
        """The message that is used has other controls now."""
        if self._message is None:
            return
        for control in self._controls:
            control.removeEventFilter(self)
        self._controls = self._message.controls()
        for control in self._controls:
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            control.installEventFilter(self)

    def leave(self) -> None:
        """Let Tab pass by the controls again. The focus is left to itself."""
        if self._message is None:
            return
        message, self._message = self._message, None
        for control in self._controls:
            control.removeEventFilter(self)
            control.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._controls = []
        message.is_entered = False
        message.update_furniture()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                event.accept()  # out of the message first; in the window Esc stops the reply
                return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(watched, Qt.Key(event.key()))
        elif event.type() == QEvent.Type.Hide and isinstance(watched, QWidget) and watched.hasFocus():
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)  # before Qt gives it to anything else
        return False

    def _press(self, control: QObject, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self._view.setFocus(Qt.FocusReason.BacktabFocusReason)
            return True
        usable = [each for each in self._controls if each.isVisible()]
        if key not in _STEPS or control not in usable or isinstance(control, _WITH_ARROWS):
            return False
        step = -_STEPS[key] if self._is_turned(key) else _STEPS[key]
        index = (usable.index(control) + step) % len(usable)
        usable[index].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _is_turned(self, key: Qt.Key) -> bool:
        return self._view.isRightToLeft() and key in (Qt.Key.Key_Left, Qt.Key.Key_Right)

    def _note_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._message is not None and now is not None and now not in self._controls:
            self.leave()
