"""Links in replies and in results of tools: nothing but the web and mail is ever one to follow."""

from __future__ import annotations

import html
import re

from attack_tables import HOSTILE_LINKS
from desktop_agent.markdown import StreamParser, link_target, to_html


def targets_in(source: str) -> list[str]:
    """The addresses that a reader could follow in a text."""
    parser = StreamParser()
    parser.feed(source)
    parser.finish()
    hrefs = re.findall(r'href="([^"]*)"', to_html(parser.blocks))
    return [href for each in hrefs if (href := link_target(html.unescape(each))) is not None]


def test_no_hostile_address_is_one_to_follow() -> None:
    assert len(HOSTILE_LINKS) >= 60
    assert [href for href in HOSTILE_LINKS if link_target(href) is not None] == []


def test_no_way_to_write_them_makes_them_more_than_the_web() -> None:
    ways = (
        "[x]({})",
        "[x](<{}>)",
        "<{}>",
        "{}",
        "[x][r]\n\n[r]: {}",
        "[x][r]\n\n[r]: <{}>",
        "![x]({})",
        '<a href="{}">x</a>',
    )
    reached = [
        (way, href, target)
        for href in HOSTILE_LINKS
        for way in ways
        for target in targets_in(way.format(href))
        # Within some of them stands an address of the web in its own right, which leads where it says.
        if not re.match(r"https?://(example\.com|exa|%5B)", target)
    ]
    assert reached == []
