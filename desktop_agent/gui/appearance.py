"""How the window looks at the moment: theme and text zoom, and the news when they change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.theme import Theme, system_theme
from desktop_agent.gui.typography import TextStyle, font_for

SMALLEST_ZOOM = 0.8
LARGEST_ZOOM = 2.0
ZOOM_STEP = 0.1


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
        """The font of `style` for controls, which keep their size."""
        return font_for(style)

    def text_font(self, style: TextStyle) -> QFont:
        """The font of `style` for text that is read and written, at the present zoom."""
        return font_for(style, self.zoom)

    def set_zoom(self, zoom: float) -> None:
        """Change the size of text: 0.8 to 2.0, else the nearest of these."""
        zoom = round(max(SMALLEST_ZOOM, min(zoom, LARGEST_ZOOM)), 2)
        if zoom != self.zoom:
            self.zoom = zoom
            self.changed.emit()

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
