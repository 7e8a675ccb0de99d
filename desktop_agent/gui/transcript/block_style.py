"""BlockStyle: with which colours, in which size and with which fonts the blocks of a text are drawn."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat

from desktop_agent.config.look import InterfaceFont
from desktop_agent.gui.theme import Theme
from desktop_agent.gui.typography import TextStyle, font_for


@dataclass
class Work:
    """What was done to show blocks; exact, for tests and benchmarks.

    Attributes:
        parts: How many parts (texts, code panels, tables, lists …) were made.
        layouts: How many pieces of text were laid out.
        paints: How many texts, code panels and tables were painted.
    """

    parts: int = 0
    layouts: int = 0
    paints: int = 0


@dataclass(frozen=True)
class BlockStyle:
    """How the blocks of one text look.

    Attributes:
        theme: The colours.
        zoom: The factor of the text size, 0.8 to 2.0.
        is_quiet: Small secondary text, as in a thought.
        is_muted: Secondary text in the usual size, as in a quote.
        face: The font of what is no code.
        is_printed: Whether it is for paper: nothing can be pressed, opened or scrolled there.
        work: What was done for blocks of this style, counted.
    """

    theme: Theme
    zoom: float
    is_quiet: bool = False
    is_muted: bool = False
    face: InterfaceFont = "inter"
    is_printed: bool = False
    work: Work = field(default_factory=Work, compare=False)

    @property
    def body(self) -> TextStyle:
        """The style of running text."""
        return TextStyle.UI if self.is_quiet else TextStyle.BODY

    @property
    def color(self) -> QColor:
        """The colour of running text."""
        return self.theme.text2 if self.is_quiet or self.is_muted else self.theme.text

    @functools.cached_property
    def muted(self) -> BlockStyle:
        """The same style as it is inside a quote."""
        return replace(self, is_muted=True)

    def px(self, length: float) -> float:
        """A measure of the design at this zoom, in whole logical pixels."""
        return float(round(length * self.zoom))

    def font(self, style: TextStyle) -> QFont:
        """The font of a style of type at this zoom."""
        return font_for(style, self.zoom, self.face, is_printed=self.is_printed)

    @functools.cached_property
    def formats(self) -> CharFormats:
        """The character formats of this style; made once each."""
        return CharFormats(self)

    @functools.cached_property
    def number_font(self) -> QFont:
        """The font of the numbers of list items; not to be changed."""
        font = self.font(self.body)
        if not self.is_printed:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    @functools.cached_property
    def number_metrics(self) -> QFontMetricsF:
        """Measures of that font."""
        return QFontMetricsF(self.number_font)

    @functools.cached_property
    def code_metrics(self) -> FontMetrics:
        """Measures of the font of code blocks."""
        return FontMetrics.of(self.font(TextStyle.CODE))


@dataclass(frozen=True)
class FontMetrics:
    """A font's measures as whole pixels, so that a line of text always stands at the same place.

    Attributes:
        ascent: Above the base line.
        descent: Below it.
        advance: The width of an "m".
    """

    ascent: int
    descent: int
    advance: float

    @classmethod
    def of(cls, font: QFont) -> FontMetrics:
        """The measures of a font."""
        metrics = QFontMetricsF(font)
        return cls(_rounded(metrics.ascent()), _rounded(metrics.descent()), metrics.horizontalAdvance("m"))

    def baseline(self, line_height: float) -> float:
        """Where the base line is in a line of that height: the text stands in its middle."""
        return math.floor((line_height - self.ascent - self.descent) / 2) + self.ascent


class LineMeasures(NamedTuple):
    """How the lines of a style of type stand.

    Attributes:
        font: The font; not to be changed.
        height: The height of each line.
        baseline: Where the base line is in it.
    """

    font: QFont
    height: float
    baseline: float


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


class CharFormats:
    """Makes and keeps the character formats of one BlockStyle."""

    def __init__(self, style: BlockStyle) -> None:
        self._style = style
        self._made: dict[tuple[object, ...], QTextCharFormat] = {}
        self._code_metrics: dict[TextStyle, FontMetrics] = {}
        self._body_metrics: dict[TextStyle, FontMetrics] = {}
        self._pads: dict[TextStyle, QTextCharFormat] = {}
        self._lines: dict[TextStyle, LineMeasures] = {}

    def lines(self, base: TextStyle) -> LineMeasures:
        """How lines of a style stand."""
        found = self._lines.get(base)
        if found is None:
            height = self._style.px(base.line_height)
            baseline = self.body_metrics(base).baseline(height)
            found = self._lines[base] = LineMeasures(self._style.font(base), height, baseline)
        return found

    def text(
        self,
        base: TextStyle,
        color: QColor,
        *,
        bold: bool = False,
        italic: bool = False,
        struck: bool = False,
        code: bool = False,
        href: str = "",
    ) -> QTextCharFormat:
        """The format of a piece of running text; `href` is where it leads on paper."""
        key = (base, color.rgba(), bold, italic, struck, code, href)
        found = self._made.get(key)
        if found is None:
            font = self.code_font(base) if code else self._style.font(base)
            if bold:
                font.setWeight(QFont.Weight.Medium if code else QFont.Weight.DemiBold)
            font.setItalic(italic)
            font.setStrikeOut(struck)
            found = _format(font, color)
            if href:
                found.setAnchor(True)
                found.setAnchorHref(href)
            self._made[key] = found
        return found

    def code_font(self, base: TextStyle) -> QFont:
        """The font of inline code in text of a style: 13 px in 15."""
        zoom = self._style.zoom * base.size / TextStyle.BODY.size
        return font_for(TextStyle.CODE, zoom, is_printed=self._style.is_printed)

    def code_metrics(self, base: TextStyle) -> FontMetrics:
        """Measures of the font of inline code in text of a style."""
        found = self._code_metrics.get(base)
        if found is None:
            found = self._code_metrics[base] = FontMetrics.of(self.code_font(base))
        return found

    def body_metrics(self, base: TextStyle) -> FontMetrics:
        """Measures of the font of a style."""
        found = self._body_metrics.get(base)
        if found is None:
            found = self._body_metrics[base] = FontMetrics.of(self._style.font(base))
        return found

    def padding(self, base: TextStyle, width: float) -> QTextCharFormat:
        """The format that makes a no-break space `width` pixels wide."""
        found = self._pads.get(base)
        if found is None:
            font = self.code_font(base)
            advance = QFontMetricsF(font).horizontalAdvance("\N{NO-BREAK SPACE}")
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, width - advance)
            found = _format(font, self._style.theme.text)
            self._pads[base] = found
        return found


def _format(font: QFont, color: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(font)
    made.setForeground(color)
    return made
