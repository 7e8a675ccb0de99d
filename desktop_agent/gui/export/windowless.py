"""PDF for the commands, which have no window."""

from __future__ import annotations

import asyncio
import os

from PySide6.QtGui import QGuiApplication

from desktop_agent.chat.exporting import SavedConversation
from desktop_agent.gui.export.pdf import Document, make_pdf
from desktop_agent.gui.typography import load_fonts
from desktop_agent.transcripts import ExportOptions


class WindowlessPrinter:
    """Makes PDF with a Qt that draws on no screen, also where there is one. One in a process.

    Raises:
        FolderError: A font of the program is missing or damaged.
    """

    def __init__(self) -> None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        self._application = QGuiApplication(["desktop-agent"])  # Qt needs it as long as anything is drawn
        load_fonts()

    def pdf(self, saved: SavedConversation, options: ExportOptions) -> bytes:
        """A conversation as PDF."""
        document = Document(saved.summary.title, saved.summary.created_at, saved.shown)
        return asyncio.run(make_pdf(document, options))
