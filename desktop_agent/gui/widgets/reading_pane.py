"""A pane of text that is read, selected and scrolled: lines made of runs in the theme's colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import tool_tip
from desktop_agent.gui.typography import TextStyle


@dataclass(frozen=True)
class Run:
    """Text in one look.

    Attributes:
        text: It; without line breaks.
        color: A colour token of the theme.
        style: Its type.
        href: Where a click leads; empty for nowhere.
        ground: The colour token behind it; empty for none.
    """

    text: str
    color: str = "text2"
    style: TextStyle = TextStyle.SMALL
    href: str = ""
    ground: str = ""


@dataclass(frozen=True)
class Line:
    """One line, which is wrapped where it does not fit.

    Attributes:
        runs: What stands in it.
        height: Pixels at 100 % zoom.
        above, below: Empty pixels around it.
        indent: Pixels in front of it.
    """

    runs: Sequence[Run] = field(default_factory=tuple)
    height: int = 19
    above: int = 0
    below: int = 0
    indent: int = 0


class ReadingPane(QTextBrowser):
    """Shows lines. Nothing in them is taken for markup, nothing is loaded, no link opens by itself.

    Signals:
        link_pressed: A link was clicked; carries its address and its words.
        end_seen: The last line has come into view.
    """

    link_pressed = Signal(str, str)
    end_seen = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._lines: Sequence[Line] = ()
        self._measured = (-1, 0)  # a width, and the height at it
        self._is_filling = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUndoRedoEnabled(False)
        self.viewport().setAutoFillBackground(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._follow)
        self.verticalScrollBar().valueChanged.connect(self._note_end)
        self.verticalScrollBar().rangeChanged.connect(self._note_end)

    @override
    def loadResource(self, type: int, name: QUrl | str) -> object:
        return None

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show `lines` in place of what was shown."""
        self._lines = lines
        self._measured = (-1, 0)
        zoom = self._appearance.zoom
        self._is_filling = True  # an empty pane is at its end, and nobody has seen it
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for index, line in enumerate(lines):
            block = QTextBlockFormat()
            block.setLineHeight(line.height * zoom, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            block.setTopMargin(line.above * zoom)
            block.setBottomMargin(line.below * zoom)
            block.setLeftMargin(line.indent * zoom)
            if index:
                cursor.insertBlock(block, self._format(Run("")))
            else:
                cursor.setBlockFormat(block)
                cursor.setBlockCharFormat(self._format(line.runs[0] if line.runs else Run("")))
            for run in line.runs:
                cursor.insertText(run.text, self._format(run))
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._is_filling = False

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        self.show_lines(self._lines)

    def height_for(self, width: int) -> int:
        """How high all lines are at a width of the pane, in logical pixels; the pane takes that width."""
        if self.width() != width:
            self.resize(width, self.height())  # else its own layout would fall back to the width it has
        if self._measured[0] != width:
            document = self.document()
            document.setTextWidth(width)
            self._measured = (width, math.ceil(document.size().height()))
            document.setTextWidth(self.viewport().width())  # beside the scroll bar, never below it
        return self._measured[1]

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is in view."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 2

    def _format(self, run: Run) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self._appearance.text_font(run.style))
        form.setForeground(getattr(self._appearance.theme, run.color))
        if run.ground:
            form.setBackground(getattr(self._appearance.theme, run.ground))
        if run.href:
            form.setAnchor(True)
            form.setAnchorHref(run.href)
            form.setToolTip(tool_tip(run.href))
        return form

    def _follow(self, url: QUrl) -> None:
        words = (run.text for line in self._lines for run in line.runs if QUrl(run.href) == url)
        self.link_pressed.emit(url.toString(), next(words, ""))

    def _note_end(self) -> None:
        if self.is_at_end and not self._is_filling:
            self.end_seen.emit()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.verticalScrollBar()
        if bar.minimum() == bar.maximum():
            event.ignore()  # the transcript scrolls
        else:
            super().wheelEvent(event)
