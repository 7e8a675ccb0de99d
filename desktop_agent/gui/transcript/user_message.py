"""What the user said: a bubble at the right, plain text as it was typed."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QGuiApplication,
    QPainter,
    QPalette,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.transcript.message_controls import take_from_tab_order
from desktop_agent.gui.transcript.message_editor import MessageEditor
from desktop_agent.gui.transcript.message_view import MessageView, Owner, Revision
from desktop_agent.gui.transcript.selection import Span, range_in
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, DisclosureButton
from desktop_agent.gui.widgets.message_field import SendKey
from desktop_agent.gui.widgets.message_footer import QuestionFooter, row_height

_WIDEST = 560
_PADDING_X = 16
_PADDING_Y = 10
_FOLDED_LINES = 12
_FOOTER_GAP = 4
_RISE = 2  # Qt stands the text on the ground of a line of fixed height


class UserMessage(MessageView):
    """A bubble at most 560 wide. Over 12 lines it is folded, with a button that shows all of it.

    Empty lines at the end, as Shift+Enter leaves them, are not shown; what was sent keeps them.

    Attributes:
        versions: Which version of the message it is, and of how many.
    """

    def __init__(self, text: str, appearance: Appearance, created: datetime | None = None) -> None:
        super().__init__(QCoreApplication.translate("Transcript", "You"), appearance, created)
        self._text = text.rstrip()
        self._bubble = QRectF()
        self._document: QTextDocument | None = None
        self._toggle: DisclosureButton | None = None
        self._footer: QuestionFooter | None = None
        self._shows_all = False
        self._is_long = False
        self._parent: QWidget | None = None
        self._owner: Owner | None = None
        self._editor: MessageEditor | None = None
        self.versions = (1, 1)

    @property
    def toggle(self) -> DisclosureButton | None:
        """The button that shows all of a long message, while the message is realised."""
        return self._toggle

    @override
    def plain_text(self) -> str:
        return self._text

    @override
    def source(self) -> str:
        return self._text

    @override
    def segment_texts(self) -> list[str]:
        return [self._text]

    @override
    def text_in(self, span: Span) -> str:
        covered = range_in(span, 0, len(self._text))
        return self._text[covered[0] : covered[1]] if covered else ""

    @override
    def source_in(self, span: Span) -> str:
        return self.text_in(span)

    @property
    @override
    def is_realised(self) -> bool:
        return self._document is not None

    @override
    def realise(self, parent: QWidget, owner: Owner) -> None:
        self._parent, self._owner = parent, owner
        self._document = document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        document.setPlainText(self._text)
        if self._text.count("\n") >= _FOLDED_LINES or len(self._text) > 30 * _FOLDED_LINES:
            self._toggle = DisclosureButton(self.appearance, parent)
            self._toggle.setChecked(self._shows_all)
            self._toggle.clicked.connect(self._fold)
            self._toggle.clicked.connect(lambda: owner.reveal(self))
            take_from_tab_order(self._toggle)
            self._label_toggle()
        self._footer = QuestionFooter(self._text, self.time_text, self.appearance, parent)
        self._footer.show_versions(self.versions)
        self._footer.version_requested.connect(self.step_version)
        self._footer.edit_requested.connect(lambda: owner.revise(self, Revision.EDIT))
        take_from_tab_order(self._footer)
        self.update_furniture()
        self.apply_appearance()

    @override
    def release(self) -> None:
        self._document = None
        for widget in (self._toggle, self._footer, self._editor):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._toggle = self._footer = self._editor = None
        self._parent = self._owner = None

    # Editing

    def begin_edit(self, send_key: SendKey) -> MessageEditor:
        """Show a field with the text in place of the bubble; the message must be realised."""
        assert self._parent is not None
        self._editor = MessageEditor(self._text, send_key, self.appearance, self._parent)
        self._editor.resize(round(self.width), self._editor.needed_height)
        self._editor.show()
        self.update_furniture()
        self.set_width(self.width)
        return self._editor

    def end_edit(self) -> None:
        """Show the bubble again."""
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
            self.update_furniture()
            self.set_width(self.width)

    @property
    def editor(self) -> MessageEditor | None:
        """The field, while the message is edited."""
        return self._editor

    @property
    def needs_room(self) -> bool:
        """Whether the field asks for another height than it has."""
        return self._editor is not None and self._editor.needed_height != self.height

    @property
    @override
    def is_pinned(self) -> bool:
        return self._editor is not None or super().is_pinned

    @override
    def step_version(self, step: int) -> None:
        number, count = self.versions
        if self._owner is not None and 1 <= number + step <= count:
            self._owner.show_version(self, step)

    @override
    def update_furniture(self) -> None:
        if self._footer is not None:
            is_seen = self.is_hovered or self.is_entered
            self._footer.setVisible(is_seen and self._editor is None)

    @override
    def apply_appearance(self) -> None:
        if self._document is None:
            return
        if self._editor is not None:
            self._editor.apply_appearance()
        self._document.setDefaultFont(self.appearance.text_font(TextStyle.BODY))
        cursor = QTextCursor(self._document)
        cursor.select(QTextCursor.SelectionType.Document)
        lines = QTextBlockFormat()
        lines.setLineHeight(self._line_height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(lines)
        self.set_width(self.width)

    @override
    def estimate(self, per_line: float, line_height: float) -> float:
        lines = 1 + self._text.count("\n") + int(1.3 * len(self._text) / per_line)
        self.height = min(lines, _FOLDED_LINES) * line_height + 2 * _PADDING_Y
        return self.height

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        if self._document is None:
            return
        room = min(_WIDEST, width) - 2 * _PADDING_X
        self._document.setTextWidth(-1)
        wanted = min(room, math.ceil(self._document.idealWidth()))
        self._document.setTextWidth(wanted)
        text_height = self._document.size().height()
        self._is_long = text_height > _FOLDED_LINES * self._line_height + 1
        if self._is_long and not self._shows_all:
            text_height = _FOLDED_LINES * self._line_height
        bubble_width = wanted + 2 * _PADDING_X
        if self._is_long and self._toggle is not None:
            bubble_width = max(bubble_width, self._toggle.sizeHint().width() + 2 * _PADDING_X)
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = 0.0 if mirrored else width - bubble_width
        self._bubble = QRectF(left, 0, bubble_width, text_height + 2 * _PADDING_Y + self._toggle_height)
        self.height = self._bubble.height()
        if self._editor is not None:
            self._editor.resize(round(width), self._editor.height())  # lines are broken for it
            self.height = self._editor.needed_height

    @override
    def paint(self, painter: QPainter, clip: QRectF, span: Span | None) -> None:
        if self._document is None or self._editor is not None:
            return
        theme = self.appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.bubble)
        painter.drawRoundedRect(self._bubble, 14, 14)
        origin = self._text_origin
        painter.save()
        painter.setClipRect(self._text_rect(), Qt.ClipOperation.IntersectClip)
        painter.translate(origin)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, theme.text)
        context.clip = clip.translated(-origin).intersected(QRectF(0, 0, 1e4, self._text_rect().height()))
        covered = range_in(span, 0, len(self._text)) if span is not None else None
        if covered is not None:
            context.selections = [self._selected(*covered)]
        self._document.documentLayout().draw(painter, context)
        painter.restore()

    def _selected(self, start: int, end: int) -> QAbstractTextDocumentLayout.Selection:
        assert self._document is not None
        selection = QAbstractTextDocumentLayout.Selection()
        cursor = QTextCursor(self._document)
        cursor.setPosition(_utf16_length(self._text[:start]))
        cursor.setPosition(_utf16_length(self._text[:end]), QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format.setBackground(self.appearance.theme.accent_soft)
        return selection

    @override
    def position_at(self, point: QPointF) -> tuple[int, int]:
        if self._document is None:
            return 0, 0
        local = point - self._text_origin
        hit = self._document.documentLayout().hitTest(local, Qt.HitTestAccuracy.FuzzyHit)
        return 0, len(_utf16_prefix(self._text, max(0, hit)))

    @override
    def caret_place(self, segment: int, offset: int) -> QRectF:
        if self._document is None:
            return QRectF(self._bubble.topLeft(), self._bubble.size())
        block = self._document.findBlock(_utf16_length(self._text[:offset]))
        inside = _utf16_length(self._text[:offset]) - block.position()
        line = block.layout().lineForTextPosition(inside)
        place: Any = line.cursorToX(inside)  # the x and the position that it belongs to
        left = float(place[0])
        y = self._document.documentLayout().blockBoundingRect(block).top() + line.y()
        return QRectF(left, y, 1, self._line_height).translated(self._text_origin)

    @override
    def is_text_at(self, point: QPointF) -> bool:
        return self._text_rect().contains(point)

    @override
    def widgets(self) -> list[QWidget]:
        if self._editor is not None:
            return [self._editor]
        toggle = self._toggle if self._is_long else None
        return [widget for widget in (toggle, self._footer) if widget is not None]

    @override
    def place_widgets(self, left: float, top: float) -> None:
        if self._editor is not None:
            self._editor.setGeometry(round(left), round(top), round(self.width), self._editor.needed_height)
        if self._toggle is not None:
            self._toggle.setVisible(self._is_long and self._editor is None)
            x = left + self._bubble.left() + _PADDING_X - RING_MARGIN
            if self._toggle.isRightToLeft():
                x = left + self._bubble.right() - _PADDING_X + RING_MARGIN - self._toggle.width()
            y = top + self._bubble.bottom() - _PADDING_Y - self._toggle_height + 4 - RING_MARGIN
            self._toggle.move(round(x), round(y))
        if self._footer is not None:
            width, height = self._footer.needed_width(), row_height(self.appearance.zoom) + 2 * RING_MARGIN
            x = left + self._bubble.left() - RING_MARGIN
            if not self._footer.isRightToLeft():
                x = left + self._bubble.right() + RING_MARGIN - width
            y = top + self._bubble.bottom() + _FOOTER_GAP - RING_MARGIN
            self._footer.setGeometry(round(x), round(y), width, height)

    def _text_rect(self) -> QRectF:
        return self._bubble.adjusted(_PADDING_X, _PADDING_Y, -_PADDING_X, -_PADDING_Y - self._toggle_height)

    @property
    def _text_origin(self) -> QPointF:
        return self._text_rect().topLeft() - QPointF(0, _RISE * self.appearance.zoom)

    @property
    def _toggle_height(self) -> int:
        return row_height(self.appearance.zoom) if self._is_long else 0

    @property
    def _line_height(self) -> float:
        return TextStyle.BODY.line_height * self.appearance.zoom

    def _fold(self, shows_all: bool) -> None:
        self._shows_all = shows_all
        self._label_toggle()
        self.set_width(self.width)

    def _label_toggle(self) -> None:
        if self._toggle is not None:
            text = ("Show less", "Show all")
            self._toggle.set_label(QCoreApplication.translate("Transcript", text[not self._shows_all]))


def _utf16_length(text: str) -> int:
    return len(text) + len(re.findall("[\U00010000-\U0010ffff]", text))


def _utf16_prefix(text: str, units: int) -> str:
    """The characters of `text` that its first `units` UTF-16 units make."""
    prefix = text[:units]
    while prefix and _utf16_length(prefix) > units:
        prefix = prefix[:-1]
    return prefix
