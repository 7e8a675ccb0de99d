"""Geometry and colours of the sidebar are those of the design: 2 px and exact."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.gui.widgets.buttons import RING_MARGIN
from gui.sidebar.sidebar_pictures import HEIGHT, MIRRORED, STATES, WIDTH, paint

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
ROW = QRect(10, 0, 239, 32)


def is_near(found: QRect, wanted: QRect) -> bool:
    """Whether each edge is within 2 px."""
    pairs = zip(found.getCoords(), wanted.getCoords(), strict=True)  # type: ignore[call-overload]
    return all(abs(a - b) <= 2 for a, b in pairs)


def body_of(sidebar: Sidebar, part: QWidget) -> QRect:
    """Where a button is seen, without the room for its ring."""
    margin = RING_MARGIN
    return QRect(part.mapTo(sidebar, QPoint(0, 0)), part.size()).adjusted(margin, margin, -margin, -margin)


def ink(image: QImage, box: QRect, ground: QColor) -> QRect:
    """The smallest rectangle with everything in `box` that is not `ground`."""
    found = QRect()
    for y in range(box.top(), box.bottom() + 1):
        for x in range(box.left(), box.right() + 1):
            if image.pixelColor(x, y) != ground:
                found |= QRect(x, y, 1, 1)
    return found


def test_the_parts_stand_where_the_design_has_them(sidebar: Sidebar) -> None:
    assert is_near(body_of(sidebar, sidebar.collapse_button), QRect(219, 9, 30, 30))
    assert is_near(body_of(sidebar, sidebar.new_chat_row), ROW.translated(0, 52))
    assert is_near(sidebar.search_field.geometry(), ROW.translated(0, 90))
    assert is_near(body_of(sidebar, sidebar.settings_row), ROW.translated(0, 754))
    assert body_of(sidebar, sidebar.bin_row).bottom() < 745
    view = sidebar.conversations
    assert is_near(view.geometry(), QRect(0, 128, 259, 575))
    tops = {"Pinned": 128, "Release checklist": 160, "Today": 192, "Azure AI Search overview": 224}
    tops |= {"Yesterday": 320, "Previous 7 days": 448, "Flashcards for Portuguese": 576}
    model = view.model()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        if index.data() in tops:
            rect = view.visualRect(index).translated(view.pos())
            assert abs(rect.top() - tops[index.data()]) <= 2
            assert rect.height() == 32


@THEMES
def test_it_is_painted_where_the_design_has_it(qapp: QApplication, theme: Theme) -> None:
    image = paint(theme, "rest")
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)
    # As measured in the pictures: title, icons, labels, titles, shortcuts.
    for wanted in (
        QRect(18, 18, 94, 14),
        QRect(227, 18, 14, 12),
        QRect(19, 62, 14, 12),
        QRect(45, 62, 57, 12),
        QRect(207, 62, 34, 12),
        QRect(18, 143, 37, 10),
        QRect(19, 171, 106, 11),
        QRect(18, 208, 33, 11),
        QRect(19, 267, 135, 13),
        QRect(18, 463, 84, 12),
        QRect(19, 587, 161, 13),
    ):
        assert is_near(ink(image, wanted.adjusted(-4, -4, 4, 4), theme.window), wanted), wanted
    for wanted, ground in (
        (QRect(21, 100, 13, 13), theme.hover),
        (QRect(44, 100, 42, 12), theme.hover),
        (QRect(176, 100, 64, 12), theme.hover),
        (QRect(234, 237, 7, 7), theme.selected),
    ):
        assert is_near(ink(image, wanted.adjusted(-4, -4, 4, 4), ground), wanted), wanted


@THEMES
def test_colours_are_exact(qapp: QApplication, theme: Theme) -> None:
    image = paint(theme, "rest")
    for place, color in {
        (5, 5): theme.window,
        (259, 400): theme.border,
        (258, 400): theme.window,
        (100, 745): theme.border,
        (130, 92): theme.hover,
        (130, 226): theme.selected,
        (237, 240): theme.accent,
        (5, 240): theme.window,
        (252, 240): theme.window,
    }.items():
        assert image.pixelColor(*place) == color, place
    hover = paint(theme, "hover")
    assert hover.pixelColor(130, 354) == theme.hover
    # Pin and more, 16 each with 8 between, at the end of the row.
    assert is_near(ink(hover, QRect(200, 354, 18, 28), theme.hover), QRect(205, 362, 8, 13))
    assert is_near(ink(hover, QRect(222, 354, 22, 28), theme.hover), QRect(228, 366, 11, 3))
    focus = paint(theme, "search")
    assert focus.pixelColor(130, 92) == theme.surface
    assert focus.pixelColor(130, 90) == theme.accent
    assert focus.pixelColor(130, 91) == theme.accent
    keyboard = paint(theme, "keyboard")
    assert keyboard.pixelColor(130, 256) == theme.accent
    assert keyboard.pixelColor(130, 259) == theme.window


def test_high_contrast_makes_quiet_lines_and_words_strong(qapp: QApplication) -> None:
    theme = LIGHT.with_high_contrast()
    image = paint(theme, "rest")
    assert image.pixelColor(100, 745) == LIGHT.border_input
    label = ink(image, QRect(14, 140, 60, 16), theme.window)
    colors = {image.pixelColor(x, y).name() for x in range(18, 55) for y in range(143, 153)}
    assert not label.isEmpty()
    assert LIGHT.text.name() in colors
    assert LIGHT.text3.name() not in colors


def test_it_is_mirrored_where_one_reads_from_the_right(qapp: QApplication) -> None:
    image = paint(LIGHT, MIRRORED)
    assert image.pixelColor(0, 400) == LIGHT.border
    assert image.pixelColor(259, 400) == LIGHT.window
    assert is_near(ink(image, QRect(145, 10, 110, 30), LIGHT.window), QRect(148, 18, 94, 14))
    assert is_near(ink(image, QRect(12, 10, 30, 30), LIGHT.window), QRect(19, 18, 14, 12))
    assert is_near(ink(image, QRect(160, 92, 60, 28), LIGHT.hover), QRect(173, 100, 42, 12))
    assert is_near(ink(image, QRect(14, 92, 80, 28), LIGHT.hover), QRect(19, 100, 64, 12))
    assert is_near(ink(image, QRect(14, 260, 20, 24), LIGHT.selected), QRect(19, 269, 7, 7))


@pytest.mark.parametrize("state", STATES)
@THEMES
def test_each_state_is_painted(qapp: QApplication, theme: Theme, state: str) -> None:
    rest = paint(theme, "rest")
    image = paint(theme, state)
    assert image.pixelColor(130, 42) == theme.window
    assert state == "rest" or image != rest


@pytest.mark.parametrize("zoom", [0.8, 1.5, 2.0])
def test_everything_grows_with_the_text(sidebar: Sidebar, appearance: Appearance, zoom: float) -> None:
    appearance.set_zoom(zoom)
    sidebar.grab()
    height = round(20 * zoom) + 12
    view = sidebar.conversations
    assert view.visualRect(view.model().index(1, 0)).height() == height
    assert sidebar.search_field.height() == height
    assert body_of(sidebar, sidebar.new_chat_row).height() == height
    assert not body_of(sidebar, sidebar.new_chat_row).intersects(sidebar.search_field.geometry())
    assert not sidebar.search_field.geometry().intersects(view.geometry())
    appearance.set_zoom(1.0)


@pytest.mark.parametrize("width", [200, 360])
def test_the_undo_bar_fits_every_width(sidebar: Sidebar, width: int) -> None:
    sidebar.resize(width, HEIGHT)
    sidebar.show_undo(3)
    bar = sidebar.undo_bar
    assert bar.geometry().right() <= width - 11
    assert bar.button.geometry().right() <= bar.width()
    label = bar.findChild(QWidget, "", Qt.FindChildOption.FindDirectChildrenOnly)
    assert isinstance(label, QWidget)
    assert label.heightForWidth(label.width()) <= bar.height()
    assert not label.geometry().intersects(bar.button.geometry())
