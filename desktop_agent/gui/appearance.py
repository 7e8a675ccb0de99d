"""How the window looks at the moment: theme, fonts, text zoom and motion, and the news when they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop_agent.config.look import LARGEST_TEXT, SMALLEST_TEXT, TEXT_STEP, Look
from desktop_agent.gui.contrast_theme import contrast_palette, contrast_theme
from desktop_agent.gui.theme import Theme, chosen_theme
from desktop_agent.gui.typography import TextStyle, font_for

ZOOM_STEP = TEXT_STEP
_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
)


class Appearance(QObject):
    """The look that is chosen, drawn with a theme: the one that it asks for, unless one is fixed.

    Windows' contrast themes go before what is chosen.

    Args:
        fixed: The theme to use, whatever is chosen.
        parent: What it belongs to.
        look: What is chosen.
        find_system: Gives the colours of the desktop's contrast theme, or None.

    Attributes:
        theme: The colours.
        look: What is chosen.

    Signals:
        changed: The theme or the look is another one; everything is drawn anew, in place.
    """

    changed = Signal()

    def __init__(
        self,
        fixed: Theme | None = None,
        parent: QObject | None = None,
        *,
        look: Look | None = None,
        find_system: Callable[[], QPalette | None] = contrast_palette,
    ) -> None:
        super().__init__(parent)
        self._fixed = fixed
        self._find_system = find_system
        self._effects = {effect: QApplication.isEffectEnabled(effect) for effect in _EFFECTS}
        self.look = look or Look()
        self.theme = self._wanted_theme()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.paletteChanged.connect(self._follow_system)  # one contrast theme gives way to another
        self._apply_to_application()

    @property
    def zoom(self) -> float:
        """The factor of the text size, 0.8 to 2.0."""
        return self.look.text_size

    def font(self, style: TextStyle) -> QFont:
        """The font of `style` for controls, which keep their size."""
        return font_for(style, face=self.look.interface_font)

    def text_font(self, style: TextStyle) -> QFont:
        """The font of `style` for text that is read and written, at the present zoom."""
        return font_for(style, self.zoom, self.look.interface_font)

    def duration(self, milliseconds: int) -> int:
        """How long a movement of the design takes: no time where nothing is to move."""
        return 0 if self.look.reduced_motion else milliseconds

    def apply(self, look: Look) -> None:
        """Look like this from now on."""
        if look == self.look:
            return
        is_only_zoom = replace(look, text_size=self.zoom) == self.look
        self.look = look
        self.theme = self._wanted_theme()
        if not is_only_zoom:  # a new style sheet costs several frames
            self._apply_to_application()
        self.changed.emit()

    def set_zoom(self, zoom: float) -> None:
        """Change the size of text: 0.8 to 2.0, else the nearest of these."""
        self.apply(replace(self.look, text_size=round(max(SMALLEST_TEXT, min(zoom, LARGEST_TEXT)), 2)))

    def fix_theme(self, theme: Theme | None) -> None:
        """Use `theme` whatever is chosen, or follow the choice again (None)."""
        self._fixed = theme
        self._follow_system()

    def _wanted_theme(self) -> Theme:
        system = None if self._fixed else self._find_system()
        if system is not None:
            return contrast_theme(system)
        return self._fixed or chosen_theme(self.look.theme, high_contrast=self.look.high_contrast)

    def _follow_system(self) -> None:
        theme = self._wanted_theme()
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
            for effect, is_usual in self._effects.items():
                QApplication.setEffectEnabled(effect, is_usual and not self.look.reduced_motion)
