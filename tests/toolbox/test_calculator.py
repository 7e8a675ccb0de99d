"""Arithmetic that is exact where it can be, and bounded whatever it is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox import calculate, current_time

VALUES = (
    ("2 + 3 * 4", "14"),
    ("2 * (3 + 4) ** 2", "98"),
    ("0.1 + 0.2", "0.3"),
    ("7 / 2", "3.5"),
    ("6 / 2", "3"),
    ("-7 // 2", "-4"),
    ("7 % 3", "1"),
    ("2 ** 100", str(2**100)),
    ("sqrt(16) + abs(-2)", "6"),
    ("round(2.567, 1)", "2.6"),
    ("round(1254, -2)", "1300"),
    ("round(5, -10**9)", "0"),
    ("max(1, 5, 3) - min(2, 4)", "3"),
    ("factorial(20)", str(math.factorial(20))),
    ("sin(pi / 2)", "1"),
    ("  1_000 * 3 ", "3000"),
    ("2 ** -1", "0.5"),
    ("10 ** 5000", "1" + "0" * 5000),
)
NO_SUMS = (
    ("9**9**9", "too large"),
    ("9**9**9**9", "too large"),
    ("10.0**400", "too large"),
    ("1e308 * 10", "too large"),
    ("factorial(99999)", "whole numbers from 0 to"),
    ("factorial(2.5)", "whole numbers"),
    ("1 / 0", "divides by zero"),
    ("5 % 0", "divides by zero"),
    ("0 ** -1", "divides by zero"),
    ("(-8) ** 0.5", "no real number"),
    ("log(-1)", "no value"),
    ("sqrt()", "no value"),
    ("2 ^ 3", r"\*\*"),
    ("", "not an expression"),
    ("1 +", "not an expression"),
    ("(" * 900, "not an expression"),
    ("-" * 990 + "1", "not an expression"),
    ("1" * 1001, "longer than"),
    ("__import__('os').system('id')", "Only numbers"),
    ("().__class__", "Only numbers"),
    ("'a' * 9", "Only numbers"),
    ("[1] * 9", "Only numbers"),
    ("lambda: 1", "Only numbers"),
    ("True", "Only numbers"),
    ("open('x')", "Only numbers|no function"),
    ("x", "Only numbers"),
    ("1 if 1 else 2", "Only numbers"),
    ("max(*[1, 2])", "Only numbers"),
    ("round(2.5, ndigits=1)", "Only numbers"),
    ("1 << 99999", "Only numbers"),
)


def test_values() -> None:
    for expression, value in VALUES:
        assert calculate(expression) == value, expression


def test_what_is_no_sum_gets_a_sentence() -> None:
    for expression, reason in NO_SUMS:
        with pytest.raises(ToolError, match=reason):
            calculate(expression)


@given(some.text("0123456789+-*/%().e, sqrtlogfactorialpw_", max_size=60))
def test_nothing_makes_it_fail_in_another_way(expression: str) -> None:
    with suppress(ToolError):
        assert calculate(expression)


def test_the_time_is_told_with_day_and_zone() -> None:
    assert current_time("Asia/Tokyo").endswith("+09:00 (Asia/Tokyo)")
    assert current_time().split(",")[0].endswith("day")


def test_a_zone_that_is_none_is_said() -> None:
    for zone in ("Nowhere/Town", "../../etc/passwd", "/etc/localtime", "\0", "a" * 5000):
        with pytest.raises(ToolError, match="There is no time zone"):
            current_time(zone)


def test_what_the_model_is_told_of_it() -> None:
    from desktop_agent.toolbox.described import tool_of

    tools: tuple[Callable[..., str], ...] = (calculate, current_time)
    descriptions = [tool_of(each).schema["description"] for each in tools]
    assert not any("Raises" in each for each in descriptions)
    assert descriptions[0].startswith("Calculate an expression")
