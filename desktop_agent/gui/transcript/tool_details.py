"""The opened part of a card: what a call of a tool got and gave, with buttons to copy and to look closer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.tool_text import MORE_HREF, argument_lines, label_line, result_lines
from desktop_agent.gui.widgets.buttons import RING_MARGIN, IconButton
from desktop_agent.gui.widgets.message_footer import COPIED_MILLISECONDS
from desktop_agent.gui.widgets.reading_pane import Line, ReadingPane

_HIGHEST = 240
_PADDING_X, _PADDING_Y = 14, 12


class ToolDetails(QWidget):
    """Arguments and result, at most 240 high, then they scroll.

    Signals:
        link_pressed: A link of the result was clicked; carries its address and its words.
        console_requested: The call is to be shown in the Console.
        cancel_requested: The call is to be ended.
        height_changed: It needs another height.
    """

    link_pressed = Signal(str, str)
    console_requested = Signal()
    cancel_requested = Signal()
    height_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._call: ToolCall | None = None
        self._count = ""
        self._is_whole = False
        self._build_ui()

    def _build_ui(self) -> None:
        self.pane = ReadingPane(self._appearance, self)
        self.pane.setAccessibleName(self.tr("Arguments and result"))
        self.copy_button = IconButton("copy", self.tr("Copy call"), self._appearance, self)
        self.console_button = IconButton("console", self.tr("Open in Console"), self._appearance, self)
        self.cancel_button = IconButton("cross", self.tr("Cancel call"), self._appearance, self)
        self.pane.link_pressed.connect(self._follow)
        self.copy_button.clicked.connect(self._copy)
        self.console_button.clicked.connect(self.console_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.cancel_button.hide()
        self.show_buttons(is_shown=False)

    @property
    def buttons(self) -> tuple[IconButton, ...]:
        """Its buttons, in order."""
        return self.copy_button, self.console_button, self.cancel_button

    def show_buttons(self, *, is_shown: bool) -> None:
        """Show what can be done with the call: while the mouse or the keyboard is here."""
        for button in (self.copy_button, self.console_button):
            button.setVisible(is_shown or self.underMouse())
        self._arrange()

    def show_call(self, call: ToolCall, count: str) -> None:
        """Show a call as it stands; `count` says how much it gave."""
        is_other = self._call is None or (call.arguments, call.result, call.state) != (
            self._call.arguments,
            self._call.result,
            self._call.state,
        )
        self._call, self._count = call, count
        self.cancel_button.setVisible(call.state == "running")
        self._arrange()
        if is_other:
            self._fill()

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        self.pane.apply_appearance()

    def height_for(self, width: int) -> int:
        """How high it is at a width."""
        inner = self.pane.height_for(width - 2 * _PADDING_X)
        padding = round(2 * _PADDING_Y * self._appearance.zoom)
        return min(inner + padding, round(_HIGHEST * self._appearance.zoom))

    def _fill(self) -> None:
        call = self._call
        assert call is not None
        lines: list[Line] = []
        arguments = argument_lines(call.arguments)
        if arguments:
            lines += [label_line(self.tr("Arguments"), is_first=True), *arguments]
        result = result_lines(call, is_whole=self._is_whole)
        if result:
            title = self.tr("Result, {count}").format(count=self._count) if self._count else self.tr("Result")
            lines += [label_line(title, is_first=not lines), *result]
        if not lines:
            lines = [label_line(self.tr("No arguments"), is_first=True)]
        self.pane.show_lines(lines)
        self.height_changed.emit()

    def _follow(self, href: str, words: str) -> None:
        if href == MORE_HREF:
            self._is_whole = True
            self._fill()
        else:
            self.link_pressed.emit(href, words)

    def _copy(self) -> None:
        if self._call is not None:
            parts = (self._call.name, self._call.arguments, self._call.result)
            QGuiApplication.clipboard().setText("\n\n".join(filter(None, parts)))
            self.copy_button.set_icon("check", "ok")
            QTimer.singleShot(
                COPIED_MILLISECONDS, self.copy_button, lambda: self.copy_button.set_icon("copy")
            )

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.height_for(self.width()))

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self.show_buttons(is_shown=True)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.show_buttons(is_shown=any(button.hasFocus() for button in self.buttons))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        y = round(_PADDING_Y * self._appearance.zoom)
        width = self.width() - 2 * _PADDING_X
        self.pane.setGeometry(_PADDING_X, y, width, max(1, self.height() - 2 * y))
        right = self.width() - 6
        for button in reversed(self.buttons):
            if not button.isHidden():
                size = button.sizeHint()
                right -= size.width() - RING_MARGIN
                button.setGeometry(right, 2, size.width(), size.height())
                button.raise_()
