"""What of an open block is settled stays, costs nothing more, and is what the whole text says."""

from __future__ import annotations

import random

import pytest

from desktop_agent.markdown import StreamParser, plain_text, table_csv, table_markdown, to_html, word_at
from markdown.generated import generated_text
from markdown.test_stream_parser import one_shot, streamed
from markdown_samples import cut

_WORDS = "the *quick* **brown** fox `jumps` over [the](https://x.example) lazy snake_case 2 * 3 dog "
_LONG = {
    "list": "".join(f"- item {n} {_WORDS}\n" for n in range(200)),
    "loose": "".join(f"{n}. item {_WORDS}\n\n" for n in range(1, 200)),
    "nested": "1. top\n" + "".join(f"   - item {n} {_WORDS}\n" for n in range(200)),
    "table": "| a | b |\n|---|--:|\n" + "".join(f"| {_WORDS} | {n} |\n" for n in range(200)),
    "paragraph": (_WORDS + "\n") * 200,
    "line": _WORDS * 200,
    "quote": f"> {_WORDS}\n>\n" * 200,
    "fence": "```py\n" + "x = 1\n" * 2_000,
    "indented code": "".join(f"    x = {n}\n" for n in range(2_000)),
    "indented code with gaps": "".join(f"    x = {n}\n\n\n" for n in range(1_000)),
    "heading": "# " + _WORDS * 200,
    "fence in list": "- a\n\n  ```py\n" + "  x = 1\n" * 2_000,
    "fence at item": "1. ```py\n" + "   x = 1\n\n" * 1_000,
    "fence in quote": "> ```py\n" + "> x = 1\n" * 2_000,
    "fence in list in quote": "> - a\n>   ```py\n" + ">   x = 1\n" * 2_000,
    "indented code in list": "-   a\n\n" + "        x = 1\n" * 2_000,
    "indented code in quote": "> a\n>\n" + ">     x = 1\n" * 2_000,
    "paragraph in quote": f"> {_WORDS}\n" * 200,
    "lazy paragraph in quote": f"> {_WORDS}\n" + f"{_WORDS}\n" * 200,
    "line in quote": "> " + _WORDS * 200,
    "line in item": "- a\n- [x] " + _WORDS * 200,
    "paragraph in item": "1. a\n\n   b\n2. " + f"   {_WORDS}\n" * 200,
    "heading in quote": "> ## " + _WORDS * 200,
    "list in quote": "".join(f"> - item {n} {_WORDS}\n" for n in range(200)),
    "loose list in quote": "".join(f"> {n}. item {_WORDS}\n>\n" for n in range(1, 200)),
    "quote in list": "- a\n\n" + f"  > {_WORDS}\n  >\n" * 200,
    "paragraph in quote in list": "- a\n  > b\n" + f"  > {_WORDS}\n" * 200,
    "table in list": "- | a | b |\n  |---|--:|\n" + "".join(f"  | {_WORDS} | {n} |\n" for n in range(200)),
    "table in quote": "> | a | b |\n> |---|--:|\n" + "".join(f"> | {_WORDS} | {n} |\n" for n in range(200)),
    "deep": "> 1. > - > 1. a\n" + f"> {'':3}> {'':2}>{'':4}{_WORDS}\n" * 200,
    "code line": "```\n" + "x = 1; " * 6_000,
    "code line in quote": "> - ```\n>   " + "x = 1; " * 6_000,
    "line of indented code": "    " + "x = 1; " * 6_000,
}


@pytest.mark.parametrize("kind", _LONG)
def test_long_block_is_parsed_a_few_times_at_most(kind: str) -> None:
    text = _LONG[kind]
    parser = StreamParser()
    for at in range(0, len(text), 128):
        parser.feed(text[at : at + 128])
        assert len(parser.blocks) == 1
    parser.finish()
    assert parser.work.characters <= 4.2 * len(text)
    assert parser.work.blocks <= 2
    assert to_html(parser.blocks) == one_shot(text)


@pytest.mark.parametrize("kind", _LONG)
def test_settled_tokens_are_only_appended_to(kind: str) -> None:
    parser = StreamParser()
    parser.feed(_LONG[kind][:200])
    (block,) = parser.blocks
    seen = list(block.settled)
    for at in range(200, 10_000, 128):
        parser.feed(_LONG[kind][at : at + 128])
        assert list(parser.blocks) == [block]
        assert block.rewrites == 0
        assert all(now is before for now, before in zip(block.settled, seen, strict=False))
        seen = list(block.settled)
    assert len(seen) > 5


def test_division_of_generated_texts_makes_no_difference() -> None:
    for seed in range(250):
        text = generated_text(seed)
        longest = random.Random(seed).choice((1, 3, 9, 40))
        assert streamed(cut(text, seed, longest))[0] == one_shot(text), (seed, text)


def test_list_becomes_loose_as_a_whole() -> None:
    parser = StreamParser()
    parser.feed("- a\n- b\n- c\n- d")
    (block,) = parser.blocks
    opening = block.settled[0]
    assert opening.meta["loose"] is False
    parser.feed("\n\n- e")
    assert list(parser.blocks) == [block]
    assert opening.meta["loose"] is True
    assert block.rewrites == 0
    assert to_html([block]).count("<p>") == 5


