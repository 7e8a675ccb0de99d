"""The grammar: CommonMark with GFM's tables, strikethrough, task lists and bare links, over markdown-it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import reference
from markdown_it.rules_core import StateCore, linkify, text_join
from markdown_it.token import Token
from typing_extensions import override

from desktop_agent.markdown.block_parser import BlockParser
from desktop_agent.markdown.inline_parser import LINK_HELPERS, InlineParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.rules_block import StateBlock
    from markdown_it.utils import EnvType, OptionsDict

    from desktop_agent.markdown.blocks import Block

LISTS = ("bullet_list_open", "ordered_list_open")

_NESTING = 60  # each level takes a few Python frames, inline as well as block
LEAST_WINDOW = 4_600
"""So many characters of an inline source are at least read together."""
LONGEST_WINDOW = 5_080
"""So many at most."""
_WINDOW_REST = 80  # of them so many at least are left to the next part
_LINE_BEGIN = re.compile(r"\n[ \t]+")
_LONGEST_BARE_LINK = 2_000
_MARKUP = re.compile(r"[\\`~*_\[<&:\n]")  # what begins anything but text in an inline source
_BRACKET = re.compile(r"[\[\]]")
_TASK = re.compile(r"\[([ xX])\][ \t\n]+(?=\S)")


class References(dict[str, Any]):
    """Link definitions: those that are settled, and over them those of the text that is parsed now.

    Attributes:
        missed: The labels that were asked for and have no definition.
    """

    def __init__(self, settled: dict[str, Any]) -> None:
        super().__init__()
        self._settled = settled
        self.missed: set[str] = set()

    @property
    def settled_count(self) -> int:
        """How many definitions are settled."""
        return len(self._settled)

    @override
    def __contains__(self, label: object) -> bool:
        return label in self._settled or super().__contains__(label)

    @override
    def get(self, label: str, default: Any = None) -> Any:
        """The definition of a normalised label; the first one of the text wins."""
        found = self._settled.get(label) or super().get(label)
        if found is None:
            self.missed.add(label)
            return default
        return found


def parse_blocks(text: str, references: References) -> list[Token]:
    """The block structure of a text: tokens whose inline tokens have no children yet.

    Args:
        text: Markdown with line feeds as line ends.
        references: Receives the definitions of the text.
    """
    markdown = _markdown()
    tokens: list[Token] = []
    markdown.block.parse(text, markdown, {"references": references}, tokens)
    _find_tasks(tokens)
    _note_looseness(tokens)
    for token in tokens:
        if token.type == "fence":
            token.meta["closed"] = _is_closed(token)
    return tokens


class ReadInlines:
    """Inline text that was read lately: what is read again gets the very same children.

    It is read again all the same when there are other link definitions.
    """

    def __init__(self) -> None:
        self._before: dict[tuple[str, bool | None], tuple[list[Token], set[str]]] = {}
        self._now: dict[tuple[str, bool | None], tuple[list[Token], set[str]]] = {}
        self._definitions = 0

    def turn(self) -> None:
        """Forget what was not asked for since the last turn."""
        self._before, self._now = self._now, {}

    def find(self, token: Token, references: References) -> bool:
        """Give an inline token the children that its text had; False when it was not read lately."""
        if references.settled_count != self._definitions:
            self._definitions = references.settled_count
            self._before, self._now = {}, {}
        key = (token.content, token.meta.get("checked"))
        found = None if references else self._now.get(key) or self._before.get(key)
        if found is None:
            return False
        self._now[key] = found
        token.children, missed = found
        references.missed |= missed
        return True

    def keep(self, token: Token, references: References, missed: set[str]) -> None:
        """Remember the children of an inline token, and the labels that its text asked for in vain."""
        if not references:
            self._now[token.content, token.meta.get("checked")] = (token.children or [], missed)


def parse_inline(tokens: Sequence[Token], references: References, read: ReadInlines) -> None:
    """Give every inline token among these its children, anew when it has some.

    Args:
        tokens: Tokens of a block.
        references: The link definitions.
        read: What was read lately.
    """
    markdown = _markdown()
    env: EnvType = {"references": references}
    missed = references.missed
    for token in tokens:
        if token.type != "inline" or read.find(token, references):
            continue
        token.children = []
        references.missed = set()
        for window in windows(token.content):
            if _MARKUP.search(window):
                markdown.inline.parse(window, markdown, env, token.children)
            elif window:
                token.children.append(Token("text", "", 0, content=window))
        state = StateCore("", markdown, env, [token])
        if _may_have_bare_link(token.content) and any(
            child.type == "text" and _may_have_bare_link(child.content) for child in token.children
        ):
            linkify(state)
        if [child.type for child in token.children] != ["text"]:
            text_join(state)
        if "checked" in token.meta:
            box = Token("task_box", "input", 0, meta={"checked": token.meta["checked"]})
            token.children = [box, *(token.children or ())]
        read.keep(token, references, references.missed)
        missed |= references.missed
        references.missed = missed


def _may_have_bare_link(text: str) -> bool:
    """Whether any of the marks is there that each bare link has."""
    return "@" in text or "://" in text or "www." in text.lower()


def windows(source: str) -> Iterator[str]:
    """An inline source in parts that are read each by itself: a very long one would take time without end.

    Where it is divided depends on nothing but the text from the part's beginning to `LONGEST_WINDOW`.
    """
    if len(source) > LONGEST_WINDOW:
        source = _LINE_BEGIN.sub("\n", source)
    begin = 0
    while (end := window_end(source, begin)) is not None:
        yield source[begin:end]
        begin = end
    yield source[begin:]


def window_end(source: str, begin: int) -> int | None:
    """Where the part of an inline source ends that begins at a place; None when it is the last one.

    Args:
        source: The source; no line of it begins with a blank.
        begin: The place.
    """
    if len(source) - begin <= LONGEST_WINDOW:
        return None
    first, last = begin + LEAST_WINDOW, begin + LONGEST_WINDOW - _WINDOW_REST
    for mark in ("\n", ". ", " "):
        found = source.rfind(mark, first, last)
        if found >= 0:
            end = found + len(mark)
            while source[end : end + 1] in (" ", "\t", "\n"):
                end += 1
            return end
    return last


def inline_token(content: str, level: int) -> Token:
    """An inline token with that source."""
    return Token("inline", "", 0, level=level, content=content, children=[], block=True)


def settles(source: str) -> bool:
    """Whether no text that follows an inline source, after its last blank, can change how it reads."""
    markdown = _markdown()
    state = _inlines().read(source, markdown, {"references": References({})}, [])
    if any(mark.open and mark.end < 0 for mark in state.delimiters):
        return False
    brackets = 0
    for token in state.tokens:
        if token.type == "text":
            if "`" in token.content:
                return False
            for mark in _BRACKET.findall(token.content):
                brackets = brackets + 1 if mark == "[" else max(0, brackets - 1)
    return brackets == 0


def top_level(tokens: Sequence[Token]) -> Iterable[list[Token]]:
    """The tokens of each top-level block."""
    begun = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting != 1:
            yield list(tokens[begun : index + 1])
            begun = index + 1


def to_html(blocks: Iterable[Block]) -> str:
    """Blocks as HTML in CommonMark's and GFM's form; raw HTML of the source is text in it."""
    markdown = _markdown()
    return "".join(markdown.renderer.render(block.tokens, markdown.options, {}) for block in blocks)


def render_options() -> OptionsDict:
    """What a renderer is to be called with."""
    return _markdown().options


class GfmRenderer(RendererHTML):
    """GFM's HTML where markdown-it writes its own. Attributes, not styles: an export forbids styles."""

    @override
    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        if token.type in ("s_open", "s_close"):
            return "<del>" if token.nesting == 1 else "</del>"
        if token.type == "task_box":
            checked = ' checked=""' if token.meta["checked"] else ""
            return f'<input{checked} disabled="" type="checkbox"> '
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            align = str(token.attrs["style"]).removeprefix("text-align:")
            return f'<{token.tag} align="{align}">'
        if token.type == "blockquote_open" and tokens[idx + 1].type == "blockquote_close":
            return "<blockquote>\n"
        return super().renderToken(tokens, idx, options, env)


