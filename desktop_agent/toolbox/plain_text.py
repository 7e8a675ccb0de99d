"""Texts of others, made fit for one line or told apart from what is no text."""

from __future__ import annotations

import codecs
import re
from typing import Final

_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_HEAD: Final = 65_536
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def one_line(text: str, longest: int) -> str:
    """`text` in one line, without control characters and what reorders text, at most `longest` characters."""
    line = " ".join(_CONTROLS.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def is_binary(data: bytes) -> bool:
    """Whether it is no text: zeros stand in it, or it is mostly control characters."""
    head = data[:_HEAD]
    if head.startswith(_UTF16):
        return False
    controls = sum(head.count(bytes((code,))) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    return b"\x00" in head or controls * 10 > len(head)
