"""BlockParser: the block rules of markdown-it, each asked only at lines that it may begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from typing_extensions import override

from desktop_agent.markdown.inline_parser import new_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from markdown_it import MarkdownIt
    from markdown_it.ruler import Ruler
    from markdown_it.utils import EnvType

    Rule = Callable[[StateBlock, int, int, bool], bool]

_INDENTED = 4  # columns: from there on a line is code
# The first character of a line that a rule takes; the rules that are not here look at any line.
_BEGINS_WITH = {
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*+-0123456789",
    "reference": "[",
    "html_block": "",  # HTML is text
    "heading": "#",
    "code": "",  # see `_Chain`
}
_MARKS = "`~>*-_+0123456789[#"


class BlockParser(ParserBlock):
    """Notes what markdown-it keeps to itself, in the `meta` of the token that opens a container.

    `content` is where the content begins in the text; of a list item `loose` says whether a blank line is
    between its blocks, and `ends_empty` whether one is after them.
    """

    def __init__(self, ruler: Ruler[Rule]) -> None:
        """Take the rules as they are now; they stay the same."""
        super().__init__()
        names = ("", "paragraph", "reference", "blockquote", "list")
        chains = {name: [_Chain(_named(ruler, ruler.getRules(name)))] for name in names}
        asked: Any = ruler
        asked.getRules = chains.__getitem__
        self.ruler = ruler

    @override
    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:
        opening = state.tokens[-1] if state.tokens else None
        if opening is not None:
            begin = state.bMarks[startLine] + state.tShift[startLine]
            opening.meta["content"] = begin - (state.sCount[startLine] - state.blkIndent)
        super().tokenize(state, startLine, endLine)
        if opening is not None:
            opening.meta["loose"] = not state.tight
            opening.meta["ends_empty"] = state.line - startLine > 1 and state.isEmpty(state.line - 1)

    @override
    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token]:
        if src:
            state = _State(src, md, env, outTokens)
            self.tokenize(state, state.line, state.lineMax)
        return outTokens


class _State(StateBlock):
    @override
    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        if nesting < 0:
            self.level -= 1
        token = new_token(ttype, tag, nesting, self.level)
        token.block = True
        if nesting > 0:
            self.level += 1
        self.tokens.append(token)
        return token


class _Chain:
    """Rules that are asked one after the other, as one rule."""

    def __init__(self, rules: list[tuple[str, Rule]]) -> None:
        self._all = [rule for _, rule in rules]
        self._of_text = self._asked("", rules)
        self._by_mark = {mark: self._asked(mark, rules) for mark in _MARKS}
        # A heading that is underlined has a line after its first.
        self._of_last_line = [rule for name, rule in rules if rule in self._of_text and name != "lheading"]

    @staticmethod
    def _asked(mark: str, rules: list[tuple[str, Rule]]) -> list[Rule]:
        return [rule for name, rule in rules if name not in _BEGINS_WITH or mark in (*_BEGINS_WITH[name],)]

    def __call__(self, state: StateBlock, line: int, end: int, silent: bool) -> bool:
        begin = state.bMarks[line] + state.tShift[line]
        if begin >= state.eMarks[line] or state.sCount[line] - state.blkIndent >= _INDENTED:
            rules = self._all
        else:
            rules = self._by_mark.get(state.src[begin], self._of_text)
            if rules is self._of_text and (line + 1 >= end or state.isEmpty(line + 1)):
                rules = self._of_last_line
        for rule in rules:  # noqa: SIM110 - a generator would cost as much as a rule
            if rule(state, line, end, silent):
                return True
        return False


def _named(ruler: Ruler[Rule], rules: list[Rule]) -> list[tuple[str, Rule]]:
    names = {id(rule.fn): rule.name for rule in ruler.__rules__}
    return [(names[id(rule)], rule) for rule in rules]
