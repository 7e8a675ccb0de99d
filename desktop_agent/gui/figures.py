"""Figures in words: how counts and costs are written, in the user's locale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_agent.gui.widgets.message_footer import SEPARATOR

if TYPE_CHECKING:
    from desktop_agent.chat.run_figures import RunFigures

_LEAST_COST = 0.0001
_CENT = 0.01


def format_count(count: int) -> str:
    """A count in few characters: 214, 1.5k, 128k, 1M."""
    short, scale = _shortened(count)
    return short + ("", "k", "M")[scale]


def spoken_count(count: int) -> str:
    """The same for screen readers: 1.5 thousand."""
    short, scale = _shortened(count)
    words = (
        "{0}",
        QCoreApplication.translate("Figures", "{0} thousand"),
        QCoreApplication.translate("Figures", "{0} million"),
    )
    return words[scale].format(short)


def _shortened(count: int) -> tuple[str, int]:
    """The digits of a short count, and how often it was divided by a thousand."""
    locale = QLocale()
    if count < 1_000:
        return locale.toString(count), 0
    # What would be rounded to 1,000k is 1M.
    scale = 1 if count < 999_500 else 2
    value = count / 1_000**scale
    digits = 1 if round(value, 1) < 10 and round(value, 1) != round(value) else 0
    return locale.toString(value, "f", digits), scale


def format_cost(dollars: float, *, is_estimate: bool) -> str:
    """$0.0003 or ~$0.0003: four digits below one cent, else two; what is known to cost nothing is $0.00."""
    before = "~" if is_estimate else ""
    if 0 < dollars < _LEAST_COST:
        return f"{before}<{_money(_LEAST_COST, 4)}"
    return before + _money(dollars, 4 if 0 < dollars < _CENT else 2)


def _money(dollars: float, digits: int) -> str:
    return QLocale().toCurrencyString(dollars, "$", digits)


def format_seconds(seconds: float) -> str:
    """0.42 s, 6.0 s, 1 min 12 s, in the user's locale."""
    locale = QLocale()
    if seconds < 1:
        return QCoreApplication.translate("StatusBar", "{0} s").format(locale.toString(seconds, "f", 2))
    if seconds < 59.95:
        return QCoreApplication.translate("StatusBar", "{0} s").format(locale.toString(seconds, "f", 1))
    minutes, rest = divmod(round(seconds), 60)
    text = QCoreApplication.translate("StatusBar", "{0} min {1} s")
    return text.format(locale.toString(minutes), locale.toString(rest))


def format_tokens(count: int, *, is_estimate: bool) -> str:
    """1,284 or ~1,284, in the user's locale."""
    return ("~" if is_estimate else "") + QLocale().toString(count)


def figures_text(figures: RunFigures | None, time: str = "") -> str:
    """What a reply took, and when it came, as its footer says it; the time alone where nothing is known."""
    if figures is None or figures.seconds_to_first_token is None:
        return time
    prompt = format_tokens(figures.prompt, is_estimate=figures.prompt_is_estimate)
    completion = format_tokens(figures.completion, is_estimate=figures.completion_is_estimate)
    parts = (
        QCoreApplication.translate("Figures", "{count} prompt").format(count=prompt),
        QCoreApplication.translate("Figures", "{count} completion").format(count=completion),
        format_seconds(figures.duration),
        time,
    )
    return SEPARATOR.join(filter(None, parts))
