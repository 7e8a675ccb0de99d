"""Items grow with their blocks: they look as if made at once, cost the same however long, are selected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle, ToggleFold, make_item
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.markdown import StreamParser
from desktop_agent.markdown.code_colors import CodeColors, highlight
from gui.block_pictures import DARK_TEXT, LIGHT_TEXT, WIDTH, items_of, pixels_of
from markdown.generated import generated_text
from markdown_samples import cut

pytestmark = pytest.mark.usefixtures("qapp")

_WORDS = "the *quick* **brown** fox `jumps` over [the](https://x.example) lazy dog "
_GROWING = {
    "list": "".join(f"- item {n} {_WORDS}\n" for n in range(80)),
    "numbers": "".join(f"{n}. item\n\n" for n in range(1, 120)),
    "nested": "1. top\n" + "".join(f"   - item {n} {_WORDS}\n" for n in range(60)),
    "table": "| a | b |\n|---|---|\n" + "".join(f"| {_WORDS * (n % 3)} | {n} |\n" for n in range(60)),
    "paragraph": (_WORDS + "\n") * 60,
    "line": _WORDS * 80,
    "right to left": "مرحبا بالعالم هذا نص طويل " * 60,
    "quote": f"> {_WORDS}\n>\n" * 40,
    "code": "```python\ndef f(a):\n" + '    """Two\n    lines"""\n    return 1  # c\n' * 5 + "```\n",
    "fence in list": "- a\n\n  ```py\n" + "  x = f(1)  # c\n" * 60 + "  ```\n\n  b\n- c\n",
    "fence in quote": "> ```py\n" + "> x = f(1)\n>\n" * 30 + "> ```\n> end\n",
    "fence in list in quote": "> 1. a\n>    ```\n" + ">    x = 1\n" * 50,
    "indented code": "".join(f"    x = {n}\n\n" for n in range(30)) + "\nend\n",
    "indented code in list": "-   a\n\n" + "        x = 1\n" * 30,
    "code line": "```\n" + "x = 1; " * 600 + "\n",
    "code line in quote": "> - ```\n>   " + "x = 1; " * 600,
    "paragraph in quote": f"> {_WORDS}\n" * 40,
    "line in item": "- a\n- [x] " + _WORDS * 30,
    "heading": "## " + _WORDS * 20,
    "list in quote": "".join(f"> {n}. item {_WORDS}\n" for n in range(1, 30)),
    "quote in list": "- a\n\n" + f"  > {_WORDS}\n  >\n" * 30,
    "table in quote": "> | a | b |\n> |---|--:|\n" + "".join(f"> | {_WORDS} | {n} |\n" for n in range(30)),
    "deep": "> 1. > - > 1. a\n" + f"> {'':3}> {'':2}>{'':4}{_WORDS}\n" * 30,
    "mixed": LIGHT_TEXT + "\n\n" + DARK_TEXT + "\n\n- مرحبا\n- [x] done\n",
}


def streamed_items(text: str, longest: int, width: float = WIDTH) -> list[BlockItem]:
    """The items of a text that arrives in pieces, as the view keeps them."""
    parser, items = StreamParser(), list[BlockItem]()
    style = BlockStyle(LIGHT, 1.0)

    def show() -> None:
        for index, block in enumerate(parser.blocks):
            if index < len(items) and items[index].block is block:
                items[index].update(block)
                continue
            del items[index:]
            items.append(make_item(block, style))
            items[-1].set_width(width)
        del items[len(parser.blocks) :]

    for piece in cut(text, 7, longest):
        parser.feed(piece)
        show()
    parser.finish()
    show()
    for item in items:
        while item.needs_color:
            item.color_more()
    return items


def panels_of(item: BlockItem) -> list[CodePanel]:
    return [part for part in item.part.panels() if isinstance(part, CodePanel)]


def fresh_items(text: str, width: float = WIDTH) -> list[BlockItem]:
    items = items_of(text, width=width)
    for item in items:
        for panel in panels_of(item):
            item.set_folded(False, panel)
        while item.needs_color:
            item.color_more()
    return items


@pytest.mark.parametrize("width", [WIDTH, 300])
@pytest.mark.parametrize("kind", _GROWING)
def test_streamed_picture_is_the_fresh_one(kind: str, width: float) -> None:
    text = _GROWING[kind]
    streamed, fresh = streamed_items(text, 90, width), fresh_items(text, width)
    assert [item.height for item in streamed] == [item.height for item in fresh]
    assert pixels_of(streamed, width) == pixels_of(fresh, width)
    for before in streamed:
        before.set_width(500)
    assert pixels_of(streamed, 500) == pixels_of(fresh_items(text, 500), 500)


def test_streamed_pictures_of_generated_texts() -> None:
    for seed in range(40):
        text = generated_text(seed)
        assert pixels_of(streamed_items(text, 9)) == pixels_of(fresh_items(text)), seed


@pytest.mark.parametrize("kind", _GROWING)
def test_offsets_are_those_of_the_plain_text(kind: str) -> None:
    for item in fresh_items(_GROWING[kind]):
        text = item.plain_text()
        assert item.part.text_length == len(text)
        found = [at for at, character in enumerate(text) if character.isalnum()][:: max(1, len(text) // 60)]
        for at in found:
            rects = item.selection_rects(at, at + 1)
            if len(rects) == 1 and rects[0].width() > 2 and text[at].isascii() and not text[at].isdigit():
                inside = QPointF(rects[0].left() + rects[0].width() / 4, rects[0].center().y())
                assert item.position_at(inside) in (at, at + 1), (at, text[at - 5 : at + 5])


def test_plain_text_of_generated_texts_has_the_length_of_the_parts() -> None:
    for seed in range(120):
        for item in items_of(generated_text(seed)):
            assert item.part.text_length == len(item.plain_text()), (seed, item.plain_text())


def test_selection_is_painted() -> None:
    (item,) = items_of("Some words and more.")
    (rect,) = item.selection_rects(5, 10)
    image = QImage(WIDTH, 30, QImage.Format.Format_RGB32)
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    item.paint(painter, QRectF(0, 0, WIDTH, 30), (5, 10))
    painter.end()
    assert image.pixelColor(int(rect.left()) + 1, int(rect.top()) + 1) == LIGHT.accent_soft
    assert image.pixelColor(int(rect.right()) + 3, int(rect.top()) + 1) == LIGHT.surface
    assert item.word_at(6) == (5, 10)


@pytest.mark.parametrize("kind", [*sorted({*_GROWING} - {"numbers", "table", "table in quote", "mixed"})])
def test_work_of_a_frame_does_not_grow(kind: str) -> None:
    style, parser = BlockStyle(LIGHT, 1.0), StreamParser()
    parser.feed(_GROWING[kind][:100])
    item = make_item(parser.blocks[0], style)
    item.set_width(WIDTH)
    most = 0
    for at in range(100, len(_GROWING[kind]), 128):
        before = style.work.layouts
        parser.feed(_GROWING[kind][at : at + 128])
        item.update(parser.blocks[0])
        most = max(most, style.work.layouts - before)
    assert most <= 8


def picture_of(item: BlockItem, top: float, height: float) -> QImage:
    image = QImage(WIDTH, max(1, round(height)), QImage.Format.Format_RGB32)
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    painter.translate(0, -top)
    item.paint(painter, QRectF(0, top, WIDTH, height))
    painter.end()
    return image


@pytest.mark.parametrize("kind", _GROWING)
def test_what_is_above_the_change_looks_as_before(kind: str) -> None:
    style, parser = BlockStyle(LIGHT, 1.0), StreamParser()
    item: BlockItem | None = None
    for piece in list(cut(_GROWING[kind], 3, 50))[:60]:
        parser.feed(piece)
        block = parser.blocks[0]
        if item is None or item.block is not block:
            item = make_item(block, style)
            item.set_width(WIDTH)
            continue
        top = max(0.0, item.height - 160)
        before = picture_of(item, top, 160)
        item.update(block)
        if (same := min(160.0, item.changed_from - top)) >= 1:
            area = QRect(0, 0, WIDTH, int(same))
            assert picture_of(item, top, 160).copy(area) == before.copy(area), piece


@pytest.mark.parametrize("begin", ["", "> ", "- "])
def test_of_a_paragraph_that_grows_its_last_lines_are_painted(begin: str) -> None:
    style, parser = BlockStyle(LIGHT, 1.0), StreamParser()
    parser.feed(begin + _WORDS * 4)
    item = make_item(parser.blocks[0], style)
    item.set_width(WIDTH)
    line = style.px(style.body.line_height)
    for _ in range(40):
        before = style.work.layouts
        parser.feed("some *more* words `here`, less than a line ")
        item.update(parser.blocks[0])
        assert item.height - item.changed_from <= 3 * line
        assert style.work.layouts - before <= 2
    assert item.height > 15 * line


def test_lines_of_a_text_that_becomes_another_are_laid_out_anew() -> None:
    texts = ["one two three " * 20, "one two three " * 12 + "**four** " * 9, "one **two** three " * 12]
    texts += ["other " * 40, "مرحبا " * 40, "abc שלום (12, 34) " * 10, "abc שלום (12, 34) " * 14]
    for before in texts:
        for after in texts:
            parser, other = StreamParser(), StreamParser()
            parser.feed(before)
            other.feed(after)
            item = make_item(parser.blocks[0], BlockStyle(LIGHT, 1.0))
            item.set_width(WIDTH)
            item.update(other.blocks[0])
            fresh = make_item(other.blocks[0], BlockStyle(LIGHT, 1.0))
            fresh.set_width(WIDTH)
            assert pixels_of([item]) == pixels_of([fresh]), (before, after)


def test_large_table_is_laid_out_where_it_is_seen() -> None:
    style, parser = BlockStyle(LIGHT, 1.0), StreamParser()
    parser.feed("| a | b |\n|---|---|\n" + "| cell | 1 |\n" * 10_000)
    parser.finish()
    item = make_item(parser.blocks[0], style)
    item.set_width(WIDTH)
    assert item.height > 10_000 * 30
    before = style.work.layouts
    image = QImage(WIDTH, 100, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(0, -200_000)
    item.paint(painter, QRectF(0, 200_000, WIDTH, 100))
    painter.end()
    assert style.work.layouts - before <= 12


def test_long_code_folds_and_wraps() -> None:
    (item,) = items_of("```\n" + "line\n" * 120 + "```\n")
    assert item.folded
    folded = item.height
    assert item.action_at(QPointF(40, folded - 10)) == ToggleFold()
    (panel,) = panels_of(item)
    assert item.set_folded(False, panel)
    assert item.height == folded + 80 * 20
    assert not items_of("```\n" + "line\n" * 40 + "```\n")[0].folded
    (wide,) = items_of("```\n" + "x" * 1_000 + "\n```\n")
    before = wide.height
    assert wide.set_wrap(True, *panels_of(wide))
    assert wide.height > before
    assert wide.plain_text() == "x" * 1_000
    assert len(wide.selection_rects(0, 1_000)) == (wide.height - before) / 20 + 1


def test_line_of_code_without_end_is_drawn_in_pieces() -> None:
    style, parser = BlockStyle(LIGHT, 1.0), StreamParser()
    parser.feed("```\n" + "x" * 100_000 + "\n```\n")
    item = make_item(parser.blocks[0], style)
    item.set_width(WIDTH)
    pixels_of([item])
    assert style.work.layouts <= 2
    assert item.scroll_horizontally(300_000, QPointF(10, 50))
    pixels_of([item])
    assert style.work.layouts <= 4


def test_hidden_characters_are_visible_in_code() -> None:
    hidden, plain = (pixels_of(items_of(f"```\na{mark}b\n```\n")) for mark in ("\u202e", ""))
    assert hidden != plain


@pytest.mark.parametrize("language", ["python", "json", "bash", "javascript", "rust", "yaml", "toml", "c"])
def test_colours_by_line_end_as_those_of_the_whole(language: str) -> None:
    lines = [
        'def f(a): """x',
        'y""" + 1',
        "/* a",
        "b */ int c = 1;",
        '{"k": [1, true]}',
        "if [ -f x ]; then # c",
    ] * 5
    colors = CodeColors(language)
    for count in range(1, len(lines) + 1):
        colors.grow(lines, count)
        while colors.is_busy:
            colors.work()
    colors.close(lines)
    while colors.is_busy:
        colors.work()
    assert colors.spans == highlight(language, lines)


