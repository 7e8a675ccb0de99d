"""A store that can't take a conversation: it goes on, is said, can be saved elsewhere, and is caught up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_agent.chat.notices import Action
from desktop_agent.config.paths import store_path
from desktop_agent.config.provider import Provider
from desktop_agent.gui.rescue import RescueDialog, file_name_of
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.widgets.notice import NoticeBox
from loopback import LoopbackServer, Reply
from window_steps import last_reply, outcome_of, type_and_send

Run = Callable[..., int]


def banner_of(parts: RunningWindow) -> NoticeBox:
    (banner,) = (box for box in parts.window.findChildren(NoticeBox) if box.isVisible())
    return banner


def test_a_damaged_file_is_said_kept_aside_and_the_window_goes_on(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    path = store_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"This is no database. " * 500)

    async def steps(parts: RunningWindow) -> None:
        assert banner_of(parts).plain_text()
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"
        assert banner_of(parts).plain_text()

    assert drive(local, steps) == 0
    aside = [each for each in path.parent.iterdir() if each.read_bytes().startswith(b"This is no database.")]
    assert len(aside) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_store_of_a_later_version_is_read_only_and_the_conversation_can_be_saved_elsewhere(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    server.enqueue(Reply(text="Kept."), Reply(text="It streams **all the same**."))
    target = tmp_path / "saved.md"

    async def first(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Hi")
        assert await ended == "finished"

    async def second(parts: RunningWindow) -> None:
        assert "newer version" in banner_of(parts).plain_text()
        assert [message.plain_text() for message in parts.transcript.messages] == ["Hi", "Kept."]
        ended = outcome_of(parts)
        type_and_send(parts, "And now?")
        assert await ended == "finished"
        assert last_reply(parts).source() == "It streams **all the same**."
        banner = banner_of(parts)
        assert "export it to keep it" in banner.plain_text()
        QTest.mouseClick(banner.buttons[Action.EXPORT], Qt.MouseButton.LeftButton)
        (dialog,) = parts.window.findChildren(RescueDialog)
        dialog.fileSelected.emit(str(target))
        dialog.close()
        assert str(target) in banner_of(parts).plain_text()

    assert drive(local, first) == 0
    make_newer(store_path())
    before = (store_path()).read_bytes()
    assert drive(local, second) == 0
    assert "It streams **all the same**." in target.read_text(encoding="utf-8")
    assert (store_path()).read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def make_newer(path: Path) -> None:
    """What a later version of the program would leave: a higher `user_version` in the file's header."""
    with path.open("r+b") as file:
        file.seek(60)
        file.write((1000).to_bytes(4, "big"))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A plain title", "A plain title.md"),
        ('a/b\\c: "d" <e>?*|', "a b c d e.md"),
        ("...", "conversation.md"),
        ("line\nbreak", "line break.md"),
        ("Con", "_Con.md"),
        ("con.text", "_con.text.md"),
        ("Console", "Console.md"),
        ("x" * 300, "x" * 80 + ".md"),
    ],
)
def test_a_title_makes_a_file_name_for_every_system(title: str, name: str) -> None:
    assert file_name_of(title) == name
