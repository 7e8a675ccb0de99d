"""What stands below a reply that did not end by itself, live and after a restart alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from desktop_agent.chat.history import Said
from desktop_agent.chat.notices import (
    EMPTY_REPLY,
    LENGTH_LIMIT,
    PROGRAM_ENDED,
    STOPPED,
    STOPPED_BEFORE_TEXT,
    Notice,
    Remark,
    describe,
    describe_content_filter,
    notice_from_json,
    notice_to_json,
)
from desktop_agent.chat.run_statistics import RunStatistics
from desktop_agent.config.provider import Provider


def details_of(
    provider: Provider, statistics: RunStatistics | None, fault: BaseException | None
) -> dict[str, Any]:
    """What the store keeps of a run beside its messages, as JSON values.

    Args:
        provider: Who answered.
        statistics: The figures of the run.
        fault: What broke or stopped it, if anything did.
    """
    details: dict[str, Any] = {"model": provider.model, "provider": provider.name}
    if statistics is not None:
        details["figures"] = statistics.figures.to_json()
        if statistics.thought_seconds is not None:
            details["thought_seconds"] = statistics.thought_seconds
    if fault is not None and not isinstance(fault, asyncio.CancelledError | GeneratorExit):
        details["notice"] = notice_to_json(describe(fault, provider))
    return details


def ending_of(said: Said, provider: Provider) -> Notice | Remark | None:
    """What to show below `said`; None below a message that is whole, or that streams."""
    if said.is_question or said.state == "streaming":
        return None
    if said.state == "complete":
        return _ending_of_whole(said, provider)
    notice = said.details.get("notice")
    if said.state == "failed" and isinstance(notice, Mapping):
        known = notice_from_json(notice)
        if known is not None:
            return known
    if "model" not in said.details:
        return PROGRAM_ENDED  # nobody was there to write down how the run ended
    return STOPPED_BEFORE_TEXT if said.is_empty else STOPPED


def _ending_of_whole(said: Said, provider: Provider) -> Notice | Remark | None:
    reason = said.message.metadata.get("finish_reason")
    if reason == "length":
        return LENGTH_LIMIT
    if reason == "content_filter":
        return describe_content_filter(provider)
    return None if said.message.to_text().strip() else EMPTY_REPLY