@functools.cache
def _markdown() -> MarkdownIt:
    options = {
        "html": False,
        "linkify": True,
        "maxNesting": _NESTING,
        "strikethrough_single_tilde": True,
    }
    markdown = MarkdownIt("commonmark", options, renderer_cls=GfmRenderer)
    markdown.enable(["table", "strikethrough", "linkify"])
    markdown.block.ruler.before("table", "too_deep", _too_deep)
    markdown.block.ruler.at("reference", _read_definition)
    markdown.block = BlockParser(markdown.block.ruler)
    markdown.inline = _inlines()
    _set_up_bare_links(markdown)
    read_again: Any = markdown
    read_again.helpers = LINK_HELPERS
    # The links of a text that grows are read again and again.
    read_again.normalizeLink = functools.lru_cache(maxsize=256)(markdown.normalizeLink)
    return markdown


@functools.cache
def _inlines() -> InlineParser:
    return InlineParser()


def _read_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a link definition of a length that is bounded."""
    last, limit = start, state.bMarks[start] + LEAST_WINDOW
    while last < end and state.eMarks[last] < limit:
        last += 1
    if last == start:
        return False
    line_max, state.lineMax = state.lineMax, min(last, state.lineMax)
    try:
        return reference(state, start, end, silent)
    finally:
        state.lineMax = line_max


def _set_up_bare_links(markdown: MarkdownIt) -> None:
    """Link what GFM links: http, https and mailto addresses, e-mail addresses, and www. names."""

    def validate_www(linkifier: Any, text: str, position: int) -> int:
        name = "//www." + text[position : position + _LONGEST_BARE_LINK]
        return max(0, int(linkifier.test_schema_at(name, "http:", 0)) - len("//www."))

    def add_scheme(_linkifier: object, match: Any) -> None:
        match.url = "http://" + match.url

    schemes = {"www.": {"validate": validate_www, "normalize": add_scheme}, "ftp:": None, "//": None}
    linkifier: Any = type(markdown.linkify)
    markdown.linkify = linkifier(schemes, {"fuzzy_link": False})  # in one go: each change compiles anew


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take what is nested too deep as text: markdown-it would leave it out."""
    if silent or state.level < _NESTING - 4:
        return False
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, end]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, False).strip()
    token.map = [start, end]
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def _find_tasks(tokens: Sequence[Token]) -> None:
    """Turn "[x] " at the beginning of a list item into a mark on its first paragraph."""
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open":
            found = _TASK.match(inline.content)
            if found:
                inline.meta["checked"] = found[1] != " "
                inline.content = inline.content[found.end() :]


def _note_looseness(tokens: Sequence[Token]) -> None:
    """Write into the `meta` of each list whether it is `loose`."""
    lists: list[tuple[Token, Token | None]] = []  # each open list, and its last item
    for token in tokens:
        if token.type in LISTS:
            token.meta["loose"] = False
            lists.append((token, None))
        elif token.type == "list_item_open":
            opening, before = lists[-1]
            is_loose = token.meta.get("loose", False) or (before is not None and ends_empty(before))
            opening.meta["loose"] |= is_loose
            lists[-1] = opening, token
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()


def _is_closed(fence: Token) -> bool:
    """Whether a fence has the line that closes it, besides the one that opens it and those of its content."""
    begin, end = fence.map or (0, 0)
    content = fence.content
    lines = content.count("\n") + (content != "" and not content.endswith("\n"))
    return end - begin - 1 > lines


def ends_empty(item: Token) -> bool:
    """Whether a blank line is after the blocks of a list item."""
    begin, end = item.map or (0, 0)
    return bool(item.meta.get("ends_empty", end - begin > 1))
