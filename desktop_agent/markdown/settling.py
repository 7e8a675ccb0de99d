"""What of an open block is settled: its tokens up to its last open part, and text that stands for them.

A block that grows is not parsed from its beginning each time. What is before its last open part (an item, a
block in an item or a quote, a row, a line of code, words of a paragraph) cannot change, however deep that
part is. A few lines stand for it in what is parsed: they open the same containers, each with a heading in it,
which nothing joins, and the same last part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from desktop_agent.markdown.blocks import Token, more_code
from desktop_agent.markdown.grammar import LISTS, ends_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

Form = Literal["blocks", "items", "rows", "text", "code"]

DUMMY = "#\n"
FILLER = "x"
_TIGHT_QUOTE = re.compile(">(?! )")  # the blank that takes the place of its next character would be its own
_MARKERS = re.compile(r"[^>\s]")


@dataclass
class OpenList:
    """A list that what is settled leaves open.

    Attributes:
        opening: The token that opens it, a settled one.
        is_loose: Whether its settled part makes it loose.
    """

    opening: Token
    is_loose: bool


@dataclass
class StandIn:
    """Text that stands for what is settled of the open block.

    Attributes:
        lines: It.
        lists: The lists that it leaves open, the outermost first.
        level: That of the tokens which follow; of a part that goes on, its own.
        form: What follows: blocks in a container, items of a list, or more of a table, a paragraph, code.
        prefix: What is before the first line that follows, in that line.
        leaf: The line in which the part begins that goes on.
        leaf_type: The type of the token that opens it.
        filler: The beginning of the code that goes on which is not its own.
        has_rows: Whether rows of the table that goes on are settled, and not its head alone.
    """

    lines: list[str] = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)
    level: int = 0
    form: Form = "blocks"
    prefix: str = ""
    leaf: int = 0
    leaf_type: str = ""
    filler: str = ""
    has_rows: bool = False

    @property
    def is_part(self) -> bool:
        """Whether the last part goes on: a paragraph, code, a table."""
        return bool(self.leaf_type)

    def rest(self, tokens: Sequence[Token]) -> int | None:
        """Where in a block's tokens those of the text after the stand-in begin; None when they do not."""
        if self.is_part:
            return self._rest_of_part(tokens)
        begin = 0
        for index, token in enumerate(tokens):
            if token.map and token.map[0] >= len(self.lines):
                break
            if token.type == "heading_open":
                begin = index + 3
        if self.form == "items":
            is_found = begin < len(tokens) and tokens[begin].type in LISTS
            is_found = is_found and tokens[begin].level == self.level - 1
            begin += 1
        else:
            is_found = begin > 0 and tokens[begin - 3].level == self.level
        return begin if is_found else None

    def _rest_of_part(self, tokens: Sequence[Token]) -> int | None:
        for index, token in enumerate(tokens):
            if token.map and token.map[0] == self.leaf and token.level == self.level:
                if token.type != self.leaf_type:
                    continue
                if self.form == "rows":
                    heads = (i + 1 for i in range(index, len(tokens)) if tokens[i].type == "thead_close")
                    return next(heads, None)
                return index + (self.form == "text")
        return None

    def after(self, tokens: list[Token], rest: int) -> list[Token]:
        """The tokens that follow those that are settled: `tokens` from `rest` on, made to fit."""
        following = tokens[rest:]
        if self.form == "rows" and self.has_rows:
            if following[0].type == "tbody_open":
                return following[1:]
            return [Token("tbody_close", "tbody", -1, level=self.level + 1, block=True), *following]
        if self.form == "text":
            inline = following[0]
            inline.content = inline.content.removeprefix(FILLER).lstrip(" \t\n")
        elif self.form == "code":
            code = following[0]
            following[0] = more_code(code, code.content.removeprefix(self.filler))
        return following


@dataclass
class Sheet:
    """An open block as it was parsed.

    Attributes:
        tokens: It.
        lines: What was parsed, the stand-in first.
        complete: How many of the lines are complete.
        shows_partial: Whether what has arrived of the line after them is there as it was typed.
        stand_in: What the lines begin with.
        rest: The first token that is not of the stand-in.
    """

    tokens: Sequence[Token]
    lines: Sequence[str]
    complete: int
    shows_partial: bool
    stand_in: StandIn
    rest: int

    @property
    def is_begun(self) -> bool:
        """Whether some of the block is settled."""
        return bool(self.stand_in.lines or self.stand_in.prefix)


@dataclass
class Cut:
    """How far an open block is settled.

    Attributes:
        index: The first token that is not.
        line: The first line that is not.
        stand_in: What stands for the lines before it.
        column: How many characters of that line are settled all the same.
        piece: The settled beginning of that token, as a token.
        remainder: What is left of it.
        ends_window: Whether nothing is read across it in a text, see `grammar.windows`.
    """

    index: int
    line: int
    stand_in: StandIn
    column: int = 0
    piece: Token | None = None
    remainder: Token | None = None
    ends_window: bool = False


