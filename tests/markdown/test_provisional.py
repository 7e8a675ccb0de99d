"""While text arrives, half-typed markup is never seen; what was shown stays."""

from __future__ import annotations

import re

import pytest

from desktop_agent.markdown import StreamParser, plain_text
from desktop_agent.markdown.provisional import close_inline

_TEXT = """# Title with `code` and **bold**

Some *emphasis*, **strong text**, ***both***, `inline code`, ~~gone~~ and a
[link text](https://example.com/a_b?q=1 "t").
Snake_case_name, 2 * 3 * 4, ~5 to ~10, [1] and array[0]. <https://auto.example/x> **nested *inner* done**.

- **First.** item with `code`
- second [a link](http://b.example)
  - nested **deep** thing
  1. num
- [ ] task open
- [x] task **done**

| Tier | Best *for* | N |
|---|:-:|--:|
| Free | **Trying** `it` | 3 |
| Basic | x | 12 |

> Quote with **bold**
> second line

```python
def f(): return "`**x"
```

Setext
---

***

1984 was a year. 5. no
"""
_RAW_MARKUP = re.compile(r"\*\*|`|\]\(|(?<!\w)\*\w|~~|\||^#|^-|^>", re.MULTILINE)


def _shown(parser: StreamParser) -> str:
    return "\n".join(plain_text(block) for block in parser.blocks if block.kind != "code")


def test_no_markup_is_seen_and_nothing_is_rewritten() -> None:
    parser = StreamParser()
    before = ""
    for character in _TEXT:
        parser.feed(character)
        shown = _shown(parser)
        assert not _RAW_MARKUP.search(shown), shown[-80:]
        assert shown.startswith(before[:-2]), (before[-40:], shown[-40:])
        before = shown


def test_model_is_exact_at_the_end() -> None:
    parser = StreamParser()
    parser.feed("An unfinished **bold and `code")
    assert plain_text(parser.blocks[0]) == "An unfinished bold and code"
    parser.finish()
    assert plain_text(parser.blocks[0]) == "An unfinished **bold and `code"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("plain", "plain"),
        ("**bo", "**bo**"),
        ("**bold*", "**bold**"),
        ("*a **b", "*a **b***"),
        ("a `code", "a `code`"),
        ("a ``code`", "a ``code``"),
        ("a `", "a"),
        ("[te", "[te](<>)"),
        ("[text]", "[text](<>)"),
        ("[text](https://x", "[text](<>)"),
        ("[text](https://x)", "[text](https://x)"),
        ("**[te", "**[te](<>)**"),
        ("![al", "![al](<>)"),
        ("see [1", "see [1"),
        ("array[0", "array[0"),
        ("2 * 3", "2 * 3"),
        ("snake_case", "snake_case"),
        ("~5", "~5"),
        ("~~5", "~~5~~"),
        ("a \\", "a"),
        ("<https://x", "<https://x>"),
        ("*" + "x" * 500, "*" + "x" * 500),
    ],
)
def test_half_typed_markup_is_closed(typed: str, shown: str) -> None:
    assert close_inline(typed).rstrip() == shown


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("para\n--", ["paragraph"]),
        ("para\n-", ["paragraph"]),
        ("para\n\n##", ["paragraph"]),
        ("para\n\n``", ["paragraph"]),
        ("para\n\n1", ["paragraph"]),
        ("| a | b |\n", ["table"]),
        ("| a | b |\n|--", ["table"]),
        ("| a | b", []),
        ("```pyth", []),
    ],
)
def test_line_of_marks_alone_waits(typed: str, kinds: list[str]) -> None:
    parser = StreamParser()
    parser.feed(typed)
    assert [block.kind for block in parser.blocks] == kinds
