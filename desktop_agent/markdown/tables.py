"""Tables for the clipboard: as Markdown, and as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from desktop_agent.markdown.blocks import inline_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desktop_agent.markdown.blocks import Block, Token

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_markdown(block: Block) -> str:
    """A table as Markdown, its cells as they were typed."""
    aligned: list[str] = []
    rows: list[list[str]] = []
    for cells in _rows(block):
        rows.append([token.content.replace("|", "\\|") for token, _ in cells])
        if not aligned:
            aligned = [style.removeprefix("text-align:") for _, style in cells]
    dashes = {"left": ":--", "center": ":-:", "right": "--:"}
    rows.insert(1, [dashes.get(each, "---") for each in aligned])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def table_csv(block: Block) -> str:
    """A table as CSV, without markup; a cell that a spreadsheet would compute begins with an apostrophe."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    for cells in _rows(block):
        writer.writerow([_harmless(inline_text(token.children or [])) for token, _ in cells])
    return lines.getvalue()


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _rows(block: Block) -> Iterator[list[tuple[Token, str]]]:
    """Each row: its cells' inline tokens, and the style that aligns each."""
    row: list[tuple[Token, str]] = []
    style = ""
    for token in block.tokens:
        if token.type in ("th_open", "td_open"):
            style = str(token.attrs.get("style", ""))
        elif token.type == "inline":
            row.append((token, style))
        elif token.type == "tr_close":
            yield row
            row = []
