"""What a reply grows by reaches screen readers whole, in order, and at a bounded cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleTextInsertEvent
from pytestqt.qtbot import QtBot

from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.markdown import Block, plain_text

TEXT = "# Title\n\nSome words.\n\n" + "".join(f"- item {n} 🎈\n" for n in range(60)) + "\nThe end."


@pytest.fixture
def told(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, str]]]:
    """What is inserted where, as Qt is told of it, while a screen reader seems to be there."""
    inserted: list[tuple[int, str]] = []

    def note(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleTextInsertEvent):
            inserted.append((event.changePosition(), event.textInserted()))

    monkeypatch.setattr(QAccessible, "updateAccessibility", note)
    QAccessible.setActive(True)
    yield inserted
    QAccessible.setActive(False)


def put_together(inserted: list[tuple[int, str]]) -> str:
    """The text that the insertions make; each must begin where the one before ended."""
    text = b""
    for place, added in inserted:
        assert place == len(text) // 2
        text += added.encode("utf-16-le")
    return text.decode("utf-16-le")


def test_insertions_make_the_whole_text(view: Transcript, told: list[tuple[int, str]]) -> None:
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    for line in TEXT.splitlines(keepends=True):
        view.append_to_reply(reply, [(False, line)])
    view.end_reply(reply, "")
    assert put_together(told) == reply.plain_text()


def test_what_is_told_later_is_told_without_more_text(
    view: Transcript, told: list[tuple[int, str]], qtbot: QtBot
) -> None:
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    for line in TEXT.splitlines(keepends=True):
        view.append_to_reply(reply, [(False, line)])
    qtbot.waitUntil(lambda: put_together(told) == reply.plain_text(), timeout=60_000)


def test_a_reader_that_comes_late_hears_what_is_new(
    view: Transcript, told: list[tuple[int, str]], qtbot: QtBot
) -> None:
    QAccessible.setActive(False)
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    view.append_to_reply(reply, [(False, "Some words")])
    assert not told
    QAccessible.setActive(True)
    view.append_to_reply(reply, [(False, " and more")])
    qtbot.waitUntil(lambda: told == [(len("Some words"), " and more")], timeout=60_000)


def test_nothing_is_told_of_a_conversation_that_was_closed(
    view: Transcript, told: list[tuple[int, str]], qtbot: QtBot
) -> None:
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    for line in TEXT.splitlines(keepends=True):
        view.append_to_reply(reply, [(False, line)])
    view.clear()
    before = len(told)
    qtbot.wait(200)  # nothing to wait for: that nothing happens is what is tested
    assert len(told) == before
    assert not view._rows


def test_blocks_that_are_closed_are_read_once(
    view: Transcript, told: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the whole text is asked for, as the announcements of sentences do."""
    read: list[Block] = []

    def note(block: Block) -> str:
        read.append(block)
        return plain_text(block)

    monkeypatch.setattr("desktop_agent.gui.transcript.reply_text.plain_text", note)
    view.add_user_message("Go")
    reply = view.begin_reply("assistant")
    for number in range(100):
        view.append_to_reply(reply, [(False, f"Paragraph {number}.\n\n")])
        view.streamed_text()
    assert len(read) < 6 * 100
