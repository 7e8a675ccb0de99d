"""What a screen reader says by itself: that a reply began, its finished sentences, and its end."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent

from desktop_agent.gui.transcript.accessible import NoticeRow

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.view import Transcript

Announcements = Literal["sentences", "ends", "off"]

EVERY = 2000
"""Milliseconds between two announcements of a reply that streams."""

_SENTENCE_END = re.compile(r"[.!?…:][\"')\]]*\s|\n\n|[\u3002\uff01\uff1f]")


class Speaker(QObject):
    """Announces politely, at most every two seconds, and only while a screen reader is there.

    Attributes:
        announcements: What of a reply is said by itself; what went wrong is said in any case.
    """

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self._view = view
        self.announcements: Announcements = "sentences"
        self._heard = 0
        self._notice = NoticeRow(view)
        self._timer = QTimer(self, singleShot=True, interval=EVERY)
        self._timer.timeout.connect(self._say_sentences)

    def begin(self, author: str) -> None:
        """A reply begins."""
        self._heard = 0
        if self.announcements != "off":
            self.say(self.tr("{agent} is replying").format(agent=author))

    def hear(self) -> None:
        """The reply grew: its finished sentences will be said soon."""
        is_wanted = self.announcements == "sentences"
        if is_wanted and QAccessible.isActive() and not self._timer.isActive():
            self._timer.start()

    def end(self, text: str, tokens: str) -> None:
        """The reply is complete: say the rest, and how long it was."""
        self._timer.stop()
        rest = text[self._heard :].strip() if self.announcements == "sentences" else ""
        done = self.tr("Reply complete, {count} tokens").format(count=tokens) if tokens else ""
        self._heard = len(text)
        if self.announcements == "off":
            return
        self.say(" ".join(part for part in (rest, done) if part))

    def say(self, text: str, *, is_urgent: bool = False) -> None:
        """Announce `text` now; urgent ones interrupt."""
        if not text or not QAccessible.isActive():
            return
        if sys.platform == "linux" and not is_urgent:
            # Orca up to 43 does not hear announcements, but a notification that is shown.
            self._notice.show_text(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self._notice, QAccessible.Event.ObjectShow))
            return
        event = QAccessibleAnnouncementEvent(self._view, text)
        if is_urgent:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def _say_sentences(self) -> None:
        text = self._view.streamed_text()
        new, self._heard = finished_sentences(text, self._heard)
        self.say(new)


def finished_sentences(text: str, heard: int) -> tuple[str, int]:
    """The sentences of `text` that ended since `heard`.

    Returns:
        The sentences, and how much of the text has been heard with them.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text, heard)]
    if not ends:
        return "", heard
    return text[heard : ends[-1]].strip(), ends[-1]
