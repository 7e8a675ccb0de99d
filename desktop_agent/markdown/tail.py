"""Tail: the end of a text that may still change, as the grammar sees it, and what of it is settled."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from desktop_agent.markdown import grammar, provisional
from desktop_agent.markdown.blocks import Block, Token
from desktop_agent.markdown.open_parts import cut_code, find_cut
from desktop_agent.markdown.prose import Prose, cut_text
from desktop_agent.markdown.settling import FILLER, Cut, Path, Sheet, StandIn, apply_looseness, end_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_SHOWN_ROW = (
    4_000  # characters of a table's row; more of one that is still arriving is seen at its end
)


@dataclass
class Parsed:
    """The tail as the grammar sees it. Lines count from the first one of the stand-in.

    Attributes:
        groups: The top-level blocks.
        live: The tokens of each that follow what is settled.
        rest: Where they begin in the first one.
        references: The link definitions.
        lines: The lines.
        offsets: Where each line begins in the text, and the end of the last.
        complete: How many lines are.
        shows_partial: Whether the line after them is there as it was typed.
        stand_in: What stands for what is settled.
    """

    groups: list[list[Token]]
    live: list[list[Token]]
    rest: int
    references: grammar.References
    lines: list[str]
    offsets: list[int]
    complete: int
    shows_partial: bool
    stand_in: StandIn

    def range_of(self, index: int) -> tuple[int, int]:
        """Where a block begins and ends in the text."""
        begin, end = lines_of(self.groups[index])
        return self.offsets[begin], self.offsets[min(end, len(self.offsets) - 1)]


@dataclass
class _Settled:
    """What of the open block is settled.

    Attributes:
        start: Where the text begins that is not.
        block: The block; None while nothing is.
        stand_in: What stands for it in what is parsed.
        prose: The paragraph that goes on.
        before: What was settled before that paragraph, with the number of tokens.
        window: The same before what of it is read together.
    """

    start: int
    block: Block | None = None
    stand_in: StandIn = field(default_factory=StandIn)
    prose: Prose = field(default_factory=Prose)
    before: tuple[_Settled, int] | None = None
    window: tuple[_Settled, int] | None = None


class Tail:
    """The lines after all that is final, and what stands for those of them that are settled.

    Attributes:
        characters: How many characters went through the grammar's block phase.
    """

    def __init__(self, definitions: dict[str, Any]) -> None:
        """Begin without text.

        Args:
            definitions: The link definitions that are final.
        """
        self.characters = 0
        self._definitions = definitions
        self._text: list[str] = []
        self._length = 0
        self._lines: list[str] = []  # complete lines that are not settled
        self._partial: list[str] = []  # the line that is still arriving
        self._settled = _Settled(0)
        self._cannot_settle = -1  # where a block or a paragraph begins that is parsed whole

    @property
    def text(self) -> str:
        """All text so far, what is final included."""
        self._text = ["".join(self._text)]
        return self._text[0]

    @property
    def block(self) -> Block | None:
        """The block of which something is settled."""
        return self._settled.block

    @property
    def is_after_blank_line(self) -> bool:
        """Whether the last complete line is blank."""
        return bool(self._lines) and not self._lines[-1].strip()

    @property
    def begun(self) -> str:
        """The first character of the line that is still arriving."""
        return "".join(self._partial)[:1]

    def take(self, text: str) -> None:
        """Append text."""
        self._text.append(text)
        self._length += len(text)
        first, *others = text.split("\n")
        self._partial.append(first)
        if others:
            self._lines += ["".join(self._partial) + "\n", *(line + "\n" for line in others[:-1])]
            self._partial = [others[-1]]

    def parse(self, *, is_last: bool = False) -> Parsed:
        """Parse what is not settled, with what stands for the rest.

        Args:
            is_last: Whether nothing more comes: then the last line counts as it is.
        """
        stand_in, partial = self._settled.stand_in, "".join(self._partial)
        last_line = partial if is_last else self._shown_line(partial)
        lines = [*self._lines, last_line] if last_line else [*self._lines]
        offsets = list(itertools.accumulate(map(len, lines), initial=self._settled.start))
        if stand_in.prefix:
            lines[:1] = [stand_in.prefix + "".join(lines[:1])]
        lines = [*stand_in.lines, *lines]
        text = "".join(lines)
        self.characters += len(text)
        references = grammar.References(self._definitions)
        groups = list(grammar.top_level(grammar.parse_blocks(text, references)))
        live, rest = list(map(list, groups)), 0
        count = len(stand_in.lines)
        complete = count + len(self._lines)
        if self._settled.block is not None:
            found = stand_in.rest(groups[0]) if groups else None
            if found is None or not self._reads_exactly(groups[0], found, complete, is_last=is_last):
                self._unsettle(has_changed=found is None)
                return self.parse(is_last=is_last)
            rest = found
            apply_looseness(stand_in, groups[0], rest, self._settled.block.settled)
            live[0] = stand_in.after(groups[0], rest)
        offsets = [*[self._settled.start] * count, *(min(offset, self._length) for offset in offsets)]
        is_shown = last_line == partial
        return Parsed(groups, live, rest, references, lines, offsets, complete, is_shown, stand_in)

    def find_cut(self, final: int, opened: int, parsed: Parsed) -> Cut | None:
        """How far the block after the final ones is settled.

        Its beginning may be on the line that is still arriving; then only text and code in it are settled.

        Args:
            final: How many blocks are final.
            opened: The block that is open by its complete lines; after the last when there is none.
            parsed: The tail.
        """
        if final >= len(parsed.groups) or parsed.range_of(final)[0] == self._cannot_settle:
            return None
        is_known = final == 0 and self._settled.block is not None
        stand_in, rest = (self._settled.stand_in, parsed.rest) if is_known else (StandIn(), 0)
        group, is_shown = parsed.groups[final], parsed.shows_partial
        sheet = Sheet(group, parsed.lines, parsed.complete, is_shown, stand_in, rest)
        cut = None
        if is_shown and final == len(parsed.groups) - 1 and self._settled.start != self._cannot_settle:
            path = Path(sheet, len(sheet.lines))
            cut = cut_text(path, sheet, self._settled.prose) or cut_code(path, sheet)
        if cut is None and opened < len(parsed.groups):
            cut = find_cut(Path(sheet, parsed.complete), sheet)
        return cut

    def settle(self, block: Block, index: int, parsed: Parsed, cut: Cut) -> list[Token]:
        """Settle a block as far as it was found to be.

        Args:
            block: The block, which gets the tokens from the caller.
            index: Which one of those parsed it is; its live tokens become those that are left.
            parsed: The tail.
            cut: How far.

        Returns:
            The tokens that are settled now.
        """
        tokens, group, before = parsed.live[index], parsed.groups[index], self._settled
        count = cut.index - (len(group) - len(tokens))
        settled, after = tokens[:count], tokens[count:]
        if cut.piece and cut.remainder:
            settled.append(cut.piece)
            after[0] = cut.remainder
        now = _Settled(before.start, block, cut.stand_in)
        if cut.stand_in.form == "text":
            goes_on = before.stand_in.form == "text" and cut.index == parsed.rest
            now.prose, now.before, now.window = before.prose, before.before, before.window
            if not goes_on:
                before.prose = Prose()  # for another one, should this have to be read again
                before.start = parsed.offsets[max(len(parsed.stand_in.lines), lines_of(group)[0])]
                now.before = now.window = (before, len(block.settled))
            if cut.ends_window:
                now.window = (now, len(block.settled) + len(settled))
        tokens[:] = after
        self._settled = now
        return settled

    def end_settling(self) -> None:
        """The block of which something was settled is final."""
        self._settled = _Settled(self._settled.start)

    def drop(self, line: int, column: int, parsed: Parsed) -> None:
        """Take away the lines before one, and the first `column` characters of that."""
        first = len(parsed.stand_in.lines)
        if column and line == first:
            column -= len(parsed.stand_in.prefix)
        count = max(0, line - first)
        start = parsed.offsets[first] + sum(map(len, self._lines[:count])) + column
        del self._lines[:count]
        if column and self._lines:
            self._lines[0] = self._lines[0][column:]
        elif column:
            self._partial = ["".join(self._partial)[column:]]
        self._settled.start = start

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

    def _reads_exactly(self, group: Sequence[Token], rest: int, complete: int, *, is_last: bool) -> bool:
        """Whether what of a paragraph is settled reads as it would with all that is read together with it."""
        stand_in, opening = self._settled.stand_in, group[rest - 1]
        if stand_in.form != "text":
            return True
        if not is_last and end_of(opening) >= complete and not self.is_after_blank_line:
            return True  # it goes on
        return self._settled.prose.reads_whole(group[rest].content.removeprefix(FILLER).lstrip(" \t\n"))

    def _unsettle(self, *, has_changed: bool) -> None:
        """Take back what was settled of a paragraph, or of the whole block.

        Args:
            has_changed: Whether it has become something else; otherwise only the end of it reads otherwise.
        """
        block = self._settled.block
        assert block is not None
        to = self._settled.before if has_changed else self._settled.window
        before, count = to or (_Settled(block.start), 0)
        *lines, partial = self.text[before.start :].split("\n")
        self._lines, self._partial = [line + "\n" for line in lines], [partial]
        block.rewrite(block.settled[:count])
        before.prose.restart()
        self._settled = before
        if has_changed:
            self._cannot_settle = before.start


def lines_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The first line of a block and the one after its last, counted in the text that was parsed."""
    found = tokens[0].map
    assert found is not None  # every block has one
    return found[0], found[1]
