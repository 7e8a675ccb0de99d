"""Formats that a conversation is written in: pure functions."""

from desktop_agent.transcripts.markdown import to_markdown

__all__ = ["to_markdown"]
