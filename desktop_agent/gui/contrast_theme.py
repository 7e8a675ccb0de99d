"""Windows' contrast themes: every colour is then one of the desktop's own, none is ours."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.theme import TOKENS, Theme, contrast

_Role = QPalette.ColorRole
_READABLE = 4.5
_VISIBLE = 3.0
# Where the desktop may have a second ground, on which its text can be read, too.
_GROUNDS = (_Role.AlternateBase, _Role.Midlight, _Role.Button, _Role.Mid, _Role.Dark, _Role.Light)


def contrast_palette() -> QPalette | None:
    """The colours of the contrast theme that is on; None if there is none.

    Only Windows has such themes; other systems ask for more contrast and leave the colours to the program.
    The application's palette is the desktop's own afterwards, if there is one.
    """
    hints = QGuiApplication.styleHints()  # has a name, else PySide drops it before what it gives is asked
    wish = hints.accessibility().contrastPreference()
    if sys.platform != "win32" or wish != Qt.ContrastPreference.HighContrast:
        return None
    QApplication.setPalette(QPalette())
    return QApplication.palette()


def contrast_theme(palette: QPalette) -> Theme:
    """A theme that has nothing but the colours of a contrast theme.

    Text stands on the palette's window colour everywhere: pairs of other roles need not be readable. What a
    hue tells elsewhere (done, failed, which agent) is told by an icon or a word, which is always there.

    Args:
        palette: The desktop's colours.
    """
    ground, text = palette.color(_Role.Window), palette.color(_Role.WindowText)
    marked, on_marked = palette.color(_Role.Highlight), palette.color(_Role.HighlightedText)
    if contrast(marked, ground) < _VISIBLE or contrast(on_marked, marked) < _READABLE:
        marked, on_marked = text, ground
    link = palette.color(_Role.Link)
    quiet = palette.color(QPalette.ColorGroup.Disabled, _Role.WindowText)
    second = _second_ground(palette, ground, text)
    tokens = dict.fromkeys(TOKENS, text)
    tokens |= dict.fromkeys(("window", "surface", "sunken", "raised"), ground)
    tokens |= dict.fromkeys(("accent_soft", "ok_soft", "warn_soft", "err_soft"), ground)
    tokens |= dict.fromkeys(("raised_hover", "bubble", "hover", "pressed", "selected"), second)
    tokens |= {"accent": marked, "accent_hover": marked, "on_accent": on_marked}
    tokens["syntax_function"] = link if contrast(link, ground) >= _READABLE else text
    tokens["text3"] = quiet if _is_readable_on(quiet, ground, second) else text
    scrim = QColor(ground)
    scrim.setAlphaF(0.7)
    tokens["scrim"] = scrim
    return Theme(is_dark=ground.lightnessF() < text.lightnessF(), system=palette, **tokens)


def _second_ground(palette: QPalette, ground: QColor, text: QColor) -> QColor:
    """Another ground for what is marked; the same one where the desktop has no other."""
    others = (palette.color(role) for role in _GROUNDS)
    return next((each for each in others if each != ground and contrast(text, each) >= _READABLE), ground)


def _is_readable_on(color: QColor, *grounds: QColor) -> bool:
    return all(contrast(color, ground) >= _READABLE for ground in grounds)
