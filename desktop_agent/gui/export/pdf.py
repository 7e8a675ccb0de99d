"""PDF: a conversation on paper, made of the parts that the transcript shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QCoreApplication, QDateTime, QIODevice, QLocale

from desktop_agent.agentchat.messages import ThoughtEvent, ToolCallExecutionEvent, ToolCallRequestEvent
from desktop_agent.chat.endings import ending_of
from desktop_agent.chat.history import Said, said_of
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.config.provider import DEMO
from desktop_agent.gui.export.pages import WIDTH, LastPageError, Pages, Paper, PdfPaper, PicturePaper
from desktop_agent.gui.export.printed_parts import (
    LOOKS_OF_CALLS,
    THOUGHT_INDENT,
    Barred,
    Bubble,
    Byline,
    EndingNote,
    ToolLine,
    line_of,
    tool_outcome,
)
from desktop_agent.gui.figures import figures_text
from desktop_agent.gui.pace import Pace
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.transcript.block_building import BlockBuilder
from desktop_agent.gui.transcript.block_items import gap_between
from desktop_agent.gui.transcript.block_style import BlockStyle
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.thought import duration_text
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown import MORE_CODE, StreamParser
from desktop_agent.markdown.code_colors import highlight
from desktop_agent.transcripts.options import ExportOptions

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from desktop_agent.gui.transcript.parts import Part
    from desktop_agent.markdown import Block, Token
    from desktop_agent.storage import StoredMessage

_PARSED_AT_ONCE = 8_000  # characters
_TOKENS_AT_ONCE = 40
_TYPED_AT_ONCE = 4_000  # characters of a question
_MESSAGE_GAP, _NAME_GAP, _PART_GAP, _LINE_GAP = 26, 8, 12, 6
_WHOLE = 260  # code and tables up to this height are not cut between pages
_KEPT_BELOW_NAME, _KEPT_BELOW_HEADING = 90, 84  # itself included

Progress = Callable[[int, int], None]
"""Is told how many messages are done, and of how many."""


@dataclass(frozen=True)
class Document:
    """What a PDF is made of.

    Attributes:
        title: Of the conversation.
        created_at: When it began.
        messages: What is shown of it, oldest first.
        versions: All versions of each message, by its number.
    """

    title: str
    created_at: datetime
    messages: Sequence[StoredMessage]
    versions: Mapping[int, Sequence[StoredMessage]] = field(default_factory=dict)


async def make_pdf(document: Document, options: ExportOptions, progress: Progress = lambda *_: None) -> bytes:
    """A conversation as PDF, made in slices: the window goes on meanwhile. A `QGuiApplication` is needed.

    Args:
        document: What is written.
        options: What of it.
        progress: Is called after each message.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    paper = PdfPaper(buffer, document.title)
    try:
        await _print(document, options, paper, progress)
    finally:
        paper.close()
    return bytes(buffer.data().data())


async def make_pictures(document: Document, options: ExportOptions, paper: PicturePaper) -> list[QImage]:
    """The first pages of the same document as pictures, also made in slices."""
    try:
        with suppress(LastPageError):
            await _print(document, options, paper, lambda *_: None)
    finally:
        paper.close()
    return paper.pictures


async def _print(document: Document, options: ExportOptions, paper: Paper, progress: Progress) -> None:
    printer = _Printer(document, options, paper)
    await printer.write_title()
    for number, message in enumerate(document.messages, 1):
        await printer.write(said_of(message))
        if options.other_versions:
            for other in document.versions.get(message.id, ()):
                if other.id != message.id:
                    await printer.write_other(said_of(other), message.version_count)
        progress(number, len(document.messages))


