"""A conversation as PDF: all of its text, in order, on pages that end between lines."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.messages import (
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.gui.export.pdf import Document, make_pdf
from desktop_agent.gui.export.writing import document_of
from desktop_agent.storage import ConversationStore, StoredMessage
from desktop_agent.transcripts.options import ExportOptions
from everything import store_everything

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
AT = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)
CALL = ToolCallRequestEvent(
    content=[FunctionCall("1", '{"query": "tides"}', "web_search")], source="assistant"
)
RESULT = ToolCallExecutionEvent(
    content=[FunctionExecutionResult(content="five results", name="web_search", call_id="1", is_error=True)],
    source="assistant",
)
THOUGHT = ThoughtEvent(content="Let me **look** it up.", source="assistant")


def message(source: str, text: str, *events: object, **details: object) -> StoredMessage:
    return StoredMessage(
        1,
        "0" * 32,
        1,
        None,
        TextMessage(content=text, source=source),
        "complete",
        AT,
        events,  # type: ignore[arg-type]
        details,
        1,
        1,
    )


def made(*messages: StoredMessage, options: ExportOptions | None = None, title: str = "Tides") -> bytes:
    return asyncio.run(make_pdf(Document(title, AT, messages), options or ExportOptions()))


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def text_in(pdf: bytes, folder: Path) -> str:
    """The text as another program copies it, without line ends."""
    (folder / "a.pdf").write_bytes(pdf)
    run = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(folder / "a.pdf"), "-"], capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


@needs_pdftotext
def test_the_text_comes_back_whole_and_in_order(qapp: QApplication, tmp_path: Path) -> None:
    reply = (
        "# First\n\nWith **bold**, *italic*, `code -> x != y`, figures 1,284 and 61.\n\n1. one\n2. two\n\n"
        "> A quote.\n\n```python\nif a => b:\n    return 'ffi'\n```\n\n"
        "| Name | Count |\n|---|--:|\n| x | 1,001 |\n"
    )
    pdf = made(
        message("user", "What are tides?\n  Two lines."), message("assistant", reply, model="gpt-4o-mini")
    )
    found = text_in(pdf, tmp_path)
    place = 0
    for words in (
        "Tides",
        "gpt-4o-mini",
        "What are tides?",
        "Two lines.",
        "assistant",
        "First",
        "With bold, italic,",
        "code -> x != y",
        "figures 1,284 and 61.",
        "1. one",
        "2. two",
        "A quote.",
        "Python",
        "if a => b:",
        "return 'ffi'",
        "Name",
        "Count",
        "1,001",
    ):
        assert words in found[place:], (words, found)
        place = found.index(words, place) + len(words)


@needs_pdftotext
def test_no_line_is_lost_or_said_twice_between_pages(qapp: QApplication, tmp_path: Path) -> None:
    numbers = iter(range(10_000))
    code = "```\n" + "\n".join(f"line n{next(numbers)}e" for _ in range(150)) + "\n```\n\n"
    rows = "".join(f"| n{next(numbers)}e | cell |\n" for _ in range(120))
    words = " ".join(f"n{next(numbers)}e" for _ in range(1500))
    items = "\n".join(f"{number}. n{next(numbers)}e" for number in range(1, 90))
    long = f"{code}| A | B |\n|---|---|\n{rows}\n{words}\n\n{items}\n\n> {words.replace('n', 'q')}"
    asked = "\n".join(f"n{next(numbers)}e" for _ in range(130))
    pdf = made(message("assistant", long), message("user", asked))
    assert pages_in(pdf) > 8
    found = re.findall(r"\bn(\d+)e\b", text_in(pdf, tmp_path))
    assert [int(each) for each in found] == list(range(next(numbers)))


@needs_pdftotext
def test_wide_code_and_wide_tables_lose_nothing(qapp: QApplication, tmp_path: Path) -> None:
    names = [f"c{number}olumn" for number in range(14)]
    table = f"| {' | '.join(names)} |\n|{'---|' * 14}\n| {' | '.join(['some words'] * 14)} |\n"
    found = text_in(made(message("assistant", f"```\n{'xyz' * 200}\n```\n\n{table}")), tmp_path)
    joined = found.replace(" ", "")
    assert "xyz" * 200 in joined
    assert [int(each) for each in re.findall(r"c(\d+)o", found)] == list(range(14))
    assert found.count("som") == 14


@needs_pdftotext
def test_options_say_what_is_on_paper(qapp: QApplication, tmp_path: Path) -> None:
    reply = message("assistant", "The moon.", THOUGHT, CALL, RESULT, model="gpt-4o-mini", thought_seconds=4.0)
    less = ExportOptions(tool_calls=False, times=False)
    found = text_in(made(reply, options=less), tmp_path)
    assert found == "1 Tides assistant The moon."
    more = ExportOptions(tool_calls=True, thoughts=True, times=False)
    found = text_in(made(reply, options=more), tmp_path)
    assert "Thought for 4 s Let me look it up. web_search Failed Arguments" in found
    assert found.index('{"query": "tides"}') < found.index("five results") < found.index("The moon.")


def test_links_can_be_followed_if_their_scheme_is_harmless(qapp: QApplication) -> None:
    text = "[moon](https://example.org/moon) and [bad](javascript:alert(1)) and [file](file:///etc/passwd)"
    found = re.findall(rb"/URI \(([^)]*)\)", made(message("assistant", text)))
    assert found == [b"https://example.org/moon"]


def test_an_empty_conversation_is_one_page(qapp: QApplication) -> None:
    assert pages_in(made()) == 1


def test_it_can_be_cancelled_and_tells_how_far_it_is(qapp: QApplication) -> None:
    told: list[tuple[int, int]] = []

    async def run() -> None:
        document = Document("Tides", AT, [message("assistant", "Words. " * 400)] * 200)

        def note(done: int, total: int) -> None:
            told.append((done, total))
            if done == 3:
                task.cancel()

        task = asyncio.ensure_future(make_pdf(document, ExportOptions(), note))
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert told[:3] == [(1, 200), (2, 200), (3, 200)]
    assert len(told) < 100


@needs_pdftotext
def test_everything_is_on_paper(qapp: QApplication, tmp_path: Path) -> None:
    texts: list[str] = []

    async def make() -> None:
        store = ConversationStore(tmp_path / "conversations.db")
        await store.open()
        saved = await ExportSource(store, await store_everything(store)).read(Scope.WHOLE)
        options = ExportOptions(thoughts=True, figures=True, other_versions=True)
        texts.append(text_in(await make_pdf(document_of(saved), options), tmp_path))
        await store.close()

    asyncio.run(make())
    for words in (
        "Heading six",
        "deeper, with code",
        "code | pipe",
        '<script>alert("not run")</script>',
        "$e^{i\\pi} + 1 = 0$",
        "value_119 = compute(119, 'text 119') # line 119",
        "You stopped this reply.",
        "You stopped before the first word.",
        "The reply reached its length limit.",
        "и русский, naïve café",
        "Version 1 of",
    ):
        assert words in texts[0], words
