"""The colours of the window: one `Theme` supplies the palette, the style sheet and the painters."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QPen

from desktop_agent.config.look import Theme as ThemeChoice


@dataclass(frozen=True)
class Theme:
    """Colour tokens by name. No literal colour stands anywhere else in the program.

    `system` is the palette of the desktop's contrast theme, if the tokens are taken from one.
    """

    is_dark: bool
    window: QColor
    surface: QColor
    sunken: QColor
    raised: QColor
    raised_hover: QColor
    bubble: QColor
    hover: QColor
    pressed: QColor
    selected: QColor
    border: QColor
    border_mid: QColor
    border_input: QColor
    text: QColor
    text2: QColor
    text3: QColor
    accent: QColor
    accent_hover: QColor
    on_accent: QColor
    accent_soft: QColor
    ok: QColor
    ok_soft: QColor
    warn: QColor
    warn_soft: QColor
    err: QColor
    err_soft: QColor
    agent1: QColor
    agent2: QColor
    agent3: QColor
    syntax_keyword: QColor
    syntax_string: QColor
    syntax_number: QColor
    syntax_function: QColor
    syntax_comment: QColor
    scrim: QColor
    scroll_thumb: QColor
    system: QPalette | None = None

    def palette(self) -> QPalette:
        """The QPalette that Fusion draws with."""
        palette = QPalette()
        if self.system is not None:
            return palette  # an empty one leaves every role to the desktop
        roles = {
            QPalette.ColorRole.Window: self.window,
            QPalette.ColorRole.WindowText: self.text,
            QPalette.ColorRole.Base: self.surface,
            QPalette.ColorRole.AlternateBase: self.sunken,
            QPalette.ColorRole.Text: self.text,
            QPalette.ColorRole.PlaceholderText: self.text3,
            QPalette.ColorRole.Button: self.raised,
            QPalette.ColorRole.ButtonText: self.text,
            QPalette.ColorRole.ToolTipBase: self.raised,
            QPalette.ColorRole.ToolTipText: self.text,
            QPalette.ColorRole.Highlight: self.accent,
            QPalette.ColorRole.HighlightedText: self.on_accent,
            QPalette.ColorRole.Link: self.accent,
            QPalette.ColorRole.LinkVisited: self.accent,
            QPalette.ColorRole.Accent: self.accent,
        }
        for role, color in roles.items():
            palette.setColor(role, color)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.text3)
        return palette

    def chosen_pair(self) -> tuple[QColor, QColor]:
        """The fill and the text of the row that is chosen in a menu or a list of choices."""
        return (self.raised_hover, self.text) if self.system is None else (self.accent, self.on_accent)

    def marking_pen(self) -> QPen:
        """What goes around a filled row: a line where the desktop may have no other ground to fill with."""
        return QPen(Qt.PenStyle.NoPen) if self.system is None else QPen(self.accent, 1)

    def style_sheet(self) -> str:
        """The application's style sheet: menus, tool tips and scroll bars, which Qt draws for us."""
        chosen, chosen_text = self.chosen_pair()
        return f"""
            QToolTip {{ background: {self.raised.name()}; color: {self.text.name()};
                border: 1px solid {self.border.name()}; padding: 4px 6px; }}
            QMenu {{ background: {self.raised.name()}; color: {self.text.name()};
                border: 1px solid {self.border.name()}; border-radius: 8px; padding: 4px; }}
            QMenu::item {{ padding: 5px 26px 5px 14px; border-radius: 6px; min-height: 20px; }}
            QMenu::item:selected {{ background: {chosen.name()}; color: {chosen_text.name()}; }}
            QMenu::item:disabled {{ color: {self.text3.name()}; }}
            QMenu::separator {{ height: 1px; background: {self.border.name()}; margin: 4px 8px; }}
            QScrollBar:vertical {{ background: transparent; border: none; width: 12px; margin: 0; }}
            QScrollBar::handle:vertical {{ background: {self.scroll_thumb.name()}; border-radius: 3px;
                min-height: 24px; margin: 3px; }}
            QScrollBar::handle:vertical:hover {{ background: {self.border_input.name()}; }}
            QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
            QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
        """

    def with_high_contrast(self) -> Theme:
        """The same theme with the quiet tokens raised: borders as fields have them, all text primary."""
        if self.system is not None:
            return self
        return replace(
            self,
            border=self.border_input,
            border_mid=self.border_input,
            text2=self.text,
            text3=self.text,
        )


