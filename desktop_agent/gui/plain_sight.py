"""Text that others wrote, shown so that nothing in it can hide: for what a person is asked to allow."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
"""Letters and marks that are drawn as nothing."""
_WORD = re.compile(r"[^\W\d_]+")
_LONG_GAP = re.compile(r"(?<=\S) {9,}")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")
_LATIN_LIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")
"""Writings with letters that look like Latin ones, as the names of their characters begin."""


@dataclass(frozen=True)
class Piece:
    """A part of a text.

    Attributes:
        text: As it is to be shown.
        is_odd: Whether it stands for something that is not seen, or that looks like something else.
    """

    text: str
    is_odd: bool = False


def pieces_of(line: str, *, is_strict: bool = False) -> list[Piece]:
    """One line with everything visible: what has no look is named, what looks like another letter is odd.

    Args:
        line: The text, without line feeds.
        is_strict: Whether every letter beyond ASCII is odd, as in an address.
    """
    if _PLAIN.match(line) and "         " not in line:
        return [Piece(line)] if line else []
    odd = _odd_letters(line, is_strict=is_strict)
    pieces: list[Piece] = []
    gaps = {place: found.end() for found in _LONG_GAP.finditer(line) for place in (found.start(),)}
    at = 0
    while at < len(line):
        if at in gaps:
            _add(pieces, "\N{MIDDLE DOT}" * (gaps[at] - at), is_odd=True)
            at = gaps[at]
            continue
        character = line[at]
        if _is_hidden(character):
            _add(pieces, _name(character), is_odd=True)
        else:
            _add(pieces, character, is_odd=at in odd)
        at += 1
    return pieces


def has_lookalikes(text: str, *, is_strict: bool = False) -> bool:
    """Whether letters of a text look like others, so that it may not be what it seems."""
    return any(_odd_letters(line, is_strict=is_strict) for line in text.split("\n"))


def has_hidden(text: str) -> bool:
    """Whether there is something in a text that is drawn as nothing, or that turns the direction."""
    return any(_is_hidden(character) for character in text if character != "\n")


def _add(pieces: list[Piece], text: str, *, is_odd: bool) -> None:
    if pieces and pieces[-1].is_odd == is_odd:
        pieces[-1] = Piece(pieces[-1].text + text, is_odd)
    else:
        pieces.append(Piece(text, is_odd))


def _is_hidden(character: str) -> bool:
    if character == " ":
        return False
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return is_selector or character in _BLANKS or unicodedata.category(character) in _HIDDEN_CATEGORIES


def _name(character: str) -> str:
    """What stands for a character without a look: its number."""
    if character == "\t":
        return "\N{RIGHTWARDS ARROW}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
    return f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(character):04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"


def _odd_letters(line: str, *, is_strict: bool) -> set[int]:
    """Where letters stand that look like Latin ones: in words of several writings, or anywhere if strict."""
    if line.isascii():
        return set()
    if is_strict:
        return {at for at, character in enumerate(line) if not character.isascii()}
    odd: set[int] = set()
    for word in _WORD.finditer(line):
        strangers = {at for at in range(*word.span()) if _is_latin_like(line[at])}
        if strangers and any(_is_latin(line[at]) for at in range(*word.span())):
            odd |= strangers
    odd |= {at for at, character in enumerate(line) if _is_disguised(character)}
    return odd


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")


def _is_latin_like(character: str) -> bool:
    return not character.isascii() and unicodedata.name(character, "").startswith(_LATIN_LIKE)


def _is_disguised(character: str) -> bool:
    """Whether a character is another form of an ASCII one: full width, mathematical, a look-alike mark."""
    if character.isascii():
        return False
    plain = unicodedata.normalize("NFKC", character)
    return plain != character and plain.isascii() and plain.strip() != ""


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text by line feeds alone: every other break is something to be named."""
    yield from text.split("\n")
