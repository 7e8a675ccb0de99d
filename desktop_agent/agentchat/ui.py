"""The stream on a terminal: `Console`."""

import re
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    ThoughtEvent,
)
from desktop_agent.agentchat.models.types import RequestUsage

T = TypeVar("T", bound=TaskResult | Response)

# Everything that could drive a terminal, and what no encoding takes.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


async def Console(  # noqa: N802 - AutoGen's name
    stream: AsyncGenerator[BaseAgentEvent | BaseChatMessage | T, None],
    *,
    no_inline_images: bool = False,
    output_stats: bool = False,
    user_input_manager: object | None = None,
) -> T:
    """Print a stream to `sys.stdout` as it comes, and return its last `TaskResult` or `Response`.

    For `run_stream`, AutoGen's grammar. For `on_messages_stream`: one header with the agent's name, the
    tokens below it, then the statistics; a stream is taken for one if no chat message came before its first
    chunk. Nothing is printed twice and nothing is left out: a message is matched with its chunks by id.
    Reasoning gets a header of its own. Control characters in texts are left out, so that a model cannot drive
    the terminal. Each chunk is written and flushed at once, without a thread between (AutoGen pays one hop a
    chunk).

    Args:
        stream: What `run_stream` or `on_messages_stream` returned; closed at the end, however that comes.
        no_inline_images: Of no effect yet.
        output_stats: Print token counts after each message and a summary at the end.
        user_input_manager: Of no effect yet.

    Raises:
        ValueError: The stream had neither `TaskResult` nor `Response`.
        OSError: Standard output is gone, e.g. `BrokenPipeError`.
    """
    printer = _Printer(output_stats)
    last: T | None = None
    async with aclosing(stream):
        try:
            async for item in stream:
                if isinstance(item, TaskResult | Response):
                    last = item
                printer.show(item)
        finally:
            printer.end_line()
    if last is None:
        raise ValueError("No TaskResult or Response was processed.")
    return last


class _Run:
    """The chunks of one message, as far as they were written."""

    def __init__(self) -> None:
        self.pieces: list[str] = []


class _Printer:
    """Writes items in the order in which they come; knows what it has written."""

    def __init__(self, output_stats: bool) -> None:
        self._stats = output_stats
        self._start = time.monotonic()
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._chat_message_seen = False
        self._plain_header = False
        self._runs: dict[str | None, _Run] = {}
        self._open: _Run | None = None  # the run whose line is not ended yet
        self._open_id: str | None = None

    def show(self, item: BaseAgentEvent | BaseChatMessage | TaskResult | Response) -> None:
        if isinstance(item, ModelClientStreamingChunkEvent):
            self._show_chunk(item)
        elif isinstance(item, TaskResult):
            self._summarize(f"Number of messages: {len(item.messages)}\nFinish reason: {item.stop_reason}\n")
        elif isinstance(item, Response):
            self._show_message(item.chat_message, item.chat_message.source)
            self._summarize(f"Number of inner messages: {len(item.inner_messages or ())}\n")
        else:
            self._chat_message_seen = self._chat_message_seen or isinstance(item, BaseChatMessage)
            self._show_message(item, f"{type(item).__name__} ({item.source})")

    def end_line(self) -> None:
        """End a line that chunks have begun."""
        if self._open is not None:
            self._open = None
            self._write("\n")

    def _show_chunk(self, chunk: ModelClientStreamingChunkEvent) -> None:
        text = _printable(chunk.content)
        if self._open is None or chunk.full_message_id != self._open_id:
            self._write(self._begin_run(chunk) + text)
        else:
            self._write(text)
        if self._open is not None:
            self._open.pieces.append(chunk.content)

    def _begin_run(self, chunk: ModelClientStreamingChunkEvent) -> str:
        self.end_line()
        if not self._runs:
            self._plain_header = not self._chat_message_seen
        self._open_id = chunk.full_message_id
        if self._open_id is None or self._open_id not in self._runs:
            self._runs[self._open_id] = _Run()
        self._open = self._runs[self._open_id]
        if chunk.metadata.get("kind") == "thought":
            return _header(f"{ThoughtEvent.__name__} ({chunk.source})")
        if self._plain_header:
            return _header(chunk.source)
        return _header(f"{type(chunk).__name__} ({chunk.source})")

    def _show_message(self, message: BaseAgentEvent | BaseChatMessage, header: str) -> None:
        text = message.to_text()
        run = self._runs.get(message.id)
        if run is None and self._open is not None and "".join(self._open.pieces) == text:
            run = self._open  # a stream of another library, whose ids do not match
        shown = "".join(run.pieces) if run is not None else ""
        if run is None or not text.startswith(shown):
            self.end_line()
            self._write(f"{_header(header)}{_printable(text)}\n")
        elif run is self._open:
            self._write(_printable(text[len(shown) :]))
            self.end_line()
        elif len(text) > len(shown):
            self.end_line()
            self._write(f"{_header(header)}{_printable(text[len(shown) :])}\n")
        if message.models_usage is not None:
            self._count(message.models_usage)

    def _count(self, usage: RequestUsage) -> None:
        self._usage.prompt_tokens += usage.prompt_tokens
        self._usage.completion_tokens += usage.completion_tokens
        if self._stats:
            self.end_line()
            self._write(
                f"[Prompt tokens: {usage.prompt_tokens}, Completion tokens: {usage.completion_tokens}]\n"
            )

    def _summarize(self, counts: str) -> None:
        self.end_line()
        if self._stats:
            self._write(
                f"{_header('Summary')}{counts}"
                f"Total prompt tokens: {self._usage.prompt_tokens}\n"
                f"Total completion tokens: {self._usage.completion_tokens}\n"
                f"Duration: {time.monotonic() - self._start:.2f} seconds\n"
            )

    def _write(self, text: str) -> None:
        out = sys.stdout
        try:
            try:
                out.write(text)
            except UnicodeEncodeError:
                encoding = out.encoding or "utf-8"
                out.write(text.encode(encoding, "replace").decode(encoding))
            out.flush()
        except OSError:
            self._open = None  # nobody reads any more: no line is to be ended
            raise


def _header(text: str) -> str:
    return f"---------- {_printable(text)} ----------\n"


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)
