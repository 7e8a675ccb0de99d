"""What every page of the settings has: a title with buttons beside it, content, and a foot."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.question import ask_first
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

PADDING_X = 28
PADDING_Y = 20
_TITLE_ROW = 32
_BELOW_TITLE = 14


class SettingsPage(QWidget):
    """A page: subclasses put what it holds into `body` and `foot`.

    Buttons have room for their focus ring around them, which reaches into the page's padding; `body` leaves
    that room at both sides, `foot` is for buttons and does not.

    Args:
        kind: Which page it is.
        appearance: Theme and zoom.
        parent: Where it stands.
        scrolls: Whether it may be higher than the window; otherwise it fills it.

    Attributes:
        kind: Which page it is.
        body: Below the title; its content begins and ends at the page's padding.
        foot: A row at the lower edge.

    Signals:
        shown: The page comes into view.
    """

    shown = Signal()

    def __init__(
        self, kind: PageKind, appearance: Appearance, parent: QWidget | None = None, *, scrolls: bool = True
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.appearance = appearance
        self.body = QVBoxLayout()
        self.foot = QHBoxLayout()
        self._build_frame(scrolls)
        self._apply_frame()
        appearance.changed.connect(self._apply_frame)

    def _build_frame(self, scrolls: bool) -> None:
        self._title = plain_label(self.kind.title, self)
        self._title.setWordWrap(False)
        self._title_row = QHBoxLayout()
        self._title_row.setContentsMargins(*self._sides(PADDING_X, 0, PADDING_X - RING_MARGIN, 0))
        self._title_row.setSpacing(8 - 2 * RING_MARGIN)
        self._title_row.addWidget(self._title, 1)
        content = QWidget(self)
        content.setLayout(self.body)
        self.body.setContentsMargins(
            *self._sides(PADDING_X, _BELOW_TITLE - RING_MARGIN, PADDING_X, RING_MARGIN)
        )
        self.body.setSpacing(12)
        self.foot.setContentsMargins(
            *self._sides(PADDING_X - RING_MARGIN, 0, PADDING_X - RING_MARGIN, PADDING_Y - RING_MARGIN)
        )
        self.foot.setSpacing(8 - 2 * RING_MARGIN)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, PADDING_Y - RING_MARGIN, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._title_row)
        layout.addWidget(self._scrolling(content) if scrolls else content, 1)
        layout.addLayout(self.foot)

    def _scrolling(self, content: QWidget) -> QScrollArea:
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        area.verticalScrollBar().rangeChanged.connect(
            lambda _low, high: self._leave_room(area, is_scrolling=high > 0)
        )
        area.setWidget(content)
        content.setAutoFillBackground(False)  # setWidget turns it on
        return area

    def _leave_room(self, area: QScrollArea, *, is_scrolling: bool) -> None:
        """Let the content end at the same place with and without a scroll bar beside it."""
        sides = self.body.contentsMargins()
        bar = area.verticalScrollBar().sizeHint().width() if is_scrolling else 0
        begin, _, end, _ = self._sides(PADDING_X, 0, PADDING_X - bar, 0)
        self.body.setContentsMargins(begin, sides.top(), end, sides.bottom())

    def _sides(self, begin: int, top: int, end: int, bottom: int) -> tuple[int, int, int, int]:
        """Margins as Qt has them: a layout turns its order round from right to left, not its margins."""
        return (end, top, begin, bottom) if self.isRightToLeft() else (begin, top, end, bottom)

    def add_action(self, button: QWidget) -> None:
        """Put a button at the end of the title's row."""
        self._title_row.addWidget(button)

    def add_reset(self, question: str = "", consequence: str = "") -> None:
        """Put a button into the foot that calls `reset`.

        Args:
            question: What is asked before, if something is lost.
            consequence: What is lost.
        """

        def press() -> None:
            if question:
                ask_first(self, question, consequence, self.tr("Reset"), self.reset)
            else:
                self.reset()

        self.reset_button = TextButton(self.tr("Reset this page"), self.appearance, parent=self)
        self.reset_button.clicked.connect(press)
        self.foot.addWidget(self.reset_button)

    def reset(self) -> None:
        """Give every setting of the page its default; pages without settings have nothing to do."""

    def _apply_frame(self) -> None:
        color_label(self._title, self.appearance.theme.text)
        self._title.setFont(self.appearance.text_font(TextStyle.H2))
        self._title.setMinimumHeight(_TITLE_ROW + 2 * RING_MARGIN)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.appearance.theme.surface)
        painter.end()

    @override
    def showEvent(self, event: object) -> None:
        self.shown.emit()
