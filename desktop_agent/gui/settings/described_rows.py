"""Rows for settings as they are declared: each gets the control that its type needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop_agent.config.setting import SettingDescription
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.card import CONTROL_WIDTH, SettingRow
from desktop_agent.gui.widgets.fields import NumberField, SelectField, Switch, TextField

Take = Callable[[str, Any], None]
"""Takes the name of a setting and its new value."""


def translated(text: str) -> str:
    """A declared text in the language of the window."""
    return QCoreApplication.translate("Settings", text) if text else ""


class DescribedRow(SettingRow):
    """A row for one declared setting.

    Args:
        description: The setting.
        appearance: Theme and zoom.
        take: Is called with what the person chose or typed.
    """

    def __init__(self, description: SettingDescription, appearance: Appearance, take: Take) -> None:
        self.name = description.name
        self._show: Callable[[Any], None]
        control = self._make_control(description, appearance, take)
        super().__init__(
            translated(description.label),
            translated(description.hint),
            control,
            appearance,
            width=0 if isinstance(control, Switch) else CONTROL_WIDTH,
        )
        if isinstance(control, NumberField):
            control.refused.connect(self.show_error)

    def show_value(self, value: Any) -> None:
        """Show what the setting is now."""
        self._show(value)

    def _make_control(self, description: SettingDescription, appearance: Appearance, take: Take) -> QWidget:
        name, label = description.name, translated(description.label)
        if description.kind == "switch":
            switch = Switch(label, appearance)
            switch.clicked.connect(lambda is_on: take(name, is_on))
            self._show = switch.setChecked
            return switch
        if description.kind == "choice":
            select = SelectField(label, appearance)
            select.set_choices([(value, translated(text)) for value, text in description.choices.items()])
            select.chosen.connect(lambda value: take(name, value))
            self._show = select.choose
            return select
        if description.kind == "number":
            number = number_field(description, appearance)
            number.entered.connect(lambda value: take(name, value))
            self._show = number.show_number
            return number
        text = TextField(label, appearance)
        text.editingFinished.connect(lambda: take(name, text.text()))
        self._show = text.setText
        return text


def number_field(description: SettingDescription, appearance: Appearance) -> NumberField:
    """The field for a declared number."""
    low, high = description.low, description.high
    return NumberField(
        translated(description.label),
        appearance,
        bounds=(0 if low is None else low, 1e9 if high is None else high),
        step=description.step or 1,
        may_be_empty=description.default is None,
        is_whole=description.is_whole,
    )
