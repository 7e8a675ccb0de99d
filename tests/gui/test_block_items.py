"""Blocks look as in the design: geometry to 2 px, colours exactly; and they load nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage

from desktop_agent.gui.theme import DARK, LIGHT
from desktop_agent.gui.transcript.block_items import (
    BlockItem,
    BlockStyle,
    Link,
    gap_between,
    make_item,
)
from desktop_agent.markdown import StreamParser
from gui.block_pictures import (
    DARK_TEXT,
    DARK_TOP,
    LIGHT_TEXT,
    LIGHT_TOP,
    WIDTH,
    Picture,
    items_of,
    paint_blocks,
    pixels_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")

# Rows of ink in the design's pictures: first row, last row, leftmost and rightmost column, base line.
_LIGHT_ROWS = [
    (261, 275, 414, 550, 275),
    (295, 310, 414, 1077, 307),
    (319, 333, 414, 756, 331),
    (355, 370, 424, 1100, 367),
    (384, 400, 423, 1046, 397),
    (415, 430, 423, 922, 427),
    (451, 469, 414, 938, None),
    (484, 615, 414, 1125, None),
    (637, 653, 414, 775, 651),
]
_LIGHT_CODE_ROWS = [
    (496, 508, 430, 1110, None),
    (525, 536, 429, 794, 535),
    (564, 576, 430, 840, 575),
    (584, 596, 430, 855, 595),
]
_DARK_ROWS = [
    (270, 282, 414, 450, 282),
    (306, 318, 414, 1125, 316),
    (328, 328, 414, 1125, None),
    (341, 354, 415, 1124, 352),
    (365, 365, 414, 1125, None),
    (378, 391, 415, 1124, 389),
    (402, 402, 414, 1125, None),
    (415, 428, 414, 1125, 426),
    (439, 439, 414, 1125, None),
    (458, 505, 414, 1119, None),
    (525, 539, 414, 781, 537),
]


class Row(NamedTuple):
    """Rows of pixels without a gap in which something is drawn."""

    first: int
    last: int
    left: int
    right: int
    baseline: int


def rows_of(image: QImage, background: QColor, area: tuple[int, int, int, int]) -> Iterator[Row]:
    """What is drawn in an area (left, top, right, bottom), from top to bottom."""
    left, top, right, bottom = area
    ground = background.rgb()
    block: list[tuple[int, list[int]]] = []
    for y in range(top, bottom + 1):
        ink = [x for x in range(left, right) if image.pixel(x, y) != ground] if y < bottom else []
        if ink:
            block.append((y, ink))
        elif block:
            counts = [len(found) for _, found in block] + [0]
            drop = max(range(len(block)), key=lambda index: counts[index] - counts[index + 1])
            yield Row(
                block[0][0],
                block[-1][0],
                min(found[0] for _, found in block),
                max(found[-1] for _, found in block),
                block[drop][0] + 1,
            )
            block = []


def distance(one: QColor, other: QColor) -> int:
    return sum(
        abs(a - b)
        for a, b in (
            (one.red(), other.red()),
            (one.green(), other.green()),
            (one.blue(), other.blue()),
        )
    )


def assert_rows(found: Sequence[Row], wanted: Sequence[tuple[int, int, int, int, int | None]]) -> None:
    assert len(found) == len(wanted), found
    for row, (first, last, left, right, baseline) in zip(found, wanted, strict=True):
        assert abs(row.first - first) <= 2, (row, first)
        assert abs(row.last - last) <= 2, (row, last)
        assert abs(row.left - left) <= 2, (row, left)
        assert abs(row.right - right) <= 2, (row, right)
        assert baseline is None or abs(row.baseline - baseline) <= 1, (row, baseline)


@pytest.fixture(scope="module")
def light(qapp: object) -> Picture:
    return paint_blocks(LIGHT_TEXT, LIGHT, LIGHT_TOP)


@pytest.fixture(scope="module")
def dark(qapp: object) -> Picture:
    return paint_blocks(DARK_TEXT, DARK, DARK_TOP)


def test_blocks_stand_where_the_light_picture_has_them(light: Picture) -> None:
    assert light.tops == [256, 290, 350, 448, 484, 634]
    assert_rows([*rows_of(light.image, LIGHT.surface, (412, 250, 1130, 680))], _LIGHT_ROWS)
    assert_rows([*rows_of(light.image, LIGHT.sunken, (420, 490, 1120, 610))], _LIGHT_CODE_ROWS)


def test_blocks_stand_where_the_dark_picture_has_them(dark: Picture) -> None:
    assert dark.tops == [265, 295, 458, 520]
    # Without the caret, which the picture does not have.
    rows = [*rows_of(dark.image, DARK.surface, (412, 260, 1130, 518))]
    rows += rows_of(dark.image, DARK.surface, (412, 518, 784, 560))
    assert_rows(rows, _DARK_ROWS)


def test_columns_of_the_table_stand_where_the_picture_has_them(dark: Picture) -> None:
    for (left, right), (first, last) in {
        (412, 530): (414, 438),
        (530, 800): (540, 588),
        (800, 1060): (912, 1041),
        (1060, 1130): (1077, 1125),
    }.items():
        (row,) = rows_of(dark.image, DARK.surface, (left, 300, right, 326))
        assert abs(row.left - first) <= 2
        assert abs(row.right - last) <= 2


@pytest.mark.parametrize(
    ("x", "y", "token"),
    [
        (692, 460, "bubble"),  # inline code
        (600, 484, "border"),  # the code block's edge
        (414, 550, "border"),
        (1125, 550, "border"),
        (600, 550, "sunken"),
        (774, 645, "accent"),  # the caret
        (775, 645, "accent"),
    ],
)
def test_colors_of_the_light_picture(light: Picture, x: int, y: int, token: str) -> None:
    assert light.image.pixelColor(x, y) == getattr(LIGHT, token)


@pytest.mark.parametrize(
    ("x", "y", "token"),
    [
        (700, 328, "border_input"),  # below the head of the table
        (700, 365, "border"),
        (700, 439, "border"),
        (414, 480, "border_input"),  # the quote's bar
        (415, 505, "border_input"),
        (416, 480, "surface"),
    ],
)
def test_colors_of_the_dark_picture(dark: Picture, x: int, y: int, token: str) -> None:
    assert dark.image.pixelColor(x, y) == getattr(DARK, token)


@pytest.mark.parametrize(
    ("area", "token"),
    [
        ((414, 256, 551, 282), "text"),
        ((414, 290, 1126, 338), "text"),
        ((414, 350, 438, 434), "text3"),
        ((429, 525, 460, 537), "syntax_keyword"),
        ((500, 564, 592, 577), "syntax_function"),
        ((680, 564, 740, 577), "syntax_string"),
        ((842, 584, 849, 597), "syntax_number"),
        ((429, 496, 470, 509), "text2"),
    ],
)
def test_text_has_its_color(light: Picture, area: tuple[int, int, int, int], token: str) -> None:
    wanted: QColor = getattr(LIGHT, token)
    left, top, right, bottom = area
    nearest = min(
        distance(light.image.pixelColor(x, y), wanted) for x in range(left, right) for y in range(top, bottom)
    )
    assert nearest <= 24  # thin strokes are never drawn quite full


def test_caret_stands_after_the_last_glyph(light: Picture) -> None:
    assert light.caret == QRectF(774, 637, 2, 17)


def test_gaps_between_blocks() -> None:
    parser = StreamParser()
    parser.feed("p\n\n### h\n\np\n\n- l\n\np\n\n> q\n\n```\nc\n```\n\n# h\n\n| a |\n|-|\n| b |\n\n***\n")
    parser.finish()
    blocks = list(parser.blocks)
    gaps = [gap_between(above, below) for above, below in zip([None, *blocks], blocks, strict=False)]
    assert gaps == [0, 12, 6, 12, 14, 12, 14, 18, 8, 18]
    assert gap_between(blocks[0], blocks[1], 2.0) == 24


@pytest.mark.parametrize("width", [712.0, 300.0])
@pytest.mark.parametrize("text", [LIGHT_TEXT, DARK_TEXT], ids=["light", "dark"])
def test_grown_items_look_like_fresh_ones(text: str, width: float) -> None:
    parser = StreamParser()
    items: dict[int, BlockItem] = {}
    revisions: dict[int, int] = {}
    for begin in range(0, len(text), 7):
        parser.feed(text[begin : begin + 7])
        for block in parser.blocks:
            if block.key not in items:
                items[block.key] = make_item(block, BlockStyle(LIGHT, 1.0))
                items[block.key].set_width(width)
            elif revisions[block.key] != block.revision:
                items[block.key].update(block)
            revisions[block.key] = block.revision
            pixels_of([items[block.key]], width)  # what was painted before must not stay
    grown = [items[block.key] for block in parser.blocks]
    fresh = items_of(text, width=width, finish=False)
    assert [item.height for item in grown] == [item.height for item in fresh]
    assert [item.caret_rect() for item in grown] == [item.caret_rect() for item in fresh]
    assert pixels_of(grown, width) == pixels_of(fresh, width)


def test_links_and_their_underline() -> None:
    (item,) = items_of("[A link](https://xn--r8jz45g.jp/x) and [none](file:///etc/passwd) and [no](/x)")
    before = pixels_of([item])
    assert item.action_at(QPointF(10, 12)) == Link("https://xn--r8jz45g.jp/x", "xn--r8jz45g.jp", "A link")
    assert [item.action_at(QPointF(x, 12)) for x in range(60, 400, 5)] == [None] * 68
    assert item.set_hover(QPointF(10, 12))
    assert not item.set_hover(QPointF(12, 12))
    hovered = pixels_of([item])
    assert hovered != before
    assert hovered.pixelColor(20, 19) == LIGHT.accent
    assert item.set_hover(None)
    assert pixels_of([item]) == before


def test_wide_table_scrolls_sideways() -> None:
    names = [f"incompressible{number}" for number in range(12)]
    (item,) = items_of(
        "|" + "|".join(names) + "|\n" + "|-" * 12 + "|\n|" + "|".join(names) + "|\n", width=300
    )
    assert item.scroll_horizontally(100, QPointF(20, 20))


def test_columns_of_numbers_stand_at_the_right() -> None:
    (item,) = items_of("| Name | Count |\n|---|---|\n| a | 1,000 |\n| b | 22 |\n")
    image = pixels_of([item])
    rights = [row.right for row in rows_of(image, LIGHT.surface, (400, 0, WIDTH, int(item.height)))]
    assert min(rights) >= WIDTH - 3


def test_tasks_have_boxes() -> None:
    (item,) = items_of("- [x] done\n- [ ] open\n")
    image = pixels_of([item])
    assert image.pixelColor(8, 12) == LIGHT.accent
    assert image.pixelColor(14, 30 + 4) == LIGHT.border_input
    assert image.pixelColor(14, 30 + 12) == LIGHT.surface


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم **هذا** `code` نص",
        "\N{FAMILY}\u200d\N{GIRL} e\u0301 漢字 `\N{GRINNING FACE}x` [\N{GRINNING FACE}](https://x.example)",
        "```\n\N{GRINNING FACE} = '漢字' # \u202e\n\ta\n```",
        "x" * 1_500,
        "-\n- \n  - \n",
        ">",
        "#",
        "|a|\n|-|",
        "> - 1. > ```\n",
        "1000. a\n1001. b",
        "![](x) ![alt](https://h.example/x)",
        "a  \nb\\\nc",
        "***",
        "```" + "x" * 1_000 + "\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "style", [BlockStyle(LIGHT, 1.0), BlockStyle(DARK, 2.0), BlockStyle(LIGHT, 0.8, is_quiet=True)]
)
def test_odd_texts_are_painted(text: str, style: BlockStyle) -> None:
    for finish in (False, True):
        for width in (0.0, 40.0, 712.0):
            for item in items_of(text, width=width, finish=finish):
                item.set_style(style)
                assert item.height > 0
                pixels_of([item], 712.0)
                assert item.caret_rect().isValid()
                item.action_at(QPointF(20, 10))
                item.set_hover(QPointF(20, 10))


def test_right_to_left_text_stands_at_the_right() -> None:
    (item,) = items_of("مرحبا بالعالم")
    (row,) = rows_of(pixels_of([item]), LIGHT.surface, (0, 0, WIDTH, 24))
    assert row.right >= WIDTH - 3
    assert row.left > WIDTH / 2
    assert item.caret_rect().right() <= row.left


def test_zoom_makes_everything_larger() -> None:
    normal, large = (paint_blocks(LIGHT_TEXT, LIGHT, 0, width=3_000, zoom=zoom).items for zoom in (1.0, 2.0))
    for small, big in zip(normal, large, strict=True):
        assert abs(big.height - 2 * small.height) <= 4


def test_style_can_change_in_place() -> None:
    (item,) = items_of("**Text** with `code`.")
    fresh = pixels_of(items_of("**Text** with `code`.", DARK))
    item.set_style(BlockStyle(DARK, 1.0))
    assert pixels_of([item]) == fresh


def _hostile(red: Path) -> list[str]:
    """Markdown that asks for a red picture in every way."""
    data = "data:image/png;base64," + base64.b64encode(red.read_bytes()).decode()
    addresses = [
        str(red),
        red.as_uri(),
        f"file:{red}",
        f"FILE://localhost{red}",
        red.name,
        f"//host.invalid{red}",
        data,
        "https://host.invalid/x.png",
        f":{red}",
        f"qrc:{red}",
    ]
    forms = [
        "![x]({0})",
        "![x](<{0}>)",
        "![x][r]\n\n[r]: {0}",
        "[![x]({0})]({0})",
        '<img src="{0}">',
        '<p style="background:url({0})">x</p>',
        '<link rel="stylesheet" href="{0}"> <style>@import "{0}";</style>',
        "| ![x]({0}) |\n|---|\n| <img src='{0}'> |",
        "> - ![x]({0})",
        "# ![x]({0})\n\n<table background='{0}'><tr><td>x</td></tr></table>",
    ]
    return [form.format(address) for form in forms for address in addresses]


def test_nothing_is_loaded_because_of_a_text(tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(QColor(255, 0, 0))
    assert picture.save(str(red))
    samples = _hostile(red)
    assert len(samples) == 100
    for sample in samples:
        for finish in (False, True):
            items = items_of(sample, width=300, finish=finish)
            image = pixels_of(items, 300)
            colors = {image.pixel(x, y) for x in range(0, 300, 3) for y in range(0, image.height(), 3)}
            assert QColor(255, 0, 0).rgb() not in colors, sample
            for item in items:
                for x in range(0, 300, 10):
                    action = item.action_at(QPointF(x, 10))
                    assert not isinstance(action, Link) or action.href == "https://host.invalid/x.png"


def test_plain_text_of_an_item() -> None:
    (item,) = items_of("A **bold** `x`.")
    assert item.plain_text() == "A bold x."
