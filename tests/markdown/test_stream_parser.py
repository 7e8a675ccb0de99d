"""Any division of a text gives the same blocks, and a block that has closed stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from desktop_agent.markdown import Block, StreamParser, plain_text, to_html
from markdown_samples import GFM, commonmark, concatenations, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

# Where the specification has raw HTML or plain addresses, ours differs on purpose.
_RAW_HTML = re.compile(r"<(?!https?:|[a-zA-Z0-9.+-]+(:|@))[a-zA-Z/!?]")
_BARE_LINKS = {602, 608, 611, 612}


def one_shot(text: str) -> str:
    parser = StreamParser()
    parser.feed(text)
    parser.finish()
    return to_html(parser.blocks)


def streamed(pieces: Iterable[str]) -> tuple[str, StreamParser]:
    """The final HTML; on the way, every step is displayed and checked."""
    parser = StreamParser()
    closed: dict[int, tuple[str, str]] = {}
    order: list[Block] = []
    for piece in pieces:
        parser.feed(piece)
        blocks = list(parser.blocks)
        assert blocks[: len(order)] == order, "a closed block has moved"
        order = [block for block in blocks if not block.open]
        assert blocks[: len(order)] == order, "a closed block stands after an open one"
        for block in blocks:
            html = to_html([block])  # also of open ones: nothing may raise
            if not block.open:
                source = parser.text[block.start : block.end]
                before = closed.setdefault(block.key, (html, source))
                assert before[1] == source
                assert before[0] == html or "[" in before[0], "only a late definition changes a closed block"
                closed[block.key] = (html, source)
    parser.finish()
    assert list(parser.blocks)[: len(order)] == order
    assert not any(block.open for block in parser.blocks)
    return to_html(parser.blocks), parser


def test_html_is_that_of_the_specification() -> None:
    compared = 0
    for example in commonmark():
        if _RAW_HTML.search(example.markdown) or example.number in _BARE_LINKS:
            continue
        assert one_shot(example.markdown) == example.html, example.number
        compared += 1
    assert compared > 550


@pytest.mark.parametrize("manner", ["characters", "lines", "pieces"])
def test_division_of_the_examples_makes_no_difference(manner: str) -> None:
    texts = [example.markdown for example in commonmark()] + list(GFM)
    for seed, text in enumerate(texts):
        pieces = {
            "characters": list(text),
            "lines": text.splitlines(keepends=True),
            "pieces": list(cut(text, seed)),
        }[manner]
        assert streamed(pieces)[0] == one_shot(text), text


def test_division_of_concatenations_makes_no_difference() -> None:
    for seed, text in enumerate(concatenations(300)):
        assert streamed(cut(text, seed))[0] == one_shot(text), text


def test_blocks_keep_their_identity_while_they_grow() -> None:
    parser = StreamParser()
    seen: dict[int, str] = {}
    for piece in cut("Some *text* that\ngoes on.\n\n- a\n- b\n- c\n\n```py\nx\ny\n```\n\nend", 3):
        parser.feed(piece)
        for block in parser.blocks:
            assert seen.setdefault(block.key, block.kind) == block.kind
    parser.finish()
    assert list(seen.values()) == ["paragraph", "list", "code", "paragraph"]
    assert [block.key for block in parser.blocks] == list(seen)


def test_ranges_cover_the_source() -> None:
    text = "# A\n\npara\nmore\n\n```\ncode\n```\n> q\n\n| a |\n|---|\n| b |\n\n1. x\n2. y\n"
    _, parser = streamed(cut(text, 5))
    sources = [parser.text[block.start : block.end].strip() for block in parser.blocks]
    assert sources == ["# A", "para\nmore", "```\ncode\n```", "> q", "| a |\n|---|\n| b |", "1. x\n2. y"]


def test_line_ends_and_characters_that_no_text_has() -> None:
    pieces = ["a\r", "\nb\r", "c\0", "\ud83d", "\ude00", " \ud800x\r"]
    html, parser = streamed(pieces)
    assert parser.text == "a\nb\nc\ufffd\N{GRINNING FACE} \ufffdx\n"
    assert html == "<p>a\nb\nc\ufffd\N{GRINNING FACE} \ufffdx</p>\n"


def test_late_definition_changes_only_the_blocks_that_refer_to_it() -> None:
    parser = StreamParser()
    parser.feed("See [one] and [two].\n\nPlain.\n\n")
    first, second = parser.blocks
    revisions = first.revision, second.revision
    parser.feed("[one]: https://one.example\n\n")
    assert parser.blocks[0] is first
    assert first.revision > revisions[0]
    assert second.revision == revisions[1]
    assert 'href="https://one.example"' in to_html([first])
    assert "[two]" in to_html([first])


def test_open_fence_only_appends() -> None:
    parser = StreamParser()
    parser.feed("```python\nx = 1\n")
    (block,) = parser.blocks
    assert [token.content for token in block.settled] == ["x = 1\n"]
    first = block.settled[0]
    parser.feed("y = 2\nz")
    assert [*parser.blocks] == [block]
    assert block.settled[0] is first
    assert [token.content for token in block.settled] == ["x = 1\n", "y = 2\n"]
    assert ([token.content for token in block.live], block.language) == (["z"], "python")
    parser.feed("\n``")
    assert [*parser.blocks] == [block]
    assert [token.content for token in block.live] == [""]  # it may close the fence
    parser.feed("`\n")
    assert not parser.blocks[0].open
    assert plain_text(block) == "x = 1\ny = 2\nz"


def test_feed_after_the_end_is_an_error() -> None:
    parser = StreamParser()
    parser.finish()
    parser.finish()
    with pytest.raises(RuntimeError):
        parser.feed("x")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <b>bold</b>", "<p>a &lt;b&gt;bold&lt;/b&gt;</p>\n"),
        (
            "see https://x.example/a_b_c.",
            '<p>see <a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</p>\n',
        ),
        ("www.x.example", '<p><a href="http://www.x.example">www.x.example</a></p>\n'),
        ("file.py and example.com", "<p>file.py and example.com</p>\n"),
        ("ftp://x.example //x.example", "<p>ftp://x.example //x.example</p>\n"),
        ("~~a~~ ~b~ ~5 to ~10", "<p><del>a</del> <del>b</del> ~5 to ~10</p>\n"),
        ("- [x] a", '<ul>\n<li><input checked="" disabled="" type="checkbox"> a</li>\n</ul>\n'),
        ("- [x]a", "<ul>\n<li>[x]a</li>\n</ul>\n"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>\n"),
    ],
)
def test_html_of_what_we_add(source: str, html: str) -> None:
    assert one_shot(source) == html


@pytest.mark.parametrize(
    "source",
    [
        ">" * 10_000 + "deep",
        "".join(f"{'  ' * depth}- a{depth}\n" for depth in range(300)),
        "[" * 3_000,
        "*a " * 2_000,
    ],
    ids=["quotes", "lists", "brackets", "stars"],
)
def test_nothing_is_lost_however_deep(source: str) -> None:
    shown, parser = streamed([source])
    words = "".join(re.findall(r"[a-z]\w*", source))
    assert "".join(re.findall(r"[a-z]\w*", "".join(map(plain_text, parser.blocks)))) == words
    assert shown
