"""InlineParser: the inline rules of markdown-it, each asked only where its mark stands."""

from __future__ import annotations

import functools
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.helpers import parseLinkDestination, parseLinkLabel, parseLinkTitle
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import (
    StateInline,
    autolink,
    backtick,
    emphasis,
    entity,
    escape,
    image,
    link,
    link_pairs,
    linkify,
    newline,
    strikethrough,
)
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from markdown_it import MarkdownIt
    from markdown_it.utils import EnvType

    Rule = Callable[[StateInline, bool], bool]

# Where a rule may begin, or a label end: all else is text. Each rule looks at its first character itself.
_MARK = re.compile(r"[\n\\`*_~\[\]<&]|!(?=\[)|:(?=//)")
_PLAIN_DESTINATION = re.compile(r"[^\x00-\x20\x7f\\()<&]+(?=[ )])")
_new = object.__new__
_WHITE, _PUNCTUATION, _OTHER = range(3)


class InlineParser(ParserInline):
    """Reads inline text as `ParserInline` does with the rules of CommonMark, strikethrough and linkify.

    That one asks every rule at every mark. Most of what it spends is answers "not mine"; here a mark chooses
    the only rule that can begin with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terminator_re = _MARK
        self._rules: dict[str, Rule] = {
            "\n": newline,
            "\\": escape,
            "`": backtick,
            "*": _read_emphasis,
            "_": _read_emphasis,
            "~": strikethrough.tokenize,
            "[": functools.partial(_read_link, link),
            "!": functools.partial(_read_link, image),
            "<": autolink,
            "&": entity,
            ":": linkify,
        }

    @override
    def tokenize(self, state: StateInline) -> None:
        source, end, deepest = state.src, state.posMax, state.md.options["maxNesting"]
        rules, append, search = self._rules, state.append_pending, _MARK.search
        while (position := state.pos) < end:
            if state.level < deepest:
                found = search(source, position)
                begin = found.start() if found else end
                if begin > position:
                    append(source[position:begin])
                    state.pos = position = begin
                    if position >= end:
                        break
                rule = rules.get(source[position])
                if rule is not None and rule(state, False):
                    continue
            append(source[position])
            state.pos = position + 1
        if state.pending:
            state.pushPending()

    @override
    def skipToken(self, state: StateInline) -> None:
        position = state.pos
        known = state.cache.get(position)
        if known is not None:
            state.pos = known
            return
        if state.level < state.md.options["maxNesting"]:
            found = _MARK.search(state.src, position)
            begin = found.start() if found else state.posMax
            if begin > position:
                state.pos = begin
            else:
                rule = self._rules.get(state.src[position])
                state.level += 1  # as `ParserInline` does: it bounds how deep labels are looked into
                if rule is None or not rule(state, True):
                    state.pos += 1
                state.level -= 1
        else:
            state.pos = state.posMax + 1
        state.cache[position] = state.pos

    @override
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        return self.read(src, md, env, tokens).tokens

    def read(self, source: str, markdown: MarkdownIt, env: EnvType, tokens: list[Token]) -> StateInline:
        """Read a source, as `parse` does; the answer knows its marks, too.

        Args:
            source: The source.
            markdown: The parser that this one is part of.
            env: The link definitions.
            tokens: Receives what the source says.
        """
        state = _State(source, markdown, env, tokens)
        self.tokenize(state)
        if state.delimiters or any(meta and meta["delimiters"] for meta in state.tokens_meta):
            link_pairs(state)
            if "~" in state.src:
                strikethrough.postProcess(state)
            emphasis.postProcess(state)
            _join(state.tokens)
        elif "~" in state.src:
            _join(state.tokens)
        return state


class _State(StateInline):
    @override
    def pushPending(self) -> Token:
        token = new_token("text", "", 0, self.pendingLevel)
        token.content = self.pending
        self.tokens.append(token)
        self.pending = ""
        return token

    @override
    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        if self.pending:
            self.pushPending()
        meta = None
        if nesting < 0:
            self.level -= 1
            self.delimiters = self._prev_delimiters.pop()
        token = new_token(ttype, tag, nesting, self.level)
        if nesting > 0:
            self.level += 1
            self._prev_delimiters.append(self.delimiters)
            self.delimiters = []
            meta = {"delimiters": self.delimiters}
        self.pendingLevel = self.level
        self.tokens.append(token)
        self.tokens_meta.append(meta)
        return token


def new_token(kind: str, tag: str, nesting: Literal[-1, 0, 1], level: int) -> Token:
    """`Token(kind, tag, nesting, level=level)` at a quarter of its cost, which is that of its 13 defaults."""
    token = _new(Token)
    token.type, token.tag, token.nesting, token.level = kind, tag, nesting, level
    token.attrs, token.meta = {}, {}
    token.map = token.children = None
    token.content = token.markup = token.info = ""
    token.block = token.hidden = False
    return token


def _join(tokens: list[Token]) -> None:
    """Make one of texts that are neighbours, and count the levels anew: marks have become tags."""
    level = 0
    kept: list[Token] = []
    parts: list[str] = []  # of the last one, where it is several
    is_text = False
    for token in tokens:
        if token.type == "text":
            if is_text:
                parts = parts or [kept[-1].content]
                parts.append(token.content)
                continue
            is_text = True
        else:
            if parts:
                kept[-1].content, parts = "".join(parts), []
            is_text = False
        if token.nesting < 0:
            level -= 1
        token.level = level
        if token.nesting > 0:
            level += 1
        kept.append(token)
    if parts:
        kept[-1].content = "".join(parts)
    tokens[:] = kept


def _read_link(rule: Rule, state: StateInline, silent: bool) -> bool:
    """Read a link or an image, but for one without an end: the rule would look for that at great length."""
    return state.src.find("]", state.pos) >= 0 and rule(state, silent)


class Destination(NamedTuple):
    """The address of a link, and where it ends, in the form that markdown-it's rules ask for."""

    ok: bool
    pos: int
    str: str


