"""`desktop-agent export`: writes conversations to standard output, to a file or into a zip archive."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO

from desktop_agent import __version__
from desktop_agent.cli.reading import StoreReader
from desktop_agent.cli.terminal import as_utf8, one_line, put_document, say
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.storage import ConversationSummary
from desktop_agent.transcripts import conversation_values, file_name, to_json, to_markdown, to_text

_SUFFIXES = {"json": ".json", "markdown": ".md", "text": ".txt"}
_OLDEST_IN_ZIP = datetime(1980, 1, 1, tzinfo=UTC)


class _FileError(Exception):
    """A file can't be written; the text is a sentence."""


def export(wanted: str | None, form: str, output: str | None, *, may_replace: bool) -> int:
    """Write one conversation or all; the exit status.

    Args:
        wanted: The number or uid of a conversation; None: all but those in the bin.
        form: "json", "markdown" or "text".
        output: A file, an archive (".zip"), or standard output (None, "-").
        may_replace: Replace a file that has content.
    """
    with StoreReader() as reader:
        try:
            chosen = _choose(reader, wanted)
        except LookupError as error:
            say(str(error))
            return FAILURE
        if output in (None, "-"):
            put_document(_pieces(reader, chosen, form))
            return 0
        path = Path(str(output))
        try:
            _check(path, may_replace=may_replace)
            with _replacing(path) as file:
                if path.suffix.lower() == ".zip":
                    _write_archive(file, reader, chosen, form)
                else:
                    for piece in _pieces(reader, chosen, form):
                        file.write(as_utf8(piece))
        except _FileError as error:
            say(str(error))
            return FAILURE
    noun = "conversation" if len(chosen) == 1 else "conversations"
    say(f"{len(chosen)} {noun} written to {one_line(str(path))}.")
    return 0


def _choose(reader: StoreReader, wanted: str | None) -> Sequence[ConversationSummary]:
    """The conversations to write.

    Raises:
        LookupError: There is none of this number or uid; the text is a sentence.
    """
    if wanted is None:
        return reader.conversations()
    for each in chain(reader.conversations(), reader.conversations(in_bin=True)):
        if wanted.lower() in (str(each.id), each.uid):
            return [each]
    raise LookupError(
        f'There is no conversation {one_line(wanted)}. "desktop-agent list" shows which there are.'
    )


def _pieces(reader: StoreReader, conversations: Iterable[ConversationSummary], form: str) -> Iterator[str]:
    """The document, read from the store while it is written."""
    if form == "json":
        values = (_values(reader, each) for each in conversations)
        yield from to_json(values, program=f"Desktop Agent {__version__}", at=datetime.now(UTC))
        return
    separator = ""
    for each in conversations:
        yield separator + _transcript(reader, each, form)
        separator = "\n"


def _values(reader: StoreReader, conversation: ConversationSummary) -> dict[str, object]:
    messages, head = reader.all_messages(conversation.id)
    return conversation_values(conversation, messages, head)


def _transcript(reader: StoreReader, conversation: ConversationSummary, form: str) -> str:
    shown = reader.shown_messages(conversation.id)
    said = chain.from_iterable((*each.events, each.message) for each in shown)
    return (to_markdown if form == "markdown" else to_text)(said, conversation.title)


def _write_archive(
    file: IO[bytes], reader: StoreReader, conversations: Iterable[ConversationSummary], form: str
) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in conversations:
            changed = max(each.updated_at.astimezone(), _OLDEST_IN_ZIP)
            entry = zipfile.ZipInfo(file_name(each.id, each.title, _SUFFIXES[form]), changed.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with archive.open(entry, "w", force_zip64=True) as member:
                for piece in _pieces(reader, [each], form):
                    member.write(as_utf8(piece))


def _check(path: Path, *, may_replace: bool) -> None:
    """Refuse to write where something would be lost."""
    try:
        found = path.stat()
    except OSError:
        return  # nothing there; what else is wrong shows when it is written
    if stat.S_ISDIR(found.st_mode):
        raise _FileError(f"{path} is a folder. Name a file in it.")
    if stat.S_ISREG(found.st_mode) and found.st_size and not may_replace:
        raise _FileError(f"{path} exists already. Choose another name, or replace it with --force.")


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that becomes `path` once it is complete; only its owner may read it.

    Raises:
        _FileError: It can't be written.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe, a device
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()  # what a link points to is replaced, not the link
        descriptor, name = tempfile.mkstemp(prefix=".desktop-agent-", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _FileError(f"{path} can't be written: {(error.strerror or str(error)).lower()}.") from error
