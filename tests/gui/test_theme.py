"""The colours: what can be read on what, and that a change of theme is taken in place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import desktop_agent.gui
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import DARK, LIGHT, TOKENS, Theme, contrast
from desktop_agent.gui.typography import TextStyle, font_for

GROUNDS = ("surface", "window", "sunken", "bubble", "raised", "hover", "selected")
TEXTS = ("text", "text2", "text3", "accent", "ok", "warn", "err", "agent1", "agent2", "agent3")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_ground(theme: Theme, text: str) -> None:
    worst = min(contrast(getattr(theme, text), getattr(theme, ground)) for ground in GROUNDS)
    assert worst >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground", "need"),
    [
        ("on_accent", "accent", 4.5),
        ("on_accent", "accent_hover", 4.5),
        ("accent", "accent_soft", 4.5),
        ("ok", "ok_soft", 4.5),
        ("warn", "warn_soft", 4.5),
        ("err", "err_soft", 4.5),
        ("text2", "accent_soft", 4.5),
        ("text2", "warn_soft", 4.5),
        ("text2", "err_soft", 4.5),
        ("text3", "accent_soft", 4.5),
        ("text3", "pressed", 4.5),
        ("border_input", "surface", 3.0),
        ("border_input", "window", 3.0),
        ("border_input", "raised", 3.0),
    ],
)
def test_pairs_reach_their_contrast(theme: Theme, text: str, ground: str, need: float) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= need


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(LIGHT.text, LIGHT.surface) == pytest.approx(16.66, abs=0.01)
    assert contrast(DARK.text3, DARK.selected) == pytest.approx(4.72, abs=0.01)


def test_high_contrast_raises_what_is_quiet() -> None:
    theme = LIGHT.with_high_contrast()
    assert (theme.border, theme.border_mid) == (LIGHT.border_input, LIGHT.border_input)
    assert (theme.text2, theme.text3) == (LIGHT.text, LIGHT.text)


def test_no_literal_colour_stands_outside_the_theme() -> None:
    folder = Path(desktop_agent.gui.__path__[0])
    for path in folder.rglob("*.py"):
        if path.name != "theme.py":
            found = re.findall(r"#[0-9A-Fa-f]{6}\b|QColor\(\s*[\"'\d]", path.read_text(encoding="utf-8"))
            assert not found, f"{path.name}: {found}"


def test_every_token_is_a_valid_colour() -> None:
    for theme in (LIGHT, DARK):
        assert all(getattr(theme, token).isValid() for token in TOKENS)


def test_another_theme_is_announced_once(qapp: QApplication) -> None:
    appearance = Appearance(LIGHT)
    changes: list[bool] = []
    appearance.changed.connect(lambda: changes.append(appearance.theme.is_dark))
    appearance.fix_theme(DARK)
    appearance.fix_theme(DARK)
    assert changes == [True]
    assert qapp.palette().window().color() == DARK.window
    appearance.fix_theme(LIGHT)


@pytest.mark.parametrize("style", list(TextStyle))
def test_fonts_are_the_ones_that_ship(qapp: QApplication, style: TextStyle) -> None:
    from PySide6.QtGui import QFontInfo

    info = QFontInfo(font_for(style))
    assert info.family() == ("JetBrains Mono" if style.value.mono else "Inter")
    assert info.pixelSize() == style.size
