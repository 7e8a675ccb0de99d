"""Conversations as files: read from the store, written piece by piece, with progress and a way to stop."""

from __future__ import annotations

import asyncio
import sys
import time
import zipfile
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from desktop_agent import __version__
from desktop_agent.chat.transcript import transcript_of_stored
from desktop_agent.config.files import ExportError, as_utf8, replacing
from desktop_agent.markdown import page_html, plain_code_html, text_html
from desktop_agent.storage import ConversationStore, ConversationSummary, StoredMessage
from desktop_agent.transcripts import (
    ExportOptions,
    Format,
    Rendering,
    Transcript,
    conversation_json,
    file_name,
    to_html,
    to_json,
    to_markdown,
    to_text,
)

__all__ = [
    "ExportError",
    "ExportOptions",
    "Format",
    "Preview",
    "Progress",
    "SavedConversation",
    "pieces",
    "preview",
    "read",
    "write_archive",
    "write_replacing",
]

Progress = Callable[[int, int], None]
"""Is told how much is done, and of how much."""

PREVIEW_CHARACTERS: Final = 64_000
PROGRAM: Final = f"Desktop Agent {__version__}"
_SLICE_SECONDS: Final = 0.008
_SLICE_CHARACTERS: Final = 256 * 1024
_RENDERING: Final = Rendering(page_html, text_html, plain_code_html)
_OLDEST_IN_ZIP: Final = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation as the store has it, or a part of it.

    Attributes:
        summary: Its title and times.
        shown: The messages that a person reads, oldest first.
        tree: All versions of all messages, also deleted ones, a parent before its children.
        head_id: The message at the end of what is shown.
    """

    summary: ConversationSummary
    shown: Sequence[StoredMessage]
    tree: Sequence[StoredMessage]
    head_id: int | None

    @property
    def message_count(self) -> int:
        """How many messages are shown."""
        return len(self.shown)

    @property
    def transcript(self) -> Transcript:
        """It as a person reads it."""
        return transcript_of_stored(self.summary, self.shown, self.tree)


Maker = Callable[[SavedConversation], AsyncGenerator[str | bytes, None]]
"""Makes a document in pieces."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of an export; `is_whole` says whether it is all of it."""

    text: str
    is_whole: bool


async def read(
    store: ConversationStore, conversation_id: int, message_ids: Collection[int] | None = None
) -> SavedConversation:
    """Read a conversation, or some of its messages.

    Args:
        store: Where it is.
        conversation_id: Which one, also from the bin.
        message_ids: The messages wanted; None: all.

    Raises:
        StorageError: There is none, or it can't be read.
    """
    summary = await store.conversation(conversation_id)
    tree, head_id = await store.tree(conversation_id)
    shown = await store.messages(conversation_id)
    if message_ids is None:
        return SavedConversation(summary, shown, tree, head_id)
    wanted = [each for each in shown if each.id in message_ids]
    parents = {each.id: each.parent_id for each in tree}
    part = [replace(each, parent_id=_nearest(each.parent_id, parents, message_ids)) for each in wanted]
    return SavedConversation(summary, part, part, part[-1].id if part else None)


def _nearest(message_id: int | None, parents: dict[int, int | None], wanted: Collection[int]) -> int | None:
    """The message itself if it is wanted, else the next one above it that is."""
    while message_id is not None and message_id not in wanted:
        message_id = parents.get(message_id)
    return message_id


def lines(saved: Iterable[SavedConversation], form: Format, options: ExportOptions) -> Iterator[str]:
    """The whole document, message by message.

    Several conversations are one JSON document; in other formats they follow each other.

    Raises:
        ValueError: `form` is PDF, which only the window can make.
    """
    if form is Format.JSON:
        each = (conversation_json(one.summary, one.tree, one.head_id) for one in saved)
        return to_json(each, program=PROGRAM, at=datetime.now(UTC))
    transcripts = (one.transcript for one in saved)
    if form is Format.HTML:
        return to_html(transcripts, options, _RENDERING)
    if form is Format.PDF:
        raise ValueError("PDF is not text.")
    write = to_markdown if form is Format.MARKDOWN else to_text
    return _joined(write(each, options) for each in transcripts)


def _joined(documents: Iterable[Iterable[str]]) -> Iterator[str]:
    separator = ""
    for document in documents:
        yield separator
        yield from document
        separator = "\n"


async def pieces(
    saved: SavedConversation,
    form: Format,
    options: ExportOptions,
    progress: Progress = lambda _done, _total: None,
) -> AsyncGenerator[str, None]:
    """The document of one conversation, made in a worker thread in slices of some milliseconds.

    Args:
        saved: The conversation.
        form: Any format but PDF.
        options: What stands in it.
        progress: Is told how many messages are done, and of how many.
    """
    total = len(saved.tree) if form is Format.JSON else len(saved.shown)
    done = 0
    document = _begun(lambda: lines([saved], form, options))
    while (slice_ := await asyncio.to_thread(_take, document)) is not None:
        text, count = slice_
        yield text
        done = min(total, done + count)
        progress(done, total)


