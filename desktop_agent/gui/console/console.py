"""Where the Console comes from and goes to: its action, its place in the window, the run that it shows."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from desktop_agent.gui.actions import Place
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow

if TYPE_CHECKING:
    from desktop_agent.gui.console.panel import ConsolePanel

logger = logging.getLogger(__name__)


class Console(QObject):
    """Shows the events of the conversation that is in the window. The panel is made when it is first opened.

    Args:
        window: The window.
        desk: The conversations.
    """

    def __init__(self, window: MainWindow, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self.panel: ConsolePanel | None = None
        self._add_actions()
        desk.switched.connect(self._show_current)
        desk.began.connect(lambda _conversation: self._show_current())
        desk.console_requested.connect(self.show_call)
        if window.has_console:
            self.open()

    def _add_actions(self) -> None:
        registry = self._window.registry
        self.action = registry.add(
            "console", self.tr("Toggle Console"), Place.VIEW, ("Ctrl+J",), self._toggle
        )
        self.action.setCheckable(True)
        registry.add(
            "save_console", self.tr("Save Console events…"), Place.CONVERSATION, (), self.choose_file
        )
        registry.add(
            "expand_calls",
            self.tr("Expand all tool calls"),
            Place.CONVERSATION,
            ("Ctrl+Shift+D",),
            lambda: self._desk.current.transcript.toggle_calls(),
        )
        self._window.header.buttons.offer(self.action, "console")

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return self.panel is not None and self.panel.isVisible()

    def _toggle(self) -> None:
        self.close() if self.is_open else self.open()

    def open(self) -> None:
        """Open the panel, beside the conversation or as a window of its own where that is too narrow."""
        panel = self._make()
        self._window.show_panel(panel)
        self.action.setChecked(True)
        self._show_current()

    def close(self) -> None:
        """Close the panel; the keyboard goes to the composer if it was there."""
        if self.panel is not None:
            focused = QApplication.focusWidget()
            had_focus = focused is not None and self.panel.isAncestorOf(focused)
            self._window.hide_panel()
            if had_focus:
                self._window.composer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.action.setChecked(False)

    def show_call(self, call_id: str) -> None:
        """Open the panel at the request for a call of a tool."""
        self.open()
        if self.panel is not None:
            self.panel.show_call(call_id)

    def _make(self) -> ConsolePanel:
        if self.panel is None:
            from desktop_agent.gui.console.panel import ConsolePanel

            self.panel = ConsolePanel(self._window.appearance)
            self.panel.closed.connect(self.close)
            self.panel.save_requested.connect(self.choose_file)
        return self.panel

    def _show_current(self) -> None:
        log = self._desk.current.log
        if self.panel is not None and self.panel.log is not log:
            self.panel.show_log(log)

    # Saving

    def choose_file(self) -> None:
        """Ask where the events are to be saved, and save them."""
        dialog = QFileDialog(self._window, self.tr("Save Console events"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("jsonl")
        dialog.setNameFilter(self.tr("Lines of JSON (*.jsonl)"))
        dialog.selectFile("console.jsonl")
        dialog.fileSelected.connect(self.save)
        dialog.open()

    def save(self, path: str) -> None:
        """Save the events of the current run; a fault is said."""
        panel = self._make()
        self._show_current()
        try:
            panel.save_to(Path(path))
        except OSError as error:
            box = QMessageBox(
                QMessageBox.Icon.Warning,
                self.tr("Console"),
                self.tr("The events could not be saved: {reason}.").format(reason=error.strerror or ""),
                parent=self._window,
            )
            box.setTextFormat(Qt.TextFormat.PlainText)
            box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            box.open()
