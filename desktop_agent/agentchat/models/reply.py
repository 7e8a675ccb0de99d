"""The body of an HTTP answer: bytes within bounds, failures translated."""

from typing import TYPE_CHECKING, Any, Final, Literal

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.models.failures import Endpoint, from_transport, mask_secrets
from desktop_agent.agentchat.models.limits import MAX_REPLY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from desktop_agent.agentchat.models.read_guard import ReadGuard

ReplyKind = Literal["events", "json", "other"]

_EVENT_STARTS: Final = (b"data:", b"event:", b":", b"id:", b"retry:")
_LONGEST_START: Final = 6
_DRAIN_SECONDS: Final = 0.05
_WORDS_SECONDS: Final = 1.0


class ReplyBody:
    """What a server sends after its headers; every read is bounded by the guard.

    Args:
        response: The SDK's response, its body not yet read.
        endpoint: Who answers.
        guard: Bounds the reads.
        max_reply: How many bytes `whole` takes.
    """

    def __init__(
        self, response: Any, endpoint: Endpoint, guard: "ReadGuard", max_reply: int = MAX_REPLY
    ) -> None:
        self._response = response
        self._endpoint = endpoint
        self._guard = guard
        self._max_reply = max_reply
        http = response.http_response
        # `aiter_bytes` costs several µs a read, only to pass on bytes that, as was asked for, are plain.
        encoded = http.headers.get("content-encoding", "identity").lower() != "identity"
        self._chunks: AsyncGenerator[bytes, None] = http.aiter_bytes() if encoded else aiter(http.stream)
        self.status: int = response.status_code
        self.content_type: str = response.headers.get("content-type", "")

    async def read(self) -> bytes | None:
        """The next bytes; None at the end.

        Raises:
            AgentError: The connection was lost, or the guard's time is over.
            asyncio.CancelledError: The guard's token was cancelled.
        """
        try:
            return await self._guard.wait(self._chunks.__anext__())
        except StopAsyncIteration:
            return None
        except AgentError:
            raise
        except Exception as error:
            mask_secrets(error, self._endpoint)
            raise from_transport(error, self._endpoint, under_way=True) from error

    async def beginning(self) -> tuple[bytes, bool]:
        """The first bytes, and whether they begin JSON; else they begin events.

        Raises:
            UnexpectedReplyError: They begin something else.
        """
        head, ended = b"", False
        while (kind := kind_of_reply(self.content_type, head, ended=ended)) is None:
            data = await self.read()
            ended = data is None
            head += data or b""
        if kind == "other":
            if not head and not ended:
                head = await self._first_words()
            if not head:
                what = "nothing"
            elif head.lstrip()[:1] == b"<" or "html" in self.content_type:
                what = "a web page, not a model"
            else:
                what = "something that is no reply"
            raise self._unexpected(what, head[:8_000].decode("utf-8", "replace"))
        return head, kind == "json"

    async def whole(self, head: bytes = b"") -> str:
        """All of the body as text; `head` is what was read before."""
        parts: list[bytes] = []
        size, data = 0, head or await self.read()
        while data is not None:
            parts.append(data)
            size += len(data)
            if size > self._max_reply:
                raise self._unexpected(f"more than {self._max_reply:,} bytes", "")
            data = await self.read()
        body = b"".join(parts).decode("utf-8-sig", "replace")
        if body.lstrip().startswith("<"):
            raise self._unexpected("a web page, not a model", body)
        return body

    async def drain(self) -> None:
        """Read what little may follow the last event: only a connection read to its end is used again."""
        self._guard.allow(_DRAIN_SECONDS)
        try:
            while await self.read() is not None:
                pass
        except AgentError:
            pass  # then this connection is not used again; the reply is complete

    async def close(self) -> None:
        """Close the connection, unless the body was read to its end."""
        await self._chunks.aclose()
        await self._response.close()

    async def _first_words(self) -> bytes:
        """The beginning of an answer that is refused already; "" if it does not come soon."""
        self._guard.allow(_WORDS_SECONDS)
        try:
            return await self.read() or b""
        except AgentError:
            return b""

    def _unexpected(self, what: str, detail: str) -> AgentError:
        return self._endpoint.unexpected(
            what, detail=detail, content_type=self.content_type, status_code=self.status
        )


def kind_of_reply(content_type: str, head: bytes, *, ended: bool) -> ReplyKind | None:
    """What a server sends in answer to a streaming request, seen from its first bytes.

    The bytes count for more than the content type: servers send events as text/plain, and JSON as events.

    Args:
        content_type: The header, in any case.
        head: The bytes that came so far.
        ended: Whether these are all.

    Returns:
        The kind, or None as long as it cannot be told.
    """
    content_type = content_type.lower()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        return "json"
    if start[:1] == b"<" or "html" in content_type:
        return "other"
    if "event-stream" in content_type:
        return "events" if start or ended else None
    if start.startswith(_EVENT_STARTS):
        return "events"
    return "other" if ended or len(start) >= _LONGEST_START else None
