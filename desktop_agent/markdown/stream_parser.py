"""StreamParser: Markdown that arrives in pieces, parsed block by block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_agent.markdown import grammar, provisional
from desktop_agent.markdown.blocks import Block, Token, kind_of
from desktop_agent.markdown.incoming import Incoming
from desktop_agent.markdown.tail import Parsed, Tail, lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOSED_BY_BLANK_LINE = ("paragraph", "quote", "table")
_LIST_GOES_ON = frozenset(" \t0123456789+-*")  # after a blank line, any other first character ends a list
_ENDS_BLANK = re.compile(r"\n[ \t]*\n[ \t]*$")


@dataclass
class ParserWork:
    """What a parser has done so far; exact, for tests and benchmarks.

    Attributes:
        characters: How many characters went through the grammar's block phase.
        blocks: How many blocks were made.
    """

    characters: int = 0
    blocks: int = 0


class StreamParser:
    """Parses Markdown while it arrives; any division of a text into pieces gives the same blocks.

    Only complete lines decide: all before the last top-level block that can still grow is final. That
    block, the tail, is parsed again as it grows, but for what of it is settled. Its last line and half-typed
    markup are shown provisionally; `finish` gives what the whole text says.

    Attributes:
        work: What was done so far.
        rewrites: Grows when blocks that were not open have changed after all, by a late definition.
    """

    def __init__(self) -> None:
        self.work = ParserWork()
        self.rewrites = 0
        self._incoming = Incoming()
        self._blocks: list[Block] = []
        self._definitions: dict[str, Any] = {}
        self._tail = Tail(self._definitions)
        self._begun: dict[int, Block] = {}  # the tail's blocks by where they begin
        self._shown: dict[int, object] = {}  # per key of such a block: what its tokens are made of
        self._waiting: dict[str, list[Block]] = {}  # label without definition -> blocks that refer to it
        self._read = grammar.ReadInlines()
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
        return self._tail.text

    def feed(self, text: str) -> None:
        """Take the next piece, of any length. It is parsed when `blocks` is read."""
        if self._finished:
            raise RuntimeError("this parser has finished")
        self._incoming.feed(text)

    def finish(self) -> None:
        """End the text: every block closes and has its exact tokens."""
        if self._finished:
            return
        self._finished = True
        self._tail.take(self._incoming.take(is_last=True))
        self._close_tail()

    def _advance(self) -> None:
        if not self._incoming.is_empty:
            text = self._incoming.take()
            if text:
                self._tail.take(text)
                self._parse_tail()

    # One parse a frame: what is final, what is settled, and how the rest is shown.

    def _parse_tail(self) -> None:
        self._read.turn()
        parsed = self._parse()
        last = self._last_complete(parsed)
        opened = last if last >= 0 and not self._is_closed(last, parsed) else len(parsed.groups)
        final = min(opened, last + 1)
        cut = self._tail.find_cut(final, opened, parsed)
        line = cut.line if cut else self._final_line(final, opened, parsed)
        self._define(parsed, line)
        self._drop_open_blocks()
        blocks = [self._block_at(index, parsed) for index in range(len(parsed.groups))]
        for index in range(final):
            self._close(blocks[index], parsed.live[index], parsed.range_of(index)[1])
        if final:
            self._tail.end_settling()
        if cut:
            settled = self._tail.settle(blocks[final], final, parsed, cut)
            self._fill(blocks[final], settled)
            blocks[final].settle(settled)
        self._tail.drop(line, cut.column if cut else 0, parsed)
        self._show(blocks, final, parsed)

    def _parse(self, *, is_last: bool = False) -> Parsed:
        parsed = self._tail.parse(is_last=is_last)
        self.work.characters = self._tail.characters
        return parsed

    def _last_complete(self, parsed: Parsed) -> int:
        """The last block that begins on a complete line; -1 when there is none."""
        begun = [i for i, group in enumerate(parsed.groups) if lines_of(group)[0] < parsed.complete]
        return max(begun, default=-1 if self._tail.block is None else 0)

    def _is_closed(self, index: int, parsed: Parsed) -> bool:
        tokens = parsed.groups[index]
        kind, opening = kind_of(tokens), tokens[0]
        if kind in _CLOSED_BY_BLANK_LINE:
            return self._tail.is_after_blank_line
        if kind == "list":
            begun = self._tail.begun
            return self._tail.is_after_blank_line and begun != "" and begun not in _LIST_GOES_ON
        if lines_of(tokens)[1] > parsed.complete:
            return False
        return bool(opening.meta["closed"]) if opening.type == "fence" else kind in ("heading", "rule")

    def _final_line(self, final: int, opened: int, parsed: Parsed) -> int:
        """The first line of the tail that is not final.

        Lines that no token covers are link definitions; with no blank line after them they may be the
        beginning of what follows.
        """
        covered = lines_of(parsed.groups[final - 1])[1] if final else 0
        is_open = opened < len(parsed.groups)
        line = lines_of(parsed.groups[opened])[0] if is_open else parsed.complete
        while line > covered and parsed.lines[line - 1].strip():
            line -= 1
        return line

    def _close(self, block: Block, tokens: list[Token], end: int) -> None:
        self._fill(block, tokens)
        block.show(tokens, end)
        block.close()
        self._blocks.append(block)

    def _fill(self, block: Block, tokens: Sequence[Token]) -> None:
        """Parse the inline text of final tokens, and note which definitions would change it."""
        references = grammar.References(self._definitions)
        grammar.parse_inline(tokens, references, self._read)
        for label in references.missed:
            self._waiting.setdefault(label, []).append(block)

    def _define(self, parsed: Parsed, line: int) -> None:
        """Take the definitions before a line; blocks that waited for them are filled anew."""
        found = {label: each for label, each in parsed.references.items() if each["map"][0] < line}
        self._definitions.update(found)
        late = [block for label in found for block in self._waiting.pop(label, ())]
        self.rewrites += bool(late)
        for block in dict.fromkeys(late):
            self._fill(block, block.settled)
            block.rewrite(block.settled)

    # How the tail is shown.

    def _show(self, blocks: Sequence[Block], begin: int, parsed: Parsed) -> None:
        """Give the blocks that are not final what the tail says, the line that is still arriving included."""
        grows = not _ENDS_BLANK.search("".join(parsed.lines[-2:]))
        definitions = (len(self._definitions), sorted(parsed.references))
        begun: dict[int, Block] = {}
        shown: dict[int, object] = {}
        for index in range(begin, len(blocks)):
            block, tokens = blocks[index], parsed.live[index]
            is_last = index == len(blocks) - 1 and grows
            first, after = lines_of(parsed.groups[index])
            made_of = (parsed.lines[first:after], is_last, definitions, len(block.settled), block.rewrites)
            begun[block.start], shown[block.key] = block, made_of
            if self._shown.get(block.key) != made_of:
                if is_last:
                    provisional.close_last_inline(tokens)
                grammar.parse_inline(tokens, parsed.references, self._read)
                block.show(tokens, parsed.range_of(index)[1])
            self._blocks.append(block)
        self._begun, self._shown = begun, shown

    def _drop_open_blocks(self) -> None:
        while self._blocks and self._blocks[-1].open:
            self._blocks.pop()

    def _block_at(self, index: int, parsed: Parsed) -> Block:
        """The tail's block that begins there and is of the same kind, or a new one."""
        if index == 0 and self._tail.block is not None:
            return self._tail.block
        start, end = parsed.range_of(index)
        block, kind = self._begun.get(start), kind_of(parsed.groups[index])
        if block and block.kind == kind:
            return block
        self.work.blocks += 1
        return Block(parsed.groups[index], start, end)

    def _close_tail(self) -> None:
        self._drop_open_blocks()
        parsed = self._parse(is_last=True)
        self._define(parsed, len(parsed.lines) + 1)
        for index in range(len(parsed.groups)):
            block = self._block_at(index, parsed)
            self._close(block, parsed.live[index], parsed.range_of(index)[1])
