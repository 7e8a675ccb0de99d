"""Figures in words: how counts and costs are written, in the user's locale."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

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
