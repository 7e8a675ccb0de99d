"""A conversation as plain text: each message as it is, below its author."""

from __future__ import annotations

from collections.abc import Iterable

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage, ThoughtEvent


def to_text(messages: Iterable[BaseChatMessage | BaseAgentEvent], title: str = "Conversation") -> str:
    """Write a conversation as plain text.

    Args:
        messages: Chat messages and thoughts, oldest first; other events are left out.
        title: The first line.

    Returns:
        The document, ending with a line feed. A reply that was cut short says so.
    """
    parts = [f"{title}\n{'=' * min(len(title), 72)}"]
    for message in messages:
        if isinstance(message, ThoughtEvent):
            parts.append(f"{message.source}, thinking:\n{message.content}")
        elif isinstance(message, BaseChatMessage):
            parts.append(f"{message.source}:\n{message.to_text()}")
            if message.metadata.get("interrupted") == "true":
                parts.append("(This reply was cut short.)")
    return "\n\n".join(parts) + "\n"