def _find_destination(string: str, pos: int, maximum: int) -> Any:
    """The address of a link that begins at a place; one without an escape is found in one go."""
    found = _PLAIN_DESTINATION.match(string, pos, maximum)
    if found is None:
        return parseLinkDestination(string, pos, maximum)
    return Destination(True, found.end(), found[0])


LINK_HELPERS = SimpleNamespace(
    parseLinkLabel=parseLinkLabel, parseLinkTitle=parseLinkTitle, parseLinkDestination=_find_destination
)
"""What markdown-it's rules read links with."""


def _read_emphasis(state: StateInline, silent: bool) -> bool:
    """Read a run of "*" or "_", as the rule `emphasis` does; one that can be no mark stays in the text."""
    if silent:
        return False
    source, begin, end = state.src, state.pos, state.pos + 1
    mark = source[begin]
    while end < state.posMax and source[end] == mark:
        end += 1
    before = _kind(source[begin - 1]) if begin else _WHITE
    after = _kind(source[end]) if end < state.posMax else _WHITE
    opens = after != _WHITE and (after != _PUNCTUATION or before != _OTHER)
    closes = before != _WHITE and (before != _PUNCTUATION or after != _OTHER)
    if mark == "_":
        opens, closes = (
            opens and (not closes or before == _PUNCTUATION),
            closes and (not opens or after == _PUNCTUATION),
        )
    state.pos = end
    if not (opens or closes):
        state.append_pending(source[begin:end])
        return True
    if state.pending:
        state.pushPending()
    state.pendingLevel = level = state.level
    for _ in range(end - begin):
        state.delimiters.append(Delimiter(ord(mark), end - begin, len(state.tokens), -1, opens, closes))
        token = new_token("text", "", 0, level)
        token.content = mark
        state.tokens.append(token)
        state.tokens_meta.append(None)
    return True


@functools.lru_cache(maxsize=1024)
def _kind(character: str) -> int:
    """What a character is beside a mark."""
    if isWhiteSpace(ord(character)):
        return _WHITE
    is_punctuation = isMdAsciiPunct(ord(character)) or isPunctChar(character)
    return _PUNCTUATION if is_punctuation else _OTHER
