"""The stream on a terminal: `Console`, and `UserInputManager` for the questions in it."""

import asyncio
import inspect
import io
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TextIO, TypeVar

from desktop_agent.agentchat.agents.user_proxy_agent import AsyncInputFunc, InputFuncType, UserProxyAgent
from desktop_agent.agentchat.base import Response, TaskResult
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    MultiModalMessage,
    ThoughtEvent,
    ToolCallDeltaEvent,
    UserInputRequestedEvent,
)
from desktop_agent.agentchat.models.types import RequestUsage
from desktop_agent.agentchat.printable import printable, write_now
from desktop_agent.agentchat.tools.threads import run_in_thread

T = TypeVar("T", bound=TaskResult | Response)


class UserInputManager:
    """Lets an input function wait until `Console` has printed everything before the question.

    Source: AutoGen's class of the same name, which waits for ever if the question was seen first.

    Args:
        callback: Asks, as `UserProxyAgent`'s `input_func` does.
    """

    def __init__(self, callback: InputFuncType) -> None:
        self._callback: Any = callback
        self._seen: dict[str, asyncio.Event] = {}

    def get_wrapped_callback(self) -> AsyncInputFunc:
        """The `input_func` for the agent."""

        async def ask_when_seen(prompt: str, cancellation_token: CancellationToken | None = None) -> str:
            request_id = UserProxyAgent.InputRequestContext.request_id()
            try:
                await self._event(request_id).wait()
            finally:
                self._seen.pop(request_id, None)
            if inspect.iscoroutinefunction(self._callback):
                return str(await self._callback(prompt, cancellation_token))
            return str(await run_in_thread(lambda: self._callback(prompt), "user input"))

        return ask_when_seen

    def notify_event_received(self, request_id: str) -> None:
        """Tell that the `UserInputRequestedEvent` with this id was seen."""
        self._event(request_id).set()

    def _event(self, request_id: str) -> asyncio.Event:
        return self._seen.setdefault(request_id, asyncio.Event())


