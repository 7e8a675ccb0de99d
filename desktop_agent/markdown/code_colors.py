"""Colours of code: Pygments' tokens as spans of each line. Pygments is imported when code is first seen."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Color = Literal["keyword", "string", "number", "function", "comment"]

_LONGEST_LINE = 2_000
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


_SLICE = 800  # characters that are coloured at a time: about 2 ms


class CodeColors:
    """The colours of code that grows.

    Complete lines are coloured one by one, each from the state in which the lexer was after the one before.
    When the code has ended it is lexed once more as a whole, piece by piece: some languages have marks that
    reach over lines.

    Attributes:
        spans: For each line that is coloured its spans, from left to right.
    """

    def __init__(self, language: str) -> None:
        self._lexer_class = _lexer_class(language)
        self._lines: Sequence[str] = ()
        self._stack: list[str] | None = ["root"] if _is_by_line(self._lexer_class) else None
        self._complete = 0
        self._begun = 0  # so many lines are coloured or need no colour
        self._whole: Iterator[tuple[int, tuple[CodeSpan, ...]]] | None = None
        self._is_closed = False
        self.spans: list[tuple[CodeSpan, ...]] = []

    @property
    def is_busy(self) -> bool:
        """Whether `work` has more to do."""
        if self._lexer_class is None:
            return False
        if self._is_closed:
            return self._whole is not None
        return self._stack is not None and self._begun < self._complete

    def grow(self, lines: Sequence[str], complete: int) -> None:
        """Take the lines so far of code that is still open, and how many of them are complete."""
        self._lines, self._complete = lines, complete

    def close(self, lines: Sequence[str]) -> None:
        """Take all lines of code that has ended."""
        self._lines = lines
        if not self._is_closed and self._lexer_class and sum(map(len, lines)) <= LARGEST:
            self._whole = _spans_by_line(self._lexer_class, lines)
        self._is_closed = True

    def work(self, characters: int = _SLICE) -> list[int]:
        """Colour about so many characters, at least a line; the answer is the lines that have changed."""
        changed: list[int] = []
        while characters > 0 and self.is_busy:
            if self._whole is not None:
                index, spans = next(self._whole, (-1, ()))
                if index < 0:
                    self._whole = None
                    break
            else:
                index, spans = self._begun, self._color_next()
                self._begun += 1
            characters -= len(self._lines[index]) + 1
            while len(self.spans) <= index:
                self.spans.append(())
            if self.spans[index] != spans:
                self.spans[index] = spans
                changed.append(index)
        return changed

    def _color_next(self) -> tuple[CodeSpan, ...]:
        line = self._lines[self._begun]
        if self._stack is None or len(line) > _LONGEST_LINE:
            return ()
        spans: list[CodeSpan] = []
        column = 0
        for color, text in _colored(_lex_line(self._lexer_class, line + "\n", self._stack)):
            if color and text.strip():
                _append(spans, CodeSpan(column, len(text.rstrip("\n")), color))
            column += len(text)
        return tuple(spans)


def highlight(language: str, lines: Sequence[str]) -> list[tuple[CodeSpan, ...]]:
    """The colours of code.

    Args:
        language: The word after the opening fence; nothing is guessed for an empty one.
        lines: The code, without line ends.

    Returns:
        For each line its coloured spans, from left to right.
    """
    colors = CodeColors(language)
    colors.close(lines)
    while colors.is_busy:
        colors.work(LARGEST)
    return colors.spans + [()] * (len(lines) - len(colors.spans))


def _spans_by_line(lexer_class: Any, lines: Sequence[str]) -> Iterator[tuple[int, tuple[CodeSpan, ...]]]:
    """The number and the spans of each line, lexed as a whole while they are asked for."""
    lexer = lexer_class(stripnl=False, ensurenl=False)
    spans: list[CodeSpan] = []
    line, column = 0, 0
    for color, text in _colored(lexer.get_tokens("\n".join(lines))):
        for index, piece in enumerate(text.split("\n")):
            if index:
                yield line, tuple(spans)
                line, column, spans = line + 1, 0, []
            if color and piece.strip():
                _append(spans, CodeSpan(column, len(piece), color))
            column += len(piece)
    if line < len(lines):
        yield line, tuple(spans)


def _append(spans: list[CodeSpan], span: CodeSpan) -> None:
    """Append a span, joined with the one that it goes on with."""
    if spans and spans[-1].color == span.color and spans[-1].start + spans[-1].length == span.start:
        span = CodeSpan(spans[-1].start, spans.pop().length + span.length, span.color)
    spans.append(span)


def _is_by_line(lexer_class: Any) -> bool:
    """Whether a lexer is driven by its table of states alone, so that it can go on from a saved one."""
    if lexer_class is None:
        return False
    from pygments.lexer import RegexLexer  # type: ignore[import-untyped]

    return (
        issubclass(lexer_class, RegexLexer)
        and lexer_class.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed
    )


def _lex_line(lexer_class: Any, text: str, stack: list[str]) -> Iterator[tuple[Any, str]]:
    """The tokens of one line with its line feed, as `RegexLexer` finds them; `stack` is changed."""
    from pygments.token import Error, Whitespace, _TokenType  # type: ignore[import-untyped]

    lexer = _lexer(lexer_class)
    states, position = lexer._tokens, 0
    while position < len(text):
        for match, action, new_state in states[stack[-1]]:
            found = match(text, position)
            if not found:
                continue
            if action is not None:
                if type(action) is _TokenType:
                    yield action, found.group()
                else:
                    yield from ((kind, value) for _, kind, value in action(lexer, found))
            position = found.end()
            _enter(stack, new_state)
            break
        else:
            if text[position] == "\n":
                stack[:] = ["root"]
            yield (Whitespace if text[position] == "\n" else Error), text[position]
            position += 1


def _enter(stack: list[str], new_state: object) -> None:
    """Do what a rule of a `RegexLexer` says of the states."""
    states = new_state if isinstance(new_state, tuple) else (new_state,)
    for state in states:
        if state is None:
            continue
        if isinstance(state, int):
            del stack[max(1, len(stack) + state) if state < 0 else state :]
        elif state == "#pop":
            if len(stack) > 1:
                stack.pop()
        elif state == "#push":
            stack.append(stack[-1])
        else:
            stack.append(state)


def _colored(tokens: Iterable[tuple[Any, str]]) -> Iterator[tuple[Color | None, str]]:
    """Each token with its colour; a name before a bracket is a function."""
    name = ""  # a plain name whose next token is awaited
    for kind, text in tokens:
        if name:
            yield "function" if text.startswith("(") else None, name
            name = ""
        is_name, color = _look(kind)
        if is_name:
            name = text
        else:
            yield color, text
    if name:
        yield None, name


_NAMES = frozenset({"Token.Name", "Token.Name.Builtin", "Token.Name.Other", "Token.Name.Attribute"})
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
def _look(kind: Any) -> tuple[bool, Color | None]:
    """Whether tokens of a type are plain names, and their colour otherwise."""
    name = str(kind)
    for prefix, color in _COLORS:
        if name == prefix or name.startswith(prefix + "."):
            return False, color
    return name in _NAMES, None


@functools.lru_cache(maxsize=32)
def _lexer(lexer_class: Any) -> Any:
    return lexer_class()


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
