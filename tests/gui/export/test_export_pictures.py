"""The export stands where the design has it, within 2 px, in its exact colours, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.export.dialog import ExportDialog
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from gui.export.export_pictures import take
from gui.ink import Ink, ink_in

# As measured in the picture: an area, and the ink in it (left, right, top, bottom).
_SIDE = {
    "Format": ((16, 12, 200, 33), (22, 59, 20, 28)),
    "first radio": ((20, 44, 42, 64), (22, 37, 46, 61)),
    "Markdown": ((44, 44, 150, 66), (49, 112, 49, 59)),
    ".md": ((200, 44, 246, 66), (223, 240, 50, 57)),
    "second radio": ((20, 80, 42, 100), (22, 37, 82, 97)),
    "HTML": ((44, 80, 150, 102), (49, 84, 85, 94)),
    ".html": ((200, 80, 246, 102), (210, 240, 86, 93)),
    "Include": ((16, 236, 200, 254), (22, 60, 240, 248)),
    "first box": ((18, 258, 42, 281), (22, 37, 262, 277)),
    "Tool calls": ((44, 260, 250, 281), (47, 176, 265, 275)),
    "second box": ((18, 286, 42, 309), (22, 37, 290, 305)),
    "Other branches": ((44, 372, 250, 393), (47, 142, 377, 387)),
    "Messages": ((16, 416, 200, 433), (22, 75, 420, 430)),
    "select": ((18, 434, 250, 472), (22, 240, 436, 467)),
}
_RIGHT = {
    "Preview": ((280, 8, 400, 38), (285, 332, 17, 27)),
    "first line": ((280, 58, 800, 82), (284, 478, 64, 73)),
    "shield": ((18, 580, 38, 602), (22, 31, 585, 596)),
    "promise": ((40, 580, 300, 604), (42, 245, 586, 597)),
    "Copy": ((630, 566, 704, 612), (637, 699, 575, 606)),
    "Cancel": ((704, 566, 785, 612), (708, 780, 575, 606)),
    "Save": ((785, 566, 866, 612), (789, 859, 575, 606)),
}
_FACTS = ((284, 104, 480, 112), 37)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_it_stands_where_the_design_has_it(qapp: QApplication, tmp_path: Path, theme: Theme) -> None:
    def look(_dialog: ExportDialog, image: QImage) -> None:
        assert (image.width(), image.height()) == (880, 620)
        for places, ground in ((_SIDE, theme.window), (_RIGHT, theme.surface)):
            for name, (area, wanted) in places.items():
                is_chosen = name in ("first radio", "Markdown", ".md")
                found = ink_in(image, area, theme.selected if is_chosen else ground)
                assert found is not None, name
                near = all(abs(a - b) <= 2 for a, b in zip(found, Ink(*wanted), strict=True))
                assert near, (name, found, wanted)
        assert image.pixelColor(263, 300) == theme.border
        assert image.pixelColor(262, 300) == theme.window
        assert image.pixelColor(264, 300) == theme.surface
        assert image.pixelColor(500, 43) == theme.border
        assert [image.pixelColor(x, 560) for x in (5, 500, 875)] == [theme.border] * 3
        assert [image.pixelColor(20, y) for y in (35, 37, 70, 73)] == [
            theme.window,
            theme.selected,
            theme.selected,
            theme.window,
        ]
        assert image.pixelColor(24, 54) == theme.accent
        assert image.pixelColor(30, 54) == theme.on_accent
        assert image.pixelColor(24, 265) == theme.accent
        assert image.pixelColor(30, 298) == theme.surface
        assert image.pixelColor(800, 580) == theme.accent
        assert image.pixelColor(700, 580) != theme.accent

    take(theme, tmp_path, look)


def test_every_control_has_a_name(qapp: QApplication, tmp_path: Path) -> None:
    def look(dialog: ExportDialog, _image: QImage) -> None:
        controls = [*dialog.options.formats.values(), *dialog.options.rows.values()]
        assert all(control.text() for control in controls)
        named = [dialog.options.select, dialog.copy_button, dialog.cancel_button, dialog.save_button]
        assert all(control.accessibleName() for control in named)
        assert dialog.status.accessibleName() == "Stored API keys are never exported."

    take(LIGHT, tmp_path, look)