def _begun(begin: Callable[[], Iterator[str]]) -> Generator[str, None, None]:
    """The same, but begun only when the first piece is asked for: in the worker thread."""
    yield from begin()


def _take(document: Iterator[str]) -> tuple[str, int] | None:
    """The text of the next slice and the number of its pieces; None at the end."""
    end = time.perf_counter() + _SLICE_SECONDS
    taken: list[str] = []
    length = 0
    for piece in document:
        taken.append(piece)
        length += len(piece)
        if length > _SLICE_CHARACTERS or time.perf_counter() > end:
            break
    return ("".join(taken), len(taken)) if taken else None


async def preview(
    saved: SavedConversation, form: Format, options: ExportOptions, limit: int = PREVIEW_CHARACTERS
) -> Preview:
    """The first `limit` characters of the document."""
    parts: list[str] = []
    length = 0
    async with aclosing(pieces(saved, form, options)) as document:
        async for piece in document:
            parts.append(piece)
            length += len(piece)
            if length > limit:
                break
    text = "".join(parts)
    return Preview(text[:limit], len(text) <= limit)


async def write_replacing(path: Path, document: AsyncIterable[str | bytes], *, may_replace: bool) -> None:
    """Write a document into a file: whole, or not at all if it fails or is cancelled. UTF-8, line feeds.

    Args:
        path: The file.
        document: Its text, which `pieces` gives, or its bytes.
        may_replace: Replace a file that has content.

    Raises:
        ExportError: It can't be written; the text is a sentence.
    """
    async with _replacing(path, may_replace=may_replace) as file:
        async for piece in document:
            await asyncio.to_thread(file.write, _bytes_of(piece))


def _bytes_of(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else as_utf8(piece)


@asynccontextmanager
async def _replacing(path: Path, *, may_replace: bool) -> AsyncGenerator[IO[bytes], None]:
    """As `replacing`, in worker threads. What was written so far is gone when a cancelled caller goes on."""
    target = replacing(path, may_replace=may_replace)
    entering = asyncio.ensure_future(asyncio.to_thread(target.__enter__))
    try:
        yield await asyncio.shield(entering)
    except BaseException:
        fault = sys.exc_info()
        await asyncio.wait([entering])
        if entering.exception() is None:
            await _to_its_end(lambda: target.__exit__(*fault))
        raise
    await _to_its_end(lambda: target.__exit__(None, None, None))


async def _to_its_end(work: Callable[[], object]) -> None:
    """Do it in a thread, and wait for it even if that is cancelled."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


async def write_archive(
    store: ConversationStore,
    conversation_ids: Sequence[int],
    form: Format,
    options: ExportOptions,
    path: Path,
    *,
    may_replace: bool,
    progress: Progress = lambda _done, _total: None,
    make: Maker | None = None,
) -> None:
    """Write conversations into a zip archive, a file for each; nothing is left of it if it is cancelled.

    Args:
        store: Where they are.
        conversation_ids: Which.
        form: Any format; PDF only with `make`.
        options: What stands in each.
        path: The archive.
        may_replace: Replace a file that has content.
        progress: Is told how many conversations are done, and of how many.
        make: Makes the document of a conversation; by default `pieces` does.

    Raises:
        ExportError: It can't be written; the text is a sentence.
        StorageError: A conversation can't be read.
    """
    async with _replacing(path, may_replace=may_replace) as file:
        archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        try:
            for done, conversation_id in enumerate(conversation_ids, 1):
                saved = await read(store, conversation_id)
                document = pieces(saved, form, options) if make is None else make(saved)
                await _add_member(archive, saved, form, document)
                progress(done, len(conversation_ids))
            await asyncio.to_thread(archive.close)
        except BaseException:
            with suppress(OSError, ValueError):  # what is in it is thrown away
                archive.close()
            raise


def archive_entry(summary: ConversationSummary, form: Format) -> zipfile.ZipInfo:
    """The entry of an archive for one conversation: its name, its time, for its owner alone."""
    changed = max(summary.updated_at.astimezone(), _OLDEST_IN_ZIP)
    entry = zipfile.ZipInfo(file_name(summary.id, summary.title, form.suffix), changed.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


async def _add_member(
    archive: zipfile.ZipFile,
    saved: SavedConversation,
    form: Format,
    document: AsyncGenerator[str | bytes, None],
) -> None:
    member: IO[bytes] = archive.open(archive_entry(saved.summary, form), "w", force_zip64=True)
    with member:
        async with aclosing(document):
            async for piece in document:
                await asyncio.to_thread(member.write, _bytes_of(piece))