def test_colours_of_python_need_no_second_look() -> None:
    lines = ["def f(a):", '    """Two', '    lines"""', "    return g(a) + 1  # c"]
    colors = CodeColors("python")
    colors.grow(lines, len(lines))
    while colors.is_busy:
        colors.work()
    assert colors.spans == highlight("python", lines)


@pytest.mark.parametrize("width", [260, 300, 340])
def test_no_word_of_a_head_is_broken_while_the_table_can_scroll(width: float) -> None:
    head = "| Responsibility | **Internationalization** | `authorization_code` | Misc |"
    (item,) = items_of(f"{head}\n|---|---|:-:|--:|\n| a | b | c | 1 |\n", width=width)
    text, begin = item.plain_text(), 0
    for word in ("Responsibility", "Internationalization", "authorization_code", "Misc"):
        begin = text.index(word, begin)
        assert len(item.selection_rects(begin, begin + len(word))) == 1, word


def test_table_cut_after_the_first_mark_of_a_row_has_no_empty_row() -> None:
    table = "| a | b |\n|---|---|\n| c | d |\n"
    (whole,), (begun,) = items_of(table), items_of(table + "|")
    assert begun.height == whole.height
    assert pixels_of([begun]) == pixels_of([whole])


def test_work_of_a_table_is_one_layout_for_each_cell() -> None:
    text, style, parser = _GROWING["table in quote"], BlockStyle(LIGHT, 1.0), StreamParser()
    for line in text.splitlines(keepends=True)[:3]:
        parser.feed(line)
    item = make_item(parser.blocks[0], style)
    item.set_width(WIDTH)
    for number in range(30):
        before = style.work.layouts
        parser.feed(f"> | some *words* | {number} |\n")
        item.update(parser.blocks[0])
        assert style.work.layouts - before == 2


def test_caret_covers_no_letter_of_a_line_that_is_wider_than_its_panel() -> None:
    (item,) = items_of("```\n" + "W" * 300, finish=False)
    caret = item.caret_rect().toAlignedRect()
    image = pixels_of([item])
    colors = {
        image.pixel(x, y) for x in range(caret.left(), WIDTH - 2) for y in range(caret.top(), caret.bottom())
    }
    assert len(colors) == 1
