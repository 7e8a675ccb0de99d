"""Writing an export, to the disk or as text for the clipboard: in slices that no frame waits for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from desktop_agent.chat.exporting import SavedConversation, pieces, write_archive, write_replacing
from desktop_agent.chat.transcript import versions_of
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.gui.export.pdf import Document, make_pdf
from desktop_agent.transcripts import ExportOptions, Format

Progress = Callable[[int, int], None]

_OUR_ENDING = ".desktop-agent.json"  # the file type that the packages register


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Attributes:
        scope: Which messages.
        form: The format.
        options: What stands in the file.
    """

    scope: Scope
    form: Format
    options: ExportOptions

    @property
    def suffix(self) -> str:
        """How the name of the file ends."""
        return ".zip" if self.scope is Scope.ALL else self.form.suffix

    @property
    def proposed_ending(self) -> str:
        """How a name ends that nobody has typed: what a desktop opens with this program says so."""
        is_ours = self.form is Format.JSON and self.scope is not Scope.ALL
        return _OUR_ENDING if is_ours else self.suffix


def document_of(saved: SavedConversation) -> Document:
    """What a PDF of it is made of."""
    versions = versions_of(saved.tree)
    return Document(saved.summary.title, saved.summary.created_at, saved.shown, versions)


def _paged(
    order: Order, progress: Progress = lambda *_: None
) -> Callable[[SavedConversation], AsyncGenerator[bytes, None]]:
    """Makes PDFs."""

    async def make(saved: SavedConversation) -> AsyncGenerator[bytes, None]:
        yield await make_pdf(document_of(saved), order.options, progress)

    return make


async def write(source: ExportSource, order: Order, path: Path, progress: Progress) -> None:
    """Write what is wanted into a file, whole or not at all; one that is there is replaced.

    Raises:
        ExportError: The file can't be written; the text is a sentence.
        StorageError: A conversation can't be read.
    """
    is_paged = order.form is Format.PDF
    if order.scope is Scope.ALL:
        await write_archive(
            source.store,
            [summary.id for summary in await source.summaries()],
            order.form,
            order.options,
            path,
            may_replace=True,
            progress=progress,
            make=_paged(order) if is_paged else None,
        )
        return
    saved = await source.read(order.scope)
    plain = pieces(saved, order.form, order.options, progress) if not is_paged else None
    document = plain or _paged(order, progress)(saved)
    async with aclosing(document):
        await write_replacing(path, document, may_replace=True)


async def text_of(source: ExportSource, order: Order, progress: Progress) -> str:
    """The whole text, for the clipboard; not of a PDF.

    Raises:
        StorageError: The conversation can't be read.
    """
    saved = await source.read(order.scope)
    async with aclosing(pieces(saved, order.form, order.options, progress)) as document:
        return "".join([piece async for piece in document])
