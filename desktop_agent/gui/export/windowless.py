"""PDF for the commands, which have no window."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator

from PySide6.QtGui import QGuiApplication

from desktop_agent.chat.exporting import SavedConversation
from desktop_agent.gui.export.pdf import make_pdf
from desktop_agent.gui.export.writing import document_of
from desktop_agent.gui.typography import load_fonts
from desktop_agent.transcripts import ExportOptions


class WindowlessPrinter:
    """Makes PDF with a Qt that draws on no screen, also where there is one. One in a process.

    Args:
        options: What stands in each.

    Raises:
        FolderError: A font of the program is missing or damaged.
    """

    def __init__(self, options: ExportOptions) -> None:
        self._options = options
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        self._application = QGuiApplication(["desktop-agent"])  # Qt needs it as long as anything is drawn
        load_fonts()

    async def pdf(self, saved: SavedConversation) -> AsyncGenerator[bytes, None]:
        """A conversation as PDF, in one piece."""
        yield await make_pdf(document_of(saved), self._options)
