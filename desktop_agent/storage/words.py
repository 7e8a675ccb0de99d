"""Text as the search index takes it, titles as one line, and what a person types as a query.

The index knows words: runs of letters and digits, case and diacritics folded. Scripts written without spaces
get a word for each pair of neighbouring characters, so that any part of a run is found; emoji get one
each. What is a word must never change while an index lives: a change here needs a migration that makes the
index anew.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

TITLE_LENGTH: Final = 200
QUERY_LENGTH: Final = 1_000
"""Characters of a query that count; nobody types more, and each word costs time."""

# Scripts without spaces: Thai to Myanmar, Hangul, Khmer, kana, ideographs, and what is above the first plane.
_DENSE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_EMOJI: Final = "\u2600-\u27bf\U0001f000-\U0001faff"
_dense_run: Final = re.compile(f"[{_DENSE}]+")
_special: Final = re.compile(f"[{_DENSE}]+|[{_EMOJI}]")
_unfit: Final = re.compile("[\x00\ud800-\udfff]")
# Controls and line ends become spaces; what turns the direction of the text goes.
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def clean_title(title: str) -> str:
    """The title as one line of at most `TITLE_LENGTH` characters, without characters that nobody sees."""
    text = _CONTROLS.sub(" ", title[: TITLE_LENGTH * 50])
    text = re.sub("[\ud800-\udfff]", "\ufffd", _INVISIBLE.sub("", text))
    text = " ".join(text.split())
    if len(text) <= TITLE_LENGTH:
        return text
    cut = text[: TITLE_LENGTH - 1]
    # Never between a character and what is drawn on it.
    while cut and (
        unicodedata.combining(text[len(cut)]) or text[len(cut)] in "\u200d\ufe0f" or cut[-1] == "\u200d"
    ):
        cut = cut[:-1]
    return cut.rstrip() + "\u2026"


def index_text(text: str) -> str:
    """The text with a space between what the index is to take as words."""
    return _special.sub(_split_run, _unfit.sub(" ", text))


def _split_run(match: re.Match[str]) -> str:
    run = match.group()
    if not _dense_run.match(run):
        return f" {_emoji_word(run)} "
    pairs = [run[i : i + 2] for i in range(len(run))]  # the last one is alone
    return f" {' '.join(pairs)} "


def _emoji_word(character: str) -> str:
    """A letter of the private use area: the index takes emoji for punctuation."""
    code = ord(character)
    return chr(code - 0x1F000 + 0xE000) if code >= 0x1F000 else chr(code - 0x2600 + 0xEB00)


def query_words(text: str) -> list[str]:
    """The words that a person typed, without what the index knows nothing of."""
    words = _unfit.sub(" ", text[:QUERY_LENGTH]).split()
    return [word for word in words if any(each.isalnum() or _special.match(each) for each in word)]


def is_dense(character: str) -> bool:
    """Whether the script of the character is written without spaces."""
    return _dense_run.match(character) is not None


def match_query(text: str) -> str:
    """What a person typed as a query of FTS5: all words, the last one as a beginning; "" without any."""
    words = query_words(text)
    return " ".join(_phrase(word, is_last=place == len(words)) for place, word in enumerate(words, 1))


def _phrase(word: str, *, is_last: bool) -> str:
    split = index_text(word).replace('"', '""').strip()
    is_beginning = is_last
    run = _trailing_run(word)
    if len(run) == 1:
        is_beginning = True  # one character of a run begins a pair
    elif run:
        split = split[:-2]  # the last one alone would be the end of a run
        is_beginning = False
    return f'"{split}" *' if is_beginning else f'"{split}"'


def _trailing_run(word: str) -> str:
    """The characters of a script without spaces at the end of the word."""
    runs = list(_dense_run.finditer(word))
    return runs[-1].group() if runs and runs[-1].end() == len(word) else ""