async def Console(  # noqa: N802 - AutoGen's name
    stream: AsyncGenerator[BaseAgentEvent | BaseChatMessage | T, None],
    *,
    no_inline_images: bool = False,
    output_stats: bool = False,
    user_input_manager: UserInputManager | None = None,
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
        no_inline_images: Write "<image>" for pictures even where the terminal (iTerm2) could show them.
        output_stats: Print token counts after each message and a summary at the end.
        user_input_manager: Told of each `UserInputRequestedEvent`, of which nothing is printed.

    Raises:
        ValueError: The stream had neither `TaskResult` nor `Response`.
        OSError: Standard output is gone, e.g. `BrokenPipeError`.
    """
    is_run = getattr(stream, "__name__", "") == "run_stream"
    printer = StreamPrinter(output_stats, inline_images=not no_inline_images, is_run=is_run)
    last: T | None = None
    async with aclosing(stream):
        try:
            async for item in stream:
                if isinstance(item, ModelClientStreamingChunkEvent):  # as nearly all items are
                    printer.show_chunk(item)
                    continue
                if isinstance(item, TaskResult | Response):
                    last = item
                if isinstance(item, UserInputRequestedEvent):
                    printer.end_line()
                    if user_input_manager is not None:
                        user_input_manager.notify_event_received(item.request_id)
                else:
                    printer.show(item)
        finally:
            printer.end_line()
    if last is None:
        raise ValueError("No TaskResult or Response was processed.")
    return last


def _is_same_json(first: str, second: str) -> bool:
    if not first.lstrip().startswith("{") or first == second:
        return False
    try:
        return bool(json.loads(first) == json.loads(second))
    except ValueError:
        return False


class _Run:
    """The chunks of one message, as far as they were written."""

    def __init__(self) -> None:
        # Not a list: a long reply has a million pieces.
        self._text = io.StringIO()
        self.add = self._text.write

    @property
    def text(self) -> str:
        return self._text.getvalue()


class StreamPrinter:
    """Writes items in the order in which they come; knows what it has written.

    Args:
        output_stats: Write token counts after each message and a summary at the end.
        inline_images: Show pictures where the terminal can.
        is_run: The items are those of `run_stream`.
        out: Where to; None for `sys.stdout`.

    Attributes:
        headers: The header lines that were written, for whoever takes them away.
    """

    def __init__(
        self, output_stats: bool, *, inline_images: bool, is_run: bool, out: TextIO | None = None
    ) -> None:
        self.headers: deque[str] = deque(maxlen=8)
        self._out = out
        self._stats = output_stats
        self._inline_images = inline_images and _terminal_shows_images()
        self._start = time.monotonic()
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._chat_message_seen = False
        # Known for our own `run_stream`, else from the first chunk on.
        self._plain_header: bool | None = False if is_run else None
        self._runs: dict[str | None, _Run] = {}
        self._open: _Run | None = None  # the run whose line is not ended yet
        self._open_id: str | None = None

    def show(self, item: BaseAgentEvent | BaseChatMessage | TaskResult | Response) -> None:
        """Write anything but a chunk."""
        if isinstance(item, ToolCallDeltaEvent):
            self._show_delta(item)
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

    def show_chunk(self, chunk: ModelClientStreamingChunkEvent) -> None:
        """Write a piece of a message, below its header."""
        text = printable(chunk.content)
        if self._open is None or chunk.full_message_id != self._open_id:
            self._write(self._begin_run(chunk) + text)
        else:
            self._write(text)
        if self._open is not None:
            self._open.add(chunk.content)

    def _begin_run(self, chunk: ModelClientStreamingChunkEvent) -> str:
        self.end_line()
        if self._plain_header is None:
            self._plain_header = not self._chat_message_seen
        self._open_id = chunk.full_message_id
        if self._open_id is None or self._open_id not in self._runs:
            self._runs[self._open_id] = _Run()
        self._open = self._runs[self._open_id]
        if chunk.metadata.get("kind") == "thought":
            return self._header(f"{ThoughtEvent.__name__} ({chunk.source})")
        if self._plain_header:
            return self._header(chunk.source)
        return self._header(f"{type(chunk).__name__} ({chunk.source})")

    def _show_delta(self, delta: ToolCallDeltaEvent) -> None:
        """Write a piece of a call; the request for it is written all the same, when it comes."""
        key = f"{delta.full_message_id} {delta.index}"
        text = printable(delta.content)
        if self._open is None or self._open_id != key:
            self.end_line()
            self._open, self._open_id = _Run(), key
            text = (
                self._header(f"{type(delta).__name__} ({delta.source})") + f"{printable(delta.name)} {text}"
            )
        self._write(text)

    def _show_message(self, message: BaseAgentEvent | BaseChatMessage, header: str) -> None:
        text = message.to_text()
        run = self._runs.pop(message.id, None)
        if run is None and self._open is not None and self._open.text == text:
            run = self._open  # a stream of another library, whose ids do not match
        shown = run.text if run is not None else ""
        if run is not None and _is_same_json(shown, text):
            self.end_line()  # structured output, which the model wrote with other spaces
        elif run is None or not text.startswith(shown):
            self.end_line()
            self._write(f"{self._header(header)}{self._text_of(message)}\n")
        elif run is self._open:
            self._write(printable(text[len(shown) :]))
            self.end_line()
        elif len(text) > len(shown):
            self.end_line()
            self._write(f"{self._header(header)}{printable(text[len(shown) :])}\n")
        if message.models_usage is not None:
            self._count(message.models_usage)

    def _text_of(self, message: BaseAgentEvent | BaseChatMessage) -> str:
        """What is written of a message; pictures as the escape sequences that show them, where they do."""
        if not (self._inline_images and isinstance(message, MultiModalMessage)):
            return printable(message.to_text())
        parts = (
            printable(part) if isinstance(part, str) else f"\x1b]1337;File=inline=1:{part.to_base64()}\a\n"
            for part in message.content
        )
        return "\n".join(parts)

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
                f"{self._header('Summary')}{counts}"
                f"Total prompt tokens: {self._usage.prompt_tokens}\n"
                f"Total completion tokens: {self._usage.completion_tokens}\n"
                f"Duration: {time.monotonic() - self._start:.2f} seconds\n"
            )

    def _header(self, text: str) -> str:
        line = f"---------- {printable(text)} ----------"
        self.headers.append(line)
        return f"{line}\n"

    def _write(self, text: str) -> None:
        try:
            write_now(self._out or sys.stdout, text)
        except OSError:
            self._open = None  # nobody reads any more: no line is to be ended
            raise


def _terminal_shows_images() -> bool:
    return os.environ.get("TERM_PROGRAM") == "iTerm.app" and sys.stdout.isatty()
