"""Long paragraphs: how far the text of one that grows is settled, so that its inline markup is read once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from desktop_agent.markdown.grammar import LEAST_WINDOW, LONGEST_WINDOW, inline_token, settles, window_end
from desktop_agent.markdown.settling import FILLER, Cut, begin_of, end_of

if TYPE_CHECKING:
    from desktop_agent.markdown.blocks import Token
    from desktop_agent.markdown.settling import Path, Sheet

_LEAST = 320  # shorter text is not divided
_KEPT = 80  # so much at the end is not settled
_STEP = 120  # an attempt after so many more characters
_MAY_DEFINE = re.compile(r"\[(?:[^\[\]\\]|\\[\s\S]){0,1000}(?:\](?::|\Z)|\\?\Z)")
_TO_BLANK = re.compile(r"(?s:.*)[ \n](?=[^ \t\n])")


class ProseCut(NamedTuple):
    """A place where a paragraph's text is divided.

    Attributes:
        end: How many characters are before it.
        ends_window: Whether nothing is read across it, see `grammar.windows`.
    """

    end: int
    ends_window: bool = False


class Prose:
    """Looks for places where a paragraph can be divided: where nothing after them changes how it reads."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin a window."""
        self._tried = 0
        self._done = 0  # characters of the window that are settled

    def fits(self, rest: str) -> bool:
        """Whether the window is not yet full with what is not settled of a paragraph."""
        return self._done + len(rest) <= LONGEST_WINDOW

    def reads_whole(self, rest: str) -> bool:
        """Whether the window reads as it would in one go, with what is not settled of the paragraph."""
        return not self._done or self.fits(rest)

    def cut(self, text: str, complete: int) -> ProseCut | None:
        """The next place, if there is one.

        Args:
            text: The paragraph's text that is not settled, as it was typed; no line begins with a blank.
            complete: How many of its characters are complete lines.
        """
        if not self.fits(text.rstrip()):
            return self._cut_windows(text.rstrip())
        if len(text) < max(_LEAST, self._tried):
            return None
        self._tried = len(text) + _STEP
        end = self._end(text, complete)
        if end is None or not settles(text[:end]):
            return None
        self._tried = 0
        self._done += end
        return ProseCut(end)

    def _cut_windows(self, text: str) -> ProseCut | None:
        """The end of the last window that is full."""
        text, end = "\0" * self._done + text, 0  # nothing of the settled part is where a window may end
        while (after := window_end(text, end)) is not None:
            end = after
        end -= self._done
        self.restart()
        return ProseCut(end, ends_window=True)

    def _end(self, text: str, complete: int) -> int | None:
        last_line = text.rfind("\n", 0, max(0, complete - 1)) + 1
        if last_line and "|" in text[last_line:]:  # a row of dashes would make it a table: one more is kept
            last_line = text.rfind("\n", 0, last_line - 1) + 1
        limit = min(len(text) - _KEPT, LEAST_WINDOW - self._done)
        found = _TO_BLANK.match(text, 0, max(0, limit))
        end = found.end() if found else 0
        if end > last_line:
            line = text.rfind("\n", 0, end) + 1
            if "|" in text[line:] or text[line:end].isspace() or (complete and end <= complete):
                end = min(last_line, max(0, limit))
        return end if _LEAST // 4 <= end <= limit else None


class _Typed(NamedTuple):
    """The text of a paragraph that is not settled, by lines.

    Attributes:
        first: Its first line in what was parsed.
        columns: Where the text begins in each line.
        texts: What of each line is the paragraph's, with the line feed.
    """

    first: int
    columns: list[int]
    texts: list[str]


def cut_text(path: Path, sheet: Sheet, prose: Prose) -> Cut | None:
    """How far a long paragraph or heading is settled that is the last part of an open block.

    Args:
        path: The way to it.
        sheet: The block, with the line that is still arriving as it was typed.
        prose: Looks for places.
    """
    index = path.last
    if index is None or not _goes_on(sheet, index):
        return None
    opening, inline = sheet.tokens[index], sheet.tokens[index + 1]
    is_known = sheet.stand_in.form == "text" and index + 1 == sheet.rest
    typed = _typed(sheet, len(sheet.stand_in.lines) if is_known else begin_of(opening), inline)
    if typed is None or (not is_known and _may_define(path, sheet, typed)):
        return None
    text = "".join(typed.texts)
    found = prose.cut(text, sum(map(len, typed.texts[: max(0, sheet.complete - typed.first)])))
    if found is None:
        return None
    line, column = _place(typed, found.end)
    is_heading = opening.type == "heading_open"
    if is_heading and not column:
        return None
    stand_in = path.stand_in("text", opening.level)
    stand_in.leaf_type = opening.type
    begun = path.margin + (opening.markup + " " if is_heading else "") + FILLER
    if column:
        stand_in.prefix = begun + " "
    else:
        stand_in.lines.append(begun + "\n")
    piece = inline_token(text[: found.end], inline.level)
    remainder = inline_token(text[found.end :].strip(), inline.level)
    piece.meta = inline.meta
    return Cut(index + 1, line, stand_in, column, piece, remainder, found.ends_window)


def _goes_on(sheet: Sheet, index: int) -> bool:
    """Whether a part is a paragraph or a heading of one line that more text may be appended to."""
    opening = sheet.tokens[index]
    if opening.type == "heading_open":
        return opening.markup.startswith("#") and end_of(opening) > sheet.complete
    return opening.type == "paragraph_open" and end_of(opening) == len(sheet.lines)


def _typed(sheet: Sheet, first: int, inline: Token) -> _Typed | None:
    """The text of an inline token where it was typed; None when tabs or the like have changed it."""
    lines, texts = sheet.lines[first:], inline.content.split("\n")
    if len(lines) != len(texts):
        return None
    columns = []
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        whole = line.rstrip("\n") if number < len(lines) - 1 else line.rstrip()
        if not whole.endswith(text):
            return None
        columns.append(len(whole) - len(text.lstrip(" \t")))
    return _Typed(first, columns, [line[at:] for line, at in zip(lines, columns, strict=True)])


def _may_define(path: Path, sheet: Sheet, typed: _Typed) -> bool:
    """Whether a paragraph may turn out to be, or to follow, link definitions."""
    text = "".join(typed.texts)
    if len(text) > LONGEST_WINDOW:
        return False  # a definition is shorter
    if _MAY_DEFINE.match(text):
        return True
    line = typed.first
    if line in path.headers or not line or not sheet.lines[line - 1].strip(" \t>\n"):
        return False
    return path.before is None or end_of(sheet.tokens[path.before]) < line


def _place(typed: _Typed, end: int) -> tuple[int, int]:
    """The line and the column of a place in a text; the column is 0 at the beginning of a line."""
    for number, text in enumerate(typed.texts):
        if end < len(text):
            return typed.first + number, typed.columns[number] + end if end else 0
        end -= len(text)
    return typed.first + len(typed.texts), 0
