"""The figures of a run."""

from __future__ import annotations

from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from desktop_agent.agentchat.models import RequestUsage
from desktop_agent.chat.run_statistics import Figure, RunStatistics, estimate_tokens


def chunk(text: str) -> ModelClientStreamingChunkEvent:
    return ModelClientStreamingChunkEvent(content=text, source="assistant")


def test_estimates_until_usage_arrives_and_exact_from_then_on() -> None:
    statistics = RunStatistics(prompt_estimate=12)
    statistics.observe(chunk("abcd" * 5))
    assert statistics.prompt == Figure(12, is_estimate=True)
    assert statistics.completion == Figure(5, is_estimate=True)
    usage = RequestUsage(prompt_tokens=1284, completion_tokens=214)
    message = TextMessage(content="abcd" * 5, source="assistant", models_usage=usage)
    statistics.observe(Response(chat_message=message))
    assert statistics.prompt == Figure(1284, is_estimate=False)
    assert statistics.completion == Figure(214, is_estimate=False)


def test_usage_that_was_estimated_is_no_usage() -> None:
    statistics = RunStatistics(prompt_estimate=12)
    statistics.observe(chunk("abcd"))
    usage = RequestUsage(prompt_tokens=20, completion_tokens=2)
    label = {"usage": "estimated"}
    message = TextMessage(content="abcd", source="assistant", models_usage=usage, metadata=label)
    statistics.observe(Response(chat_message=message))
    assert statistics.prompt == Figure(12, is_estimate=True)
    assert statistics.completion == Figure(1, is_estimate=True)


def test_zero_usage_is_no_usage() -> None:
    statistics = RunStatistics()
    statistics.observe(chunk("abcd"))
    message = TextMessage(content="abcd", source="assistant", models_usage=RequestUsage(0, 0))
    statistics.observe(Response(chat_message=message))
    assert statistics.completion == Figure(1, is_estimate=True)


def test_speed_is_measured_between_first_and_last_chunk() -> None:
    statistics = RunStatistics(started=10.0)
    assert statistics.tokens_per_second is None
    assert statistics.seconds_to_first_token is None
    statistics.observe(chunk("x" * 40))
    statistics.observe(chunk("x" * 40))
    statistics.first_chunk, statistics.last_chunk, statistics.ended = 10.5, 12.5, 13.0
    assert statistics.tokens_per_second == 10.0
    assert statistics.seconds_to_first_token == 0.5
    assert statistics.duration == 3.0


def test_one_chunk_has_no_speed() -> None:
    statistics = RunStatistics()
    statistics.observe(chunk("x"))
    assert statistics.tokens_per_second is None


def test_the_estimate_counts_other_scripts_by_character() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("abcde") == 2
    assert estimate_tokens("日本語") == 3


def test_many_small_pieces_are_not_rounded_one_by_one() -> None:
    statistics = RunStatistics()
    for _ in range(400):
        statistics.observe(chunk("a"))
    assert statistics.completion.value == 100
