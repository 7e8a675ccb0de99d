"""What of an open block is settled: its tokens up to its last open part, and text that stands for them.

A list, a quote or a table that grows is not parsed from its beginning each time. What is before its last
open part (an item, a block in an item or a quote, a row) cannot change. A few lines stand for it in what is
parsed: they open the same containers, each with a heading in it, which nothing joins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from desktop_agent.markdown.blocks import Token
from desktop_agent.markdown.grammar import LISTS, ends_empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Form = Literal["blocks", "items", "rows", "text"]

_DUMMY = "#\n"
_TEXT = "x"


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
        level: That of the tokens which follow.
        form: What follows: blocks in a container, items of a list, rows of a table, or more text of a
            paragraph.
        prefix: What is before the first line that follows, in that line.
    """

    lines: list[str] = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)
    level: int = 0
    form: Form = "blocks"
    prefix: str = ""

    def rest(self, tokens: Sequence[Token]) -> int | None:
        """Where in a block's tokens those of the text after the stand-in begin; None when they do not."""
        if self.form == "text":
            return 1 if tokens[0].type == "paragraph_open" else None
        begin = 0
        for index, token in enumerate(tokens):
            if token.map and token.map[0] >= len(self.lines):
                break
            if token.type == "heading_open":
                begin = index + 3
        if self.form == "rows":
            begin = next(
                (i + 1 for i, token in enumerate(tokens) if token.type == "thead_close"), len(tokens)
            )
            is_found = begin < len(tokens) and tokens[begin - 1].level == self.level
        elif self.form == "items":
            is_found = begin < len(tokens) and tokens[begin].type in LISTS
            is_found = is_found and tokens[begin].level == self.level - 1
            begin += 1
        else:
            is_found = begin > 0 and tokens[begin - 3].level == self.level
        return begin if is_found else None

    def after(self, tokens: list[Token], rest: int) -> list[Token]:
        """The tokens that follow those that are settled: `tokens` from `rest` on, made to fit."""
        following = tokens[rest:]
        if self.form == "rows":
            if following[0].type == "tbody_open":
                return following[1:]
            return [Token("tbody_close", "tbody", -1, level=self.level, block=True), *following]
        if self.form == "text":
            inline = following[0]
            inline.content = inline.content.removeprefix(_TEXT).lstrip(" \t\n")
        return following

    @classmethod
    def for_text(cls, *, ends_line: bool) -> StandIn:
        """What stands for the beginning of a paragraph."""
        return cls([_TEXT + "\n"], form="text") if ends_line else cls(prefix=_TEXT + " ", form="text")


@dataclass
class Cut:
    """How far an open block is settled.

    Attributes:
        index: The first token that is not.
        line: The first line that is not.
        stand_in: What stands for the lines before it.
    """

    index: int
    line: int
    stand_in: StandIn


def find_cut(
    tokens: Sequence[Token], lines: Sequence[str], complete: int, stand_in: StandIn, rest: int
) -> Cut | None:
    """How far a list, a quote or a table that is still open is settled.

    Args:
        tokens: The block.
        lines: What was parsed.
        complete: How many of the lines are complete.
        stand_in: What the lines begin with.
        rest: The first token that is not of the stand-in.
    """
    found = _Search(tokens, lines, complete, stand_in, rest).run()
    return found if found and found.index > rest else None


class _Search:
    """Goes down from the block along its last open parts."""

    def __init__(
        self, tokens: Sequence[Token], lines: Sequence[str], complete: int, stand_in: StandIn, rest: int
    ) -> None:
        self._tokens, self._lines, self._complete = tokens, lines, complete
        self._known, self._rest = stand_in.lists, rest
        self._lists: list[OpenList] = []
        self._headers: dict[int, str] = {}  # by line: the text that opens the containers that begin there
        self._found: Cut | None = None

    def run(self) -> Cut | None:
        begin = 0
        while True:
            opening = self._tokens[begin]
            if opening.type in LISTS:
                parts = self._parts(begin)
                if not parts:
                    break
                self._open_list(begin, parts)
                self._consider(parts, "items", opening.level + 1)
                begin = parts[-1]
                opening = self._tokens[begin]
            elif opening.type != "blockquote_open":
                break
            if not self._enter(opening):
                break
            parts = self._parts(begin)
            if not parts:
                break
            self._consider(parts, "blocks", opening.level + 1)
            begin = parts[-1]
        if self._tokens[begin].type == "table_open":
            self._consider_rows(begin)
        return self._found

    def _parts(self, begin: int) -> list[int]:
        """Where the direct parts of a container begin, of those that begin on a complete line."""
        level, found = self._tokens[begin].level, []
        for index in range(begin + 1, len(self._tokens)):
            token = self._tokens[index]
            if token.level == level:
                break
            if token.level == level + 1 and token.nesting != -1 and _begin(token) < self._complete:
                found.append(index)
        return found

    def _open_list(self, begin: int, parts: Sequence[int]) -> None:
        items = [self._tokens[index] for index in parts]
        is_loose = any(item.meta.get("loose", False) for item in items) or any(map(ends_empty, items[:-1]))
        if begin < self._rest:
            known = self._known[len(self._lists)]
            self._lists.append(OpenList(known.opening, known.is_loose or is_loose))
        else:
            self._lists.append(OpenList(self._tokens[begin], is_loose))

    def _enter(self, opening: Token) -> bool:
        """Note the text that opens a container; False when there is none that would."""
        position = opening.meta.get("content")
        line = _begin(opening)
        if position is None:
            return False
        position -= sum(map(len, self._lines[:line]))
        header = self._lines[line][:position].rstrip("\n").ljust(position)
        if "\t" in header:
            return False
        self._headers[line] = header + _DUMMY
        return True

    def _consider(self, parts: Sequence[int], form: Form, level: int) -> None:
        if len(parts) < 2:
            return
        covered = (self._tokens[parts[-2]].map or (0, 0))[1]
        line = _begin(self._tokens[parts[-1]])
        while line > covered and self._lines[line - 1].strip(" \t>\n"):
            line -= 1  # link definitions, which may be the beginning of what follows
        self._take(parts[-1], line, list(self._headers.values()), form, level)

    def _consider_rows(self, begin: int) -> None:
        table = self._tokens[begin]
        rows = [index for index in self._parts_of_body(begin) if _end(self._tokens[index]) <= self._complete]
        first = _begin(table)
        if not rows or first in self._headers:
            return
        line = _end(self._tokens[rows[-1]])
        end = next(i for i in range(rows[-1], len(self._tokens)) if self._tokens[i].type == "tr_close") + 1
        header = [*self._headers.values(), *self._lines[first : first + 2]]
        self._take(end, line, header, "rows", table.level + 1)

    def _parts_of_body(self, begin: int) -> Iterator[int]:
        in_body = False
        for index in range(begin, len(self._tokens)):
            in_body |= self._tokens[index].type == "tbody_open"
            if in_body and self._tokens[index].type == "tr_open":
                yield index

    def _take(
        self,
        index: int,
        line: int,
        header: list[str],
        form: Form,
        level: int,
    ) -> None:
        if all(line > begun for begun in self._headers):
            self._found = Cut(index, line, StandIn(header, list(self._lists), level, form))


def _begin(token: Token) -> int:
    return token.map[0] if token.map else 0


def _end(token: Token) -> int:
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
