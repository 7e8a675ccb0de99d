"""The field into which a title turns while it is changed, in its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import one_line
from desktop_agent.gui.typography import TextStyle

TEXT_INSET = 8
"""From the field's edge to its text, in logical pixels."""
_BORDER = 2
_QT_MARGIN = 2  # QLineEdit keeps it on each side of its text, whatever the style sheet says


class TitleField(QLineEdit):
    """A title that is being changed.

    Args:
        appearance: Theme and zoom.
        style: The type of the title.
        parent: Where the title stands.
        is_zoomed: Whether the title there grows with the text zoom.

    Signals:
        dismissed: Esc was pressed.
    """

    dismissed = Signal()

    def __init__(
        self,
        appearance: Appearance,
        style: TextStyle,
        parent: QWidget | None = None,
        *,
        is_zoomed: bool = False,
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._style = style
        self._is_zoomed = is_zoomed
        self.setAccessibleName(self.tr("Title"))
        self.setFrame(False)
        appearance.changed.connect(self._follow_appearance)

    def title(self) -> str:
        """What is typed, on one line."""
        return one_line(self.text())

    @override
    def event(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if event.type() == QEvent.Type.ShortcutOverride and is_escape:
            event.accept()  # before Esc stops a reply
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._apply_appearance()  # not before: a style sheet of its own takes 3 ms of the start
        super().showEvent(event)

    def _follow_appearance(self) -> None:
        if self.isVisible():
            self._apply_appearance()

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        appearance = self._appearance
        self.setFont((appearance.text_font if self._is_zoomed else appearance.font)(self._style))
        self.setStyleSheet(
            f"background: {theme.surface.name()}; color: {theme.text.name()};"
            f"border: {_BORDER}px solid {theme.accent.name()}; border-radius: 6px;"
            f"padding: 0 {TEXT_INSET - _BORDER - _QT_MARGIN}px;"
            f"selection-background-color: {theme.accent.name()};"
            f"selection-color: {theme.on_accent.name()};"
        )
