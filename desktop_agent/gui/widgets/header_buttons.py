"""The buttons at the right end of the header, and the one that stands for them where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.columns import mirrored
from desktop_agent.gui.plain_text import tool_tip
from desktop_agent.gui.widgets.buttons import RING_MARGIN, BarButton

_GAP = 4
_LINE_ROOM = 21  # between the pickers and the buttons, with a line in its middle
_LINE_HEIGHT = 18


class HeaderButtons(QWidget):
    """A button for each action that was offered; "More" instead of them in a narrow window.

    Attributes:
        names: The names of the actions.
        more_button: Leads to the menu of everything.

    Signals:
        more_requested: The "More" button was pressed.
        resized: The width that `sizeHint` asks for is another one.
    """

    more_requested = Signal()
    resized = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._is_compact = False
        self._buttons: list[BarButton] = []
        self.names: list[str] = []
        self.more_button = BarButton("more", self.tr("More"), appearance, self)
        self.more_button.clicked.connect(self.more_requested)
        self.more_button.hide()
        appearance.changed.connect(self.update)

    @property
    def is_compact(self) -> bool:
        """Whether "More" stands for the buttons."""
        return self._is_compact

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits, in order; hidden parts are passed by."""
        return [*self._buttons, self.more_button]

    def offer(self, action: QAction, icon: str) -> BarButton:
        """Add a button for an action, at the right of the others; it shows whether that is on.

        Args:
            action: What it does; its object's name is how "More" asks for it.
            icon: The name of a file in `resources/icons`, without `.svg`.
        """
        button = BarButton(icon, action.text(), self._appearance, self)
        button.setCheckable(action.isCheckable())
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: self._describe(button, action))
        self._buttons.append(button)
        self.names.append(action.objectName())
        self._describe(button, action)
        self._refresh()
        return button

    def _describe(self, button: BarButton, action: QAction) -> None:
        name = action.text().rstrip("…")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(tool_tip(f"{name} ({keys})" if keys else name))
        if action.isCheckable():
            button.setChecked(action.isChecked())
            name = (self.tr("{name}, on") if action.isChecked() else self.tr("{name}, off")).format(name=name)
        button.setAccessibleName(name)
        button.setEnabled(action.isEnabled())

    def set_compact(self, *, is_compact: bool) -> None:
        """Show one button for all of them, or each."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self._refresh()

    def _refresh(self) -> None:
        is_compact = self._is_compact
        for button in self._buttons:
            button.setVisible(not is_compact)
        self.more_button.setVisible(is_compact)
        self._arrange()
        self.resized.emit()

    def _arrange(self) -> None:
        shown = [self.more_button] if self._is_compact else self._buttons
        left = _GAP if self._is_compact else _LINE_ROOM
        for button in shown:
            size = button.body_size()
            box = QRect(
                left - RING_MARGIN, 0, size.width() + 2 * RING_MARGIN, size.height() + 2 * RING_MARGIN
            )
            button.setGeometry(mirrored(box, self))
            left += size.width() + _GAP
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """From the end of the pickers to the end of the last button, and the room of its ring."""
        side = self.more_button.body_size()
        count = 1 if self._is_compact else len(self._buttons)
        room = _GAP if self._is_compact else _LINE_ROOM
        width = room + count * (side.width() + _GAP) - _GAP + RING_MARGIN if count else 0
        return QSize(width, side.height() + 2 * RING_MARGIN)

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_compact or not self._buttons:
            return
        painter = QPainter(self)
        line = QRect(_LINE_ROOM // 2, (self.height() - _LINE_HEIGHT) // 2, 1, _LINE_HEIGHT)
        painter.fillRect(mirrored(line, self), self._appearance.theme.border)
        painter.end()
