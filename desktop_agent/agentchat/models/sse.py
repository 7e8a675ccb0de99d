"""Server-sent events: bytes in, payloads out; no network, no JSON."""

from typing import Final

MAX_EVENT_BYTES: Final = 1_000_000


class EventTooLargeError(ValueError):
    """One event is larger than the limit."""


class ErrorPayload(str):
    """The data of an event that the server named "error"."""

    __slots__ = ()


class EventDecoder:
    """Cuts a stream of bytes into the data of its events, wherever the bytes are split.

    Source: the HTML standard's event stream format. Understood: LF, CR and CRLF, comments, a byte order mark,
    several data lines an event, a missing space after the colon. More tolerant than the standard: a last
    event without its blank line counts (see `finish`). Bytes that are no UTF-8 become U+FFFD.

    Args:
        max_event_bytes: The limit of one event.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._tail: list[bytes] = []  # the begun line, in the pieces in which it came
        self._tail_size = 0
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._data_size = 0
        self._event = ""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; return the data of each event that they complete.

        Raises:
            EventTooLargeError: An event is larger than the limit.
        """
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if not data:
            return []
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            self._after_cr = False
        end = data.rfind(b"\n")
        if end < 0:
            self._keep(data)
            return []
        # A line feed is never part of another character, so whole lines can be decoded at once.
        block = b"".join([*self._tail, data[:end]])
        self._tail, self._tail_size = [], 0
        payloads = self._read_lines(block)
        if end + 1 < len(data):
            self._keep(data[end + 1 :])
        return payloads

    def finish(self) -> list[str]:
        """Tell the end of the stream; return the data of an event that lacks its blank line."""
        block = b"".join(self._tail)
        self._tail, self._tail_size = [], 0
        payloads = self._read_lines(block) if block else []
        payloads += self._dispatch()
        return payloads

    def _keep(self, part: bytes) -> None:
        self._tail.append(part)
        self._tail_size += len(part)
        self._check(self._tail_size + self._data_size)

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise EventTooLargeError(f"an event is larger than {self._limit:,} bytes")

    def _read_lines(self, block: bytes) -> list[str]:
        text = block.decode("utf-8", "replace")
        if self._at_start:
            self._at_start = False
            text = text.removeprefix("\ufeff")
        payloads: list[str] = []
        data = self._data
        for line in text.split("\n"):
            if not line:
                if len(data) == 1 and not self._event:  # as nearly all events are
                    payloads.append(data[0])
                    data.clear()
                    self._data_size = 0
                elif data or self._event:
                    payloads += self._dispatch()
            elif line.startswith("data:"):
                value = line[6:] if line.startswith("data: ") else line[5:]
                self._data_size += len(value)
                if self._data_size > self._limit:
                    self._check(self._data_size)
                data.append(value)
            elif line.startswith("event:"):
                self._event = line[6:].strip()
        return payloads

    def _dispatch(self) -> list[str]:
        lines = self._data.copy()
        self._data.clear()
        self._data_size = 0
        event, self._event = self._event, ""
        if not lines:
            return []
        payload = "\n".join(lines)
        return [ErrorPayload(payload)] if event == "error" else [payload]
