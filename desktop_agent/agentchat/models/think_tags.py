"""Thoughts that a model writes between tags into its answer, told apart while the text streams."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from desktop_agent.agentchat.models.types import ThoughtText

OPEN: Final = "<think>"
CLOSE: Final = "</think>"

_MOST_HELD: Final = 1_000
_VISIBLE: Final = re.compile(r"\S")
_DEEPEST: Final = 3  # a line that is indented further is code
_FIRST_IN_LINE: Final = re.compile(r" {0,3}<")
_LATER_IN_LINE: Final = re.compile(r"\n {0,3}<")
_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")


class ThinkTagParser:
    """Takes `<think>…</think>` out of a text that comes in pieces, wherever these are cut.

    AutoGen leaves the tags in the chunks of every family and, but for R1, in the message too.

    A tag counts where models write it: before the answer, or first in one of its lines, outside of fenced
    code. Everywhere else the same characters are text, as in an answer that explains them. White space
    around the thought is dropped. A thought that is not closed lasts to the end; a closing tag without an
    opening one (which some models have in their prompt) is dropped.
    """

    def __init__(self) -> None:
        self.answer: list[str] = []
        """The pieces of the answer so far."""
        self.thought: list[str] = []
        """The pieces of the thoughts so far."""
        self._state: Literal["start", "answer", "thought"] = "start"
        self._held = ""  # may yet become a tag, or be white space beside one
        self._after_tag = False
        self._thought_begins = False
        self._fences = _Fences()

    def feed(self, text: str) -> tuple[str, ...]:
        """Take a piece; return what is certain, mostly one piece: `ThoughtText`, or `str` of the answer."""
        if self._state == "answer" and not self._held and "<" not in text:  # as nearly all pieces are
            self.answer.append(text)
            return (text,)
        out: list[str] = []
        text, self._held = self._held + text, ""
        at = 0
        while at < len(text):
            if self._state == "thought":
                at = self._read_thought(text, at, out)
            elif self._state == "start":
                at = self._read_start(text, at)
            else:
                at = self._read_answer(text, at, out)
        return tuple(out)

    def think(self, text: str) -> ThoughtText:
        """Take a piece of reasoning that came on a way of its own."""
        piece = ThoughtText(text)
        self.thought.append(piece)
        return piece

    def finish(self) -> tuple[str, ...]:
        """Tell the end of the text; return what was held back."""
        rest, self._held = self._held, ""
        out: list[str] = []
        if self._state == "thought":
            self._add_thought(rest.rstrip(), out)
        elif rest.strip() or not self._after_tag:
            self._add_answer(rest, out)
        return tuple(out)

    def _read_start(self, text: str, at: int) -> int:
        """What comes before an answer: white space and tags."""
        found = _VISIBLE.search(text, at)
        begin = len(text) if found is None else found.start()
        tag = _tag_at(text, begin)
        if tag is None and len(text) - at <= _MOST_HELD:
            self._held = text[at:]
            return len(text)
        if tag:
            self._take(tag)
            return begin + len(tag)
        self._state = "answer"
        return begin if self._after_tag else at

    def _read_answer(self, text: str, at: int, out: list[str]) -> int:
        found = _FIRST_IN_LINE.match(text, at)
        if found is None or found.end() - 1 - at + self._indent() > _DEEPEST:
            found = _LATER_IN_LINE.search(text, at)
        while found is not None:
            place = found.end() - 1
            tag = _tag_at(text, place)
            if tag is None:
                self._add_answer(text[at:place], out)
                self._held = text[place:]
                return len(text)
            if tag:
                self._add_answer(text[at:place], out)
                if not self._fences.open_after(self.answer):
                    self._take(tag)
                    return place + len(tag)
                at = place
            found = _LATER_IN_LINE.search(text, place)
        self._add_answer(text[at:], out)
        return len(text)

    def _read_thought(self, text: str, at: int, out: list[str]) -> int:
        end = text.find(CLOSE, at)
        if end >= 0:
            self._add_thought(text[at:end].rstrip(), out)
            self._take(CLOSE)
            return end + len(CLOSE)
        kept = len(text) - _begun_tag(text, at)
        certain = text[at:kept].rstrip()
        if kept - at - len(certain) > _MOST_HELD:
            certain = text[at:kept]
        self._held = text[at + len(certain) :]
        self._add_thought(certain, out)
        return len(text)

    def _take(self, tag: str) -> None:
        self._state = "thought" if tag == OPEN else "start"
        self._thought_begins = tag == OPEN
        self._after_tag = True

    def _add_answer(self, text: str, out: list[str]) -> None:
        if text:
            self.answer.append(text)
            out.append(text)

    def _add_thought(self, text: str, out: list[str]) -> None:
        if self._thought_begins:
            text = text.lstrip()
        if text:
            if self._thought_begins and self.thought:
                text = "\n" + text  # the second thought
            self._thought_begins = False
            out.append(self.think(text))

    def _indent(self) -> int:
        """How many spaces the last line of the answer holds; more than may be, if it holds anything else."""
        spaces = 0
        for piece in reversed(self.answer):
            line = piece[piece.rfind("\n") + 1 :]
            spaces += len(line)
            if spaces > _DEEPEST or line.strip(" "):
                break
            if len(line) < len(piece):
                return spaces
        return _DEEPEST + 1


class _Fences:
    """Tells whether a text that grows ends inside of a fenced code block. Source: CommonMark 4.5."""

    def __init__(self) -> None:
        self._read = 0
        self._line = ""
        self._fence = ""

    def open_after(self, pieces: Sequence[str]) -> bool:
        """Whether code is open after `pieces`, of which those of the last call are the beginning."""
        *lines, self._line = (self._line + "".join(pieces[self._read :])).split("\n")
        self._read = len(pieces)
        for line in lines:
            found = _FENCE.match(line)
            if found is None:
                continue
            if not self._fence:
                self._fence = found[1]
            elif found[1].startswith(self._fence) and not found[2].strip():
                self._fence = ""
        return bool(self._fence)


def _tag_at(text: str, at: int) -> str | None:
    """The tag at this place, "" if there is none, None if the text ends before that is certain."""
    for tag in (OPEN, CLOSE):
        if text.startswith(tag, at):
            return tag
    rest = text[at : at + len(CLOSE)]
    return None if OPEN.startswith(rest) or CLOSE.startswith(rest) else ""


def _begun_tag(text: str, at: int) -> int:
    """How many characters at the end of the text may be the beginning of a closing tag."""
    most = min(len(CLOSE) - 1, len(text) - at)
    return next((size for size in range(most, 0, -1) if CLOSE.startswith(text[-size:])), 0)
