"""The selection of a transcript: made by mouse and keyboard, copied as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QClipboard, QGuiApplication

from desktop_agent.gui.transcript.copying import Copying
from desktop_agent.gui.transcript.selection import Selection, TextPosition

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.view import Transcript


class SelectedText:
    """What is selected in a transcript.

    Attributes:
        selection: The range.
        copying: Puts it into the clipboard.
    """

    def __init__(self, view: Transcript) -> None:
        self._view = view
        self.selection = Selection()
        self.copying = Copying(QClipboard.Mode.Clipboard, view)
        self._offering = Copying(QClipboard.Mode.Selection, view)

    def position_at(self, point: QPointF) -> TextPosition | None:
        """The place in the text that is nearest to a point of the viewport."""
        message = self._view.nearest_message(point)
        if message is None:
            return None
        segment, offset = message.position_at(point - self._view.origin_of(message))
        return TextPosition(message.index, segment, offset)

    def text(self) -> str:
        """What is selected, as plain text: blocks and messages apart by an empty line."""
        return "".join(self._pieces(as_markdown=False))

    def markdown(self) -> str:
        """What is selected, as Markdown."""
        return "".join(self._pieces(as_markdown=True))

    def copy(self, *, as_markdown: bool = False) -> None:
        """Put what is selected into the clipboard, much of it after a while; nothing without a selection."""
        if not self.selection.is_empty:
            self.copying.start(self._pieces(as_markdown=as_markdown))

    def offer_to_middle_button(self) -> None:
        """Let the middle mouse button paste it, where the platform knows that (X11)."""
        if QGuiApplication.clipboard().supportsSelection() and not self.selection.is_empty:
            self._offering.start(self._pieces(as_markdown=False))

    def select_all(self) -> None:
        """Select the whole conversation as it is now; what arrives later is not selected."""
        if self._view.messages:
            last = self._view.messages[-1]
            self.selection.select_all(TextPosition(last.index, *last.end))
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

    def _pieces(self, *, as_markdown: bool) -> Iterator[str]:
        """What is selected now, piece by piece, whatever is selected or added meanwhile."""
        bounds = self.selection.bounds
        if bounds is None:
            return iter(())
        messages = self._view.messages[bounds[0].message : bounds[1].message + 1]
        selected = replace(self.selection)
        spans = ((message, selected.span_in(message.index)) for message in messages)
        return _joined(
            iter((message.source_in(span),)) if as_markdown else message.pieces_in(span)
            for message, span in spans
            if span is not None
        )


def _joined(texts: Iterable[Iterator[str]]) -> Iterator[str]:
    """Texts that come in pieces, apart by an empty line; those that say nothing leave none."""
    has_text = False
    for pieces in texts:
        is_begun = False
        for piece in pieces:
            if piece and has_text and not is_begun:
                yield "\n\n"
            is_begun = is_begun or bool(piece)
            yield piece
        has_text = has_text or is_begun