def test_paragraph_that_turns_out_to_be_a_heading() -> None:
    text = (_WORDS + "\n") * 20
    parser = StreamParser()
    for piece in cut(text, 1, 60):
        parser.feed(piece)
        assert [block.kind for block in parser.blocks] == ["paragraph"]
    parser.feed("===\n")
    assert [block.kind for block in parser.blocks] == ["heading"]
    parser.finish()
    assert to_html(parser.blocks) == one_shot(text + "===\n")


def test_emphasis_that_closes_far_away() -> None:
    text = "**" + "word " * 800 + "end** and on"
    html, parser = streamed(text[at : at + 128] for at in range(0, len(text), 128))
    assert html == one_shot(text)
    assert html.startswith("<p><strong>word")
    assert parser.work.characters <= 20 * len(text)  # what is open so long is read again until it closes


@pytest.mark.parametrize(
    "source",
    [
        "x" * 100_000,
        "a " + "`" * 10_000,
        "> " * 1_000 + "deep",
        "- " * 1_000 + "deep",
        "| a | b |\n|---|---|\n" + "| c | d |\n" * 10_000,
        "a\0b\u202ec\ufeff" * 100,
    ],
    ids=["line", "backticks", "quotes", "lists", "table", "controls"],
)
def test_bad_input_loses_nothing(source: str) -> None:
    parser = StreamParser()
    for at in range(0, len(source), 4_096):
        parser.feed(source[at : at + 4_096])
        list(parser.blocks)
    parser.finish()
    assert to_html(parser.blocks) == one_shot(source)
    said = "".join(map(plain_text, parser.blocks))
    for character in set(source) - set("|-> \n\0"):
        assert said.count(character) >= min(source.count(character), 10)


@pytest.mark.parametrize("margin", ["", "> ", "- a\n\n  "])
@pytest.mark.parametrize(
    "source",
    [
        "word **bold " * 3_000,
        ("some *words* and [a](https://x.example) link.  \n   " * 800).rstrip(),
        "x" * 25_000,
        "[" * 11_000,
        "**" + "word " * 4_100 + "end** `code",
        "[a] " + "| b " * 6_000,
    ],
    ids=["open", "lines", "word", "brackets", "far", "bars"],
)
def test_very_long_text_is_divided_at_the_same_places_however_it_comes(source: str, margin: str) -> None:
    inner = {"": "", "> ": "> ", "- a\n\n  ": "  "}[margin]
    text = margin + source.replace("\n", "\n" + inner) + "\n\nend\n"
    whole = one_shot(text)
    for size in (700, 20_000):
        parser = StreamParser()
        for at in range(0, len(text), size):
            parser.feed(text[at : at + size])
            list(parser.blocks)
        parser.finish()
        assert to_html(parser.blocks) == whole, size


@pytest.mark.parametrize(
    "character", ["[", "![", "[a](", "*a ", "_a*b ", "> ", "\\", "&amp;", "<a:b", "~~a "]
)
def test_work_for_bad_input_is_linear(character: str) -> None:
    works = []
    for length in (12_000, 24_000):
        source, parser = "a " + character * (length // len(character)), StreamParser()
        for at in range(0, length, 2_048):
            parser.feed(source[at : at + 2_048])
            list(parser.blocks)
        parser.finish()
        works.append(parser.work.characters)
    assert works[1] <= 2.5 * works[0]


def test_row_that_never_ends_is_parsed_as_far_as_it_is_shown() -> None:
    parser = StreamParser()
    parser.feed("| a | b |\n|---|---|\n")
    text = "| " + "cell " * 10_000
    for at in range(0, len(text), 1_000):
        parser.feed(text[at : at + 1_000])
        list(parser.blocks)
    parser.finish()
    assert parser.work.characters <= 6 * len(text)
    assert plain_text(parser.blocks[0]).count("cell") == 10_000


def test_what_a_growing_block_says_is_read_once() -> None:
    for kind in _LONG:
        text, parser = _LONG[kind], StreamParser()
        for at in range(0, 9_000, 700):
            parser.feed(text[at : at + 700])
            (block,) = parser.blocks
            said = plain_text(block)
            assert said == plain_text(block)
        parser.finish()
        again = StreamParser()
        again.feed(text[:9_100])
        again.finish()
        assert plain_text(parser.blocks[0]) == plain_text(again.blocks[0])


def test_table_for_the_clipboard() -> None:
    parser = StreamParser()
    parser.feed("| a | *b* |\n|:-:|--:|\n| =1+2 | `x\\|y`, z |\n")
    parser.finish()
    assert table_markdown(parser.blocks[0]) == "| a | *b* |\n| :-: | --: |\n| =1+2 | `x\\|y`, z |\n"
    assert table_csv(parser.blocks[0]) == 'a,b\r\n\'=1+2,"x|y, z"\r\n'


@pytest.mark.parametrize(
    ("text", "offset", "word"),
    [
        ("one two", 1, "one"),
        ("one two", 4, "two"),
        ("it's", 3, "it's"),
        ("a\nb", 1, "a"),
        ("", 0, ""),
        ("a, b", 1, ","),
    ],
)
def test_word_at(text: str, offset: int, word: str) -> None:
    start, end = word_at(text, offset)
    assert text[start:end] == word
