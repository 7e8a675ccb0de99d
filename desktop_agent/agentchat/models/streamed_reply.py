"""A streamed reply on its way: bytes from the network in, batches of pieces out."""

from typing import Final

from desktop_agent.agentchat.errors import (
    AgentError,
    ConnectionFailedError,
    StreamTimeoutError,
    UnexpectedReplyError,
)
from desktop_agent.agentchat.models.chat_stream import ChatStreamReader, Piece
from desktop_agent.agentchat.models.completion import completion_of
from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.limits import Limits
from desktop_agent.agentchat.models.read_guard import ReadGuard
from desktop_agent.agentchat.models.reply import ReplyBody
from desktop_agent.agentchat.models.sse import EventDecoder, EventTooLargeError
from desktop_agent.agentchat.models.types import CreateResult

_TAIL_SECONDS: Final = 2.0  # from the finish reason to usage and [DONE], which a server may omit


class StreamedReply:
    """Reads one reply. What came before a failure is handed out before the failure is raised.

    Args:
        body: The answer, from its beginning.
        endpoint: Who answers.
        limits: What it may take.
        guard: Bounds the reads.
        call_deltas: Whether pieces of function calls are handed out.
    """

    def __init__(
        self, body: ReplyBody, endpoint: Endpoint, limits: Limits, guard: ReadGuard, *, call_deltas: bool
    ) -> None:
        self._body = body
        self._endpoint = endpoint
        self._idle = limits.idle
        self._guard = guard
        self._reader = ChatStreamReader(endpoint, max_reply=limits.max_reply, call_deltas=call_deltas)
        self._decoder = EventDecoder(limits.max_event)
        self._head = b""
        self._result: CreateResult | None = None
        self._ended = False
        self._failure: AgentError | None = None

    @property
    def begun(self) -> bool:
        """Whether anything of the reply has come that a second request would give again."""
        return self._reader.progress > 0 or self._result is not None

    async def begin(self) -> None:
        """Read the first bytes. A server may answer with one JSON completion: then there are no pieces.

        Raises:
            AgentError: The answer is none, or it tells an error.
        """
        head, is_json = await self._body.beginning()
        if is_json:
            self._result = completion_of(await self._body.whole(head), self._endpoint)
            self._ended = True
        else:
            self._head = head

    async def next(self) -> list[Piece]:
        """The pieces that came together, at least one; an empty list after the last.

        Raises:
            AgentError: The reply failed; all that came of it has been handed out.
        """
        if self._failure is not None:
            raise self._failure
        pieces: list[Piece] = []
        try:
            while not pieces and not self._ended:
                data = await self._read()
                progress = self._reader.progress
                self._decode(data, pieces)
                if self._reader.progress != progress:
                    self._guard.allow(min(self._idle, _TAIL_SECONDS) if self._reader.complete else self._idle)
        except AgentError as error:
            pieces += self._reader.flush()
            if not pieces:
                raise
            self._failure = error
        return pieces

    async def result(self) -> CreateResult:
        """The reply, after `next` has given an empty list."""
        if self._result is None:
            self._result = self._reader.result()
            await self._body.drain()
        return self._result

    async def _read(self) -> bytes | None:
        if self._head:
            head, self._head = self._head, b""
            return head
        try:
            return await self._body.read()
        except (StreamTimeoutError, ConnectionFailedError):
            if self._reader.complete:  # the text is all there; only what a server may omit is missing
                return None
            raise

    def _decode(self, data: bytes | None, pieces: list[Piece]) -> None:
        feed = self._reader.feed
        failure: EventTooLargeError | None = None
        try:
            payloads = self._decoder.finish() if data is None else self._decoder.feed(data)
        except EventTooLargeError as error:
            payloads, failure = error.payloads, error
        try:
            for payload in payloads:
                pieces += feed(payload)
                if self._reader.done:
                    break
        except UnexpectedReplyError as error:
            if data is not None:
                raise
            raise self._endpoint.cut() from error  # the last event is not whole
        if failure is not None and not self._reader.done:
            raise self._endpoint.unexpected(f"more than it may: {failure}") from failure
        if data is None or self._reader.done:
            self._ended = True
            pieces += self._reader.flush()
            if not self._reader.complete:
                raise self._endpoint.cut()
