"""Server-sent events: bytes in, payloads out; no network, no JSON."""

from desktop_agent.agentchat.models.limits import MAX_EVENT


class EventTooLargeError(ValueError):
    """One event is larger than the limit; `payloads` are those that were complete before it."""

    def __init__(self, limit: int, payloads: list[str]) -> None:
        super().__init__(f"an event is larger than {limit:,} bytes")
        self.payloads = payloads


class ErrorPayload(str):
    """The data of an event that the server named "error"."""

    __slots__ = ()


class EventDecoder:
    """Cuts a stream of bytes into the data of its events, wherever the bytes are split.

    Source: the HTML standard's event stream format. Understood: LF, CR and CRLF, comments, a byte order mark,
    several data lines an event, a missing space after the colon. More tolerant than the standard: a last
    event without its blank line counts (see `finish`). Bytes that are no UTF-8 become U+FFFD.

    Args:
        max_event_bytes: The limit of one event, its comments and field names included.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT) -> None:
        self._limit = max_event_bytes
        self._tail: list[bytes] = []  # the begun line, in the pieces in which it came
        self._tail_size = 0
        self._weight = 0  # bytes of the whole lines since the last blank one
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []  # the data of the event under way, a line each
        self._event = ""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; return the data of each event that they complete.

        Raises:
            EventTooLargeError: An event is larger than the limit.
        """
        if self._is_one_event(data):  # as a server that streams slowly sends nearly all of them
            self._after_cr = False
            return [data[6:-2].decode("utf-8", "replace")]
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
            self._keep(data, [])
            return []
        # A line feed is never part of another character, so whole lines can be decoded at once.
        block = b"".join([*self._tail, data[:end]])
        self._tail, self._tail_size = [], 0
        payloads = self._read_block(block)
        if end + 1 < len(data):
            self._keep(data[end + 1 :], payloads)
        return payloads

    def finish(self) -> list[str]:
        """Tell the end of the stream; return the data of an event that lacks its blank line."""
        block = b"".join(self._tail)
        self._tail, self._tail_size = [], 0
        payloads = self._read_block(block) if block else []
        payloads += self._dispatch()
        return payloads

    def _is_one_event(self, data: bytes) -> bool:
        """Whether no event is under way, and this is a whole one with one line of data."""
        return (
            data[:6] == b"data: "
            and data[-2:] == b"\n\n"
            and not (self._weight or self._tail_size or self._at_start)
            and data.find(b"\n") == len(data) - 2
            and len(data) <= self._limit
            and b"\r" not in data
        )

    def _keep(self, part: bytes, payloads: list[str]) -> None:
        self._tail.append(part)
        self._tail_size += len(part)
        if self._weight + self._tail_size > self._limit:
            raise EventTooLargeError(self._limit, payloads)

    def _read_block(self, block: bytes) -> list[str]:
        """Read whole lines; the last one without its line feed."""
        if self._weight + len(block) >= self._limit:
            self._check_lines(block)
        # What this block leaves of an event that it does not complete.
        if not block or block.endswith(b"\n"):
            self._weight = 0
        elif (blank := block.rfind(b"\n\n")) >= 0:
            self._weight = len(block) - blank - 1
        elif block.startswith(b"\n"):
            self._weight = len(block)
        else:
            self._weight += len(block) + 1
        return self._read_lines(block)

    def _check_lines(self, block: bytes) -> None:
        weight = self._weight
        lines = block.split(b"\n")
        for place, line in enumerate(lines):
            weight = weight + len(line) + 1 if line else 0
            if weight > self._limit:
                before = self._read_lines(b"\n".join(lines[:place])) if place else []
                raise EventTooLargeError(self._limit, before)

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
                elif data or self._event:
                    payloads += self._dispatch()
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line.startswith("data:"):
                data.append(line[5:])
            elif line.startswith("event:"):
                self._event = line[6:].strip()
        return payloads

    def _dispatch(self) -> list[str]:
        lines = self._data.copy()
        self._data.clear()
        event, self._event = self._event, ""
        if not lines:
            return []
        payload = "\n".join(lines)
        return [ErrorPayload(payload)] if event == "error" else [payload]
