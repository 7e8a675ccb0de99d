"""The type of the window: the fonts that ship with the program, and its styles by name."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from desktop_agent.config.look import InterfaceFont
from desktop_agent.config.paths import FolderError, resources_folder

_SANS = "Inter"
_MONO = "JetBrains Mono"
_SANS_FALLBACK = ("Noto Sans", "Noto Sans CJK SC", "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")
_MONO_FALLBACK = ("SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "monospace", "Noto Color Emoji")


@dataclass(frozen=True)
class _Measure:
    size: int
    line: int
    weight: QFont.Weight = QFont.Weight.Normal
    mono: bool = False
    tracking: float = 0.0
    tabular: bool = False


class TextStyle(Enum):
    """A style of type: size and line height in logical pixels at 100 % text zoom, weight and family."""

    DISPLAY = _Measure(24, 32, QFont.Weight.DemiBold, tracking=-0.3)
    H1 = _Measure(20, 28, QFont.Weight.DemiBold)
    H2 = _Measure(18, 26, QFont.Weight.DemiBold)
    H3 = _Measure(15, 24, QFont.Weight.DemiBold)
    BODY = _Measure(15, 24)
    TABLE = _Measure(14, 20, tabular=True)
    TABLE_HEAD = _Measure(13, 20, QFont.Weight.DemiBold, tabular=True)
    UI = _Measure(13, 20)
    UI_MEDIUM = _Measure(13, 20, QFont.Weight.Medium)
    UI_STRONG = _Measure(13, 20, QFont.Weight.DemiBold)
    TITLE = _Measure(14, 20, QFont.Weight.DemiBold)
    SMALL = _Measure(12, 16)
    SMALL_FIGURES = _Measure(12, 16, tabular=True)
    MICRO = _Measure(11, 16)
    MICRO_STRONG = _Measure(11, 16, QFont.Weight.DemiBold)
    CODE = _Measure(13, 20, mono=True)
    CODE_SMALL = _Measure(12, 18, mono=True)
    SOURCE = _Measure(13, 20, mono=True, tracking=-0.3)
    CODE_TINY = _Measure(11, 18, mono=True)

    @property
    def line_height(self) -> int:
        """The height of one line, in logical pixels at 100 % text zoom."""
        return self.value.line

    @property
    def size(self) -> int:
        """The height of the type, in logical pixels at 100 % text zoom."""
        return self.value.size


@functools.lru_cache(maxsize=256)
def _make_font(style: TextStyle, zoom: float, face: InterfaceFont, unhinted: bool, is_printed: bool) -> QFont:
    measure: _Measure = style.value
    font = QFont()
    if is_printed:  # glyphs that stand for no character of their own are lost when text is copied from paper
        font.setFeature(QFont.Tag("calt"), 0)
    if measure.mono:
        font.setFamilies([_MONO, *_MONO_FALLBACK])
        font.setFixedPitch(True)
        font.setFeature(QFont.Tag("calt"), 0)  # "!=" stays two characters
    else:
        system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()
        first = [_SANS, *system] if face == "inter" else [*system, _SANS]
        font.setFamilies([*first, *_SANS_FALLBACK])
    font.setPixelSize(max(1, round(measure.size * zoom)))
    font.setWeight(measure.weight)
    if measure.tabular and not is_printed:
        font.setFeature(QFont.Tag("tnum"), 1)
    if measure.tracking:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, measure.tracking)
    if unhinted:
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def font_for(
    style: TextStyle, zoom: float = 1.0, face: InterfaceFont = "inter", *, is_printed: bool = False
) -> QFont:
    """The font of a style.

    Args:
        style: The style.
        zoom: The factor of the text size, 0.8 to 2.0.
        face: The program's own font or the desktop's; code is always in the program's own.
        is_printed: Whether it is for paper, where no pixels bend the letters and each glyph is a character.
    """
    screen = QGuiApplication.primaryScreen()
    is_fine = is_printed or (screen is not None and screen.devicePixelRatio() >= 1.5)
    return QFont(_make_font(style, zoom, face, sys.platform == "darwin" or is_fine, is_printed))


def load_fonts() -> None:
    """Make the program's own fonts known to Qt.

    Raises:
        FolderError: A font of the program is missing or damaged.
    """
    for path in sorted((resources_folder() / "fonts").glob("*/*.[ot]tf")):
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise FolderError(f"The font {path} is damaged. Install Desktop Agent again.")
