"""Streaming Markdown: text goes in as it arrives, blocks come out. No Qt."""

from __future__ import annotations

from desktop_agent.markdown.blocks import (
    CODE,
    MORE_CODE,
    Block,
    Kind,
    Token,
    image_label,
    inline_text,
    kind_of,
    links_in,
    plain_text,
    plain_tokens,
)
from desktop_agent.markdown.grammar import LISTS, to_html
from desktop_agent.markdown.links import host_of, link_target
from desktop_agent.markdown.page import page_html, plain_code_html, text_html
from desktop_agent.markdown.stream_parser import StreamParser
from desktop_agent.markdown.tables import table_csv, table_markdown
from desktop_agent.markdown.words import word_at

__all__ = [
    "CODE",
    "LISTS",
    "MORE_CODE",
    "Block",
    "Kind",
    "StreamParser",
    "Token",
    "host_of",
    "image_label",
    "inline_text",
    "kind_of",
    "link_target",
    "links_in",
    "page_html",
    "plain_code_html",
    "plain_text",
    "plain_tokens",
    "table_csv",
    "table_markdown",
    "text_html",
    "to_html",
    "word_at",
]
