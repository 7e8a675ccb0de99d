"""StreamParser: Markdown that arrives in pieces, parsed block by block."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_agent.markdown import grammar, provisional
from desktop_agent.markdown.blocks import Block, Token, kind_of
from desktop_agent.markdown.prose import Prose
from desktop_agent.markdown.settling import Cut, StandIn, apply_looseness, find_cut

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    stand_in: int  # how many lines are of the stand-in

    def range_of(self, index: int) -> tuple[int, int]:
        begin, end = _lines_of(self.groups[index])
        return self.offsets[begin], self.offsets[min(end, len(self.offsets) - 1)]


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
        self._incoming: list[str] = []
        self._held = ""  # a character that may be half of one: a carriage return, a high surrogate
        self._text: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._lines: list[str] = []  # the tail's complete lines that are not settled
        self._tail_start = 0  # where they begin in the text
        self._partial: list[str] = []  # the line that is still arriving
        self._fence: _Fence | None = None
        self._stand_in = StandIn()
        self._open: Block | None = None  # the block that the stand-in stands for
        self._settled_text: list[str] = []  # what the stand-in stands for
        self._cannot_settle = -1  # where a block begins that is parsed whole
        self._prose = Prose()
        self._tail: dict[int, Block] = {}  # the tail's blocks by where they begin
        self._shown: dict[int, object] = {}  # per key of such a block: what its tokens are made of
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
        if self._incoming and self._take(self._clean()):
            self._parse_tail()

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

    def _take(self, text: str) -> bool:
        """Append to the tail; False when an open fence has taken all."""
        if not text:
            return False
        self._text.append(text)
        self._length += len(text)
        first, *others = text.split("\n")
        self._partial.append(first)
        lines: list[str] = []
        if others:
            lines = ["".join(self._partial) + "\n", *(line + "\n" for line in others[:-1])]
            self._partial = [others[-1]]
        if self._fence:
            lines = self._take_code(self._fence, lines)
        self._lines += lines
        if self._fence:
            self._grow_fence(self._fence)
            return False
        return True

    # One parse a frame: what is final, what is settled, and how the rest is shown.

    def _parse_tail(self) -> None:
        partial = "".join(self._partial)
        shown = partial
        if self._lines or not self._stand_in.prefix:
            shown = provisional.shown_line([*self._stand_in.lines, *self._lines], partial)
        parsed = self._parse(shown)
        last = self._last_complete(parsed)
        opened = last if last >= 0 and not self._is_closed(last, parsed) else len(parsed.groups)
        final = min(opened, last + 1)
        begins_fence = self._begins_fence(opened, parsed)
        cut = None if begins_fence else self._find_cut(opened, parsed)
        line = parsed.complete if begins_fence else self._final_line(final, opened, parsed)
        self._define(parsed, cut.line if cut else line)
        self._drop_tail()
        blocks = [self._block_at(index, parsed) for index in range(len(parsed.groups))]
        for index in range(final):
            self._close(blocks[index], parsed.live[index], parsed.range_of(index)[1])
        if final:
            self._end_settling()
        if begins_fence:
            self._begin_fence(blocks[opened], opened, parsed)
            final = opened + 1
        elif cut:
            self._settle(blocks[opened], opened, parsed, cut)
            line = cut.line
        self._drop_lines(line - parsed.stand_in)
        if final == len(blocks) - 1 and not cut and shown == partial:
            self._settle_prose(blocks[final], final, parsed)
        self._show(blocks, final, parsed)

    def _parse(self, last_line: str) -> _Parsed:
        stand_in = self._stand_in
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
        if self._open is not None:
            found = stand_in.rest(groups[0]) if groups else None
            if found is None:
                self._unsettle()
                return self._parse(last_line)
            rest = found
            apply_looseness(stand_in, groups[0], rest, self._open.settled)
            live[0] = stand_in.after(groups[0], rest)
        count = len(stand_in.lines)
        offsets = [*[self._tail_start] * count, *(min(offset, self._length) for offset in offsets)]
        return _Parsed(groups, live, rest, references, lines, offsets, count + len(self._lines), count)

    def _last_complete(self, parsed: _Parsed) -> int:
        """The last block that begins on a complete line; -1 when there is none."""
        begun = [i for i, group in enumerate(parsed.groups) if _lines_of(group)[0] < parsed.complete]
        return max(begun, default=-1 if self._open is None else 0)

    def _is_closed(self, index: int, parsed: _Parsed) -> bool:
        tokens = parsed.groups[index]
        kind, opening, (begin, end) = kind_of(tokens), tokens[0], _lines_of(tokens)
        ends_blank = bool(self._lines) and not self._lines[-1].strip()
        if kind in _CLOSED_BY_BLANK_LINE:
            return ends_blank
        if kind == "list":
            begun = "".join(self._partial)[:1]
            return ends_blank and begun != "" and begun not in _LIST_GOES_ON
        if end > parsed.complete:
            return False
        if opening.type == "fence":
            return end - begin > 1 and _closing_fence(opening).match(parsed.lines[end - 1]) is not None
        return kind in ("heading", "rule")

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

    def _drop_lines(self, count: int) -> None:
        if count > 0:
            self._tail_start += sum(map(len, self._lines[:count]))
            del self._lines[:count]

    def _close(self, block: Block, tokens: list[Token], end: int) -> None:
        if block is self._open and self._stand_in.form == "text" and not self._prose.is_exact:
            whole = grammar.inline_token(("".join(self._settled_text) + tokens[0].content).strip())
            tokens = [block.settled[0], whole, tokens[-1]]
            block.rewrite([])
        self._fill(block, tokens)
        block.show(tokens, end)
        block.close()
        self._blocks.append(block)

    def _fill(self, block: Block, tokens: Sequence[Token]) -> None:
        """Parse the inline text of final tokens, and note which definitions would change it."""
        references = grammar.References(self._definitions)
        grammar.parse_inline(tokens, references)
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

    def _find_cut(self, opened: int, parsed: _Parsed) -> Cut | None:
        if opened == len(parsed.groups) or parsed.range_of(opened)[0] == self._cannot_settle:
            return None
        is_known = opened == 0 and self._open is not None
        stand_in, rest = (self._stand_in, parsed.rest) if is_known else (StandIn(), 0)
        return find_cut(parsed.groups[opened], parsed.lines, parsed.complete, stand_in, rest)

    def _settle(self, block: Block, opened: int, parsed: _Parsed, cut: Cut) -> None:
        tokens, group = parsed.live[opened], parsed.groups[opened]
        count = cut.index - (len(group) - len(tokens))
        self._fill(block, tokens[:count])
        block.settle(tokens[:count])
        del tokens[:count]
        begin = max(parsed.stand_in, _lines_of(group)[0])
        self._settled_text += parsed.lines[begin : cut.line]
        self._stand_in, self._open = cut.stand_in, block

    def _settle_prose(self, block: Block, opened: int, parsed: _Parsed) -> None:
        """Settle the beginning of a long paragraph."""
        tokens, stand_in = parsed.live[opened], self._stand_in
        is_new = block is not self._open
        begin, end = _lines_of(parsed.groups[opened])
        text = "".join(self._lines) + "".join(self._partial)
        if (
            block.kind != "paragraph"
            or end < len(parsed.lines)
            or (is_new and (parsed.offsets[begin] != self._tail_start or text.lstrip().startswith("[")))
        ):
            return
        cut = self._prose.cut(text, sum(map(len, self._lines)))
        if cut is None:
            return
        piece, rest = text[: cut.end], text[cut.end :]
        settled = [tokens.pop(0)] if is_new else []
        settled.append(grammar.inline_token(piece if stand_in.prefix else piece.lstrip(" \t")))
        self._fill(block, settled)
        block.settle(settled)
        tokens[0].content = rest.strip()
        self._settled_text.append(piece)
        self._tail_start += len(piece)
        *lines, partial = rest.split("\n")
        self._lines, self._partial = [line + "\n" for line in lines], [partial]
        self._stand_in, self._open = StandIn.for_text(ends_line=piece.endswith("\n")), block

    def _unsettle(self) -> None:
        """Parse the open block from its beginning again: it has become something else."""
        block = self._open
        assert block is not None
        text = "".join([*self._settled_text, *self._lines, *self._partial])
        *lines, partial = text.split("\n")
        self._lines, self._partial = [line + "\n" for line in lines], [partial]
        self._tail_start = self._cannot_settle = block.start
        block.rewrite([])
        self._shown.pop(block.key, None)
        self._end_settling()

    def _end_settling(self) -> None:
        self._stand_in, self._open, self._settled_text, self._prose = StandIn(), None, [], Prose()

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
                grammar.parse_inline(tokens, parsed.references)
                block.show(tokens, parsed.range_of(index)[1])
            self._blocks.append(block)
        self._tail, self._shown = tail, shown

    def _drop_tail(self) -> None:
        while self._blocks and self._blocks[-1].open:
            self._blocks.pop()

    def _block_at(self, index: int, parsed: _Parsed) -> Block:
        """The tail's block that begins there and is of the same kind, or a new one."""
        if index == 0 and self._open is not None:
            return self._open
        start, end = parsed.range_of(index)
        block, kind = self._tail.get(start), kind_of(parsed.groups[index])
        if block and block.kind == kind:
            return block
        self.work.blocks += 1
        return Block(parsed.groups[index], start, end)

    # An open fence.

    def _begins_fence(self, opened: int, parsed: _Parsed) -> bool:
        if opened == len(parsed.groups) or parsed.groups[opened][0].type != "fence":
            return False
        group = parsed.groups[opened]
        return parsed.lines[_lines_of(group)[0]].startswith(group[0].markup)

    def _begin_fence(self, block: Block, opened: int, parsed: _Parsed) -> None:
        tokens = parsed.groups[opened]
        lines = parsed.lines[_lines_of(tokens)[0] + 1 : parsed.complete]
        block.show(tokens, self._length)
        block.begin_code([line[:-1] for line in lines])
        self._blocks.append(block)
        self._fence = _Fence.of(block, tokens[0])
        self._grow_fence(self._fence)

    def _grow_fence(self, fence: _Fence) -> None:
        partial = "".join(self._partial)
        held = fence.closing_begun.match(partial)
        fence.block.grow_code((), "" if held else partial, self._length)

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
        parsed = self._parse(partial)
        self._define(parsed, len(parsed.lines) + 1)
        for index in range(len(parsed.groups)):
            block = self._block_at(index, parsed)
            self._close(block, parsed.live[index], parsed.range_of(index)[1])
        self._end_settling()
        self._lines, self._partial = [], []


def _lines_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The first line of a block and the one after its last, counted in the text that was parsed."""
    found = tokens[0].map
    assert found is not None  # every block has one
    return found[0], found[1]


def _closing_fence(opening: Token) -> re.Pattern[str]:
    mark, length = re.escape(opening.markup[0]), len(opening.markup)
    return re.compile(rf" {{0,3}}{mark}{{{length},}}[ \t]*$")
