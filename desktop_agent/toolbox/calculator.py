"""Arithmetic, exact and bounded: `calculate`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated, Any, Final

from desktop_agent.agentchat.errors import ToolError

_LONGEST: Final = 1_000
_MOST_BITS: Final = 20_000
_LARGEST_FACTORIAL: Final = 2_000

Number = int | float


def _round(value: Number, *digits: Any) -> Any:
    """As `round`, which makes a power of ten of any size, even to tell that a whole number is smaller."""
    if isinstance(value, int) and len(digits) == 1 and isinstance(digits[0], int) and digits[0] < -_MOST_BITS:
        return 0
    return round(value, *digits)


_CONSTANTS: Final = {"pi": math.pi, "e": math.e, "tau": math.tau}
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "atan2": math.atan2,
    "cbrt": math.cbrt,
    "ceil": math.ceil,
    "cos": math.cos,
    "cosh": math.cosh,
    "degrees": math.degrees,
    "exp": math.exp,
    "floor": math.floor,
    "gcd": math.gcd,
    "hypot": math.hypot,
    "lcm": math.lcm,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "radians": math.radians,
    "round": _round,
    "sin": math.sin,
    "sinh": math.sinh,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "tanh": math.tanh,
}
_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def calculate(expression: Annotated[str, 'The expression, e.g. "2 * (3 + 4) ** 2 / sqrt(5)".']) -> str:
    """Calculate an expression: + - * / // % ** and functions such as sqrt, sin, log, round, max, factorial.

    Nothing but numbers is known: no names, no texts, no calls of anything else. Numbers of more than some
    6,000 digits are refused before they are made.

    Raises:
        ToolError: It is no such expression, it has no value, or the value is too large.
    """
    if len(expression) > _LONGEST:
        raise ToolError(f"The expression is longer than {_LONGEST:,} characters.")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return _as_text(_value(tree.body))
    except ZeroDivisionError:
        raise ToolError("It divides by zero.") from None
    except OverflowError:
        raise ToolError("The result is too large.") from None
    except (SyntaxError, MemoryError, RecursionError):
        raise ToolError("It is not an expression of numbers.") from None
    except (ValueError, TypeError) as error:
        raise ToolError(f"It has no value: {error}.") from None


def _value(node: ast.expr) -> Number:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _bounded(node.value)
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return _CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
        if isinstance(node.op, ast.BitXor):
            raise ToolError('A power is written with "**".')
        if type(node.op) in _OPERATORS:
            return _bounded(_OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_value(each) for each in node.args])
    raise ToolError("Only numbers, + - * / // % ** and functions such as sqrt and log are known.")


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int):
        if abs(base) > 1 and abs(exponent) * abs(base).bit_length() > _MOST_BITS:
            raise OverflowError
        return _bounded(base**exponent)
    if base < 0 and not float(exponent).is_integer():
        raise ToolError("A root of a negative number is no real number.")
    return _bounded(base**exponent)


def _call(name: str, values: list[Number]) -> Number:
    if name == "factorial":
        (value,) = values
        if not isinstance(value, int) or not 0 <= value <= _LARGEST_FACTORIAL:
            raise ToolError(f"factorial takes whole numbers from 0 to {_LARGEST_FACTORIAL:,}.")
        return math.factorial(value)
    if name not in _FUNCTIONS:
        raise ToolError(f"There is no function {name!r}.")
    return _bounded(_FUNCTIONS[name](*values))


def _bounded(value: Any) -> Number:
    if isinstance(value, int) and abs(value).bit_length() > _MOST_BITS:
        raise OverflowError
    if isinstance(value, float) and math.isinf(value):
        raise OverflowError
    if not isinstance(value, int | float) or value != value:
        raise ValueError("not a number")
    return value


def _as_text(value: Number) -> str:
    if isinstance(value, int):
        # Python's own limit on digits (4,300 by default) is not ours.
        return str(value) if value.bit_length() < 10_000 else _long_text(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return format(value, ".15g")


def _long_text(value: int) -> str:
    """The decimal digits of a long number, in pieces that Python turns into text."""
    sign, rest, pieces = ("-" if value < 0 else ""), abs(value), list[str]()
    while rest:
        rest, piece = divmod(rest, 10**1000)
        pieces.append(str(piece).rjust(1000, "0"))
    return sign + "".join(reversed(pieces)).lstrip("0")
