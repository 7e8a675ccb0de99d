"""A conversation as plain text, and names of files for it."""

from __future__ import annotations

from pathlib import PureWindowsPath

from hypothesis import given
from hypothesis import strategies as st

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.messages import (
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult
from desktop_agent.transcripts import Entry, ExportOptions, Transcript, file_name, to_text


def test_messages_stand_below_their_author() -> None:
    call = FunctionCall(id="1", name="search", arguments="{}")
    result = FunctionExecutionResult(content="gone", name="search", call_id="1", is_error=True)
    events = [
        ThoughtEvent(content="Hm.", source="assistant"),
        ToolCallRequestEvent(content=[call], source="assistant"),
        ToolCallExecutionEvent(content=[result], source="assistant"),
    ]
    entries = [
        Entry(TextMessage(content="Hi", source="user")),
        Entry(TextMessage(content="Half", source="assistant"), events, ending="It was cut."),
    ]
    options = ExportOptions(thoughts=True)
    assert "".join(to_text(Transcript("A title", entries), options)) == (
        "A title\n=======\n\nuser:\nHi\n\nassistant, thinking:\nHm.\n\n[search {}]\n(failed)\ngone\n\n"
        "assistant:\nHalf\n\n(It was cut.)\n"
    )


def test_a_title_is_no_formula() -> None:
    assert "".join(to_text(Transcript("=1+1", []))).startswith("'=1+1\n")


def test_names_keep_what_can_be_read() -> None:
    assert file_name(12, "Why the sky is blue?", ".json") == "12 Why the sky is blue.json"
    assert file_name(3, "Grüße, 世界", ".md") == "3 Grüße, 世界.md"
    assert file_name(7, "../../etc/passwd", ".md") == "7 .. .. etc passwd.md"
    assert file_name(1, "", ".md") == "1.md"
    assert file_name(1, "con", ".txt") == "1 con.txt"


@given(st.integers(1, 10**9), st.text(st.characters(exclude_categories=[])))
def test_every_title_gives_one_part_of_a_path(number: int, title: str) -> None:
    name = file_name(number, title, ".json")
    assert len(name.encode()) <= 255
    assert PureWindowsPath(name).name == name
    assert not set(name) & set('<>:"/\\|?*')
    assert name.startswith(str(number))
    assert all(character.isprintable() for character in name)
