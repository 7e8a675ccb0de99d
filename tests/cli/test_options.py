"""The options: the short way of the usual starts says what the parser says."""

from __future__ import annotations

import pytest

from desktop_agent.cli.options import make_parser, parse


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["--demo", "--demo"]])
def test_the_short_way_says_what_the_parser_says(arguments: list[str]) -> None:
    expected = make_parser().parse_args(arguments)
    expected.demo = getattr(expected, "demo", False)
    expected.file = ""
    assert parse(arguments) == expected
