"""Text of others in ours: one line, no markup, no direction that leaks."""

from __future__ import annotations

import pytest

from desktop_agent.gui.plain_text import isolated, one_line, tool_tip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Plain words", "Plain words"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"),
        ("می‌خواهم \u200fword", "می‌خواهم \u200fword"),
        ("  \n ", ""),
        ("x" * 10_000, "x" * 1000),
    ],
)
def test_what_is_shown_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_text_in_a_sentence_keeps_its_direction_to_itself() -> None:
    assert isolated("a\u2069\u202eb") == "\u2068ab\u2069"


def test_a_tool_tip_shows_markup_as_it_was_typed() -> None:
    tip = tool_tip("<b>bold</b> & <img src='file:///x'>")
    assert tip.startswith("<qt>")
    assert "<b>" not in tip
    assert "<img" not in tip
    assert "&lt;b&gt;bold&lt;/b&gt; &amp;" in tip
    assert tool_tip("") == ""
