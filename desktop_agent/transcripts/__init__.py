"""Formats that a conversation is written in: pure functions."""

from desktop_agent.transcripts.file_names import file_name
from desktop_agent.transcripts.json_document import conversation_values, to_json
from desktop_agent.transcripts.markdown import to_markdown
from desktop_agent.transcripts.text import to_text

__all__ = ["conversation_values", "file_name", "to_json", "to_markdown", "to_text"]
