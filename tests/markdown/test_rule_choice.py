"""Rules that are asked only where they may begin read what markdown-it reads with all of them."""

from __future__ import annotations

import random

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, text_join
from markdown_it.token import Token

from desktop_agent.markdown.block_parser import BlockParser
from desktop_agent.markdown.inline_parser import LINK_HELPERS, InlineParser, new_token
from markdown_samples import commonmark

_INLINE = (
    *("*", "**", "***", "_", "__", "~", "~~", "~~~", "`", "``", "[", "]", "](", "(", ")", "(/u 't')"),
    *(
        "(http://a.b/c",
        "(a(b)",
        "(<q>)",
        "(x\\)y)",
        "(a&amp;b) ",
        "[R]",
        "![",
        "!",
        "\\",
        "\\*",
        "&",
        "&#33;",
    ),
    *("\n", "  \n", "\\\n", " ", "a", "b c", "snake_case", "http://ex.am/p_l*e", "://", ":", "<a:b>", "<"),
    *("\u00a0", "\u20ac", "\u00ab", "\U0001f600", "-", "="),
)
_LINES = (
    *("- ", "* ", "+ ", "1. ", "23) ", "> ", ">", "    ", "  ", "\t", "# ", "### a #", "```", "~~~", "***"),
    *("---", "===", "- - -", "| a | b |", "|---|---|", "a | b", "text", "[r]: /u", "[r]", "<div>", "1", ""),
)


def parsers() -> tuple[MarkdownIt, MarkdownIt]:
    """One that asks every rule, and one that asks those that may begin."""
    found = []
    for _ in range(2):
        options = {"html": False, "linkify": True, "maxNesting": 60, "strikethrough_single_tilde": True}
        markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough", "linkify"])
        found.append(markdown)
    ours: MarkdownIt = found[1]
    ours.block = BlockParser(ours.block.ruler)
    ours.inline = InlineParser()
    setattr(ours, "helpers", LINK_HELPERS)  # noqa: B010 - it is declared to be a module
    return found[0], ours


def inline_tokens(markdown: MarkdownIt, source: str) -> list[Token]:
    token = Token("inline", "", 0)
    definitions = {"references": {"R": {"href": "/r", "title": ""}}}
    token.children = markdown.inline.parse(source, markdown, definitions, [])
    text_join(StateCore("", markdown, {}, [token]))
    return token.children


def test_inline_tokens_are_the_same() -> None:
    theirs, ours = parsers()
    chance = random.Random(4)
    sources = [example.markdown for example in commonmark()]
    sources += ["".join(chance.choices(_INLINE, k=chance.randint(1, 30))) for _ in range(1_000)]
    sources += ["[" * 70 + "a" + "]" * 70, "![" * 70 + "a" + "](b)" * 70]
    for source in sources:
        assert inline_tokens(ours, source) == inline_tokens(theirs, source), source


def test_block_tokens_are_the_same() -> None:
    theirs, ours = parsers()
    chance = random.Random(5)
    sources = [example.markdown for example in commonmark()]
    for _ in range(1_000):
        parts = chance.choices(_LINES, k=chance.randint(1, 24))
        sources.append("".join(part + chance.choice(("", "\n")) for part in parts))
    for source in sources:
        expected, found = theirs.parse(source), ours.parse(source)
        for token in found:
            token.meta = {}  # what ours notes beside
        assert found == expected, source


def test_a_new_token_is_as_any_other() -> None:
    assert new_token("text", "p", -1, 3) == Token("text", "p", -1, level=3)
