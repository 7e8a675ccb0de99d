"""StreamParser: Markdown that arrives in pieces, parsed block by block."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_agent.markdown import grammar, provisional
from desktop_agent.markdown.blocks import Block, Token, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CLOSED_BY_BLANK_LINE = ("paragraph", "quote", "table")
_LIST_GOES_ON = frozenset(" \t0123456789+-*")  # after a blank line, any other first character ends a list
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENDS_BLANK = re.compile(r"\n[ \t]*\n[ \t]*$")
_HIGH_SURROGATE = re.compile("[\ud800-\udbff]$")


@dataclass(frozen=True)
class _Fence:
    """An open fence at the top level: its lines are taken as they come, without the grammar."""

    block: Block
    closing: re.Pattern[str]
    closing_begun: re.Pattern[str]

    @classmethod
    def of(cls, block: Block, opening: Token) -> _Fence:
        mark = re.escape(opening.markup[0])
        return cls(block, _closing_fence(opening), re.compile(rf" {{0,3}}{mark}+[ \t]*$"))


class StreamParser:
    """Parses Markdown while it arrives; any division of a text into pieces gives the same blocks.

    Only complete lines decide: all before the last top-level block that can still grow is final. That
    block, the tail, is parsed again as it grows. Its last line and half-typed markup are shown
    provisionally; `finish` gives what the whole text says.
    """

    def __init__(self) -> None:
        self._incoming: list[str] = []
        self._held = ""  # a character that may be half of one: a carriage return, a high surrogate
        self._text: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._lines: list[str] = []  # the tail's complete lines
        self._tail_start = 0  # where they begin in the text
        self._partial: list[str] = []  # the line that is still arriving
        self._fence: _Fence | None = None
        self._tail: dict[int, Block] = {}  # the tail's blocks by where they begin
        self._shown: dict[int, object] = {}  # per key of such a block: what its tokens are made of
        self._known: tuple[object, dict[str, list[Token]]] = (None, {})  # inline source -> its tokens
        self._definitions: dict[str, Any] = {}
        self._waiting: dict[str, list[Block]] = {}  # label without definition -> blocks that refer to it
        self._finished = False

    @property
    def blocks(self) -> Sequence[Block]:
        """Every top-level block in order. The list is the parser's own and grows with it."""
        self._advance()
        return self._blocks

    @property
    def text(self) -> str:
        """The text so far, with line feeds as line ends: what `Block.start` and `Block.end` count in."""
        self._advance()
        self._text = ["".join(self._text)]
        return self._text[0]

    def feed(self, text: str) -> None:
        """Take the next piece, of any length. It is parsed when `blocks` is read."""
        if self._finished:
            raise RuntimeError("this parser has finished")
        if text:
            self._incoming.append(text)

    def finish(self) -> None:
        """End the text: every block closes and has its exact tokens."""
        if self._finished:
            return
        self._finished = True
        self._take(self._clean())
        self._close_tail()

    def _advance(self) -> None:
        if self._incoming:
            self._take(self._clean())
            self._show()

    def _clean(self) -> str:
        """What has arrived, with line feeds as line ends and without what no text can contain."""
        text = self._held + "".join(self._incoming)
        self._incoming.clear()
        self._held = ""
        if not self._finished and (text.endswith("\r") or _HIGH_SURROGATE.search(text)):
            text, self._held = text[:-1], text[-1]
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text

    def _take(self, text: str) -> None:
        if not text:
            return
        self._text.append(text)
        self._length += len(text)
        first, *others = text.split("\n")
        begins_line = not any(self._partial)
        self._partial.append(first)
        lines: list[str] = []
        if others:
            lines = ["".join(self._partial) + "\n", *(line + "\n" for line in others[:-1])]
            self._partial = [others[-1]]
        if self._fence:
            lines = self._take_code(self._fence, lines)
        self._lines += lines
        if lines or (begins_line and self._lines):
            self._settle()

    # What of the tail is final.

    def _settle(self) -> None:
        """Parse the tail's complete lines and make final what no further text can change."""
        references = grammar.References(self._definitions)
        groups = list(grammar.top_level(grammar.parse_blocks("".join(self._lines), references)))
        is_closed = not groups or self._is_closed(groups[-1])
        begins_fence = not is_closed and self._begins_fence(groups[-1])
        cut = len(self._lines) if begins_fence else self._cut(groups, is_closed)
        self._define({label: found for label, found in references.items() if found["map"][0] < cut})
        offsets = self._offsets(self._lines)
        self._drop_tail()
        for tokens in groups if is_closed else groups[:-1]:
            self._settle_block(self._block_of(tokens, offsets), tokens, offsets)
        if begins_fence:
            block = self._block_of(groups[-1], offsets)
            block.replace(groups[-1], *_range(groups[-1], offsets))
            block.begin_code()
            self._blocks.append(block)
            self._fence = _Fence.of(block, groups[-1][0])
        if cut:
            self._known = (None, {})
        self._tail_start = offsets[cut]
        del self._lines[:cut]

    def _is_closed(self, tokens: Sequence[Token]) -> bool:
        kind, opening = kind_of(tokens), tokens[0]
        ends_blank = not self._lines[-1].strip()
        if kind in _CLOSED_BY_BLANK_LINE:
            return ends_blank
        if kind == "list":
            begun = "".join(self._partial)[:1]
            return ends_blank and begun != "" and begun not in _LIST_GOES_ON
        if opening.type == "fence":
            begin, end = _lines_of(tokens)
            return end - begin > 1 and _closing_fence(opening).match(self._lines[end - 1]) is not None
        return kind in ("heading", "rule")

    def _cut(self, groups: Sequence[Sequence[Token]], is_closed: bool) -> int:
        """The first line of the tail that is not final.

        Lines that no token covers are link definitions; with no blank line after them they may be the
        beginning of what follows.
        """
        final = groups if is_closed else groups[:-1]
        covered = _lines_of(final[-1])[1] if final else 0
        cut = len(self._lines) if is_closed else _lines_of(groups[-1])[0]
        while cut > covered and self._lines[cut - 1].strip():
            cut -= 1
        return cut

    def _settle_block(self, block: Block, tokens: list[Token], offsets: Sequence[int]) -> None:
        block.replace(tokens, *_range(tokens, offsets))
        self._fill(block)
        block.close()
        self._blocks.append(block)

    def _fill(self, block: Block) -> None:
        """Parse the inline text of a final block, and note which definitions would change it."""
        references = grammar.References(self._definitions)
        grammar.parse_inline(block.tokens, references)
        for label in references.missed:
            self._waiting.setdefault(label, []).append(block)

    def _define(self, definitions: Mapping[str, Any]) -> None:
        self._definitions.update(definitions)
        late = [block for label in definitions for block in self._waiting.pop(label, ())]
        for block in dict.fromkeys(late):
            self._fill(block)
            block.revision += 1

    # How the tail is shown.

    def _show(self) -> None:
        """Make the tail's blocks from its complete lines and the line that is still arriving."""
        partial = "".join(self._partial)
        if self._fence:
            held = self._fence.closing_begun.match(partial)
            self._fence.block.grow_code((), "" if held else partial, self._length)
            return
        text = provisional.shown_text(self._lines, partial)
        references = grammar.References(self._definitions)
        groups = list(grammar.top_level(grammar.parse_blocks(text, references)))
        self._drop_tail()
        lines = [line + "\n" for line in text.split("\n")] if text else []
        offsets = self._offsets(lines)
        grows = not _ENDS_BLANK.search(text)
        definitions = (len(self._definitions), sorted(references))
        if definitions != self._known[0]:
            self._known = (definitions, {})
        tail: dict[int, Block] = {}
        shown: dict[int, object] = {}
        for tokens in groups:
            is_last = tokens is groups[-1] and grows
            if is_last:
                provisional.close_last_inline(tokens)
            block = self._block_of(tokens, offsets)
            tail[block.start] = block
            begin, end = _lines_of(tokens)
            shown[block.key] = made_of = (lines[begin:end], is_last, definitions)
            if self._shown.get(block.key) != made_of:
                grammar.parse_inline(tokens, references, self._known[1])
                block.replace(tokens, *_range(tokens, offsets))
                block.end = min(block.end, self._length)
            self._blocks.append(block)
        self._tail, self._shown = tail, shown

    def _drop_tail(self) -> None:
        while self._blocks and self._blocks[-1].open:
            self._blocks.pop()

    def _block_of(self, tokens: list[Token], offsets: Sequence[int]) -> Block:
        """The tail's block that begins there and is of the same kind, or a new one."""
        start, end = _range(tokens, offsets)
        block = self._tail.get(start)
        return block if block and block.kind == kind_of(tokens) else Block(tokens, start, end)

    def _offsets(self, lines: Sequence[str]) -> list[int]:
        """Where each line of the tail begins in the text, and the end of the last."""
        return list(itertools.accumulate(map(len, lines), initial=self._tail_start))

    # An open fence.

    def _begins_fence(self, tokens: Sequence[Token]) -> bool:
        opening = tokens[0]
        return opening.type == "fence" and self._lines[_lines_of(tokens)[0]].startswith(opening.markup)

    def _take_code(self, fence: _Fence, lines: Sequence[str]) -> list[str]:
        """Append lines to the open fence up to the one that closes it; the answer is what follows that."""
        for index, line in enumerate(lines):
            self._tail_start += len(line)
            if fence.closing.match(line):
                fence.block.grow_code([code[:-1] for code in lines[:index]], "", self._tail_start)
                fence.block.close()
                self._fence = None
                return list(lines[index + 1 :])
        fence.block.grow_code([code[:-1] for code in lines], "", self._tail_start)
        return []

    def _close_tail(self) -> None:
        partial = "".join(self._partial)
        if self._fence:
            closes = self._fence.closing.match(partial) or not partial.strip()
            self._fence.block.grow_code((), "" if closes else partial, self._length)
            self._fence.block.close()
            self._fence = None
            return
        self._drop_tail()
        self._lines.append(partial)
        references = grammar.References(self._definitions)
        groups = list(grammar.top_level(grammar.parse_blocks("".join(self._lines), references)))
        self._define(references)
        offsets = self._offsets(self._lines)
        for tokens in groups:
            self._settle_block(self._block_of(tokens, offsets), tokens, offsets)
        self._lines, self._partial = [], []


def _lines_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The first line of a block and the one after its last, counted in the text that was parsed."""
    found = tokens[0].map
    assert found is not None  # every block has one
    return found[0], found[1]


def _range(tokens: Sequence[Token], offsets: Sequence[int]) -> tuple[int, int]:
    begin, end = _lines_of(tokens)
    return offsets[begin], offsets[min(end, len(offsets) - 1)]


def _closing_fence(opening: Token) -> re.Pattern[str]:
    mark, length = re.escape(opening.markup[0]), len(opening.markup)
    return re.compile(rf" {{0,3}}{mark}{{{length},}}[ \t]*$")
