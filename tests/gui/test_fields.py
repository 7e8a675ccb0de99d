"""The fields of forms: what they take, what they refuse, and how they look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.widgets.fields import NumberField, SelectField, Switch, TextArea, TextField


@pytest.fixture
def german() -> Iterator[None]:
    """A locale that writes "0,7" and "4.096"."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    yield
    QLocale.setDefault(before)


def enter(field: NumberField, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_numbers_are_written_as_the_locale_has_them(
    qtbot: QtBot, appearance: Appearance, german: None
) -> None:
    field = NumberField("Temperature", appearance, bounds=(0, 2), step=0.1)
    whole = NumberField("Tokens", appearance, bounds=(1, 1_000_000), is_whole=True)
    for each in (field, whole):
        qtbot.addWidget(each)
    got: list[object] = []
    field.entered.connect(got.append)
    whole.entered.connect(got.append)
    enter(field, "0,7")
    assert field.text() == "0,7"
    enter(field, "0.5")  # as a manual in English has it
    assert field.text() == "0,5"
    enter(whole, "4096")
    assert whole.text() == "4.096"
    assert got == [0.7, 0.5, 4096]
    assert isinstance(got[2], int)


@pytest.mark.parametrize("text", ["", "2.1", "-1", "nan", "inf", "1e400", "two", "1 2"])
def test_what_is_no_number_within_bounds_is_refused(qtbot: QtBot, appearance: Appearance, text: str) -> None:
    field = NumberField("Temperature", appearance, bounds=(0, 2), step=0.1)
    qtbot.addWidget(field)
    field.show_number(1.0)
    got: list[object] = []
    said: list[str] = []
    field.entered.connect(got.append)
    field.refused.connect(said.append)
    enter(field, text)
    assert got == []
    assert said == ["A number from 0 to 2."]
    assert field.is_invalid
    assert field.accessibleDescription() == "A number from 0 to 2."
    enter(field, "0.5")
    assert (got, said[-1], field.is_invalid) == ([0.5], "", False)


def test_the_arrows_go_in_steps_and_stop_at_the_bounds(qtbot: QtBot, appearance: Appearance) -> None:
    field = NumberField("Temperature", appearance, bounds=(0, 2), step=0.1, may_be_empty=True)
    qtbot.addWidget(field)
    field.show_number(None)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.number == 0
    for _ in range(3):
        QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.number == 0.3
    field.show_number(1.95)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.number == 2


def test_a_field_that_is_not_valid_has_a_red_edge(qtbot: QtBot, appearance: Appearance) -> None:
    field = TextField("Address", appearance)
    qtbot.addWidget(field)
    field.resize(200, 32)
    for is_invalid, color in ((False, LIGHT.border_input), (True, LIGHT.err)):
        field.set_invalid(is_invalid)
        assert field.grab().toImage().pixelColor(100, 0) == color
    assert field.height() == 32


def test_the_wheel_chooses_nothing(qtbot: QtBot, appearance: Appearance, qapp: QApplication) -> None:
    field = SelectField("Theme", appearance)
    qtbot.addWidget(field)
    field.set_choices([("a", "First"), ("b", "Second")])
    field.choose("a")
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    qapp.sendEvent(field, turn)
    assert field.value == "a"
    assert not turn.isAccepted()
    field.choose("unknown")
    assert field.value is None


def test_a_long_text_is_taken_once_it_rests(qtbot: QtBot, appearance: Appearance) -> None:
    area = TextArea("System message", appearance)
    qtbot.addWidget(area)
    taken: list[str] = []
    area.edited.connect(lambda: taken.append(area.toPlainText()))
    area.show_text("as it was")
    area.flush()
    assert taken == []
    with qtbot.waitSignal(area.edited):
        QTest.keyClicks(area, "Now ")
    assert taken == ["Now as it was"]
    area.flush()
    assert len(taken) == 1


def test_a_switch_is_turned_by_keys(qtbot: QtBot, appearance: Appearance) -> None:
    switch = Switch("Reduce motion", appearance)
    qtbot.addWidget(switch)
    for expected in (True, False):
        QTest.keyClick(switch, Qt.Key.Key_Space)
        assert switch.isChecked() is expected
        color = LIGHT.accent if expected else LIGHT.border_input
        x = 4 + (8 if expected else 26)  # where the knob is not
        switch.resize(switch.sizeHint())
        assert switch.grab().toImage().pixelColor(x, 14) == color
