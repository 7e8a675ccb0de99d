"""`desktop-agent export`: writes conversations to standard output, to a file or into a zip archive."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from desktop_agent.chat.exporting import (
    ExportError,
    SavedConversation,
    lines,
    read,
    write_archive,
    write_replacing,
)
from desktop_agent.cli.reading import StoreReader
from desktop_agent.cli.terminal import one_line, put_document, say
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.files import TargetExistsError, as_utf8, replacing
from desktop_agent.storage import ConversationSummary
from desktop_agent.transcripts import ExportOptions, Format


@dataclass(frozen=True)
class _How:
    """How files are written."""

    form: Format
    options: ExportOptions
    may_replace: bool


def export(
    wanted: str | None, form: Format, options: ExportOptions, output: str | None, *, may_replace: bool
) -> int:
    """Write one conversation or all; the exit status.

    Args:
        wanted: The number or uid of a conversation; None: all but those in the bin.
        form: The format.
        options: What stands in it.
        output: A file, an archive (".zip"), or standard output (None, "-").
        may_replace: Replace a file that has content.
    """
    with StoreReader() as reader:
        try:
            chosen = _choose(reader, wanted)
        except LookupError as error:
            say(str(error))
            return FAILURE
        if form is Format.PDF:
            refusal = _pdf_refusal(chosen, output)
            if refusal:
                say(refusal)
                return FAILURE
        if output is None or output == "-":
            put_document(lines(_saved(reader, chosen), form, options))
            return 0
        path = Path(output)
        try:
            _write(reader, chosen, _How(form, options, may_replace), path)
        except TargetExistsError:
            say(f"{one_line(output)} exists already. Choose another name, or replace it with --force.")
            return FAILURE
        except ExportError as error:
            say(str(error))
            return FAILURE
    noun = "conversation" if len(chosen) == 1 else "conversations"
    say(f"{len(chosen)} {noun} written to {one_line(str(path))}.")
    return 0


def _pdf_refusal(chosen: Sequence[ConversationSummary], output: str | None) -> str:
    """Why there can be no PDF; empty if there can."""
    if output is None or output == "-":
        return 'A PDF goes into a file: name one with "--output".'
    if len(chosen) != 1 and not output.lower().endswith(".zip"):
        return 'A PDF holds one conversation: name one, or an archive (".zip") with "--output".'
    return ""


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


def _saved(reader: StoreReader, chosen: Sequence[ConversationSummary]) -> Iterator[SavedConversation]:
    """The conversations, read from the store while they are written."""
    for each in chosen:
        yield reader.run(read(reader.store, each.id))


def _write(reader: StoreReader, chosen: Sequence[ConversationSummary], how: _How, path: Path) -> None:
    """Write into a file.

    Raises:
        ExportError: It can't be written.
    """
    make = _printer(how.options) if how.form is Format.PDF else None
    if path.suffix.lower() == ".zip":
        ids = [each.id for each in chosen]
        reader.run(
            write_archive(
                reader.store, ids, how.form, how.options, path, may_replace=how.may_replace, make=make
            )
        )
    elif make is not None:
        (saved,) = _saved(reader, chosen)
        reader.run(write_replacing(path, make(saved), may_replace=how.may_replace))
    else:
        with replacing(path, may_replace=how.may_replace) as file:
            for piece in lines(_saved(reader, chosen), how.form, how.options):
                file.write(as_utf8(piece))


def _printer(options: ExportOptions) -> Callable[[SavedConversation], AsyncGenerator[bytes, None]]:
    """What makes PDFs.

    Raises:
        ExportError: There is no Qt to make them.
    """
    try:
        from desktop_agent.gui.export.windowless import WindowlessPrinter
    except ImportError as error:
        raise ExportError(f"Qt, which sets the pages, can't be loaded: {error}") from error
    return WindowlessPrinter(options).pdf
