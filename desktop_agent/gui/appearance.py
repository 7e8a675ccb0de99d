"""How the window looks at the moment: theme and text zoom, and the news when they change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.theme import Theme, system_theme
from desktop_agent.gui.typography import TextStyle, font_for


class Appearance(QObject):
    """The theme that follows the system, unless one is fixed, and the text zoom.

    Signals:
        changed: The theme or the zoom is another one; everything is drawn anew, in place.
    """

    changed = Signal()

    def __init__(self, fixed: Theme | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fixed = fixed
        self.theme = fixed or system_theme()
        self.zoom = 1.0
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)
        self._apply_to_application()

    def font(self, style: TextStyle) -> QFont:
        """The font of `style` at the present zoom."""
        return font_for(style, self.zoom)

    def fix_theme(self, theme: Theme | None) -> None:
        """Use `theme` whatever the system says, or follow the system again (None)."""
        self._fixed = theme
        self._follow_system()

    def _follow_system(self) -> None:
        theme = self._fixed or system_theme()
        if theme != self.theme:
            self.theme = theme
            self._apply_to_application()
            self.changed.emit()

    def _apply_to_application(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setFont(self.font(TextStyle.UI))
            app.setPalette(self.theme.palette())
            app.setStyleSheet(self.theme.style_sheet())
