"""What every page of the settings has: a title with buttons beside it, content, and a foot."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMessageBox, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.page_kind import PageKind
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
            *self._sides(PADDING_X, _BELOW_TITLE - RING_MARGIN, PADDING_X, PADDING_Y)
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
        area.setWidget(content)
        content.setAutoFillBackground(False)  # setWidget turns it on
        return area

    def _sides(self, begin: int, top: int, end: int, bottom: int) -> tuple[int, int, int, int]:
        """Margins as Qt has them: a layout turns its order round from right to left, not its margins."""
        return (end, top, begin, bottom) if self.isRightToLeft() else (begin, top, end, bottom)

    def add_action(self, button: QWidget) -> None:
        """Put a button at the end of the title's row."""
        self._title_row.addWidget(button)

    def add_reset(self, question: str = "") -> None:
        """Put a button into the foot that calls `reset`.

        Args:
            question: What is asked before, if something is lost.
        """
        button = TextButton(self.tr("Reset this page"), self.appearance, parent=self)
        button.clicked.connect(lambda: self._ask(question) if question else self.reset())
        self.foot.addWidget(button)
        self.foot.addStretch(1)
        self.reset_button = button

    def _ask(self, question: str) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question)
        reset = box.addButton(self.tr("Reset"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        reset.clicked.connect(self.reset)
        box.open()

    def reset(self) -> None:
        """Give every setting of the page its default; pages without settings have nothing to do."""

    def _apply_frame(self) -> None:
        self._title.setFont(self.appearance.text_font(TextStyle.H2))
        color_label(self._title, self.appearance.theme.text)
        self._title.setMinimumHeight(_TITLE_ROW + 2 * RING_MARGIN)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.appearance.theme.surface)
        painter.end()

    @override
    def showEvent(self, event: object) -> None:
        self.shown.emit()
