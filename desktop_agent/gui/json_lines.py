"""JSON as lines in the theme's colours, two spaces deeper with each level."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.reading_pane import Line, Run

_TOKEN = re.compile(
    r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|([^"\w-]+|.)'
)


def json_lines(value: object, *, height: int = 18) -> list[Line]:
    """`value` written over several lines.

    Args:
        value: What `json.dumps` takes.
        height: Pixels of a line at 100 % zoom.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return [Line(tuple(_runs(line)), height) for line in text.split("\n")]


def _runs(line: str) -> Iterator[Run]:
    for found in _TOKEN.finditer(line):
        string, colon, number, word, rest = found.groups()
        if string is not None:
            color = "syntax_function" if colon else "syntax_string"
            yield Run(string, color, TextStyle.CODE_SMALL)
            rest = colon
        elif number is not None:
            yield Run(number, "syntax_number", TextStyle.CODE_SMALL)
        elif word is not None:
            yield Run(word, "syntax_keyword", TextStyle.CODE_SMALL)
        if rest:
            yield Run(rest, "text", TextStyle.CODE_SMALL)
