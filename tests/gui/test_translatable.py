"""Every text that the window shows can be translated: it goes through Qt's translator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import desktop_agent

GUI = Path(desktop_agent.__file__).parent / "gui"
# What shows its arguments, and the first of them that is shown: icons have names of their own.
SHOWS = {
    "setText": 0,
    "setToolTip": 0,
    "setAccessibleName": 0,
    "setAccessibleDescription": 0,
    "setWindowTitle": 0,
    "setPlaceholderText": 0,
    "setInformativeText": 0,
    "addAction": 0,
    "addMenu": 0,
    "drawText": 0,
    "show_text": 0,
    "show_title": 0,
    "set_placeholder": 0,
    "plain_label": 0,
    "TextButton": 0,
    "LinkButton": 0,
    "ChoiceCard": 0,
    "IconButton": 1,
    "BarButton": 1,
    "CommandRow": 1,
    "_action": 0,
}


def name_of(function: ast.expr) -> str:
    """What is called: `f` of `f()` and of `a.f()`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def has_words(node: ast.AST) -> bool:
    """Whether it is a literal text with words; markup around words and the names of keys are none."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return any(map(str.isalpha, text)) and not set("<>\t") & set(text)


def texts_in(node: ast.AST) -> Iterator[ast.AST]:
    """The literal texts of an expression, but for those that are translated or are no text of their own."""
    if isinstance(node, ast.Call | ast.Compare | ast.Subscript | ast.Lambda):
        return
    if has_words(node):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from texts_in(child)


def untranslatable(source: str) -> list[str]:
    """Calls that show a literal text as it is: their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or name_of(node.func) not in SHOWS:
            continue
        first = SHOWS[name_of(node.func)]
        shown = [*node.args[first : first + 1], *(each.value for each in node.keywords if each.arg == "name")]
        if any(text for each in shown for text in texts_in(each)):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: str(path.relative_to(GUI)))
def test_what_is_shown_can_be_translated(path: Path) -> None:
    assert untranslatable(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        'label.setText("Hello")',
        'label.setText(f"{count} messages")',
        'button = IconButton("copy", "Copy message", appearance, self)',
        'label.setToolTip("Yes" if is_on else self.tr("No"))',
        'menu.addAction("Copy", copy)',
    ],
)
def test_a_text_that_cannot_is_found(line: str) -> None:
    assert len(untranslatable(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        'label.setText(self.tr("Hello"))',
        'label.setText(self.tr("{count} messages").format(count=count))',
        'IconButton("copy", self.tr("Copy message"), appearance, self)',
        'label.setText(f"{number} / {count}")',
        'settings.setValue("theme", "dark")',
    ],
)
def test_what_needs_no_translation_is_left_alone(line: str) -> None:
    assert untranslatable(line) == []
