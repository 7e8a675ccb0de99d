"""CodePanel: a code block with its language, its Copy button, and lines that scroll sideways."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from typing_extensions import override

from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.transcript.block_style import FontMetrics
from desktop_agent.gui.transcript.code_highlighting import CodeSpan, highlight, language_name
from desktop_agent.gui.transcript.inline_runs import utf16_length
from desktop_agent.gui.transcript.parts import CopyCode, Part, Range
from desktop_agent.gui.typography import TextStyle, font_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop_agent.gui.transcript.block_style import BlockStyle

_HEAD, _PADDING, _ABOVE_CODE, _RADIUS = 34, 14, 2, 8
_ICON, _ICON_GAP = 14, 6
_THUMB, _THUMB_MARGIN, _LEAST_THUMB = 6, 3, 24
_TAB_COLUMNS = 4
_LINES_COLORED_WHILE_OPEN = 200  # each new line lexes all before it again
_LAYOUTS_KEPT = 400
_UNBOUNDED = 1e7


class CodePanel(Part):
    """Code. Lines are laid out when they are painted, so a new line costs the same however many there are.

    Attributes:
        lines_laid_out: How many lines were laid out so far: exact, for tests.
    """

    def __init__(self, language: str, style: BlockStyle) -> None:
        self._language = language
        self._style = style
        self._lines: list[str] = []
        self._complete = 0  # so many of them have ended
        self._spans: list[tuple[CodeSpan, ...]] = []
        self._layouts: dict[int, QTextLayout] = {}
        self._widest = 0.0
        self._shift = 0.0
        self._hovers_copy = self._is_hovered = self._is_copied = False
        self._font = font_for(TextStyle.CODE, style.zoom)
        self._advance = style.code_metrics.advance
        self._line_height = style.px(TextStyle.CODE.line_height)
        self.lines_laid_out = 0
        self._measure()

    @property
    def code(self) -> str:
        """The code as it is copied."""
        return "\n".join(self._lines)

    @property
    def complete_lines(self) -> int:
        """How many lines the panel has that will not change."""
        return self._complete

    def takes(self, language: str) -> bool:
        """Whether the panel shows code of that language."""
        return language == self._language

    def grow(self, lines: Sequence[str], partial: str, *, is_open: bool) -> None:
        """Append complete lines, and replace the last line that is still arriving.

        Args:
            lines: New complete lines.
            partial: The line after them so far.
            is_open: Whether more may come.
        """
        del self._lines[self._complete :]
        self._layouts.pop(self._complete, None)
        self._lines += lines
        for line in lines:
            self._widest = max(self._widest, self._width_of(line))
        self._complete = len(self._lines)
        if partial:
            self._lines.append(partial)
        if not is_open or (lines and self._complete <= _LINES_COLORED_WHILE_OPEN):
            self._color_lines(self._lines if not is_open else self._lines[: self._complete])
        self._measure()

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._shift = min(self._shift, self._hidden_width())

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme, style = self._style.theme, self._style
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(theme.sunken)
        radius = style.px(_RADIUS)
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width - 1, self.height - 1), radius, radius)
        self._paint_head(painter)
        self._paint_code(painter, clip)
        if self._is_hovered and self._hidden_width() > 0:
            self._paint_thumb(painter)
        painter.restore()

    @override
    def caret_rect(self) -> QRectF:
        height = self._style.px(17)
        index = max(0, len(self._lines) - 1)
        x = self._left() - self._shift + (self._width_of(self._lines[-1]) if self._lines else 0.0)
        top = self._code_top() + index * self._line_height + (self._line_height - height) // 2
        return QRectF(min(round(x + 1), self.width - self._left()), top, 2, height)

    @override
    def action_at(self, point: QPointF) -> CopyCode | None:
        return CopyCode(self.code) if self._copy_rect().contains(point) else None

    @override
    def set_hover(self, point: QPointF | None) -> bool:
        before = self._hovers_copy, self._is_hovered
        self._is_hovered = point is not None
        self._hovers_copy = point is not None and self._copy_rect().contains(point)
        return before != (self._hovers_copy, self._is_hovered)

    @override
    def set_copied(self, copied: bool) -> bool:
        self._is_copied = copied
        return True

    @override
    def scroll_horizontally(self, dx: float, point: QPointF) -> bool:
        before = self._shift
        self._shift = max(0.0, min(self._shift + dx, self._hidden_width()))
        return self._shift != before

    # Measures.

    def _measure(self) -> None:
        count = max(1, len(self._lines))
        self.height = self._code_top() + count * self._line_height + self._style.px(_PADDING) + 1

    def _code_top(self) -> float:
        return 1 + self._style.px(_HEAD) + self._style.px(_ABOVE_CODE)

    def _left(self) -> float:
        return 1 + self._style.px(_PADDING)

    def _hidden_width(self) -> float:
        """How far the code can be scrolled."""
        widest = max(self._widest, self._width_of(self._lines[-1]) if self._lines else 0.0)
        return max(0.0, widest - (self.width - 2 * self._left()))

    def _width_of(self, line: str) -> float:
        if line.isascii():
            return len(line.expandtabs(_TAB_COLUMNS)) * self._advance
        return QFontMetricsF(self._font).horizontalAdvance(line.expandtabs(_TAB_COLUMNS))

    def _copy_rect(self) -> QRectF:
        """Where the Copy button takes clicks."""
        left = self._copy_text_left() - self._style.px(_ICON_GAP + _ICON) - 6
        return QRectF(left, 1, self.width - 1 - left, self._style.px(_HEAD))

    def _copy_text_left(self) -> float:
        return self.width - self._left() - self._label_metrics.horizontalAdvance(self._copy_label())

    @functools.cached_property
    def _label_metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font_for(TextStyle.SMALL, self._style.zoom))

    def _copy_label(self) -> str:
        if self._is_copied:
            return QCoreApplication.translate("CodeBlock", "Copied")
        return QCoreApplication.translate("CodeBlock", "Copy")

    # Painting.

    def _paint_head(self, painter: QPainter) -> None:
        theme, head = self._style.theme, self._style.px(_HEAD)
        font = font_for(TextStyle.SMALL, self._style.zoom)
        baseline = 1 + FontMetrics.of(font).baseline(head)
        painter.setFont(font)
        painter.setPen(theme.text2)
        left = self._copy_text_left()
        name = language_name(self._language)
        space = left - self._left() - self._style.px(2 * _ICON)
        shown = self._label_metrics.elidedText(name, Qt.TextElideMode.ElideRight, space)
        painter.drawText(QPointF(self._left(), baseline), shown)
        painter.setPen(theme.text if self._hovers_copy else theme.text2)
        painter.drawText(QPointF(left, baseline), self._copy_label())
        name, color = ("check", theme.ok) if self._is_copied else ("copy", painter.pen().color())
        size = self._style.px(_ICON)
        pixmap = icon_pixmap(name, color, int(size), painter.device().devicePixelRatioF())
        x = round(left - self._style.px(_ICON_GAP) - size)
        painter.drawPixmap(QPointF(x, round(1 + (head - size) / 2)), pixmap)

    def _paint_code(self, painter: QPainter, clip: QRectF) -> None:
        top, left = self._code_top(), self._left()
        first = max(0, int((clip.top() - top) // self._line_height))
        last = min(len(self._lines), int((clip.bottom() - top) // self._line_height) + 1)
        inside = QPainterPath()
        inside.addRoundedRect(
            QRectF(1, 1, self.width - 2, self.height - 2), self._style.px(7), self._style.px(7)
        )
        painter.setClipPath(inside, Qt.ClipOperation.IntersectClip)
        painter.setPen(self._style.theme.text)
        for index in range(first, last):
            self._layout(index).draw(painter, QPointF(left - self._shift, top + index * self._line_height))

    def _paint_thumb(self, painter: QPainter) -> None:
        track = self.width - 2 * _THUMB_MARGIN - 2
        shown = self.width - 2 * self._left()
        length = max(_LEAST_THUMB, track * shown / (shown + self._hidden_width()))
        x = 1 + _THUMB_MARGIN + (track - length) * self._shift / self._hidden_width()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.scroll_thumb)
        y = self.height - 1 - _THUMB_MARGIN - _THUMB
        painter.drawRoundedRect(QRectF(x, y, length, _THUMB), _THUMB / 2, _THUMB / 2)

    def _layout(self, index: int) -> QTextLayout:
        found = self._layouts.get(index)
        if found is None:
            if len(self._layouts) >= _LAYOUTS_KEPT:
                self._layouts.clear()
            found = self._lay_out(self._lines[index], self._spans[index] if index < len(self._spans) else ())
            self._layouts[index] = found
        return found

    def _lay_out(self, text: str, spans: Sequence[CodeSpan]) -> QTextLayout:
        self.lines_laid_out += 1
        layout = QTextLayout(text, self._font)
        layout.setCacheEnabled(True)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setTabStopDistance(_TAB_COLUMNS * self._advance)
        layout.setTextOption(option)
        layout.setFormats([self._range(text, span) for span in spans])
        layout.beginLayout()
        line = layout.createLine()
        if line.isValid():
            line.setLineWidth(_UNBOUNDED)
            line.setPosition(QPointF(0, self._style.code_metrics.baseline(self._line_height) - line.ascent()))
        layout.endLayout()
        return layout

    def _range(self, text: str, span: CodeSpan) -> QTextLayout.FormatRange:
        found = QTextLayout.FormatRange()
        found.start = utf16_length(text[: span.start])
        found.length = utf16_length(text[span.start : span.start + span.length])
        color = QTextCharFormat()
        color.setForeground(getattr(self._style.theme, f"syntax_{span.color}"))
        found.format = color
        return found

    def _color_lines(self, lines: Sequence[str]) -> None:
        before, self._spans = self._spans, highlight(self._language, lines)
        for index, spans in enumerate(self._spans):
            if index >= len(before) or before[index] != spans:
                self._layouts.pop(index, None)
