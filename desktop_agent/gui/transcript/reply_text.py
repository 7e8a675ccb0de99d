"""What a reply says: its source as it came, and the plain text of its blocks, laid out or not."""

from __future__ import annotations

from collections.abc import Iterator

from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.transcript.selection import WHOLE, Span, range_in
from desktop_agent.markdown import Block, StreamParser, plain_text

_PARSED_AT_ONCE = 8_000  # characters: a few milliseconds


_GAP = "\n\n"


class ReplyText:
    """The Markdown of one reply, which may grow. It has sections: texts of their own, one after the other.

    Attributes:
        column: The same text as it is painted, while it is: its blocks need not be parsed again.
    """

    def __init__(self, text: str = "") -> None:
        self._sections: list[list[str]] = [[text] if text else []]
        self._plain: str | None = None
        self._said: list[tuple[Block, int, str]] = []  # of each block, at which revision
        self._counted_blocks = self._counted_units = 0
        self.column: MarkdownColumn | None = None

    def append(self, text: str) -> None:
        """Take in what arrived since the last frame."""
        self._sections[-1].append(text)
        self._plain = None
        if self.column is not None:
            self.column.append(text)

    def begin_section(self) -> None:
        """What comes now is a text of its own."""
        self._sections.append([])
        self._plain = None
        if self.column is not None:
            self.column.begin_section()

    @property
    def has_section(self) -> bool:
        """Whether the last section says something."""
        return any(not piece.isspace() for piece in self._sections[-1])

    def fill(self, column: MarkdownColumn) -> None:
        """Paint the text in `column`, which is empty, from now on."""
        for index, source in enumerate(self._sources()):
            if index:
                column.begin_section()
            column.append(source)
        self.column = column

    def release(self) -> None:
        """The text is painted no longer."""
        self.column = None
        self._said.clear()

    @property
    def source(self) -> str:
        """The text as it came, with an empty line between its sections."""
        sources = self._sources()
        return sources[0] if len(sources) == 1 else _GAP.join(filter(None, sources))

    def _sources(self) -> list[str]:
        for pieces in self._sections:
            if len(pieces) > 1:
                pieces[:] = ["".join(pieces)]
        return [pieces[0] if pieces else "" for pieces in self._sections]

    @property
    def blocks(self) -> list[Block]:
        """Its blocks, from top to bottom."""
        if self.column is not None:
            return self.column.blocks
        return [block for _, blocks in self._parsed() for block in blocks]

    def _parsed(self) -> list[tuple[str, list[Block]]]:
        """The source and the blocks of each section; a block knows where it stands in its section."""
        sources = self._sources()
        if self.column is None:
            return [(source, _parse(source)) for source in sources]
        blocks, starts = self.column.blocks, self.column.section_starts
        ends = [*starts[1:], len(blocks)]
        return [(source, blocks[a:b]) for source, a, b in zip(sources, starts, ends, strict=True)]

    @property
    def plain(self) -> str:
        """What it says, without markup."""
        if self._plain is None:
            self._plain = "\n\n".join(self.segments())
        return self._plain

    def segments(self) -> list[str]:
        """The plain text of each block; of those that have not changed it is not made again."""
        blocks = self.blocks
        if self.column is None:
            return [plain_text(block) for block in blocks]
        kept = self._said
        del kept[len(blocks) :]
        for index, block in enumerate(blocks):
            if index == len(kept) or kept[index][0] is not block or kept[index][1] != block.revision:
                kept[index : index + 1] = [(block, block.revision, plain_text(block))]
        return [text for _, _, text in kept]

    def beginning(self, length: int) -> str:
        """The plain text of the first `length` characters of the source, without a look at the rest."""
        return "\n\n".join(plain_text(block) for block in _parse(self.source[:length]))

    @property
    def end(self) -> tuple[int, int]:
        """The last block and the offset at its end."""
        blocks = self.blocks
        return (len(blocks) - 1, len(plain_text(blocks[-1]))) if blocks else (0, 0)

    def text_in(self, span: Span) -> str:
        """The plain text of a range."""
        return "".join(self.pieces_in(span))

    def pieces_in(self, span: Span) -> Iterator[str]:
        """The plain text of a range, piece by piece; empty pieces where there was something to parse."""
        blocks = self.column.blocks if self.column is not None else None
        if blocks is None:
            blocks = []
            for source in self._sources():
                parser = StreamParser()
                for start in range(0, len(source), _PARSED_AT_ONCE):
                    parser.feed(source[start : start + _PARSED_AT_ONCE])
                    yield ""
                parser.finish()
                blocks += parser.blocks
        gap = ""
        for index, block in enumerate(blocks):
            text = plain_text(block)
            covered = range_in(span, index, len(text))
            if covered is not None:
                yield gap + text[covered[0] : covered[1]]
                gap = "\n\n"

    def source_in(self, span: Span) -> str:
        """The source of a range: the words themselves inside one block, else all blocks that it touches."""
        if span == WHOLE:
            return self.source.strip("\n")
        parsed = self._parsed()
        blocks = [block for _, section in parsed for block in section]
        (first, start), (last, end) = span
        last = min(last, len(blocks) - 1)
        if first == last and blocks:
            length = len(plain_text(blocks[first]))
            if (start, min(end, length)) != (0, length):
                return self.text_in(span)
        parts, index = [], 0
        for source, section in parsed:
            touched = section[max(0, first - index) : max(0, last + 1 - index)]
            index += len(section)
            if touched:
                parts.append(source[touched[0].start : touched[-1].end].rstrip("\n"))
        return _GAP.join(parts)

    def tail(self, first: int | None = None) -> tuple[int, int, str]:
        """The end of the text that may still change, without looking at what went before.

        Args:
            first: The block to begin with; by default the first that is open.

        Returns:
            That block, how many UTF-16 units the text before it takes, and the plain text from there on,
            with the empty line before it.
        """
        blocks = self.blocks
        if first is None:
            first = self._counted_blocks
            while first < len(blocks) and not blocks[first].open:
                text = plain_text(blocks[first])
                self._counted_units += len(text.encode("utf-16-le", "surrogatepass")) // 2 + (
                    2 if first else 0
                )
                first += 1
            self._counted_blocks = first
        texts = [plain_text(block) for block in blocks[first:]]
        return first, self._counted_units, "\n\n".join(["", *texts] if first and texts else texts)


def _parse(text: str) -> list[Block]:
    parser = StreamParser()
    parser.feed(text)
    parser.finish()
    return list(parser.blocks)
