"""The thought of a reply: a row that opens and closes it, and its text behind a quiet bar."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.block_items import BlockItem, BlockStyle
from desktop_agent.gui.transcript.code_choices import CodeChoices
from desktop_agent.gui.transcript.markdown_column import MarkdownColumn
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton

_ROW_GAP = 6
_BAR_LEFT = 6  # below the middle of the chevron
_BAR = 2
_INDENT = _BAR_LEFT + _BAR + 15
_GAP = 12


class Thought:
    """What a model thinks before its answer, and after it has said something: open while it streams.

    Attributes:
        seconds: How long it took.
        is_live: Whether more of it may arrive.
        is_open: Whether its text is shown.
        stays_open: Whether it is left as it is when the answer begins.
    """

    def __init__(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._pieces: list[str] = []
        self._column: MarkdownColumn | None = None
        self._choices = CodeChoices()
        self._button: DisclosureButton | None = None
        self._parent: QWidget | None = None
        self._toggled: Callable[[], None] = lambda: None
        self._since = 0.0
        self._width = 0.0
        self._row_top = self._top = 0.0
        self.seconds = 0.0
        self.is_live = False
        self.is_open = False
        self.stays_open = False

    # What arrives

    @property
    def source(self) -> str:
        """The thought as it came."""
        return "".join(self._pieces)

    def append(self, text: str) -> None:
        """More of the thought."""
        if not self.is_live:
            self._begin()
        self._pieces.append(text)
        if self._column is not None:
            self._column.append(text)
        elif self._parent is not None:
            self._make(self._parent)

    def restore(self, text: str, seconds: float) -> None:
        """A thought of an earlier day; further ones follow it.

        Args:
            text: What was thought.
            seconds: How long it took.
        """
        self._pieces += ["\n\n", text] if self._pieces else [text]
        self.seconds += seconds

    def end(self) -> None:
        """The answer begins, or nothing more arrives: the thought closes, unless it is to stay open."""
        if not self.is_live:
            return
        self.is_live = False
        self.is_open = self.is_open and self.stays_open
        self.seconds += time.perf_counter() - self._since
        if self._column is not None and self._button is not None:
            self._column.finish()
            self._label(self._button)
            self._button.setChecked(self.is_open)

    def _begin(self) -> None:
        self._since = time.perf_counter()
        self.is_live = True
        if not self._pieces:
            self.is_open = True
            return
        self._pieces.append("\n\n")
        if self._column is not None and self._button is not None:
            self._column = self._new_column()  # the one before has finished
            self._label(self._button)

    # Life

    @property
    def button(self) -> DisclosureButton | None:
        """The row that opens and closes it, while it is realised."""
        return self._button

    @property
    def column(self) -> MarkdownColumn | None:
        """Its painted text, while it is realised and shown."""
        return self._column if self.is_open else None

    def realise(self, parent: QWidget, width: float, toggled: Callable[[], None]) -> None:
        """Make what is seen of it, now if there is a thought, else when it begins.

        Args:
            parent: The widget that its row lies on.
            width: That of the message.
            toggled: Is called after the user opened or closed it.
        """
        self._parent, self._width, self._toggled = parent, width, toggled
        if self._pieces:
            self._make(parent)

    def release(self) -> None:
        """Drop what is seen."""
        if self._button is not None:
            self._button.hide()
            self._button.deleteLater()
        self._column = self._button = self._parent = None

    def _make(self, parent: QWidget) -> None:
        self._column = self._new_column()
        if not self.is_live:
            self._column.finish()
        self._button = DisclosureButton(self._appearance, parent)
        self._button.setChecked(self.is_open)
        self._label(self._button)
        self._button.clicked.connect(self._open)
        take_from_tab_order(self._button)
        self._button.show()

    def _new_column(self) -> MarkdownColumn:
        column = MarkdownColumn(self._style(), self._choices)
        column.set_width(self._width - _INDENT)
        column.append(self.source)
        return column

    def _label(self, button: DisclosureButton) -> None:
        text = QCoreApplication.translate("Transcript", "Thinking")
        if not self.is_live:
            text = duration_text(self.seconds)
        button.set_label(text)

    def _open(self, is_open: bool) -> None:
        self.is_open = is_open
        self._toggled()

    def _style(self) -> BlockStyle:
        return BlockStyle(
            self._appearance.theme,
            self._appearance.zoom,
            is_quiet=True,
            face=self._appearance.look.interface_font,
        )

    # Look

    def set_width(self, width: float) -> None:
        """Lay out in a message of `width`."""
        self._width = width
        if self._column is not None:
            self._column.set_width(width - _INDENT)

    def apply_appearance(self) -> None:
        """Take over another theme or zoom."""
        if self._column is not None:
            self._column.set_style(self._style())

    def lay_out(self, y: float) -> float:
        """Stand at `y`; returns where the next thing begins."""
        self._row_top = y
        if self._column is None or self._button is None:
            return y
        y += self._button.body_size().height()
        self._top = y + _ROW_GAP
        return self._top + self._column.height + _GAP if self.is_open else self._top

    def show_range(self, top: float, bottom: float) -> None:
        """Lay out what is seen between two heights of the message."""
        if self.column is not None:
            self.column.show_range(top - self._top, bottom - self._top)

    def dirty_top(self) -> float:
        """The top of what has changed in the message since the last call, while its text is shown."""
        return self._top + self.column.take_dirty_top() if self.column is not None else 0.0

    def widgets(self) -> list[QWidget]:
        """Its row, while it is realised."""
        return [self._button] if self._button is not None else []

    @property
    def gap_below(self) -> float:
        """The distance to what stands below it."""
        return _GAP if self.column is not None else _ROW_GAP

    def place(self, left: int, top: float) -> None:
        """Put the row where it belongs in a message whose origin is there in the viewport."""
        top += self._row_top
        if self._button is not None:
            x = left - RING_MARGIN
            if self._is_mirrored:
                x = left + round(self._width) + RING_MARGIN - self._button.width()
            self._button.move(x, round(top) - RING_MARGIN)

    def paint(self, painter: QPainter, clip: QRectF) -> None:
        """Draw what `clip` touches; the painter's origin is the message's."""
        if self.column is None:
            return
        x = self._width - _BAR_LEFT - _BAR if self._is_mirrored else _BAR_LEFT
        bar = QRectF(x, self._top, _BAR, self.column.height)
        painter.fillRect(bar, self._appearance.theme.border)
        painter.translate(self._origin)
        self.column.paint(painter, clip.translated(-self._origin))
        painter.translate(-self._origin)

    def caret_rect(self) -> QRectF | None:
        """Where the streaming caret stands in the message; None when it is not in the thought."""
        if not self.is_live or self.column is None:
            return None
        return self.column.caret_rect().translated(self._origin)

    def item_at(self, point: QPointF) -> tuple[BlockItem, QPointF] | None:
        """The block below a point of the message, and the point in its own coordinates."""
        return self.column.item_at(point - self._origin) if self.column is not None else None

    def item_changed(self, item: BlockItem) -> None:
        """An item has another height now."""
        if self._column is not None:
            self._column.item_changed(item)

    @property
    def _origin(self) -> QPointF:
        return QPointF(0 if self._is_mirrored else _INDENT, self._top)

    @property
    def _is_mirrored(self) -> bool:
        return self._parent is not None and self._parent.isRightToLeft()


def duration_text(seconds: float) -> str:
    """How long a thought took, in whole seconds."""
    if seconds < 1:
        return QCoreApplication.translate("Transcript", "Thought for less than a second")
    minutes, rest = divmod(round(seconds), 60)
    locale = QLocale()
    if not minutes:
        text = QCoreApplication.translate("Transcript", "Thought for {seconds} s")
        return text.format(seconds=locale.toString(rest))
    text = QCoreApplication.translate("Transcript", "Thought for {minutes} min {seconds} s")
    return text.format(minutes=locale.toString(minutes), seconds=locale.toString(rest))
