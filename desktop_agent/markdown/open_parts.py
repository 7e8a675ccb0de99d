"""Rows and code that go on: how far the last part of an open block is settled."""

from __future__ import annotations

from desktop_agent.markdown.blocks import CODE, more_code
from desktop_agent.markdown.settling import FILLER, Cut, Path, Sheet, begin_of, end_of

_LONG_LINE = 400  # of code; the beginning of a longer one is settled before it ends
_KEPT_OF_LINE = 100


def find_cut(path: Path, sheet: Sheet) -> Cut | None:
    """How far a list, a quote, a table or code that is still open is settled, by its complete lines.

    Args:
        path: The way to its last open part, of those that begin on a complete line.
        sheet: The block.
    """
    found = path.cut if path.cut and path.cut.index > sheet.rest else None
    if path.last is None:
        return found
    if sheet.tokens[path.last].type == "table_open":
        return _cut_rows(path, sheet, path.last) or found
    return cut_code(path, sheet) or found


def _cut_rows(path: Path, sheet: Sheet, begin: int) -> Cut | None:
    tokens, in_body, last = sheet.tokens, False, 0
    for index in range(begin, len(tokens)):
        in_body |= tokens[index].type == "tbody_open"
        if in_body and tokens[index].type == "tr_open" and end_of(tokens[index]) <= sheet.complete:
            last = index
    first = begin_of(tokens[begin])
    line, ending = (end_of(tokens[last]), "tr_close") if last else (first + 2, "thead_close")
    if line > sheet.complete:
        return None
    end = next(index for index in range(last or begin, len(tokens)) if tokens[index].type == ending) + 1
    stand_in = path.stand_in("rows", tokens[begin].level, path.opening_line(first), sheet.lines[first + 1])
    stand_in.leaf_type, stand_in.has_rows = "table_open", last > 0
    return Cut(end, line, stand_in) if end > sheet.rest else None


def cut_code(path: Path, sheet: Sheet) -> Cut | None:
    """How far code is settled that is the last part: its complete lines, and the beginning of a long one.

    Args:
        path: The way to it.
        sheet: The block.
    """
    index = path.last
    if index is None or sheet.tokens[index].type not in CODE:
        return None
    code = sheet.tokens[index]
    is_fence = code.type == "fence"
    is_known = sheet.stand_in.form == "code" and index == sheet.rest
    first = len(sheet.stand_in.lines) if is_known else begin_of(code) + is_fence
    if is_fence and (code.meta["closed"] or end_of(code) < sheet.complete):
        return None
    stop = min(end_of(code), sheet.complete)
    while stop > first and not sheet.lines[stop - 1].strip(" \t>\n"):
        stop -= 1
        if is_fence:
            break  # of the blank lines at the end one must be seen: it may make a list loose
    content = code.content.removeprefix(sheet.stand_in.filler) if is_known else code.content
    lines = content.split("\n")
    count = stop - first
    settled = "".join(line + "\n" for line in lines[:count])
    column = 0
    if stop == sheet.complete and sheet.shows_partial and end_of(code) > stop:
        column = _column_in_code(sheet.lines[stop], lines[count])
    if count < 0 or not (count or column or (is_fence and not is_known)):
        return None
    stand_in = path.stand_in("code", code.level)
    stand_in.leaf_type = code.type
    margin = path.margin
    if is_fence:
        stand_in.lines.append(path.opening_line(begin_of(code)))
    else:
        margin += "    "
    if column:
        settled += lines[count][: len(lines[count]) - _KEPT_OF_LINE]
        stand_in.prefix, stand_in.filler = margin + FILLER, FILLER
    elif not is_fence:
        stand_in.lines.append(margin + FILLER + "\n")
        stand_in.filler = FILLER + "\n"
    piece = more_code(code, settled)
    if not is_known:
        piece.type, piece.info = code.type, code.info
    return Cut(index, stop, stand_in, column, piece, more_code(code, content[len(settled) :]))


def _column_in_code(line: str, code: str) -> int:
    """How much of a line that is still arriving is settled, with what is before the code in it."""
    if len(code) < _LONG_LINE or not line.endswith(code):
        return 0
    return len(line) - _KEPT_OF_LINE
