"""The rows of the Console: the entries of a run, filtered, with runs of pieces folded or not."""

from __future__ import annotations

import bisect
import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from desktop_agent.chat.stream_log import Entry, StreamLog, clock, text_of

ROW = 24
ABOVE_HEADER = 4


class Row(NamedTuple):
    """A row.

    Attributes:
        entry: What it shows.
        piece: Which piece of a run that is unfolded; -1 for the entry itself.
    """

    entry: Entry
    piece: int = -1

    @property
    def text(self) -> str:
        """It as a line of text."""
        if self.piece < 0:
            return text_of(self.entry)
        return f"{clock(self.entry.times[self.piece])}  {self.content}"

    @property
    def content(self) -> str:
        """What a piece says, on one line."""
        return json.dumps(self.entry.data[self.piece]["content"], ensure_ascii=False)

    def value(self) -> object:
        """It as a JSON value; None for a header."""
        if self.entry.kind == "header":
            return None
        return self.entry.value() if self.piece < 0 else self.entry.data[self.piece]


class Rows:
    """Follows a log. Nothing is laid out: a row is `ROW` high, a header has `ABOVE_HEADER` more above it.

    Attributes:
        log: What is shown; None for nothing.
        needle: Only rows with this text are shown; case does not count.
    """

    def __init__(self) -> None:
        self.log: StreamLog | None = None
        self.needle = ""
        self._rows: list[Row] = []
        self._tops: list[int] = []
        self._height = 0
        self._unfolded: set[int] = set()
        self._seen = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __getitem__(self, index: int) -> Row:
        return self._rows[index]

    @property
    def height(self) -> int:
        """How high all rows are, in pixels at 100 %."""
        return self._height - self._base

    @property
    def _base(self) -> int:
        return self._tops[0] if self._tops else self._height

    def top(self, index: int) -> int:
        """Where a row begins, the room above a header included."""
        return self._tops[index] - self._base

    def at(self, y: float) -> int:
        """The row at a height; -1 where there is none."""
        return bisect.bisect_right(self._tops, y + self._base) - 1 if 0 <= y < self.height else -1

    def index_of(self, row: Row) -> int:
        """Where a row stands now; -1 if it is not shown."""
        matches = (at for at, each in enumerate(self._rows) if each.entry is row.entry)
        return next((at for at in matches if self._rows[at].piece == row.piece), -1)

    def find_call(self, call_id: str) -> int:
        """The row of the request for a call; -1 if it is not shown."""
        return next((at for at, row in enumerate(self._rows) if call_id in row.entry.call_ids), -1)

    def show(self, log: StreamLog | None) -> None:
        """Show another log."""
        self.log = log
        self._unfolded.clear()
        self.rebuild()

    def filter(self, needle: str) -> None:
        """Show only what has this text."""
        self.needle = needle.casefold()
        self.rebuild()

    def toggle(self, index: int) -> bool:
        """Fold or unfold a run of pieces; False if it is none."""
        row = self._rows[index]
        if row.entry.kind != "pieces" or row.piece >= 0:
            return False
        self._unfolded ^= {row.entry.number}
        self.rebuild()
        return True

    def is_unfolded(self, row: Row) -> bool:
        """Whether the pieces of a row are shown below it."""
        return row.piece < 0 and row.entry.number in self._unfolded

    def refresh(self) -> None:
        """Take in what the log has got since the last time, and let go of what it has forgotten."""
        log = self.log
        if log is None:
            return
        if self._unfolded and self._has_unfolded_changed(log):
            self.rebuild()
            return
        gone = 0
        while gone < len(self._rows) and self._rows[gone].entry.number < log.dropped:
            gone += 1
        del self._rows[:gone], self._tops[:gone]
        for entry in self._newer_than_seen(log):
            self._add(entry)

    def _newer_than_seen(self, log: StreamLog) -> list[Entry]:
        end = log.dropped + len(log.entries)
        count = min(end - self._seen, len(log.entries))
        self._seen = end
        return [log.entries[at] for at in range(-count, 0)]

    def _has_unfolded_changed(self, log: StreamLog) -> bool:
        """Whether a run whose pieces are shown has got another number of them."""
        counts = {row.entry.number: len(row.entry.data) for row in self._rows if self.is_unfolded(row)}
        shown = Counter(row.entry.number for row in self._rows if row.piece >= 0)
        return any(shown[number] != count or number < log.dropped for number, count in counts.items())

    def rebuild(self) -> None:
        """Make all rows anew."""
        self._rows, self._tops, self._height = [], [], 0
        self._seen = 0
        if self.log is not None:
            for entry in self._newer_than_seen(self.log):
                self._add(entry)

    def _add(self, entry: Entry) -> None:
        if self.needle and not self._has_needle(entry):
            return
        self._append(Row(entry))
        if entry.number in self._unfolded:
            for piece in range(len(entry.data)):
                self._append(Row(entry, piece))

    def _append(self, row: Row) -> None:
        self._rows.append(row)
        self._tops.append(self._height)
        self._height += ROW + (ABOVE_HEADER if row.entry.kind == "header" else 0)

    def _has_needle(self, entry: Entry) -> bool:
        if entry.kind == "header":
            return False
        if self.needle in entry.name.casefold():
            return True
        return self.needle in json.dumps(entry.value(), ensure_ascii=False).casefold()
