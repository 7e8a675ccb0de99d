"""Random Markdown of nested blocks, the same for the same seed."""

from __future__ import annotations

import random

_INLINE = (
    "foo",
    "bar **bold** x",
    "`code` a",
    "[link](http://a.b)",
    "see [r] now",
    "*em",
    "a | b",
    "1. x",
    "text  ",
    "x\\",
)
_CODE = ("x=1", "", "  y", "- z", "> q")


def generated_text(seed: int) -> str:
    """One to five blocks with blocks inside them, sometimes awkwardly indented."""
    choice = random.Random(seed)
    lines: list[str] = []
    for _ in range(choice.randint(1, 5)):
        lines += _block(choice, 0)
        if choice.random() < 0.8:
            lines.append("")
    return "\n".join(lines) + ("\n" if choice.random() < 0.8 else "")


def _block(choice: random.Random, depth: int) -> list[str]:
    kind = choice.choice("ppppfltqhcr" if depth < 3 else "pppfc")
    if kind == "l":
        return _list(choice, depth)
    if kind == "q":
        return _quote(choice, depth)
    if kind == "f":
        code = [choice.choice(_CODE) for _ in range(choice.randint(0, 4))]
        return ["```py", *code, *(["```"] if choice.random() < 0.9 else [])]
    if kind == "t":
        cells = [choice.choice(("x", "**b**", "[r]", "")) for _ in range(choice.randint(0, 4))]
        return ["| a | b |", "|---|--:|", *(f"| {cell} | y |" for cell in cells)]
    if kind == "r":
        return [choice.choice((f"[r]: /u{choice.randint(0, 9)}", "---", "==="))]
    if kind in "hc":
        return ["## " + choice.choice(_INLINE) if kind == "h" else "    code"]
    return [choice.choice(_INLINE) for _ in range(choice.randint(1, 3))]


def _quote(choice: random.Random, depth: int) -> list[str]:
    lines: list[str] = []
    for _ in range(choice.randint(1, 3)):
        marks = choice.choices
        lines += [marks(("> ", ">", ""), (18, 1, 1))[0] + line for line in _block(choice, depth + 1)]
        if choice.random() < 0.7:
            lines.append(">")
    return lines


def _list(choice: random.Random, depth: int) -> list[str]:
    lines: list[str] = []
    number, bullet = choice.choice((0, choice.randint(1, 9))), choice.choice("-*+")
    is_loose = choice.random() < 0.3
    for item in range(choice.randint(1, 5)):
        mark = f"{number + item}. " if number else bullet + " " * choice.choice((1, 1, 1, 2, 3))
        body: list[str] = []
        for _ in range(choice.choice((1, 1, 1, 2, 3))):
            if body and choice.random() < 0.6:
                body.append("")
            body += _block(choice, depth + 1)
        pad = " " * (len(mark) - (choice.random() < 0.1))
        outer = " " * choice.choice((0, 0, 0, 0, 1))
        lines += [outer + (mark if not at else pad if line else "") + line for at, line in enumerate(body)]
        if is_loose or choice.random() < 0.1:
            lines.append("")
        if choice.random() < 0.05:
            lines.append("lazy line")
    return lines
