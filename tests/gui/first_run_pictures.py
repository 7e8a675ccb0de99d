"""The first page as the design's picture shows it: for tests, and for eyes as a script.

As a script: `python tests/gui/first_run_pictures.py FOLDER` writes each state in both themes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.first_run.page import Choice, FirstRunPage
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from gui.laying_out import lay_out

WIDTH, HEIGHT = 1280, 820
FOUND = (
    "Ollama at localhost:11434 offers 3 models: qwen3:8b, llama3.2 and gemma3.\n"
    "LM Studio and the llama.cpp server were not found."
)


def make_page(theme: Theme, width: int = WIDTH, height: int = HEIGHT) -> FirstRunPage:
    """The page of the picture, on the screen."""
    page = FirstRunPage(Appearance(theme))
    page.resize(width, height)
    card = page.cards[Choice.LOCAL]
    card.say(FOUND)
    card.show_state("Found", "ok", "check")
    page.show_models([(name, name) for name in ("qwen3:8b", "llama3.2", "gemma3")])
    page.key_field.setText("sk-" + "x" * 17)
    page.show()
    QTest.qWaitForWindowActive(page)
    page.focus_first()
    return page


def _refused(page: FirstRunPage) -> None:
    page.refuse(
        "OpenAI refused the API key. Copy it again, and see that it belongs to this provider.", page.key_field
    )


def _other(page: FirstRunPage) -> None:
    page.kind_field.choose(ProviderKind.AZURE)
    page.kind_field.chosen.emit(ProviderKind.AZURE)
    page.address_field.setFocus()


def _none_found(page: FirstRunPage) -> None:
    page.show_models([])
    page.cards[Choice.LOCAL].show_state("")
    page.cards[Choice.LOCAL].say("No local server was found. Ollama, LM Studio and llama.cpp are looked for.")
    page.show_look_button(is_shown=True)


def _locked(page: FirstRunPage) -> None:
    page.show_busy("Asking api.openai.com.")
    page.key_note.say(
        "The keychain of this computer is locked. Unlock it to use your keys.",
        "warn",
        ("Try again", lambda: None),
        ("Use for this session", lambda: None),
    )


STATES: dict[str, Callable[[FirstRunPage], object]] = {
    "rest": lambda page: None,
    "refused": _refused,
    "azure": _other,
    "local": lambda page: page.cards[Choice.LOCAL].radio.setChecked(True),
    "demo": lambda page: page.cards[Choice.DEMO].radio.setChecked(True),
    "none-found": _none_found,
    "locked": _locked,
}


def paint(
    theme: Theme, state: str, *, size: tuple[int, int] = (WIDTH, HEIGHT), is_mirrored: bool = False
) -> QImage:
    """The page in a state."""
    direction = Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
    QApplication.setLayoutDirection(direction)
    try:
        page = make_page(theme, *size)
        STATES[state](page)
        lay_out()
        image = page.grab().toImage()
        page.close()
        page.deleteLater()
        return image
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)


if __name__ == "__main__":
    from desktop_agent.app import make_application

    application = make_application()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        for state in STATES:
            paint(theme, state).save(str(target / f"first-run-{state}-{name}.png"))
    paint(LIGHT, "rest", is_mirrored=True).save(str(target / "first-run-mirrored.png"))
    paint(LIGHT, "azure", size=(480, 420)).save(str(target / "first-run-small.png"))
