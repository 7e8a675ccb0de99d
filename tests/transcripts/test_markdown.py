"""A conversation as Markdown: byte for byte what was said, and nothing of it swallows what follows."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_agent.agentchat import FunctionCall, Image
from desktop_agent.agentchat.messages import (
    MultiModalMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult
from desktop_agent.markdown import StreamParser, plain_text
from desktop_agent.transcripts import CallEnd, Entry, ExportOptions, Transcript, to_markdown
from everything import parts

BARE = ExportOptions(tool_calls=False, times=False)
ALL = ExportOptions(thoughts=True, figures=True, other_versions=True)
WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def written(*entries: Entry, title: str = "A title", options: ExportOptions = BARE) -> str:
    return "".join(to_markdown(Transcript(title, entries, WHEN, ["m-1"]), options))


def said(text: str, source: str = "assistant") -> Entry:
    return Entry(TextMessage(content=text, source=source), created_at=WHEN)


def test_messages_stand_under_their_author_byte_for_byte() -> None:
    content = "# Title\n\n```python\nx = 1\n```\n\n  trailing  "
    text = written(said("Hello", "user"), said(content))
    assert text == f"# A title\n\n## user\n\nHello\n\n## assistant\n\n{content}\n"


def test_what_is_chosen_stands_beside_it() -> None:
    call = FunctionCall(id="1", name="web_search", arguments='{"q":\n "`x`"}')
    result = FunctionExecutionResult(content="one\n```\ntwo", name="web_search", call_id="1")
    events = [
        ThoughtEvent(content="First.\n\nThen.", source="assistant"),
        ToolCallRequestEvent(content=[call], source="assistant"),
        ToolCallExecutionEvent(content=[result], source="assistant"),
    ]
    reply = TextMessage(content="Yes.", source="assistant")
    other = said("No.")
    entry = Entry(
        reply,
        events,
        WHEN,
        "m-1",
        "It was stopped.",
        "7 tokens",
        None,
        2,
        2,
        [other],
        (),
        {"1": CallEnd("done", 1.23)},
    )
    assert written(entry, options=ALL) == (
        "# A title\n\n2 January 2026, 03:04. m-1.\n\n## assistant\n\n"
        "*2 January 2026, 03:04, m-1, version 2 of 2, 7 tokens*\n\n"
        "> *assistant thought:*\n>\n> First.\n>\n> Then.\n\n"
        '> **web_search** ``{"q": "`x`"}``\n>\n> done, 1.2 s\n>\n> ````text\n> one\n> ```\n> two\n> ````\n\n'
        "Yes.\n\n*It was stopped.*\n\n### assistant, version 1\n\nNo.\n"
    )
    assert written(entry) == "# A title\n\n## assistant\n\nYes.\n\n*It was stopped.*\n"


def test_what_was_said_before_a_call_is_no_thought() -> None:
    thought = ThoughtEvent(content="Let me look.", source="assistant")
    reply = TextMessage(content="Done.", source="assistant")
    text = written(Entry(reply, [thought], said_aloud=[thought.id]))
    assert text.endswith("## assistant\n\nLet me look.\n\nDone.\n")


def test_a_picture_is_part_of_it() -> None:
    picture = next(part.message for part in parts() if isinstance(part.message, MultiModalMessage))
    image = picture.content[1]
    assert isinstance(image, Image)
    assert f"What is this?\n\n![picture]({image.data_uri})\n" in written(Entry(picture))


FRAGMENTS = st.sampled_from(
    [
        "```",
        "```py",
        "~~~~",
        "````",
        "`",
        "<!--",
        "-->",
        "text",
        "> q",
        "- item",
        "    code",
        "",
        "    ```",
        "# h",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(FRAGMENTS, max_size=6).map("\n".join), min_size=1, max_size=4))
def test_no_message_swallows_the_next_heading(texts: list[str]) -> None:
    parser = StreamParser()
    parser.feed(written(*(said(text, "ZZZ") for text in texts)))
    parser.finish()
    headings = [block for block in parser.blocks if block.kind == "heading" and plain_text(block) == "ZZZ"]
    assert len(headings) == len(texts)


def test_titles_are_inert() -> None:
    title = "<script>alert(1)</script> [x](javascript:y) *a* `b` | # & _c_ ~d~"
    parser = StreamParser()
    parser.feed(written(title=title))
    parser.finish()
    assert plain_text(parser.blocks[0]) == title
    assert {each.type for token in parser.blocks[0].tokens for each in token.children or []} == {"text"}
