"""CodePanel: a code block with its language, its Copy button, and lines that scroll sideways."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from typing_extensions import override

from desktop_agent.gui.icons import icon_pixmap
from desktop_agent.gui.transcript.code_text import CodeText
from desktop_agent.gui.transcript.parts import CopyCode, Part, Range, ToggleFold
from desktop_agent.gui.typography import TextStyle
from desktop_agent.markdown.code_colors import language_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desktop_agent.gui.transcript.block_style import BlockStyle

_HEAD, _PADDING, _ABOVE_CODE, _RADIUS = 34, 14, 2, 8
_ICON, _ICON_GAP = 14, 6
_THUMB, _THUMB_MARGIN, _LEAST_THUMB = 6, 3, 24
_FOLD, _MOST_LINES = 34, 40
_CARET_GAP = 3  # between a line that is wider than the panel and the caret, which then stands at its end


class CodePanel(Part):
    """Code in a frame. A long block whose text has ended can be folded to its first lines."""

    def __init__(self, language: str, style: BlockStyle, lead: str = "", indent: str = "") -> None:
        self._language = language
        self._style = style
        self._text = CodeText(language, style, lead, indent)
        self._settled = self._last = ""  # code that came since `show`: what stays, and what may change
        self._begun = ""  # a line that stays, as far as it has come
        self._is_open = True
        self._is_folded, self._wraps = False, style.is_printed
        self._shift = 0.0
        self._hovers_copy = self._is_hovered = self._is_copied = False
        self.changed_from = 0.0  # the top of what `show` has changed last
        self._measure()

    @property
    def code(self) -> str:
        """The code as it is copied."""
        return "\n".join(self._text.lines)

    @property
    def lines_laid_out(self) -> int:
        """How many lines, or pieces of long ones, were laid out so far: exact, for tests."""
        return self._text.layouts_made

    def truncate(self) -> None:
        """Take away the code that is not settled."""
        self._last = ""

    def append(self, content: str, *, settled: bool) -> None:
        """Append code, which `show` takes in.

        Args:
            content: Lines with their line feeds, or parts of one.
            settled: Whether it stays; otherwise `truncate` takes it away.
        """
        if settled:
            self._settled += content
        else:
            self._last += content

    def show(self, *, is_open: bool) -> None:
        """Take in what was appended.

        Args:
            is_open: Whether more may come.
        """
        self._is_open = is_open
        *lines, self._begun = (self._begun + self._settled).split("\n")
        *last, end = (self._begun + self._last).split("\n")
        self._settled = ""
        first = self._text.settled_lines
        first = min(self._text.grow(lines, [*last, end] if end else last, is_open=is_open), first)
        self._measure()
        self.changed_from = self._code_top() + self._text.height_of(first) - self._text.line_height
        self.changed_from = max(0.0, self.changed_from)

    # Folding, wrapping, colours.

    @property
    def is_folded(self) -> bool:
        """Whether only the first lines are shown."""
        return self._is_folded

    def set_folded(self, folded: bool) -> bool:
        """Show all lines, or the first ones when there are many; True when that has changed something."""
        folded = folded and self._can_fold
        changed = folded != self._is_folded
        self._is_folded = folded
        self._measure()
        return changed

    @property
    def wraps(self) -> bool:
        """Whether long lines are broken."""
        return self._wraps

    def set_wrap(self, wrap: bool) -> bool:
        """Break long lines, or let them scroll; True when that has changed."""
        changed = wrap != self._wraps
        self._wraps, self._shift = wrap, 0.0
        if changed:
            self.set_width(self.width)
        return changed

    @property
    def needs_color(self) -> bool:
        """Whether colours are still to come."""
        return self._text.colors.is_busy

    def color_more(self) -> bool:
        """Go on colouring for about 2 ms; True when the panel must be painted again."""
        return self._text.color_more()

    @override
    def set_width(self, width: float) -> None:
        self.width = width
        self._text.wrap(width - 2 * self._left() if self._wraps else None)
        self._measure()
        self._shift = min(self._shift, self._hidden_width())

    @override
    def breaks(self) -> Iterator[float]:
        line = self._style.px(TextStyle.CODE.line_height)
        rows = round(self._text.height_of(self._shown_lines) / line)
        for row in range(2, rows - 1):
            yield self._code_top() + row * line
        yield self.height

    @override
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None = None) -> None:
        theme, style = self._style.theme, self._style
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(theme.sunken)
        radius = style.px(_RADIUS)
        # Of a long panel only what is near: a path is drawn along its whole length, seen or not.
        top, bottom = max(0.0, clip.top() - 3 * radius), min(self.height, clip.bottom() + 3 * radius)
        top, bottom = math.floor(top), math.ceil(max(bottom, top + 2 * radius))
        painter.drawRoundedRect(QRectF(0.5, top + 0.5, self.width - 1, bottom - top - 1), radius, radius)
        if clip.top() <= self._code_top():
            self._paint_head(painter)
        self._paint_code(painter, clip, selected)
        if self._can_fold:
            self._paint_fold(painter)
        style.work.paints += 1
        if self._is_hovered and self._hidden_width() > 0:
            self._paint_thumb(painter)
        painter.restore()

    @property
    @override
    def text_length(self) -> int:
        return self._text.text_length

    @override
    def position_at(self, point: QPointF) -> int:
        inside = QPointF(point.x() - self._left() + self._shift, point.y() - self._code_top())
        return self._text.position_at(inside, self._shown_lines)

    @override
    def selection_rects(self, start: int, end: int) -> list[QRectF]:
        rects = self._text.selection_rects(start, end, self._shown_lines)
        return [rect.translated(self._left() - self._shift, self._code_top()) for rect in rects]

    @override
    def panels(self) -> Iterator[Part]:
        yield self

    @override
    def caret_rect(self) -> QRectF:
        height = self._style.px(17)
        lines = self._text.lines
        x = self._left() - self._shift + (self._text.width_of(lines[-1]) if lines else 0.0)
        bottom = self._code_top() + self._text.height_of(self._shown_lines)
        top = bottom - self._text.line_height + (self._text.line_height - height) // 2
        return QRectF(min(round(x + 1), self.width - self._left() + _CARET_GAP), top, 2, height)

    @override
    def code_at(self, point: QPointF) -> Part | None:
        return self

    @override
    def action_at(self, point: QPointF) -> CopyCode | ToggleFold | None:
        if self._can_fold and self._fold_rect().contains(point):
            return ToggleFold()
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

    @property
    def _can_fold(self) -> bool:
        is_long = not self._is_open and len(self._text.lines) > _MOST_LINES
        return is_long and not self._style.is_printed

    @property
    def _shown_lines(self) -> int:
        return _MOST_LINES if self._is_folded else len(self._text.lines)

    def _measure(self) -> None:
        code = self._text.height_of(self._shown_lines)
        fold = self._style.px(_FOLD) if self._can_fold else self._style.px(_PADDING)
        self.height = self._code_top() + code + fold + 1

    def _fold_rect(self) -> QRectF:
        height = self._style.px(_FOLD)
        return QRectF(1, self.height - 1 - height, self.width - 2, height)

    def _code_top(self) -> float:
        return 1 + self._style.px(_HEAD) + self._style.px(_ABOVE_CODE)

    def _left(self) -> float:
        return 1 + self._style.px(_PADDING)

    def _hidden_width(self) -> float:
        """How far the code can be scrolled."""
        return max(0.0, self._text.width - (self.width - 2 * self._left()))

    def _copy_rect(self) -> QRectF:
        """Where the Copy button takes clicks."""
        left = self._copy_text_left() - self._style.px(_ICON_GAP + _ICON) - 6
        return QRectF(left, 1, self.width - 1 - left, self._style.px(_HEAD))

    def _copy_text_left(self) -> float:
        label = self._copy_label()
        if label not in self._label_widths:
            self._label_widths[label] = self._label_metrics.horizontalAdvance(label)
        return self.width - self._left() - self._label_widths[label]

    @functools.cached_property
    def _label_widths(self) -> dict[str, float]:
        return {}

    @functools.cached_property
    def _label_metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self._style.font(TextStyle.SMALL))

    def _copy_label(self) -> str:
        if self._is_copied:
            return QCoreApplication.translate("CodeBlock", "Copied")
        return QCoreApplication.translate("CodeBlock", "Copy")

    # Painting.

    def _paint_head(self, painter: QPainter) -> None:
        theme, head = self._style.theme, self._style.px(_HEAD)
        baseline = 1 + self._style.formats.body_metrics(TextStyle.SMALL).baseline(head)
        painter.setFont(self._style.formats.lines(TextStyle.SMALL).font)
        painter.setPen(theme.text2)
        left = self._copy_text_left()
        name = language_name(self._language)
        space = left - self._left() - self._style.px(2 * _ICON)
        shown = self._label_metrics.elidedText(name, Qt.TextElideMode.ElideRight, space)
        painter.drawText(QPointF(self._left(), baseline), shown)
        if self._style.is_printed:
            return
        painter.setPen(theme.text if self._hovers_copy else theme.text2)
        painter.drawText(QPointF(left, baseline), self._copy_label())
        name, color = ("check", theme.ok) if self._is_copied else ("copy", painter.pen().color())
        size = self._style.px(_ICON)
        pixmap = icon_pixmap(name, color, int(size), painter.device().devicePixelRatioF())
        x = round(left - self._style.px(_ICON_GAP) - size)
        painter.drawPixmap(QPointF(x, round(1 + (head - size) / 2)), pixmap)

    def _paint_code(self, painter: QPainter, clip: QRectF, selected: Range | None) -> None:
        top, left = self._code_top(), self._left() - self._shift
        right = self.width - (self._left() if self._is_open and self._hidden_width() else 1)
        painter.save()
        if self._hidden_width():  # no line comes near a corner
            painter.setClipRect(QRectF(1, 0, right - 1, self.height), Qt.ClipOperation.IntersectClip)
        painter.translate(left, top)
        shown = clip.intersected(QRectF(0, 0, self.width, self.height)).translated(-left, -top)
        self._text.draw(painter, shown, self._shown_lines, selected)
        painter.restore()

    def _paint_fold(self, painter: QPainter) -> None:
        rect = self._fold_rect()
        painter.fillRect(QRectF(1, rect.top(), self.width - 2, 1), self._style.theme.border)
        painter.setFont(self._style.font(TextStyle.SMALL))
        painter.setPen(self._style.theme.accent)
        words = QCoreApplication.translate("CodeBlock", "Show fewer lines")
        if self._is_folded:
            words = QCoreApplication.translate("CodeBlock", "Show all {count} lines")
            words = words.format(count=QLocale().toString(len(self._text.lines)))
        painter.drawText(rect.adjusted(self._left() - 1, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_thumb(self, painter: QPainter) -> None:
        track = self.width - 2 * _THUMB_MARGIN - 2
        shown = self.width - 2 * self._left()
        length = max(_LEAST_THUMB, track * shown / (shown + self._hidden_width()))
        x = 1 + _THUMB_MARGIN + (track - length) * self._shift / self._hidden_width()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.scroll_thumb)
        y = self.height - 1 - _THUMB_MARGIN - _THUMB
        painter.drawRoundedRect(QRectF(x, y, length, _THUMB), _THUMB / 2, _THUMB / 2)
