"""What stands below a reply, live and after a restart."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from desktop_agent.agentchat import errors
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.chat.endings import details_of, ending_of
from desktop_agent.chat.history import Said, SaidState, new_question
from desktop_agent.chat.notices import (
    EMPTY_REPLY,
    LENGTH_LIMIT,
    PROGRAM_ENDED,
    STOPPED,
    STOPPED_BEFORE_TEXT,
    Notice,
    Remark,
    describe,
    notice_from_json,
)
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.chat.run_statistics import RunStatistics
from desktop_agent.config.provider import make_provider

PROVIDER = make_provider("https://api.openai.com/v1", "gpt-4o-mini", "sk-canary-0123456789")
ASKED = {"model": "gpt-4o-mini", "provider": "OpenAI"}


def reply(text: str, state: SaidState, details: dict[str, Any], **metadata: str) -> Said:
    message = TextMessage(content=text, source="assistant", metadata=metadata)
    return Said(message, state=state, details=details)


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        (new_question("Hi"), None),
        (reply("Hello", "complete", ASKED), None),
        (reply(" ", "complete", ASKED), EMPTY_REPLY),
        (reply("Hel", "complete", ASKED, finish_reason="length"), LENGTH_LIMIT),
        (reply("Hel", "interrupted", ASKED), STOPPED),
        (reply("", "interrupted", ASKED), STOPPED_BEFORE_TEXT),
        (reply("Hel", "interrupted", {}), PROGRAM_ENDED),
        (reply("", "streaming", {}), None),
    ],
)
def test_each_end_has_its_line(said: Said, ending: Remark | None) -> None:
    assert ending_of(said, PROVIDER) == ending


@pytest.mark.parametrize(
    "error",
    [
        errors.AuthenticationError("No.", host="api.openai.com", detail="bad key"),
        errors.RateLimitError("Slow down.", retry_after=3.0),
        errors.ConnectionFailedError("Gone.", host="api.openai.com"),
        RuntimeError("a fault of our own"),
    ],
)
def test_a_failure_is_the_same_notice_after_a_restart(error: Exception) -> None:
    details = json.loads(json.dumps(details_of(PROVIDER, RunStatistics(), error)))
    ending = ending_of(reply("Hel", "failed", details), PROVIDER)
    assert isinstance(ending, Notice)
    assert ending == describe(error, PROVIDER)


def test_stopping_is_no_failure() -> None:
    details = details_of(PROVIDER, None, asyncio.CancelledError())
    assert "notice" not in details


@pytest.mark.parametrize(
    "damaged", [{}, {"title": 3}, {"title": ["{a}", {}], "body": ["", {}]}, {"severity": "loud"}]
)
def test_a_damaged_notice_is_none(damaged: dict[str, Any]) -> None:
    assert notice_from_json(damaged) is None


def test_figures_survive_the_store() -> None:
    figures = RunFigures(12, False, 34, True, 56.5, 0.25, 1.5)
    assert RunFigures.from_json(json.loads(json.dumps(figures.to_json()))) == figures


@pytest.mark.parametrize("damaged", [None, [], {"prompt": "many"}, {"unknown": 1}])
def test_damaged_figures_are_none(damaged: object) -> None:
    assert RunFigures.from_json(damaged) is None
