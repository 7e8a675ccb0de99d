"""Conversations as JSON text: what the document promises whatever was said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.storage import ConversationSummary, StoredMessage
from desktop_agent.transcripts import conversation_json, to_json

WHEN = datetime(2026, 11, 22, 13, 0, tzinfo=timezone(timedelta(hours=1)))


def written(text: str, **changes: Any) -> str:
    message = TextMessage(content=text, source="assistant", metadata=changes.pop("metadata", {}))
    values = {"state": "complete", "events": (), "details": {}, "parent_id": None, **changes}
    stored = StoredMessage(
        id=5,
        uid="b" * 32,
        conversation_id=1,
        message=message,
        created_at=WHEN,
        version=1,
        version_count=1,
        **values,
    )
    conversation = ConversationSummary(
        1, "a" * 32, text, "user", WHEN, WHEN, False, False, "", None, message_count=1
    )
    return "".join(
        to_json([list(conversation_json(conversation, [stored], 5))] * 2, program="Desktop Agent 1", at=WHEN)
    )


# What turns text around, drives terminals, or is only half a character.
ODD = "".join(
    map(chr, (0, 7, 27, 0x7F, 0x9B, 0x61C, 0x200F, 0x2028, 0x202E, 0x2069, 0xD800, 0xDFFF, 0x1F600))
)


@given(st.text(st.characters(exclude_categories=[])) | st.text(st.sampled_from(ODD)))
def test_every_text_comes_back_and_none_does_harm(text: str) -> None:
    document = written(text)
    document.encode()  # it is UTF-8
    assert not set(document) & set(ODD[:-1])
    first, second = json.loads(document)["conversations"]
    assert first == second
    # Two halves that meet become one character in JSON; nothing else changes.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert first["title"] == whole
    assert first["messages"][0]["message"]["content"] == whole


def test_times_are_in_utc_and_the_document_says_what_it_is() -> None:
    document = json.loads(written("x"))
    assert document["format"] == "desktop-agent-conversations"
    assert document["version"] == 1
    assert document["program"] == "Desktop Agent 1"
    assert document["exported_at"] == "2026-11-22T12:00:00Z"
    assert document["conversations"][0]["head"] == "b" * 32


def test_a_cut_reply_says_so_however_it_was_cut() -> None:
    def interrupted(**changes: Any) -> bool:
        value: bool = json.loads(written("x", **changes))["conversations"][0]["messages"][0]["interrupted"]
        return value

    assert interrupted(state="interrupted")
    assert interrupted(state="streaming")
    assert interrupted(state="failed", metadata={"interrupted": "true"})
    assert not interrupted(state="failed")
    assert not interrupted()


def test_a_document_may_be_empty() -> None:
    assert json.loads("".join(to_json([], program="x", at=datetime.now(UTC))))["conversations"] == []
