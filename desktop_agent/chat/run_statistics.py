"""The figures of one run: tokens, speed and times, measured as events pass by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
)
from desktop_agent.chat.run_figures import RunFigures

if TYPE_CHECKING:
    from desktop_agent.chat.model_facts import ModelPrice

_CHARACTERS_PER_TOKEN = 4
_LEAST_SECONDS = 0.05


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` takes: a quarter of its ASCII characters, one for each other character."""
    return -(-_quarters(text) // _CHARACTERS_PER_TOKEN)


def _quarters(text: str) -> int:
    """The estimate in quarters of a token, so that the sum over many pieces is not rounded at each."""
    ascii_count = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return ascii_count + _CHARACTERS_PER_TOKEN * (len(text) - ascii_count)


@dataclass(frozen=True)
class Figure:
    """A count of tokens, and whether it is an estimate (shown with `~`)."""

    value: int
    is_estimate: bool


@dataclass
class RunStatistics:
    """Counts one run from Send to its end. Times are seconds of `time.perf_counter()`.

    tok/s = completion tokens of the last call divided by the seconds from its first to its last chunk;
    first token = from Send to the first chunk; duration = from Send to the end. Until the provider's usage
    arrives, tokens are estimates. What all calls of the run cost follows from `price`, if that is known.
    """

    prompt_estimate: int = 0
    price: ModelPrice | None = None
    context_limit: int | None = None
    started: float = field(default_factory=time.perf_counter)
    first_chunk: float | None = None
    last_chunk: float | None = None
    ended: float | None = None
    thought_began: float | None = None
    thought_ended: float | None = None
    _prompt: int | None = None
    _completion: int | None = None
    _received: int = 0
    _earlier_prompt: int = 0
    _earlier_completion: int = 0

    def observe(self, event: BaseAgentEvent | BaseChatMessage | Response) -> None:
        """Take what one event says into the figures."""
        if isinstance(event, ModelClientStreamingChunkEvent):
            now = time.perf_counter()
            if self.first_chunk is None:
                self.first_chunk = now
            self.last_chunk = now
            self._received += _quarters(event.content)
            if event.metadata.get("kind") == "thought":
                self.thought_began = self.thought_began or now
                self.thought_ended = None
            elif self.thought_began is not None and self.thought_ended is None:
                self.thought_ended = now
            return
        message = event.chat_message if isinstance(event, Response) else event
        usage = message.models_usage
        counted = message.metadata.get("usage") != "estimated"
        if counted and usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            self._earlier_prompt += self._prompt or 0
            self._earlier_completion += self._completion or 0
            self._prompt, self._completion = usage.prompt_tokens, usage.completion_tokens
        elif isinstance(event, Response) and self.first_chunk is None:
            self._received += _quarters(message.to_text())

    def end(self) -> None:
        """The run is over; the first call counts."""
        if self.ended is None:
            self.ended = time.perf_counter()

    @property
    def prompt(self) -> Figure:
        """Tokens of the prompt."""
        return Figure(self.prompt_estimate, True) if self._prompt is None else Figure(self._prompt, False)

    @property
    def completion(self) -> Figure:
        """Tokens of the reply, thoughts included."""
        if self._completion is not None:
            return Figure(self._completion, False)
        return Figure(-(-self._received // _CHARACTERS_PER_TOKEN), True)

    @property
    def tokens_per_second(self) -> float | None:
        """Speed of the last call; None before there are two chunks to measure between."""
        if self.first_chunk is None or self.last_chunk is None:
            return None
        if self.last_chunk - self.first_chunk < _LEAST_SECONDS:
            return None  # a reply that came in one go has no speed
        return self.completion.value / (self.last_chunk - self.first_chunk)

    @property
    def seconds_to_first_token(self) -> float | None:
        """From Send to the first chunk; None before it came."""
        return None if self.first_chunk is None else self.first_chunk - self.started

    @property
    def thought_seconds(self) -> float | None:
        """How long the model thought before it answered; None if it said nothing of a thought."""
        if self.thought_began is None:
            return None
        return (self.thought_ended or self.last_chunk or self.thought_began) - self.thought_began

    @property
    def duration(self) -> float:
        """Seconds from Send to the end, or to now."""
        return (time.perf_counter() if self.ended is None else self.ended) - self.started

    @property
    def cost(self) -> float | None:
        """What all calls cost, in US dollars; None if the price is not known."""
        if self.price is None:
            return None
        return self.price.cost(
            self._earlier_prompt + self.prompt.value, self._earlier_completion + self.completion.value
        )

    @property
    def figures(self) -> RunFigures:
        """The figures as they are now."""
        return RunFigures(
            prompt=self.prompt.value,
            prompt_is_estimate=self.prompt.is_estimate,
            completion=self.completion.value,
            completion_is_estimate=self.completion.is_estimate,
            tokens_per_second=self.tokens_per_second,
            seconds_to_first_token=self.seconds_to_first_token,
            duration=self.duration,
            earlier_prompt=self._earlier_prompt,
            earlier_completion=self._earlier_completion,
            cost=self.cost,
            context_limit=self.context_limit,
        )
