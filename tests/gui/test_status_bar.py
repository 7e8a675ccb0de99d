"""The status bar: cost, context and totals; what is not known is not there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from desktop_agent.chat.run_figures import RunFigures, totals_of
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.figures import format_cost, format_count
from desktop_agent.gui.widgets.status_bar import StatusBar

FIGURES = RunFigures(1284, False, 214, False, 61.3, 0.42, 5.9, cost=0.0003, context_limit=128_000)


@pytest.fixture
def bar(qtbot: QtBot, appearance: Appearance) -> StatusBar:
    made = StatusBar(appearance)
    qtbot.addWidget(made)
    made.show_model("gpt-4o-mini")
    made.show_message_count(2)
    made.resize(1280, 26)
    made.show()
    return made


def shown(bar: StatusBar) -> list[str]:
    items = (*bar._left, *bar._right)
    return [item.text for item in items if item.isVisible()]


def test_cost_and_context_of_the_last_run(bar: StatusBar) -> None:
    bar.show_figures(FIGURES)
    assert bar.cost_item.text == "$0.0003"
    assert bar.context_meter.text == "1.5k of 128k"
    assert bar.context_meter.accessibleName() == "Context 1.5 thousand of 128 thousand tokens, 1 percent"
    bar.show_figures(replace(FIGURES, completion_is_estimate=True))
    assert bar.cost_item.text == "~$0.0003"


def test_what_is_not_known_is_hidden_and_never_0(bar: StatusBar) -> None:
    bar.show_figures(FIGURES)
    assert bar.cost_item.isVisible()
    assert bar.context_meter.isVisible()
    bar.show_figures(replace(FIGURES, cost=None, context_limit=None))
    assert not bar.cost_item.isVisible()
    assert not bar.context_meter.isVisible()
    bar.show_figures(replace(FIGURES, context_limit=0))
    assert not bar.context_meter.isVisible()
    bar.show_figures(FIGURES)
    bar.show_figures(None)
    assert shown(bar) == ["Ready", "gpt-4o-mini", "2 messages"]


@pytest.mark.parametrize(
    ("tokens", "color", "width"),
    [
        (0, "accent", 0.0),
        (1, "accent", 2.0),
        (500, "accent", 28.0),
        (799, "accent", 44.744),
        (800, "warn", 44.8),
        (949, "warn", 53.144),
        (950, "err", 53.2),
        (2_000, "err", 56.0),
    ],
)
def test_the_meter_fills_and_warns(bar: StatusBar, tokens: int, color: str, width: float) -> None:
    meter = bar.context_meter
    meter.show_context(tokens, 1_000)
    assert meter.color == color
    assert meter.fill_width == pytest.approx(width)
    meter.resize(meter.sizeHint())
    image = meter.grab().toImage()
    track = {image.pixelColor(x, 13).name() for x in range(3, 53)}
    theme = bar._appearance.theme
    assert (getattr(theme, color).name() in track) == (tokens > 100)
    assert (theme.pressed.name() in track) == (tokens < 900)


def test_items_go_in_their_order_where_width_is_short(bar: StatusBar) -> None:
    bar.show_figures(FIGURES)
    whole = shown(bar)
    gone: list[str] = []
    for width in range(1280, 759, -1):
        bar.resize(width, 26)
        gone += [text for text in whole if text not in shown(bar) and text not in gone]
    assert gone == ["2 messages", "5.9 s", "first token 0.42 s"][: len(gone)]
    bar.resize(759, 26)
    assert shown(bar) == ["Ready", "gpt-4o-mini", "61.3 tok/s", "$0.0003", "1.5k of 128k"]
    bar.resize(480, 26)
    ends = [item.geometry() for item in (*bar._left, *bar._right) if item.isVisible()]
    assert ends[-1].right() <= 480 - 14
    assert all(one.right() < other.left() for one, other in pairwise(ends))


def test_the_tool_tip_has_the_totals(bar: StatusBar) -> None:
    second = replace(FIGURES, prompt=2_000, earlier_prompt=500, earlier_completion=6, duration=66.0)
    bar.show_totals(totals_of([FIGURES, second]))
    words = "This conversation: 2 replies, 3,784 prompt, 434 completion, 1 min 12 s, $0.0006"
    assert bar.accessibleDescription() == words
    assert words in bar.toolTip()
    bar.show_totals(totals_of([FIGURES, replace(FIGURES, cost=None, prompt_is_estimate=True)]))
    assert bar.accessibleDescription().endswith("~2,568 prompt, ~428 completion, 11.8 s, at least ~$0.0003")
    bar.show_totals(totals_of([replace(FIGURES, cost=None)]))
    assert bar.accessibleDescription() == "This conversation: 1 reply, 1,284 prompt, 214 completion, 5.9 s"
    for nothing in (totals_of([]), None):
        bar.show_totals(nothing)
        assert bar.toolTip() == ""


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_498, "1.5k"),
        (9_949, "9.9k"),
        (9_960, "10k"),
        (128_000, "128k"),
        (131_072, "131k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_047_576, "1M"),
        (1_240_000, "1.2M"),
        (10_000_000, "10M"),
    ],
)
def test_counts_in_few_characters(qapp: object, count: int, words: str) -> None:
    assert format_count(count) == words


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (0.0, "$0.00"),
        (0.000_001, "<$0.0001"),
        (0.0003, "$0.0003"),
        (0.0099, "$0.0099"),
        (0.01, "$0.01"),
        (1.239, "$1.24"),
        (1234.5, "$1,234.50"),
    ],
)
def test_costs(qapp: object, dollars: float, words: str) -> None:
    assert format_cost(dollars, is_estimate=False) == words
    assert format_cost(dollars, is_estimate=True) == "~" + words


def test_figures_follow_the_locale(qapp: object) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        assert format_count(1_498) == "1,5k"
        assert format_cost(0.0003, is_estimate=True).replace("\xa0", " ") == "~0,0003 $"
    finally:
        QLocale.setDefault(before)
