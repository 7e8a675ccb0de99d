"""Paints the sidebar's states, for tests, and for eyes as a script.

As a script: `python tests/gui/sidebar/sidebar_pictures.py FOLDER` writes one picture of each state in both
themes, 260x794 like the sidebar of the design's main pictures.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.sidebar.sidebar import Sidebar
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.storage import ConversationSummary, SearchHit

WIDTH, HEIGHT = 260, 794
NOW = datetime(2026, 11, 20, 15, 0).astimezone()
CURRENT = 2
MIRRORED = "mirrored"
_TITLES = (
    ("Release checklist", 3),
    ("Azure AI Search overview", 0),
    ("Parse CSV with polars", 0),
    ("Trip notes for Lisbon", 0),
    ("Compare vector databases", 1),
    ("Refactor the settings page", 1),
    ("Explain CRDTs simply", 1),
    ("Draft: onboarding e-mail", 4),
    ("Regex for ISO dates", 4),
    ("Why is my query slow?", 5),
    ("Flashcards for Portuguese", 6),
)


def clock() -> datetime:
    """The time at which the pictures are taken."""
    return NOW


def summary(number: int, title: str, updated_at: datetime = NOW, **changes: object) -> ConversationSummary:
    """A conversation as the store describes it.

    Args:
        number: Its id.
        title: Its title.
        updated_at: When it changed last.
        changes: Other fields.
    """
    fields: dict[str, object] = {
        "id": number,
        "uid": f"{number:032x}",
        "title": title,
        "title_origin": "words",
        "created_at": updated_at,
        "updated_at": updated_at,
        "is_pinned": False,
        "is_unread": False,
        "outcome": "",
        "deleted_at": None,
        "message_count": 2,
    }
    return ConversationSummary(**{**fields, **changes})  # type: ignore[arg-type]


def conversations() -> list[ConversationSummary]:
    """The conversations of the design's pictures."""
    return [
        summary(number, title, NOW - timedelta(days=days, minutes=number), is_pinned=number == 1)
        for number, (title, days) in enumerate(_TITLES, 1)
    ]


def make_sidebar(appearance: Appearance) -> Sidebar:
    """The sidebar of the design's main pictures, on the screen."""
    sidebar = Sidebar(appearance, clock=clock)
    sidebar.resize(WIDTH, HEIGHT)
    sidebar.set_conversations(conversations())
    sidebar.set_current(CURRENT)
    sidebar.set_dot(CURRENT, "streaming")
    sidebar.show()
    return sidebar


def _hover(sidebar: Sidebar) -> None:
    QTest.mouseMove(sidebar.conversations.viewport(), QPoint(60, 7 * 32 + 16))


def _dots(sidebar: Sidebar) -> None:
    sidebar.set_dot(3, "waiting")
    sidebar.set_dot(5, "failed")
    rows = [summary(12, "Unread " + "and long " * 8, NOW, is_unread=True), *conversations()]
    sidebar.set_conversations(rows)


def _rename(sidebar: Sidebar) -> None:
    sidebar.conversations.rename(sidebar.conversations.currentIndex())


def _keyboard(sidebar: Sidebar) -> None:
    sidebar.focus_list()
    QTest.keyClick(sidebar.conversations, Qt.Key.Key_Down)


def _search(sidebar: Sidebar) -> None:
    sidebar.focus_search()
    QTest.keyClicks(sidebar.search_field.editor, "vector")
    context = "vector and hybrid search over your own content, stored in vector indexes"
    far = "Some words that stand before what was looked for, and then the vector comes at last"
    sidebar.show_hits(
        "vector",
        [
            SearchHit(5, "Compare vector databases", None, "", ((8, 14),), NOW),
            SearchHit(2, "Azure AI Search overview", 7, context, ((0, 6), (58, 64)), NOW),
            SearchHit(
                9, "Regex for ISO dates", 8, far, ((far.index("vector"), far.index("vector") + 6),), NOW
            ),
        ],
    )


def _nothing(sidebar: Sidebar) -> None:
    QTest.keyClicks(sidebar.search_field.editor, "xyzzy")
    sidebar.show_hits("xyzzy", [])


def _bin(sidebar: Sidebar) -> None:
    sidebar.open_bin()
    sidebar.show_bin(
        [
            summary(20, "An old plan", deleted_at=datetime.now().astimezone()),
            summary(21, "Notes", deleted_at=datetime.now().astimezone() - timedelta(days=9)),
        ]
    )
    QTest.mouseMove(sidebar.bin.list.viewport(), QPoint(60, 24))


def _empty_bin(sidebar: Sidebar) -> None:
    sidebar.open_bin()
    sidebar.show_bin([])


STATES: dict[str, Callable[[Sidebar], None]] = {
    "rest": lambda _sidebar: None,
    "hover": _hover,
    "dots": _dots,
    "rename": _rename,
    "keyboard": _keyboard,
    "search": _search,
    "nothing": _nothing,
    "empty": lambda sidebar: sidebar.set_conversations([]),
    "undo": lambda sidebar: sidebar.show_undo(3),
    "bin": _bin,
    "empty-bin": _empty_bin,
    MIRRORED: _dots,
}


def paint(theme: Theme, state: str) -> QImage:
    """The sidebar in a state, as it is seen."""
    appearance = Appearance(theme)
    direction = Qt.LayoutDirection.RightToLeft if state == MIRRORED else Qt.LayoutDirection.LeftToRight
    QApplication.setLayoutDirection(direction)
    try:
        sidebar = make_sidebar(appearance)
        QTest.qWaitForWindowActive(sidebar)
        QTest.mouseMove(sidebar, QPoint(130, 44))  # where it changes nothing
        STATES[state](sidebar)
        image = sidebar.grab().toImage()
        sidebar.close()
        sidebar.deleteLater()
        return image
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)


def pictures() -> Iterator[tuple[str, QImage]]:
    """Every state in both themes, by name."""
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        for state in STATES:
            yield f"sidebar-{state}-{name}", paint(theme, state)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop_agent.app import make_application

    application = make_application()
    for picture, drawn in pictures():
        drawn.save(str(Path(sys.argv[1]) / f"{picture}.png"))
