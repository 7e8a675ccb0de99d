"""How a text that is still arriving is shown: half-typed markup is closed or held back, for display alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_agent.markdown.blocks import CODE, MORE_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop_agent.markdown.blocks import Token

_FARTHEST = 400  # characters from an opening mark to the end: beyond, it was no mark
_LONGEST_LABEL = 120
_MOST_OPEN = 32  # marks that are open at the same time
_LONGEST_HELD = 400  # characters of a line that may wait for what they become

# A line that so far has nothing but marks may still become a rule, a heading, a fence, a list or a table.
_ONLY_MARKS = re.compile(r"[ \t]*(?:(?:[-+*>]|\d{1,9}[.)])[ \t]+)*(?:[-+*=_#>|~`: \t]*|\d{1,9}[.)]?[ \t]*)$")
# The language is shown when it is complete.
_FENCE_INFO = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(?:```[^`]*|~~~.*)$")
_ENDS_CODE = re.compile(r"[ \t>]*(?:`*|~*)[ \t]*$")
_DELIMITER_ROW = re.compile(r"[ \t]*[|:\- \t]*$")
_MARK = re.compile(r"\\[\s\S]|`+|\*+|_+|~~+|!?\[|\]|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>?")
_BEGUN_ADDRESS = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{0,11}$")
_TASK_BOX = re.compile(r"\[[ xX]?\]?$")
_DESTINATION = re.compile(r"\((?:\\.|[^\\()\n]|\([^()\n]*\))*\)")


def shown_line(lines: Sequence[str], partial: str) -> str:
    """What of the open tail's last line is shown: nothing while it is only marks.

    Args:
        lines: The complete lines before it with their line feeds.
        partial: The characters after the last line feed.
    """
    before = lines[-1].strip() if lines else ""
    if _awaits_delimiter_row(lines) and _DELIMITER_ROW.match(partial):
        columns = max(1, len(re.findall(r"(?<!\\)\|", before.strip("|"))) + 1)
        return "|---" * columns + "|\n"
    if len(partial) > _LONGEST_HELD:
        return partial
    if (
        _ONLY_MARKS.match(partial)
        or _FENCE_INFO.match(partial)
        or (partial.lstrip().startswith("|") and not before.startswith("|"))
    ):
        return ""
    return partial


def shown_code(partial: str) -> str:
    """What of a line of an open fence is shown that is still arriving: nothing while it may close it."""
    return "" if _ENDS_CODE.match(partial) else partial


def _awaits_delimiter_row(lines: Sequence[str]) -> bool:
    if not lines or (len(lines) > 1 and lines[-2].strip()):
        return False
    header = lines[-1].strip()
    return len(header) > 2 and header.startswith("|") and header.endswith("|")


def close_last_inline(tokens: Sequence[Token]) -> None:
    """Close half-typed markup in the text that grows: the last inline token that has any."""
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.type == "inline" and token.content:
            begins_item = index > 1 and tokens[index - 2].type == "list_item_open"
            if begins_item and _TASK_BOX.fullmatch(token.content):
                token.content = ""
            else:
                token.content = close_inline(token.content)
            return
        if token.type in (*CODE, MORE_CODE, "hr"):
            return


@dataclass
class _Open:
    """An opening mark that nothing has closed yet."""

    mark: str
    position: int
    length: int


def close_inline(source: str) -> str:
    """Inline source with its half-typed emphasis, code, links and images closed.

    What is held back (a mark at the very end that may become either) comes with the next character.
    """
    return _Closer(source).close()


class _Closer:
    """One pass over an inline source, left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._text = _BEGUN_ADDRESS.sub("", source.rstrip("*_~"))
        if self._text.endswith("\\") and not self._text.endswith("\\\\"):
            self._text = self._text[:-1]
        self._opened: list[_Open] = []

    def close(self) -> str:
        text, position = self._text, 0
        while found := _MARK.search(text, position):
            mark, position = found[0], found.end()
            if mark[0] == "`":
                after = self._skip_code(mark, position)
                if after is None:
                    return self._close_code(mark, found.start())
                position = after
            elif mark[0] in "*_~":
                self._emphasis(mark, found.start())
            elif mark.endswith("["):
                if not self._is_after_word(found.start()):
                    self._opened.append(_Open(mark, found.start(), 1))
            elif mark == "]":
                closed = self._bracket(found.start())
                if isinstance(closed, str):
                    return closed
                position = closed
            elif mark[0] == "<" and not mark.endswith(">") and position == len(text):
                return self._with_closers(text + ">", self._opened)
        return self._close_rest()

    def _skip_code(self, run: str, position: int) -> int | None:
        """The end of the code span that a run of backticks opens, or None while it is open."""
        at = self._text.find(run, position)
        while at >= 0:
            end = at + len(run)
            if self._text[at - 1] != "`" and self._text[end : end + 1] != "`":
                return end
            while self._text[end : end + 1] == "`":
                end += 1
            at = self._text.find(run, end)
        body = self._text[position:]
        return position if "\n" in body or len(body) > _FARTHEST else None

    def _close_code(self, run: str, start: int) -> str:
        body = self._source[start + len(run) :].rstrip("`")
        if not body.strip():
            return self._with_closers(self._source[:start], self._opened)
        return self._with_closers(self._source[: start + len(run)] + body + run, self._opened)

    def _emphasis(self, run: str, start: int) -> None:
        text, end = self._text, start + len(run)
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        left = len(run)
        if not before.isspace():
            left = self._close_emphasis(run[0], left)
        opens = not after.isspace() and not (before.isalnum() or before == run[0])
        if left and opens and left <= 3:
            self._opened.append(_Open(run[0], start, left))

    def _close_emphasis(self, character: str, left: int) -> int:
        while left and any(opened.mark == character for opened in self._opened):
            while self._opened[-1].mark != character:
                self._opened.pop()
            opened = self._opened[-1]
            taken = min(left, opened.length)
            left -= taken
            opened.length -= taken
            if not opened.length:
                self._opened.pop()
        return left

    def _bracket(self, position: int) -> int | str:
        """Where to go on after a "]", or the closed text when a link is being typed."""
        index = next((i for i in range(len(self._opened) - 1, -1, -1) if self._opened[i].mark[-1] == "["), -1)
        if index < 0:
            return position + 1
        following = self._text[position + 1 : position + 2]
        if following == "(":
            complete = _DESTINATION.match(self._text, position + 1)
            if complete:
                del self._opened[index:]
                return complete.end()
            if len(self._text) - position <= 2 * _FARTHEST:
                return self._as_link(index, position)
        elif not following and self._could_be_label(self._opened[index], position):
            return self._as_link(index, position)
        del self._opened[index:]
        return position + 1

    def _as_link(self, index: int, end: int) -> str:
        inner = self._with_closers(self._text[:end], self._opened[index + 1 :])
        return self._with_closers(inner + "](<>)", self._opened[:index])

    def _close_rest(self) -> str:
        end = len(self._text)
        opened_marks = self._opened if len(self._opened) <= _MOST_OPEN else ()  # none of a heap is a link
        for index, opened in enumerate(opened_marks):
            if opened.mark[-1] != "[" or not self._could_be_label(opened, end):
                continue
            if not self._text[opened.position + len(opened.mark) :].strip():
                return self._with_closers(self._text[: opened.position], self._opened[:index])
            return self._as_link(index, end)
        return self._with_closers(self._text, self._opened)

    def _could_be_label(self, opened: _Open, end: int) -> bool:
        """Whether the text after a bracket may be that of a link; "[1]" and "[x]" are not taken for one."""
        label = self._text[opened.position + len(opened.mark) : end]
        if opened.mark == "![":
            return True
        return (
            not label.strip().isdigit()
            and len(label) != 1
            and "\n" not in label
            and len(label) <= _LONGEST_LABEL
        )

    def _is_after_word(self, position: int) -> bool:
        return position > 0 and (self._text[position - 1].isalnum() or self._text[position - 1] in "]_")

    def _with_closers(self, text: str, opened: Sequence[_Open]) -> str:
        closed = text.rstrip()
        for mark in reversed(opened):
            near = len(self._text) - mark.position <= _FARTHEST
            if mark.mark in ("*", "_") and near:
                closed += mark.mark * mark.length
            elif mark.mark == "~" and near and mark.length == 2:
                closed += "~~"
        return closed
