"""Blocks: the top-level parts of a Markdown text, and what they say as plain text."""

from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING, Literal

from markdown_it.token import Token as Token
from typing_extensions import override

from desktop_agent.markdown.links import host_of, link_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["paragraph", "heading", "list", "quote", "code", "table", "rule"]
"""What a block is. Fenced and indented code are both `code`."""

_KINDS: dict[str, Kind] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "hr": "rule",
}
CODE = ("fence", "code_block")
"""The types of tokens that are code."""
MORE_CODE = "code_more"
"""The type of a token with more lines, or more of a line, of the code before it."""
_keys = itertools.count(1)


class Block:
    """One top-level block. The same object stays while the block grows.

    Attributes:
        key: A number that no other block has.
        kind: What the block is. It never changes; text that becomes another kind is another block.
        start: Where the block begins in `StreamParser.text`, in characters.
        end: Where it ends.
        open: Whether more text may still change it. A block that is not open changes only when a link
            definition that it refers to comes later.
        revision: Grows with every change, `open` included.
        settled: Those of its tokens that more text does not change, but for late link definitions. They
            are only ever appended to, so a reader that remembers how many it has seen reads the rest.
        live: The tokens after them; those of an open block change with its text.
        rewrites: Grows when what was settled has changed after all; a reader then begins anew.

    In `settled` and `live` a long paragraph may have several inline tokens, one after the other, and code
    may go on in tokens of the type `MORE_CODE`.
    """

    __slots__ = (
        "_said",
        "end",
        "key",
        "kind",
        "live",
        "open",
        "revision",
        "rewrites",
        "settled",
        "start",
    )

    def __init__(self, tokens: list[Token], start: int, end: int) -> None:
        self.key = next(_keys)
        self.kind: Kind = kind_of(tokens)
        self.start = start
        self.end = end
        self.open = True
        self.revision = 0
        self.settled: list[Token] = []
        self.live = tokens
        self.rewrites = 0
        self._said: _PlainText | None = None  # what is settled, read once while the block grows

    @property
    def tokens(self) -> Sequence[Token]:
        """The tokens of markdown-it; their line maps count from no fixed place.

        Half-typed markup of an open block is closed in them. A long paragraph may have several inline
        tokens, one after the other; code is one token.
        """
        return _with_whole_code([*self.settled, *self.live])

    @property
    def source(self) -> slice:
        """Where the block stands in `StreamParser.text`: `parser.text[block.source]` is its Markdown."""
        return slice(self.start, self.end)

    @property
    def tag(self) -> str:
        """The HTML tag of the block; it tells the levels of headings apart."""
        return self._first.tag

    @property
    def language(self) -> str:
        """The first word after the opening fence, as typed; empty for other blocks."""
        words = self._first.info.split(maxsplit=1) if self.kind == "code" else []
        return words[0] if words else ""

    @property
    def _first(self) -> Token:
        return self.settled[0] if self.settled else self.live[0]

    def plain_text(self) -> str:
        """What the block says, see the function of that name."""
        if not self.open:
            self._said = None
            return _PlainText().read(self.settled).text()
        if self._said is None:
            self._said = _PlainText()
        self._said.read(self.settled[self._said.count :])
        return self._said.copy().read(self.live).text()

    # The rest is for the parser alone.

    def show(self, tokens: list[Token], end: int) -> None:
        """Replace what is not settled by what more text made of it."""
        self.live, self.end = tokens, end
        self.revision += 1

    def settle(self, tokens: Sequence[Token]) -> None:
        """Append tokens that are final."""
        self.settled.extend(tokens)
        self.revision += 1

    def rewrite(self, settled: Sequence[Token]) -> None:
        """Replace what was settled."""
        self.settled = list(settled)
        self._said = None
        self.rewrites += 1
        self.revision += 1

    def close(self) -> None:
        """End the block."""
        self.settled += self.live
        self.live = []
        self.open = False
        self.revision += 1

    @override
    def __repr__(self) -> str:
        state = "open" if self.open else "closed"
        return f"<Block {self.key} {self.kind} {self.start}:{self.end} {state}>"


def kind_of(tokens: Sequence[Token]) -> Kind:
    """The kind of the block that these tokens make."""
    return _KINDS[tokens[0].type]


def more_code(code: Token, content: str) -> Token:
    """A token with more of the code that a token begins or goes on with."""
    meta = {key: code.meta[key] for key in code.meta if key == "closed"}
    return Token(MORE_CODE, "code", 0, level=code.level, content=content, block=True, meta=meta)


