"""What the library logs: counts and reasons, never what was said."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from typing_extensions import override

from desktop_agent.agentchat import EVENT_LOGGER_NAME, TRACE_LOGGER_NAME
from desktop_agent.agentchat.logging import LLMCallEvent
from loopback import LoopbackServer, Reply
from openai_runs import client_of, created, streamed

if TYPE_CHECKING:
    import pytest


class UsageTracker(logging.Handler):
    """As programs for AutoGen write it."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[LLMCallEvent] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, LLMCallEvent):
            self.events.append(record.msg)


def test_calls_are_told(server: LoopbackServer) -> None:
    tracker, logger = UsageTracker(), logging.getLogger(EVENT_LOGGER_NAME)
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(tracker)
    try:
        streamed(client_of(server.base_url))
        created(client_of(server.base_url))
    finally:
        logger.removeHandler(tracker)
        logger.setLevel(level)
    assert tracker.events == [LLMCallEvent("m", prompt_tokens=7, completion_tokens=5)] * 2
    assert json.loads(str(tracker.events[0])) == {
        "type": "LLMCall",
        "model": "m",
        "prompt_tokens": 7,
        "completion_tokens": 5,
    }


def test_retries_are_traced_without_what_was_said(
    server: LoopbackServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, TRACE_LOGGER_NAME)
    for ask in (streamed, created):
        caplog.clear()
        server.enqueue(Reply(status=429, headers={"retry-after-ms": "1"}))
        ask(client_of(server.base_url, max_retries=1))
        told = [record for record in caplog.records if record.name == TRACE_LOGGER_NAME]
        assert [record.getMessage() for record in told] == [
            "m: RateLimitError; attempt 1 of 1 follows in 0.001 s"
        ]
        assert "Hello" not in caplog.text
