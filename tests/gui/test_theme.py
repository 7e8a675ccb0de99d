"""The colours: what can be read on what, and that a change of theme is taken in place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

import desktop_agent.gui
from desktop_agent.config.look import Look
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.contrast_theme import contrast_palette, contrast_theme
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


def desktop_palette(**colors: str) -> QPalette:
    """The palette that Qt makes of the colours of a contrast theme."""
    palette = QPalette()
    for role in QPalette.ColorRole:
        if role is not QPalette.ColorRole.NColorRoles:
            palette.setColor(role, QColor(colors["ground"]))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(role, QColor(colors["text"]))
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors["disabled"]))
    palette.setColor(QPalette.ColorRole.Highlight, QColor(colors["marked"]))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor(colors["on_marked"]))
    palette.setColor(QPalette.ColorRole.Link, QColor(colors["link"]))
    return palette


# The four that come with Windows 11, and one whose maker did not care.
DESKTOPS = {
    "aquatic": {"ground": "#202020", "text": "#FFFFFF", "disabled": "#A6A6A6", "marked": "#8EE3F0"}
    | {"on_marked": "#263B50", "link": "#75E9FC"},
    "desert": {"ground": "#FFFAEF", "text": "#3D3D3D", "disabled": "#676767", "marked": "#903909"}
    | {"on_marked": "#FFF5E3", "link": "#1C5E75"},
    "dusk": {"ground": "#2D3236", "text": "#FFFFFF", "disabled": "#A6A6A6", "marked": "#A1BFDE"}
    | {"on_marked": "#212D3B", "link": "#70EBDE"},
    "night sky": {"ground": "#000000", "text": "#FFFFFF", "disabled": "#A6A6A6", "marked": "#D6B4FD"}
    | {"on_marked": "#2B2B2B", "link": "#8080FF"},
    "careless": {"ground": "#FFFF00", "text": "#000000", "disabled": "#E0E000", "marked": "#FFFFFF"}
    | {"on_marked": "#FFFF00", "link": "#FFFFFF"},
}


@pytest.mark.parametrize("name", DESKTOPS)
def test_a_contrast_theme_has_the_colours_of_the_desktop_alone(name: str) -> None:
    palette = desktop_palette(**DESKTOPS[name])
    theme = contrast_theme(palette)
    used = {getattr(theme, token).name() for token in TOKENS}
    assert used <= {color.lower() for color in DESKTOPS[name].values()}
    assert theme.palette() == QPalette()  # every role is left to the desktop
    for text in (*TEXTS, "syntax_keyword", "syntax_function", "syntax_comment"):
        assert min(contrast(getattr(theme, text), getattr(theme, ground)) for ground in GROUNDS) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.border, theme.window) >= 3.0
    assert theme.chosen_pair() == (theme.accent, theme.on_accent)
    assert theme.with_high_contrast() == theme


def test_a_second_ground_of_the_desktop_is_used_where_text_can_be_read_on_it() -> None:
    palette = desktop_palette(**DESKTOPS["night sky"])
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor("#EEEEEE"))
    palette.setColor(QPalette.ColorRole.Midlight, QColor("#303030"))
    assert contrast_theme(palette).selected == QColor("#303030")


def test_contrast_themes_come_and_go_in_place(qapp: QApplication) -> None:
    desktops: list[QPalette | None] = [desktop_palette(**DESKTOPS["dusk"])]
    appearance = Appearance(look=Look(theme="light"), find_system=lambda: desktops[-1])
    try:
        assert (appearance.theme.surface, appearance.theme.is_dark) == (QColor("#2D3236"), True)
        assert qapp.palette().window().color() not in (LIGHT.window, DARK.window)
        changes: list[str] = []
        appearance.changed.connect(lambda: changes.append(appearance.theme.surface.name()))
        desktops.append(desktop_palette(**DESKTOPS["desert"]))
        qapp.setPalette(QPalette(QColor("#FFFAEF")))  # Windows tells of another theme in this way
        desktops.append(None)
        qapp.setPalette(QPalette(QColor("#F0F0F0")))
        assert changes == ["#fffaef", LIGHT.surface.name()]
        assert qapp.palette().window().color() == LIGHT.window
    finally:
        appearance.deleteLater()
        qapp.sendPostedEvents(appearance, QEvent.Type.DeferredDelete.value)


def test_only_windows_has_contrast_themes(qapp: QApplication) -> None:
    assert contrast_palette() is None  # Qt tells no wish for contrast here


@pytest.mark.parametrize("style", list(TextStyle))
def test_fonts_are_the_ones_that_ship(qapp: QApplication, style: TextStyle) -> None:
    from PySide6.QtGui import QFontInfo

    info = QFontInfo(font_for(style))
    assert info.family() == ("JetBrains Mono" if style.value.mono else "Inter")
    assert info.pixelSize() == style.size