def _with_whole_code(tokens: list[Token]) -> list[Token]:
    whole: list[Token] = []
    pieces: list[str] = []  # of the last one, which is code
    for token in tokens:
        if token.type == MORE_CODE:
            pieces = pieces or [whole[-1].content]
            pieces.append(token.content)
            continue
        if pieces:
            whole[-1] = whole[-1].copy(content="".join(pieces))
            pieces = []
        whole.append(token)
    if pieces:
        whole[-1] = whole[-1].copy(content="".join(pieces))
    return whole


def image_label(token: Token) -> str:
    """The host of an image that is not shown, and its description: what stands in its place."""
    parts = [host_of(str(token.attrs.get("src", ""))), inline_text(token.children or [])]
    return ", ".join(part for part in parts if part)


def inline_text(tokens: Sequence[Token]) -> str:
    """The words of inline tokens, without their markup."""
    words: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "html_inline"):
            words.append(token.content)
        elif token.type == "softbreak":
            words.append(" ")
        elif token.type == "hardbreak":
            words.append("\n")
        elif token.type == "image":
            label = image_label(token)
            words.append(f"[image: {label}]" if label else "[image]")
        elif token.type == "task_box":
            words.append("[x] " if token.meta["checked"] else "[ ] ")
    return "".join(words)


def plain_tokens(text: str) -> list[Token]:
    """Text that is no Markdown as the inline tokens that say it, a hard break for each line feed."""
    tokens: list[Token] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            tokens.append(Token("hardbreak", "br", 0))
        if line:
            tokens.append(Token("text", "", 0, content=line))
    return tokens


def plain_text(block: Block) -> str:
    """What the block says, without markup: for the clipboard and for screen readers.

    Lines are separated by a line feed, cells of a table by a tab; list items keep their numbers.
    """
    return block.plain_text()


class _PlainText:
    """Reads the tokens of one block into lines, as they come.

    Attributes:
        count: How many tokens were read.
    """

    def __init__(self) -> None:
        self.count = 0
        self._lines: list[str] = []
        self._markers: list[int | None] = []  # per open list: the next number, or None for bullets
        self._prefix = ""  # of the item that begins: used up by its first line
        self._cells: list[str] | None = None
        self._words: list[str] = []  # of the paragraph or heading
        self._code: list[str] = []
        self._opens = False  # whether the last token opens something

    def copy(self) -> _PlainText:
        """Another one that goes on from here."""
        other = copy.copy(self)
        other._lines, other._markers = [*self._lines], [*self._markers]
        other._cells = None if self._cells is None else [*self._cells]
        other._words, other._code = [*self._words], [*self._code]
        return other

    def read(self, tokens: Sequence[Token]) -> _PlainText:
        """Take in what follows."""
        for token in tokens:
            if token.type != MORE_CODE:
                self._end_code()
            self._take(token)
            self._mark(token)
            self._opens = token.nesting == 1
        self.count += len(tokens)
        return self

    def text(self) -> str:
        """What was read."""
        self._end_code()
        return "\n".join(self._lines)

    def _take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            words = self._words if self._cells is None else self._cells
            words.append(inline_text(token.children or []))
        elif kind in ("paragraph_close", "heading_close"):
            self._add("".join(self._words))
            self._words.clear()
        elif kind in CODE or kind == MORE_CODE:
            self._code.append(token.content)
        elif kind == "hr" or (kind in ("list_item_close", "blockquote_close") and self._opens):
            self._add("")
        elif kind == "tr_open":
            self._cells = []
        elif kind == "tr_close":
            row, self._cells = "\t".join(self._cells or []), None
            self._add(row)

    def _end_code(self) -> None:
        if self._code:
            self._add("".join(self._code).removesuffix("\n"))
            self._code = []

    def _mark(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self._markers.append(None)
        elif token.type == "ordered_list_open":
            self._markers.append(int(token.attrs.get("start", 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._markers.pop()
        elif token.type == "list_item_open":
            number = self._markers[-1]
            self._prefix = "• " if number is None else f"{number}. "
            if number is not None:
                self._markers[-1] = number + 1

    def _add(self, text: str) -> None:
        depth = len(self._markers)
        if not depth:
            self._lines.append(text)
            return
        indent = "  " * (depth - 1)
        first, rest = indent + (self._prefix or "  "), indent + "  "
        self._prefix = ""
        lines = text.split("\n")
        self._lines.append(first + lines[0])
        self._lines.extend(rest + line for line in lines[1:])


def links_in(block: Block) -> Iterator[tuple[str, str]]:
    """Where the links of a block lead that a reader may follow, and their words, in order."""
    for token in block.tokens:
        inside: list[Token] = []
        href = None
        for child in token.children or []:
            if child.type == "link_open":
                href, inside = link_target(str(child.attrs.get("href", ""))), []
            elif child.type == "link_close" and href:
                yield href, inline_text(inside)
                href = None
            elif href:
                inside.append(child)
