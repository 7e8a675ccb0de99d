"""A conversation as Markdown."""

from __future__ import annotations

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage, ThoughtEvent
from desktop_agent.transcripts import to_markdown


def test_messages_stand_under_their_author_byte_for_byte() -> None:
    content = "# Title\n\n```python\nx = 1\n```\n\n  trailing  "
    messages: list[BaseChatMessage | BaseAgentEvent] = [
        TextMessage(content="Hello", source="user"),
        ThoughtEvent(content="First.\n\nThen.", source="assistant"),
        TextMessage(content=content, source="assistant"),
    ]
    text = to_markdown(messages, "A title")
    assert text.startswith(
        "# A title\n\n## user\n\nHello\n\n> *assistant thought:*\n>\n> First.\n>\n> Then.\n\n"
    )
    assert text.endswith(f"## assistant\n\n{content}\n")


def test_a_cut_reply_says_so() -> None:
    message = TextMessage(content="Half", source="assistant", metadata={"interrupted": "true"})
    assert to_markdown([message]).endswith("Half\n\n*This reply was cut short.*\n")
