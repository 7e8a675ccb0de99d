"""What is announced: finished sentences, joined, the rest at the end."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible

from desktop_agent.gui.transcript.speech import Announcements, Speaker, finished_sentences
from desktop_agent.gui.transcript.view import Transcript


@pytest.mark.parametrize(
    ("text", "heard", "said"),
    [
        ("Half a sent", 0, ""),
        ("One. Two. Thr", 0, "One. Two."),
        ("One. Two. Three! ", 5, "Two. Three!"),
        ("A heading\n\nAnd text", 0, "A heading"),
        ('He said "yes." Then', 0, 'He said "yes."'),
        ("Version 3.11 is", 0, ""),
        ("一つ。二つ", 0, "一つ。"),
        ("One. ", 5, ""),
    ],
)
def test_only_finished_sentences_are_said(text: str, heard: int, said: str) -> None:
    assert finished_sentences(text, heard)[0] == said


def test_nothing_is_said_twice_and_nothing_left_out() -> None:
    text = "First one. Second one! And a third? Then the rest"
    heard, said = 0, []
    for end in range(len(text) + 1):
        new, heard = finished_sentences(text[:end], heard)
        if new:
            said.append(new)
    assert said == ["First one.", "Second one!", "And a third?"]
    assert text[heard:] == "Then the rest"


@pytest.mark.parametrize(
    ("announcements", "said"),
    [
        ("sentences", ["assistant is replying", "One. Two Reply complete, 4 tokens"]),
        ("ends", ["assistant is replying", "Reply complete, 4 tokens"]),
        ("off", []),
    ],
)
def test_what_is_announced_can_be_chosen(
    view: Transcript, monkeypatch: pytest.MonkeyPatch, announcements: Announcements, said: list[str]
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(Speaker, "say", lambda _self, text, **_urgent: heard.append(text))
    QAccessible.setActive(True)
    try:
        view.announce(announcements)
        reply = view.begin_reply("assistant")
        view.append_to_reply(reply, [(False, "One. Two")])
        view.end_reply(reply, "", tokens="4")
    finally:
        QAccessible.setActive(False)
    assert heard == said
