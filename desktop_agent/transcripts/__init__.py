"""Formats that a conversation is written in and read from: pure functions."""

from desktop_agent.transcripts.entries import CallEnd, Entry, Transcript
from desktop_agent.transcripts.errors import TranscriptFormatError
from desktop_agent.transcripts.file_names import file_name
from desktop_agent.transcripts.html_document import Rendering, to_html
from desktop_agent.transcripts.json_document import conversation_json, to_json
from desktop_agent.transcripts.markdown import to_markdown
from desktop_agent.transcripts.options import ExportOptions, Format, PageTheme
from desktop_agent.transcripts.text import to_text

__all__ = [
    "CallEnd",
    "Entry",
    "ExportOptions",
    "Format",
    "PageTheme",
    "Rendering",
    "Transcript",
    "TranscriptFormatError",
    "conversation_json",
    "file_name",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
]
