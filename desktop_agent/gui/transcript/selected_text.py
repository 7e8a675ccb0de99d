"""The selection of a transcript: made by mouse and keyboard, copied as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF
from PySide6.QtGui import QClipboard, QGuiApplication

from desktop_agent.gui.transcript.selection import EVERYTHING, Selection, TextPosition

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.message_view import MessageView
    from desktop_agent.gui.transcript.view import Transcript


class SelectedText:
    """What is selected in a transcript.

    Attributes:
        selection: The range.
    """

    def __init__(self, view: Transcript) -> None:
        self._view = view
        self.selection = Selection()

    def position_at(self, point: QPointF) -> TextPosition | None:
        """The place in the text that is nearest to a point of the viewport."""
        message = self._view.nearest_message(point)
        if message is None:
            return None
        segment, offset = message.position_at(point - self._view.origin_of(message))
        return TextPosition(message.index, segment, offset)

    def text(self) -> str:
        """What is selected, as plain text: blocks and messages apart by an empty line."""
        return "\n\n".join(text for message in self._messages() if (text := self._text_of(message)))

    def markdown(self) -> str:
        """What is selected, as Markdown."""
        spans = ((message, self.selection.span_in(message.index)) for message in self._messages())
        return "\n\n".join(message.source_in(span) for message, span in spans if span is not None)

    def copy(self, *, as_markdown: bool = False) -> None:
        """Put what is selected into the clipboard; without a selection nothing happens."""
        if not self.selection.is_empty:
            QGuiApplication.clipboard().setText(self.markdown() if as_markdown else self.text())

    def offer_to_middle_button(self) -> None:
        """Let the middle mouse button paste it, where the platform knows that (X11)."""
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and not self.selection.is_empty:
            data = QMimeData()
            data.setText(self.text())
            clipboard.setMimeData(data, QClipboard.Mode.Selection)

    def select_all(self) -> None:
        """Select the whole conversation."""
        self.selection.select_all()
        self._view.viewport().update()

    def clear(self) -> None:
        """Select nothing."""
        if self.selection.anchor is not None:
            self.selection.clear()
            self._view.viewport().update()

    def extend_to(self, focus: TextPosition) -> None:
        """Move the end of the selection."""
        if focus != self.selection.focus or self.selection.anchor is None:
            self.selection.extend_to(focus)
            self._view.viewport().update()

    def set(self, anchor: TextPosition, focus: TextPosition) -> None:
        """Select a range."""
        self.selection.set(anchor, focus)
        self._view.viewport().update()

    def _messages(self) -> list[MessageView]:
        bounds = self.selection.bounds
        if bounds is None:
            return []
        return self._view.messages[bounds[0].message : min(bounds[1].message, EVERYTHING - 1) + 1]

    def _text_of(self, message: MessageView) -> str:
        span = self.selection.span_in(message.index)
        return message.text_in(span) if span is not None else ""
