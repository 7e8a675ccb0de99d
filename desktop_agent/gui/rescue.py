"""Writes the conversation on the screen into a file: the way out when the store can't take it."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.transcript import transcript_of
from desktop_agent.transcripts import to_markdown

_NO_FILE_NAME = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows keeps these names
_LONGEST_NAME = 80


class RescueDialog(QFileDialog):
    """Asks where to, and writes the conversation there as Markdown.

    Args:
        session: The conversation.
        parent: The window.

    Signals:
        fileSelected: Qt's own; the file is written before it is emitted to others.
    """

    def __init__(self, session: ChatSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilter(QCoreApplication.translate("Rescue", "Markdown (*.md)"))
        self.setDefaultSuffix("md")
        self.setDirectory(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        self.selectFile(file_name_of(session.title))

    def write(self, path: str) -> None:
        """Write the conversation, whole or not at all.

        Raises:
            OSError: The file can't be written.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        text = "".join(to_markdown(transcript_of(self._session.title, self._session.history)))
        try:
            part.write_text(text, encoding="utf-8", errors="surrogatepass", newline="\n")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def file_name_of(title: str) -> str:
    """A file name that every system takes, made of a title."""
    name = " ".join(_NO_FILE_NAME.sub(" ", title).split()).strip(" .")
    name = name[:_LONGEST_NAME].rstrip(" .") or "conversation"
    return f"_{name}.md" if _DEVICE.fullmatch(name) else f"{name}.md"
