"""Texts for the Markdown tests: the examples of CommonMark and of GFM's extensions, and ways to cut them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(__file__).with_name("commonmark.json")

GFM = (
    "| foo | bar |\n| --- | --- |\n| baz | bim |\n",
    "| abc | defghi |\n:-: | -----------:\nbar | baz\n",
    "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |\n",
    "| abc | def |\n| --- | --- |\n| bar | baz |\n> bar\n",
    "| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar\n",
    "| abc | def |\n| --- |\n| bar |\n",
    "| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |\n",
    "| abc | def |\n| --- | --- |\n",
    "- [ ] foo\n- [x] bar\n",
    "- [x] foo\n  - [ ] bar\n  - [x] baz\n- [ ] bim\n",
    "~~Hi~~ Hello, ~there~ world!\n",
    "This ~~has a\n\nnew paragraph~~.\n",
    "This will ~~~not~~~ strike.\n",
    "www.commonmark.org\n",
    "Visit www.commonmark.org/help for more information.\n",
    "Visit https://encrypted.google.com/search?q=Markup+(business)\n",
)


@dataclass(frozen=True)
class Example:
    """One example of the specification."""

    number: int
    section: str
    markdown: str
    html: str


def commonmark() -> list[Example]:
    """The examples of the CommonMark specification."""
    rows = json.loads(_DATA.read_text(encoding="utf-8"))
    return [Example(row["example"], row["section"], row["markdown"], row["html"]) for row in rows]


def cut(text: str, seed: int, longest: int = 9) -> Iterator[str]:
    """A text in random pieces, the same for the same seed."""
    choice = random.Random(seed)
    position = 0
    while position < len(text):
        length = choice.randint(1, longest)
        yield text[position : position + length]
        position += length


def concatenations(count: int) -> Iterator[str]:
    """Random concatenations of four to six examples."""
    texts = [example.markdown for example in commonmark()] + list(GFM)
    choice = random.Random(20)
    for _ in range(count):
        parts = (
            choice.choice(texts) + choice.choice(("", "\n", "\n\n")) for _ in range(choice.randint(4, 6))
        )
        yield "".join(parts)