class Path:
    """The way down from an open block to its last open part.

    Attributes:
        headers: By line: the text that opens the containers that begin there.
        lists: The lists on the way.
        last: The token that opens the last part; None when some container is of no known form.
        before: The token that opens what is before it in its container, if anything is.
        cut: The last place between two parts where the block can be cut.
    """

    def __init__(self, sheet: Sheet, limit: int) -> None:
        """Go down.

        Args:
            sheet: The block.
            limit: How many lines count: parts that begin after them are not there.
        """
        self._sheet, self._limit = sheet, limit
        self.headers: dict[int, str] = {}
        self.lists: list[OpenList] = []
        self.last: int | None = 0
        self.before: int | None = None
        self.cut: Cut | None = None
        self._descend()

    def stand_in(self, form: Form, level: int, *leaf: str) -> StandIn:
        """What stands for all before the last part, and for its beginning.

        Args:
            form: What follows.
            level: The level of the tokens that follow.
            *leaf: The lines that begin a part which goes on.
        """
        lines = [header + DUMMY for header in self.headers.values()]
        return StandIn([*lines, *leaf], list(self.lists), level, form, leaf=len(lines))

    @property
    def margin(self) -> str:
        """What a further line of the last part's container begins with."""
        deepest = list(self.headers.values())[-1:]
        return _MARKERS.sub(" ", _TIGHT_QUOTE.sub("> ", deepest[0])) if deepest else ""

    def opening_line(self, line: int) -> str:
        """A line that opens the last part, without what opens containers."""
        header = self.headers.get(line)
        text = self._sheet.lines[line]
        return text if header is None else self.margin + text[len(header) :]

    def _descend(self) -> None:
        tokens, begin = self._sheet.tokens, 0
        while True:
            opening = tokens[begin]
            if opening.type in LISTS:
                parts = self._parts(begin)
                if not parts:
                    break
                self._open_list(begin, parts)
                self._consider(parts, "items", opening.level + 1)
                begin = parts[-1]
                opening = tokens[begin]
            elif opening.type != "blockquote_open":
                break
            self.before = None
            if not self._enter(opening):
                self.last = None
                return
            parts = self._parts(begin)
            if not parts:
                break
            self._consider(parts, "blocks", opening.level + 1)
            self.before = parts[-2] if len(parts) > 1 else None
            begin = parts[-1]
        self.last = begin

    def _parts(self, begin: int) -> list[int]:
        """Where the direct parts of a container begin, of those that count."""
        tokens, level, found = self._sheet.tokens, self._sheet.tokens[begin].level, []
        for index in range(begin + 1, len(tokens)):
            token = tokens[index]
            if token.level == level:
                break
            if token.level == level + 1 and token.nesting != -1 and begin_of(token) < self._limit:
                found.append(index)
        return found

    def _open_list(self, begin: int, parts: Sequence[int]) -> None:
        tokens = self._sheet.tokens
        items = [tokens[index] for index in parts]
        is_loose = any(item.meta.get("loose", False) for item in items) or any(map(ends_empty, items[:-1]))
        if begin < self._sheet.rest:
            known = self._sheet.stand_in.lists[len(self.lists)]
            self.lists.append(OpenList(known.opening, known.is_loose or is_loose))
        else:
            self.lists.append(OpenList(tokens[begin], is_loose))

    def _enter(self, opening: Token) -> bool:
        """Note the text that opens a container; False when there is none that would."""
        position = opening.meta.get("content")
        line = begin_of(opening)
        if position is None:
            return False
        lines = self._sheet.lines
        position -= sum(map(len, lines[:line]))
        header = lines[line][:position].rstrip("\n").ljust(position)
        if "\t" in header:
            return False
        self.headers[line] = header
        return True

    def _consider(self, parts: Sequence[int], form: Form, level: int) -> None:
        if len(parts) < 2:
            return
        tokens, lines = self._sheet.tokens, self._sheet.lines
        covered = end_of(tokens[parts[-2]])
        line = begin_of(tokens[parts[-1]])
        while line > covered and lines[line - 1].strip(" \t>\n"):
            line -= 1  # link definitions, which may be the beginning of what follows
        if all(line > begun for begun in self.headers):
            self.cut = Cut(parts[-1], line, self.stand_in(form, level))


def begin_of(token: Token) -> int:
    """The line in which a token begins."""
    return token.map[0] if token.map else 0


def end_of(token: Token) -> int:
    """The line after a token's last one."""
    return token.map[1] if token.map else 0


def apply_looseness(stand_in: StandIn, tokens: Sequence[Token], rest: int, settled: Sequence[Token]) -> bool:
    """Let each list that the stand-in leaves open be tight or loose as a whole; True when one has changed.

    Args:
        stand_in: What stands for what is settled.
        tokens: The block as it was parsed with it.
        rest: The first token that is not of the stand-in.
        settled: The tokens that are settled.
    """
    parsed = [token for token in tokens[:rest] if token.type in LISTS]
    changed = False
    for known, now in zip(stand_in.lists, parsed, strict=False):
        is_loose = known.is_loose or now.meta["loose"]
        if is_loose != known.opening.meta["loose"]:
            known.opening.meta["loose"] = is_loose
            _hide_paragraphs(settled, known.opening, is_hidden=not is_loose)
            changed = True
        if is_loose != now.meta["loose"]:
            now.meta["loose"] = is_loose
            _hide_paragraphs(tokens, now, is_hidden=not is_loose)
    return changed


def _hide_paragraphs(tokens: Sequence[Token], opening: Token, *, is_hidden: bool) -> None:
    """Write `hidden` into the paragraphs directly in the items of a list, as markdown-it does."""
    begin = next(index for index, token in enumerate(tokens) if token is opening)  # equal ones are others
    level = opening.level
    for token in tokens[begin + 1 :]:
        if token.level == level:
            break
        if token.level == level + 2 and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = is_hidden
