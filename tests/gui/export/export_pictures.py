"""The export for tests and for eyes: `python tests/gui/export/export_pictures.py FOLDER`.

For eyes also: the conversation with everything in it as PDF.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import qasync
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.app import make_application
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.export.dialog import ExportDialog
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.pdf import make_pdf
from desktop_agent.gui.export.writing import document_of
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.storage import ConversationStore
from desktop_agent.transcripts import ExportOptions, Format
from everything import store_everything
from qt_signals import upcoming

TITLE = "Azure AI Search overview"
REPLY = """\
### Azure AI Search

**Azure AI Search** (formerly Azure Cognitive Search)
is a managed retrieval service for full-text, vector
and hybrid search over your own content.

1. **Indexing.** Indexers pull from Blob Storage, SQL
   or Cosmos DB, then split and embed the text.
"""


async def store_example(store: ConversationStore) -> int:
    """The conversation of the design's picture, about; its number."""
    number = await store.create_conversation(TITLE)
    at = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)
    for text in ("Share information about azure ai search.", "Yes, for product manuals in PDF."):
        question = TextMessage(content=text, source="user", created_at=at)
        await store.append_message(number, question)
        reply = TextMessage(content=REPLY, source="assistant", created_at=at)
        await store.append_message(number, reply, details={"model": "gpt-4o-mini"})
    return number


async def photograph(dialog: ExportDialog, form: Format) -> QImage:
    """The dialog with a format chosen, when the look at the file is there."""
    if not dialog.options.formats[form].isChecked():
        dialog.options.formats[form].setChecked(True)
    await upcoming(previewed=dialog.previewed)
    dialog.preview.setFocus()
    return dialog.grab().toImage()


def take(theme: Theme, folder: Path, look: Callable[[ExportDialog, QImage], None]) -> None:
    """Show the export of the example as the design has it, and let `look` look at it."""

    async def show() -> None:
        scope, store = TaskScope(), ConversationStore(folder / "conversations.db")
        await store.open()
        source = ExportSource(store, await store_example(store), TITLE)
        dialog = ExportDialog(source, scope, Appearance(theme))
        dialog.show()
        try:
            look(dialog, await photograph(dialog, Format.MARKDOWN))
        finally:
            dialog.close()
            await scope.aclose()
            await store.close()

    run(show)


def run(steps: Callable[[], object]) -> None:
    """Run a coroutine on Qt's loop."""
    application = QApplication.instance()

    def make_loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application)
        return loop

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(steps())  # type: ignore[arg-type]


async def write(folder: Path, home: Path) -> None:
    """Write the dialog with each format in both themes, and everything as PDF."""
    scope, store = TaskScope(), ConversationStore(home / "conversations.db")
    await store.open()
    source = ExportSource(store, await store_example(store), TITLE)
    for theme in (LIGHT, DARK):
        dialog = ExportDialog(source, scope, Appearance(theme))
        dialog.show()
        for form in Format:
            name = f"export-{form.value}-{'dark' if theme.is_dark else 'light'}.png"
            (await photograph(dialog, form)).save(str(folder / name))
        dialog.close()
    everything = ExportSource(store, await store_everything(store))
    options = ExportOptions(thoughts=True, figures=True, other_versions=True)
    saved = await everything.read(everything.scopes[0])
    (folder / "everything.pdf").write_bytes(await make_pdf(document_of(saved), options))
    await scope.aclose()
    await store.close()


if __name__ == "__main__":
    application = make_application()
    chosen = Path(sys.argv[1])
    chosen.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        run(lambda: write(chosen, Path(home)))
    application.quit()
