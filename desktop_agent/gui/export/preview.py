"""The right side of the export: the beginning of what will be in the file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QSyntaxHighlighter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedWidget, QTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.labels import color_label, plain_label

HEAD = 44
_LEFT = 20
_TOP = 14
_PAGE_GAP = 20
_FACTS_LINE = 2  # below the title and an empty line: when, and with whom


class _MarkdownLook(QSyntaxHighlighter):
    """Makes headings stand out a little, and the line of facts stand back."""

    def __init__(self, document: QTextDocument, appearance: Appearance) -> None:
        super().__init__(document)
        self._appearance = appearance
        self.is_on = True

    @override
    def highlightBlock(self, text: str) -> None:
        if not self.is_on:
            return
        look = QTextCharFormat()
        if text.startswith("#"):
            look.setFontWeight(QFont.Weight.Medium)
            self.setFormat(0, len(text), look)
        elif self.currentBlock().blockNumber() == _FACTS_LINE:
            look.setForeground(self._appearance.theme.text3)
            self.setFormat(0, len(text), look)


class _SourceView(QTextEdit):
    """Text as it will be in the file, to read and to select."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(_LEFT, 0, _LEFT - 12, 0)  # the scroll bar has 12
        self.setAccessibleName(self.tr("Preview"))
        self.look = _MarkdownLook(self.document(), appearance)
        self.apply_appearance()

    def show_text(self, text: str, *, is_markdown: bool) -> None:
        self.look.is_on = is_markdown
        self.setPlainText(text)
        self._set_lines()

    def apply_appearance(self) -> None:
        self.setFont(self._appearance.text_font(TextStyle.SOURCE))
        theme = self._appearance.theme
        self.setStyleSheet(f"QTextEdit {{ background: {theme.surface.name()}; color: {theme.text.name()}; }}")
        self._set_lines()

    def _set_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        lines = QTextBlockFormat()
        height = TextStyle.SOURCE.line_height * self._appearance.zoom
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(lines)
        frame = self.document().rootFrame().frameFormat()
        frame.setTopMargin(_TOP)
        frame.setBottomMargin(_TOP)
        self.document().rootFrame().setFrameFormat(frame)
        self.look.rehighlight()


class _Sheets(QWidget):
    """Pages one below the other."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._pictures: Sequence[QImage] = ()

    def show_pictures(self, pictures: Sequence[QImage]) -> None:
        self._pictures = pictures
        self.resize(self.sizeHint())
        self.update()

    @override
    def sizeHint(self) -> QSize:
        sizes = [picture.deviceIndependentSize().toSize() for picture in self._pictures]
        height = sum(size.height() + _PAGE_GAP for size in sizes) + _PAGE_GAP
        return QSize(max([size.width() for size in sizes], default=0) + 2 * _LEFT, height)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._appearance.theme, QPainter(self)
        painter.fillRect(event.rect(), theme.sunken)
        painter.setPen(QPen(theme.border, 1))
        y = _PAGE_GAP
        for picture in self._pictures:
            size = picture.deviceIndependentSize()
            left = (self.width() - size.width()) / 2
            painter.drawImage(QRectF(left, y, size.width(), size.height()), picture)
            painter.drawRect(QRectF(left - 0.5, y - 0.5, size.width() + 1, size.height() + 1))
            y += round(size.height()) + _PAGE_GAP
        painter.end()


class PreviewPane(QWidget):
    """The beginning of the file: its text, or for a PDF its first pages.

    Args:
        appearance: Theme and zoom.
        parent: Where it stands.

    Attributes:
        text: The text that is shown.
    """

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._title = plain_label(self.tr("Preview"), self)
        self._count = plain_label("", self)
        for label in (self._title, self._count):
            label.setWordWrap(False)
        self._source = _SourceView(appearance, self)
        self._sheets = _Sheets(appearance)
        self._pages = QScrollArea(self)
        self._pages.setFrameShape(QFrame.Shape.NoFrame)
        self._pages.setWidget(self._sheets)
        self._pages.setWidgetResizable(True)
        self._pages.setAccessibleName(self.tr("Preview"))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._source)
        self._stack.addWidget(self._pages)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, HEAD, 0, 0)
        layout.addWidget(self._stack)
        self._apply_appearance()
        appearance.changed.connect(self._apply_appearance)

    @property
    def text(self) -> str:
        """The text that is shown; empty while pages are."""
        return self._source.toPlainText() if self._stack.currentWidget() is self._source else ""

    @property
    def count(self) -> QLabel:
        """Says how much it is."""
        return self._count

    @property
    def page_width(self) -> int:
        """How wide a page may be, in logical pixels."""
        return max(200, self._stack.width() - 2 * _LEFT - 12)

    def show_text(self, text: str, count: str, *, is_markdown: bool) -> None:
        """Show the beginning of a text, and how much it is in words."""
        self._source.show_text(text, is_markdown=is_markdown)
        self._stack.setCurrentWidget(self._source)
        self._say(count)

    def show_pages(self, pictures: Sequence[QImage], count: str) -> None:
        """Show the first pages."""
        self._sheets.show_pictures(pictures)
        self._stack.setCurrentWidget(self._pages)
        self._say(count)

    def _say(self, count: str) -> None:
        self._count.setText(count)
        self._count.setAccessibleName(count)
        self._arrange()

    def _apply_appearance(self) -> None:
        self._title.setFont(self._appearance.text_font(TextStyle.UI))
        self._count.setFont(self._appearance.text_font(TextStyle.SMALL_FIGURES))
        for label in (self._title, self._count):
            color_label(label, self._appearance.theme.text2)
        self._source.apply_appearance()
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        is_mirrored = self.isRightToLeft()
        for label, is_first in ((self._title, True), (self._count, False)):
            size = label.sizeHint()
            left = _LEFT if is_first != is_mirrored else self.width() - _LEFT - size.width()
            label.setGeometry(left, (HEAD - 1 - size.height()) // 2, size.width(), size.height())

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.surface)
        painter.fillRect(0, HEAD - 1, self.width(), 1, self._appearance.theme.border)
        painter.end()


def size_text(length: int) -> str:
    """3.1 kB, 1.2 MB: a size in decimal units, in the user's locale."""
    return QLocale().formattedDataSize(length, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