class _Printer:
    def __init__(self, document: Document, options: ExportOptions, paper: Paper) -> None:
        self._document, self._options = document, options
        self._style = BlockStyle(LIGHT, 1.0, is_printed=True)
        self._quiet = replace(self._style, is_quiet=True)
        self._pace = Pace()
        self._languages: set[str] = set()
        self.pages = Pages(paper, document.title, self._style)

    async def write_title(self) -> None:
        theme = LIGHT
        title = line_of(self._document.title, self._style, TextStyle.DISPLAY, theme.text, WIDTH)
        await self._add(title)
        await self._add(line_of(self._facts(), self._style, TextStyle.SMALL, theme.text3, WIDTH), _LINE_GAP)

    def _facts(self) -> str:
        """When the conversation began, and with which models."""
        if not self._options.times:
            return ""
        begun = QDateTime.fromSecsSinceEpoch(round(self._document.created_at.timestamp()))
        locale = QLocale()
        date = locale.toString(begun.date(), QLocale.FormatType.LongFormat)
        time = locale.toString(begun.time(), QLocale.FormatType.ShortFormat)
        models = dict.fromkeys(
            str(message.details["model"]) for message in self._document.messages if "model" in message.details
        )
        return ". ".join([f"{date}, {time}", *([", ".join(models)] if models else [])])

    async def write_other(self, said: Said, count: int) -> None:
        """Write another version of a message, below a line that says so."""
        words = QCoreApplication.translate("Pdf", "Version {number} of {count}")
        words = words.format(number=QLocale().toString(said.version), count=QLocale().toString(count))
        note = Byline("", words, self._style, WIDTH)
        await self._add(note, _MESSAGE_GAP, keep=_KEPT_BELOW_NAME)
        await self.write(said)

    async def write(self, said: Said) -> None:
        if said.is_question:
            await self._write_question(said)
        else:
            await self._write_reply(said)

    async def _write_question(self, said: Said) -> None:
        bubble, text = Bubble(self._style, WIDTH), said.message.to_text().rstrip()
        for start in range(0, max(1, len(text)), _TYPED_AT_ONCE):
            bubble.append(text[start : start + _TYPED_AT_ONCE])
            await self._pace.rest()
        await self._add(bubble, _MESSAGE_GAP, keep=_KEPT_BELOW_NAME)
        if self._options.times:
            await self._add(Byline("", _time(said), self._style, WIDTH), _LINE_GAP)

    async def _write_reply(self, said: Said) -> None:
        note = ""
        if self._options.times:
            note = ", ".join(filter(None, (str(said.details.get("model", "")), _time(said))))
        name = Byline(said.message.source, note, self._style, WIDTH)
        await self._add(name, _MESSAGE_GAP, keep=_KEPT_BELOW_NAME)
        gap = await self._write_events(said)
        await self._write_markdown(said.message.to_text(), self._style, gap)
        ending = ending_of(said, replace(DEMO, name=str(said.details.get("provider", DEMO.name))))
        if ending is not None:
            await self._add(EndingNote(ending, self._style, WIDTH), _PART_GAP)
        figures = RunFigures.from_json(said.details.get("figures"))
        if self._options.figures and figures is not None:
            words = figures_text(figures)
            await self._add(line_of(words, self._style, TextStyle.SMALL, LIGHT.text3, WIDTH), _PART_GAP)

    async def _write_events(self, said: Said) -> float:
        """Write thoughts and tool calls; the answer is the distance of what follows."""
        gap: float = _NAME_GAP
        outcomes = {
            result.call_id: result
            for event in said.events
            if isinstance(event, ToolCallExecutionEvent)
            for result in event.content
        }
        thoughts = [event for event in said.events if isinstance(event, ThoughtEvent)]
        for event in said.events:
            if isinstance(event, ThoughtEvent) and self._options.thoughts:
                seconds = said.details.get("thought_seconds")
                is_timed = len(thoughts) == 1 and isinstance(seconds, int | float)
                await self._write_thought(
                    event.content, float(seconds) if is_timed and seconds else None, gap
                )
                gap = _PART_GAP
            elif isinstance(event, ToolCallRequestEvent) and self._options.tool_calls:
                for call in event.content:
                    result = outcomes.get(call.id)
                    is_failed = result is not None and bool(result.is_error)
                    outcome = tool_outcome(is_failed=is_failed, is_missing=result is None)
                    look = "neutral" if result is None else "failed" if is_failed else "done"
                    line = ToolLine(call.name, outcome, LOOKS_OF_CALLS[look], self._style)
                    line.set_width(WIDTH)
                    await self._add(line, gap, keep=_KEPT_BELOW_NAME)
                    await self._write_code(QCoreApplication.translate("Pdf", "Arguments"), call.arguments)
                    if result is not None:
                        await self._write_code(QCoreApplication.translate("Pdf", "Result"), result.content)
                    gap = _PART_GAP
        return gap

    async def _write_thought(self, text: str, seconds: float | None, gap: float) -> None:
        words = QCoreApplication.translate("Pdf", "Thought") if seconds is None else duration_text(seconds)
        line = line_of(words, self._quiet, TextStyle.UI, LIGHT.text2, WIDTH)
        await self._add(line, gap, keep=_KEPT_BELOW_NAME)
        await self._write_markdown(text, self._quiet, _LINE_GAP, is_thought=True)

    async def _write_code(self, label: str, text: str) -> None:
        panel = CodePanel(label, self._style)
        panel.append(text.rstrip("\n") + "\n", settled=True)
        panel.show(is_open=False)
        panel.set_width(WIDTH)
        await self._add(panel, _LINE_GAP)

    async def _write_markdown(
        self, source: str, style: BlockStyle, gap: float, *, is_thought: bool = False
    ) -> None:
        parser = StreamParser()
        for start in range(0, len(source), _PARSED_AT_ONCE):
            parser.feed(source[start : start + _PARSED_AT_ONCE])
            await self._pace.rest()
        parser.finish()
        previous: Block | None = None
        for block in parser.blocks:
            part = await self._build(block, style, WIDTH - THOUGHT_INDENT if is_thought else WIDTH)
            keep: float = _KEPT_BELOW_HEADING if block.kind == "heading" else 0
            if block.kind in ("code", "table") and part.height <= _WHOLE:
                keep = part.height
            above = gap if previous is None else gap_between(previous, block)
            if is_thought:
                inner = 0.0 if previous is None else above
                await self._add(Barred(part, inner, style), 0.0 if previous else gap, keep=keep)
            else:
                await self._add(part, above, keep=keep)
            previous = block

    async def _build(self, block: Block, style: BlockStyle, width: float) -> Part:
        """The part that shows a block, laid out; a long one grows as it does while it streams."""
        builder, tokens = BlockBuilder(style), block.settled
        await self._learn(tokens)
        taken = 0
        for count in range(1, len(tokens)):
            if count - taken >= _TOKENS_AT_ONCE and _may_wait(tokens[count - 1], tokens[count]):
                taken = count
                builder.update(tokens[:count], tokens[count : count + 1], width)
                await self._pace.rest()
        builder.update(tokens, block.live, width)
        builder.set_width(width)
        for panel in builder.panels:
            while panel.needs_color:
                panel.color_more()
                await self._pace.rest()
        return builder.part

    async def _learn(self, tokens: Sequence[Token]) -> None:
        """Load what colours the languages of code, each once: that takes more than a frame."""
        languages = {token.info.split(maxsplit=1)[0] for token in tokens if token.info.strip()}
        for language in languages - self._languages:
            self._languages.add(language)
            await asyncio.to_thread(highlight, language, ["pass"])

    async def _add(self, part: Part, gap: float = 0.0, *, keep: float = 0.0) -> None:
        for _ in self.pages.add(part, gap, keep=keep):
            await self._pace.rest()


def _may_wait(token: Token, following: Token) -> bool:
    """Whether a block may be shown as far as `token`: not in the middle of a row, for example."""
    if following.type == "inline":
        return token.type == "inline"  # a long paragraph
    return following.type in ("tr_open", "list_item_open", MORE_CODE)


def _time(said: Said) -> str:
    local = QDateTime.fromSecsSinceEpoch(round(said.created_at.timestamp()))
    return QLocale().toString(local.time(), QLocale.FormatType.ShortFormat)
