"""A conversation as Markdown: each message byte for byte, under a heading with its author."""

from __future__ import annotations

from collections.abc import Iterable

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage, ThoughtEvent


def to_markdown(messages: Iterable[BaseChatMessage | BaseAgentEvent], title: str = "Conversation") -> str:
    """Write a conversation as Markdown.

    Args:
        messages: Chat messages and thoughts, oldest first; other events are left out.
        title: The first heading.

    Returns:
        The document, ending with a line feed. Thoughts are quotes; a reply that was cut short says so.
    """
    parts = [f"# {title}"]
    for message in messages:
        if isinstance(message, ThoughtEvent):
            quote = "\n".join(f"> {line}".rstrip() for line in message.content.splitlines())
            parts.append(f"> *{message.source} thought:*\n>\n{quote}")
        elif isinstance(message, BaseChatMessage):
            parts.append(f"## {message.source}\n\n{message.to_text()}")
            if message.metadata.get("interrupted") == "true":
                parts.append("*This reply was cut short.*")
    return "\n\n".join(parts) + "\n"