def _theme(*, is_dark: bool, **tokens: str) -> Theme:
    colors = {name: QColor(value) for name, value in tokens.items()}
    return Theme(is_dark=is_dark, system=None, **colors)


LIGHT = _theme(
    is_dark=False,
    window="#F7F6F4",
    surface="#FFFFFF",
    sunken="#F8F7F5",
    raised="#FFFFFF",
    raised_hover="#F1F0ED",
    bubble="#F1F0ED",
    hover="#EEEDE9",
    pressed="#E5E3DF",
    selected="#E8E6E2",
    border="#E6E4E0",
    border_mid="#D3D1CB",
    border_input="#8B8882",
    text="#1F1E1C",
    text2="#5D5B57",
    text3="#66645F",
    accent="#2A5CD3",
    accent_hover="#224FBC",
    on_accent="#FFFFFF",
    accent_soft="#E9EFFC",
    ok="#1A7444",
    ok_soft="#E8F4EC",
    warn="#8F5500",
    warn_soft="#FBF2E1",
    err="#B93128",
    err_soft="#FBEBE9",
    agent1="#2A62B8",
    agent2="#7B4BB0",
    agent3="#17706A",
    syntax_keyword="#7B4BB0",
    syntax_string="#1A7444",
    syntax_number="#8F5500",
    syntax_function="#2A5CD3",
    syntax_comment="#66645F",
    scrim="#471F1E1C",
    scroll_thumb="#C9C6C1",
)
DARK = _theme(
    is_dark=True,
    window="#191817",
    surface="#201F1E",
    sunken="#1A1918",
    raised="#292826",
    raised_hover="#363432",
    bubble="#2D2C2A",
    hover="#2B2A28",
    pressed="#363432",
    selected="#343230",
    border="#363432",
    border_mid="#4D4A47",
    border_input="#7F7C77",
    text="#EDEBE8",
    text2="#B2AFAA",
    text3="#A09D97",
    accent="#7FA6FF",
    accent_hover="#98B7FF",
    on_accent="#0F1B36",
    accent_soft="#243049",
    ok="#6CC48F",
    ok_soft="#1F3127",
    warn="#E0AE5B",
    warn_soft="#362C1B",
    err="#F28B80",
    err_soft="#3B2523",
    agent1="#85B1F2",
    agent2="#C3A0EC",
    agent3="#6FC7BE",
    syntax_keyword="#C3A0EC",
    syntax_string="#6CC48F",
    syntax_number="#E0AE5B",
    syntax_function="#7FA6FF",
    syntax_comment="#A09D97",
    scrim="#73000000",
    scroll_thumb="#4D4A47",
)


def chosen_theme(choice: ThemeChoice, *, high_contrast: bool) -> Theme:
    """The colours that the settings ask for.

    Args:
        choice: "system" follows the desktop's colour scheme.
        high_contrast: More contrast, also where the desktop asks for none (Qt 6.10 tells).
    """
    hints = QGuiApplication.styleHints()
    is_dark = hints.colorScheme() == Qt.ColorScheme.Dark if choice == "system" else choice == "dark"
    theme = DARK if is_dark else LIGHT
    wish = hints.accessibility().contrastPreference()
    if high_contrast or wish == Qt.ContrastPreference.HighContrast:
        return theme.with_high_contrast()
    return theme


def contrast(foreground: QColor, background: QColor) -> float:
    """The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    first, second = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(color: QColor) -> float:
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TOKENS = tuple(field.name for field in fields(Theme) if field.name not in ("is_dark", "system"))
