"""Colours of code: Pygments' tokens as spans of each line. Pygments is imported when code is first seen."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Color = Literal["keyword", "string", "number", "function", "comment"]

LARGEST = 100_000  # characters; more is shown without colours
_NO_COLORS = frozenset({"", "text", "txt", "plain", "plaintext", "none"})


class CodeSpan(NamedTuple):
    """A coloured range of a line, in characters."""

    start: int
    length: int
    color: Color


def language_name(language: str) -> str:
    """How a language is called in the head of a code block; one that is not known as it was typed."""
    lexer = _lexer_class(language)
    return str(lexer.name) if lexer else language


def highlight(language: str, lines: Sequence[str]) -> list[tuple[CodeSpan, ...]]:
    """The colours of code.

    Args:
        language: The word after the opening fence; nothing is guessed for an empty one.
        lines: The code, without line ends.

    Returns:
        For each line its coloured spans, from left to right.
    """
    lexer_class = _lexer_class(language)
    if lexer_class is None or sum(map(len, lines)) > LARGEST:
        return [() for _ in lines]
    lexer = lexer_class(stripnl=False, ensurenl=False)
    spans: list[list[CodeSpan]] = [[] for _ in lines]
    line, column = 0, 0
    for color, text in _colored(lexer.get_tokens("\n".join(lines))):
        for index, piece in enumerate(text.split("\n")):
            if index:
                line, column = line + 1, 0
            if color and piece.strip() and line < len(spans):
                spans[line].append(CodeSpan(column, len(piece), color))
            column += len(piece)
    return [tuple(found) for found in spans]


def _colored(tokens: Iterable[tuple[Any, str]]) -> Iterator[tuple[Color | None, str]]:
    """Each token with its colour; a name before a bracket is a function."""
    name = ""  # a plain name whose next token is awaited
    for kind, text in tokens:
        if name:
            yield "function" if text.startswith("(") else None, name
            name = ""
        if str(kind) in ("Token.Name", "Token.Name.Builtin", "Token.Name.Other", "Token.Name.Attribute"):
            name = text
        else:
            yield _color(str(kind)), text
    if name:
        yield None, name


_COLORS: tuple[tuple[str, Color], ...] = (
    ("Token.Comment.Preproc", "keyword"),
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Name.Tag", "function"),
    ("Token.Name.Function", "function"),
    ("Token.Name.Class", "function"),
    ("Token.Name.Decorator", "function"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
)


@functools.lru_cache(maxsize=512)
def _color(kind: str) -> Color | None:
    for prefix, color in _COLORS:
        if kind == prefix or kind.startswith(prefix + "."):
            return color
    return None


@functools.lru_cache(maxsize=128)
def _lexer_class(language: str) -> Any:
    if language.lower() in _NO_COLORS:
        return None
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return type(get_lexer_by_name(language.lower()))
    except ClassNotFound:
        return None
