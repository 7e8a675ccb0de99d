"""Code blocks: lines are laid out once and only when seen; they copy, scroll and have colours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, CopyCode, ToggleFold, make_item
from desktop_agent.gui.transcript.code_choices import CodeChoices
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.markdown import StreamParser
from desktop_agent.markdown.code_colors import CodeSpan, highlight, language_name
from gui.block_pictures import WIDTH, items_of, pixels_of

pytestmark = pytest.mark.usefixtures("qapp")


def test_open_fence_lays_out_one_line_per_line() -> None:
    parser = StreamParser()
    parser.feed("```text\n")
    item = make_item(parser.blocks[0], BlockStyle(LIGHT, 1.0))
    item.set_width(WIDTH)
    panel = item.part
    assert isinstance(panel, CodePanel)
    for number in range(50):
        parser.feed(f"line {number}\n")
        item.update(parser.blocks[0])
        pixels_of([item])
        assert item.part is panel
        assert panel.lines_laid_out == number + 1
    assert item.height == 52 + 50 * 20


def test_only_what_is_seen_is_laid_out() -> None:
    (item,) = items_of("```\n" + "x\n" * 10_000 + "```\n")
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(0, -5_000)
    item.paint(painter, QRectF(0, 5_000, 100, 100))
    painter.end()
    assert isinstance(item.part, CodePanel)
    assert item.part.lines_laid_out <= 7


def test_copy_button() -> None:
    (item,) = items_of("- a\n\n  ```py\n  x = 1\n\n  y\n  ```")
    at = QPointF(WIDTH - 20, item.height - 100)
    action = item.action_at(at)
    assert action == CopyCode("x = 1\n\ny")
    before = pixels_of([item])
    assert item.set_copied(True)
    assert pixels_of([item]) != before
    item.set_copied(False)
    assert pixels_of([item]) == before


def test_wide_code_scrolls_sideways() -> None:
    (item,) = items_of("```\n" + "x" * 300 + "\n```")
    inside = QPointF(100, 60)
    before = pixels_of([item])
    item.set_hover(inside)
    assert item.scroll_horizontally(50)
    assert pixels_of([item]) != before
    assert item.scroll_horizontally(1e6, inside)
    assert not item.scroll_horizontally(1, inside)
    assert item.scroll_horizontally(-1e6, inside)
    item.set_hover(None)
    assert pixels_of([item]) == before
    (narrow,) = items_of("```\nx\n```")
    assert not narrow.scroll_horizontally(10, inside)


def test_highlighting_by_line() -> None:
    lines = ["def f(a):", '    """Two', '    lines"""', "    return g(a) + 1  # c"]
    assert highlight("python", lines) == [
        (CodeSpan(0, 3, "keyword"), CodeSpan(4, 1, "function")),
        (CodeSpan(4, 6, "string"),),
        (CodeSpan(0, 12, "string"),),
        (
            CodeSpan(4, 6, "keyword"),
            CodeSpan(11, 1, "function"),
            CodeSpan(18, 1, "number"),
            CodeSpan(21, 3, "comment"),
        ),
    ]
    assert highlight("", lines) == highlight("no-such-language", lines) == [(), (), (), ()]
    assert highlight("python", ["x = 1" * 30_000]) == [()]
    assert [language_name(name) for name in ("py", "js", "", "no-such")] == [
        "Python",
        "JavaScript",
        "",
        "no-such",
    ]


def test_code_in_a_list_folds_and_wraps_as_any_does() -> None:
    wide = "  " + "y" * 300 + "\n"
    (item,) = items_of("- a\n\n  ```py\n" + "  x = 1\n" * 60 + wide + "  ```\n- b\n\n  ```\n  z\n  ```\n")
    first, second = [panel for panel in item.part.panels() if isinstance(panel, CodePanel)]
    assert (first.is_folded, second.is_folded) == (True, False)
    folded = item.height
    fold = next(
        point
        for point in (QPointF(80, y) for y in range(int(item.height)))
        if item.action_at(point) == ToggleFold()
    )
    assert item.code_at(fold) is first
    assert item.code_at(QPointF(80, item.height - 5)) is second
    assert item.code_at(QPointF(80, 5)) is None
    assert item.set_folded(False, first)
    assert item.height == folded + 21 * 20
    assert item.set_wrap(True, first)
    assert item.height > folded + 21 * 20
    assert (second.wraps, first.code.count("\n")) == (False, 60)


def test_choices_for_code_last_longer_than_what_draws_it() -> None:
    style, choices = BlockStyle(LIGHT, 1.0), CodeChoices()
    parser = StreamParser()
    parser.feed("```\n" + "x\n" * 60 + "```\n\n> ```\n" + "> y\n" * 60 + "> ```\n")
    parser.finish()

    def made() -> list[BlockItem]:
        items = [make_item(block, style, choices) for block in parser.blocks]
        for item in items:
            item.set_width(WIDTH)
        return items

    top, quoted = made()
    (panel,) = [part for part in quoted.part.panels() if isinstance(part, CodePanel)]
    assert quoted.set_folded(False, panel)
    quoted.set_wrap(True, panel)
    heights = [top.height, quoted.height]
    again = made()
    assert [item.height for item in again] == heights
    assert [item.folded for item in again] == [True, False]
    again[1].set_style(BlockStyle(DARK, 1.0))
    assert again[1].height == heights[1]
