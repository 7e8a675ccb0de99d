"""StreamParser: Markdown that arrives in pieces, parsed block by block."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from desktop_agent.markdown import grammar, provisional
from desktop_agent.markdown.blocks import Block, Token, kind_of
from desktop_agent.markdown.incoming import Incoming
from desktop_agent.markdown.prose import Prose, cut_text
from desktop_agent.markdown.settling import (
    FILLER,
    Cut,
    Path,
    Sheet,
    StandIn,
    apply_looseness,
    cut_code,
    find_cut,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOSED_BY_BLANK_LINE = ("paragraph", "quote", "table")
_LIST_GOES_ON = frozenset(" \t0123456789+-*")  # after a blank line, any other first character ends a list
_LONGEST_SHOWN_ROW = (
    4_000  # characters of a table's row; more of one that is still arriving is seen at its end
)
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


@dataclass
class _Parsed:
    """The tail as the grammar sees it. Lines count from the first one of the stand-in."""

    groups: list[list[Token]]  # the top-level blocks
    live: list[list[Token]]  # the tokens of each that follow what is settled
    rest: int  # where they begin in the first one
    references: grammar.References
    lines: list[str]
    offsets: list[int]  # where each line begins in the text, and the end of the last
    complete: int  # how many lines are
    shows_partial: bool  # whether the line after them is there as it was typed
    stand_in: int  # how many lines are of the stand-in
    prefix: str  # what of the line after those is of the stand-in

    def range_of(self, index: int) -> tuple[int, int]:
        begin, end = _lines_of(self.groups[index])
        return self.offsets[begin], self.offsets[min(end, len(self.offsets) - 1)]


@dataclass
class _Settled:
    """What of the open block is settled.

    Attributes:
        block: The block; None while nothing is.
        stand_in: What stands for it in what is parsed.
        text: What it stands for.
        prose: The paragraph that goes on.
        before: What was settled before that paragraph, with the number of tokens.
        window: The same before what of it is read together.
    """

    block: Block | None = None
    stand_in: StandIn = field(default_factory=StandIn)
    text: list[str] = field(default_factory=list)
    prose: Prose = field(default_factory=Prose)
    before: tuple[_Settled, int] | None = None
    window: tuple[_Settled, int] | None = None


class StreamParser:
    """Parses Markdown while it arrives; any division of a text into pieces gives the same blocks.

    Only complete lines decide: all before the last top-level block that can still grow is final. That
    block, the tail, is parsed again as it grows, but for what of it is settled. Its last line and half-typed
    markup are shown provisionally; `finish` gives what the whole text says.

    Attributes:
        work: What was done so far.
    """

    def __init__(self) -> None:
        self.work = ParserWork()
        self._incoming = Incoming()
        self._text: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._lines: list[str] = []  # the tail's complete lines that are not settled
        self._tail_start = 0  # where they begin in the text
        self._partial: list[str] = []  # the line that is still arriving
        self._settled = _Settled()
        self._cannot_settle = -1  # where a block or a paragraph begins that is parsed whole
        self._tail: dict[int, Block] = {}  # the tail's blocks by where they begin
        self._shown: dict[int, object] = {}  # per key of such a block: what its tokens are made of
        self._definitions: dict[str, Any] = {}
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
        self._text = ["".join(self._text)]
        return self._text[0]

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
        self._take(self._incoming.take(is_last=True))
        self._close_tail()

    def _advance(self) -> None:
        if not self._incoming.is_empty:
            text = self._incoming.take()
            if text:
                self._take(text)
                self._parse_tail()

    def _take(self, text: str) -> None:
        """Append to the tail."""
        self._text.append(text)
        self._length += len(text)
        first, *others = text.split("\n")
        self._partial.append(first)
        if others:
            self._lines += ["".join(self._partial) + "\n", *(line + "\n" for line in others[:-1])]
            self._partial = [others[-1]]

    # One parse a frame: what is final, what is settled, and how the rest is shown.

    def _parse_tail(self) -> None:
        self._read.turn()
        parsed = self._parse()
        last = self._last_complete(parsed)
        opened = last if last >= 0 and not self._is_closed(last, parsed) else len(parsed.groups)
        final = min(opened, last + 1)
        cut = self._find_cut(final, opened, parsed)
        line = cut.line if cut else self._final_line(final, opened, parsed)
        self._define(parsed, line)
        self._drop_tail()
        blocks = [self._block_at(index, parsed) for index in range(len(parsed.groups))]
        for index in range(final):
            self._close(blocks[index], parsed.live[index], parsed.range_of(index)[1])
        if final:
            self._settled = _Settled()
        if cut:
            self._settle(blocks[final], final, parsed, cut)
        self._drop_text(line, cut.column if cut else 0, parsed)
        self._show(blocks, final, parsed)

    def _shown_line(self, partial: str) -> str:
        """What of the line that is still arriving is parsed."""
        stand_in = self._settled.stand_in
        if stand_in.prefix and not self._lines:
            return partial
        if stand_in.form == "rows":
            partial = partial[:_LONGEST_SHOWN_ROW]
        if stand_in.form == "code" and stand_in.leaf_type == "fence":
            return provisional.shown_code(partial)
        return provisional.shown_line([*stand_in.lines, *self._lines], partial)

    def _parse(self, *, is_last: bool = False) -> _Parsed:
        stand_in, partial = self._settled.stand_in, "".join(self._partial)
        last_line = partial if is_last else self._shown_line(partial)
        lines = [*self._lines, last_line] if last_line else [*self._lines]
        offsets = list(itertools.accumulate(map(len, lines), initial=self._tail_start))
        if stand_in.prefix:
            lines[:1] = [stand_in.prefix + "".join(lines[:1])]
        lines = [*stand_in.lines, *lines]
        text = "".join(lines)
        self.work.characters += len(text)
        references = grammar.References(self._definitions)
        groups = list(grammar.top_level(grammar.parse_blocks(text, references)))
        live, rest = list(map(list, groups)), 0
        count = len(stand_in.lines)
        complete = count + len(self._lines)
        if self._settled.block is not None:
            found = stand_in.rest(groups[0]) if groups else None
            if found is None:
                self._unsettle(self._settled.before or (_Settled(), 0))
                self._cannot_settle = self._tail_start
                return self._parse(is_last=is_last)
            if not self._reads_exactly(groups[0], found, complete, is_last=is_last):
                assert self._settled.window is not None
                self._unsettle(self._settled.window)
                return self._parse(is_last=is_last)
            rest = found
            apply_looseness(stand_in, groups[0], rest, self._settled.block.settled)
            live[0] = stand_in.after(groups[0], rest)
        offsets = [*[self._tail_start] * count, *(min(offset, self._length) for offset in offsets)]
        shows_partial = last_line == partial
        return _Parsed(
            groups, live, rest, references, lines, offsets, complete, shows_partial, count, stand_in.prefix
        )

    def _reads_exactly(self, group: Sequence[Token], rest: int, complete: int, *, is_last: bool) -> bool:
        """Whether what of a paragraph is settled reads as it would with all that is read together with it."""
        stand_in, prose = self._settled.stand_in, self._settled.prose
        if stand_in.form != "text":
            return True
        lines = group[rest - 1].map
        assert lines is not None
        goes_on = not is_last and lines[1] >= complete and not self._is_after_blank_line()
        content = group[rest].content.removeprefix(FILLER).lstrip(" \t\n")
        if goes_on:
            return prose.is_exact or prose.fits(content)
        return prose.reads_whole(content)

    def _is_after_blank_line(self) -> bool:
        return bool(self._lines) and not self._lines[-1].strip()

    def _last_complete(self, parsed: _Parsed) -> int:
        """The last block that begins on a complete line; -1 when there is none."""
        begun = [i for i, group in enumerate(parsed.groups) if _lines_of(group)[0] < parsed.complete]
        return max(begun, default=-1 if self._settled.block is None else 0)

    def _is_closed(self, index: int, parsed: _Parsed) -> bool:
        tokens = parsed.groups[index]
        kind, opening = kind_of(tokens), tokens[0]
        if kind in _CLOSED_BY_BLANK_LINE:
            return self._is_after_blank_line()
        if kind == "list":
            begun = "".join(self._partial)[:1]
            return self._is_after_blank_line() and begun != "" and begun not in _LIST_GOES_ON
        if _lines_of(tokens)[1] > parsed.complete:
            return False
        return bool(opening.meta["closed"]) if opening.type == "fence" else kind in ("heading", "rule")

    def _final_line(self, final: int, opened: int, parsed: _Parsed) -> int:
        """The first line of the tail that is not final.

        Lines that no token covers are link definitions; with no blank line after them they may be the
        beginning of what follows.
        """
        covered = _lines_of(parsed.groups[final - 1])[1] if final else 0
        is_open = opened < len(parsed.groups)
        line = _lines_of(parsed.groups[opened])[0] if is_open else parsed.complete
        while line > covered and parsed.lines[line - 1].strip():
            line -= 1
        return line

    def _drop_text(self, line: int, column: int, parsed: _Parsed) -> None:
        """Take away the tail's lines before one, and the first `column` characters of that."""
        if column and line == parsed.stand_in:
            column -= len(parsed.prefix)
        count = max(0, line - parsed.stand_in)
        self._tail_start += sum(map(len, self._lines[:count])) + column
        del self._lines[:count]
        if not column:
            return
        if self._lines:
            self._lines[0] = self._lines[0][column:]
        else:
            self._partial = ["".join(self._partial)[column:]]

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

    def _define(self, parsed: _Parsed, line: int) -> None:
        """Take the definitions before a line; blocks that waited for them are filled anew."""
        found = {label: each for label, each in parsed.references.items() if each["map"][0] < line}
        self._definitions.update(found)
        late = [block for label in found for block in self._waiting.pop(label, ())]
        for block in dict.fromkeys(late):
            self._fill(block, block.settled)
            block.rewrite(block.settled)

    # What of the open block is settled.

    def _find_cut(self, final: int, opened: int, parsed: _Parsed) -> Cut | None:
        """How far the block after the final ones is settled.

        Its beginning may be on the line that is still arriving; then only text and code in it are settled.
        """
        if final >= len(parsed.groups) or parsed.range_of(final)[0] == self._cannot_settle:
            return None
        is_known = final == 0 and self._settled.block is not None
        stand_in, rest = (self._settled.stand_in, parsed.rest) if is_known else (StandIn(), 0)
        group, is_shown = parsed.groups[final], parsed.shows_partial
        sheet = Sheet(group, parsed.lines, parsed.complete, is_shown, stand_in, rest)
        cut = None
        if (
            parsed.shows_partial
            and final == len(parsed.groups) - 1
            and self._tail_start != self._cannot_settle
        ):
            path = Path(sheet, len(sheet.lines))
            cut = cut_text(path, sheet, self._settled.prose) or cut_code(path, sheet)
        if cut is None and opened < len(parsed.groups):
            cut = find_cut(Path(sheet, parsed.complete), sheet)
        return cut

    def _settle(self, block: Block, index: int, parsed: _Parsed, cut: Cut) -> None:
        tokens, group, before = parsed.live[index], parsed.groups[index], self._settled
        count = cut.index - (len(group) - len(tokens))
        settled, after = tokens[:count], tokens[count:]
        if cut.piece and cut.remainder:
            settled.append(cut.piece)
            after[0] = cut.remainder
        self._fill(block, settled)
        begin = max(parsed.stand_in, _lines_of(group)[0])
        lines = parsed.lines[begin : cut.line]
        if cut.column:
            lines.append(parsed.lines[cut.line][: cut.column])
        if lines:
            lines[0] = lines[0].removeprefix(parsed.prefix if begin == parsed.stand_in else "")
        now = _Settled(block, cut.stand_in, before.text + lines)
        if cut.stand_in.form == "text":
            goes_on = before.stand_in.form == "text" and cut.index == parsed.rest
            now.prose, now.before, now.window = before.prose, before.before, before.window
            if not goes_on:
                before.prose = Prose()  # for another one, should this have to be read again
                now.before = now.window = (before, len(block.settled))
            if cut.ends_window:
                now.window = (now, len(block.settled) + len(settled))
        block.settle(settled)
        tokens[:] = after
        self._settled = now

    def _unsettle(self, to: tuple[_Settled, int]) -> None:
        """Take back what was settled since a place: it has become something else, or reads otherwise."""
        now, (before, count) = self._settled, to
        assert now.block is not None
        text = "".join([*now.text[len(before.text) :], *self._lines, *self._partial])
        *lines, partial = text.split("\n")
        self._lines, self._partial = [line + "\n" for line in lines], [partial]
        self._tail_start = self._length - len(text)
        now.block.rewrite(now.block.settled[:count])
        self._shown.pop(now.block.key, None)
        before.prose.restart()
        self._settled = before

    # How the tail is shown.

    def _show(self, blocks: Sequence[Block], begin: int, parsed: _Parsed) -> None:
        """Give the blocks that are not final what the tail says, the line that is still arriving included."""
        grows = not _ENDS_BLANK.search("".join(parsed.lines[-2:]))
        definitions = (len(self._definitions), sorted(parsed.references))
        tail: dict[int, Block] = {}
        shown: dict[int, object] = {}
        for index in range(begin, len(blocks)):
            block, tokens = blocks[index], parsed.live[index]
            is_last = index == len(blocks) - 1 and grows
            first, after = _lines_of(parsed.groups[index])
            made_of = (parsed.lines[first:after], is_last, definitions, len(block.settled), block.rewrites)
            tail[block.start], shown[block.key] = block, made_of
            if self._shown.get(block.key) != made_of:
                if is_last:
                    provisional.close_last_inline(tokens)
                grammar.parse_inline(tokens, parsed.references, self._read)
                block.show(tokens, parsed.range_of(index)[1])
            self._blocks.append(block)
        self._tail, self._shown = tail, shown

    def _drop_tail(self) -> None:
        while self._blocks and self._blocks[-1].open:
            self._blocks.pop()

    def _block_at(self, index: int, parsed: _Parsed) -> Block:
        """The tail's block that begins there and is of the same kind, or a new one."""
        if index == 0 and self._settled.block is not None:
            return self._settled.block
        start, end = parsed.range_of(index)
        block, kind = self._tail.get(start), kind_of(parsed.groups[index])
        if block and block.kind == kind:
            return block
        self.work.blocks += 1
        return Block(parsed.groups[index], start, end)

    def _close_tail(self) -> None:
        self._drop_tail()
        parsed = self._parse(is_last=True)
        self._define(parsed, len(parsed.lines) + 1)
        for index in range(len(parsed.groups)):
            block = self._block_at(index, parsed)
            self._close(block, parsed.live[index], parsed.range_of(index)[1])
        self._settled = _Settled()
        self._lines, self._partial = [], []


def _lines_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The first line of a block and the one after its last, counted in the text that was parsed."""
    found = tokens[0].map
    assert found is not None  # every block has one
    return found[0], found[1]
