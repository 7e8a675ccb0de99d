"""Pages whose settings are declared: General, Appearance and Privacy."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.config.look import LARGEST_TEXT, SMALLEST_TEXT, TEXT_STEP
from desktop_agent.config.setting import SettingDescription, SettingsPart, describe
from desktop_agent.config.settings import Settings
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.card import CONTROL_WIDTH, Card, SettingRow
from desktop_agent.gui.settings.described_rows import DescribedRow, translated
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page import SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.what_leaves import WhatLeaves
from desktop_agent.gui.widgets.fields import SelectField


class TextSizeRow(SettingRow):
    """The text size in percent, in the steps that the keys take; another one is offered while it is used."""

    def __init__(self, description: SettingDescription, live: LiveSettings, appearance: Appearance) -> None:
        self.name = description.name
        self._select = SelectField(translated(description.label), appearance)
        self._select.chosen.connect(lambda size: live.change("appearance", text_size=size))
        super().__init__(
            translated(description.label),
            translated(description.hint),
            self._select,
            appearance,
            width=CONTROL_WIDTH,
        )

    def show_value(self, size: float) -> None:
        """Show the size that counts now."""
        count = round((LARGEST_TEXT - SMALLEST_TEXT) / TEXT_STEP) + 1
        sizes = {round(SMALLEST_TEXT + place * TEXT_STEP, 2) for place in range(count)}
        percent = QLocale().percent()
        self._select.set_choices(
            [(each, f"{QLocale().toString(round(each * 100))} {percent}") for each in sorted(sizes | {size})]
        )
        self._select.choose(size)


class DescribedPage(SettingsPage):
    """A page with one row for each declared setting.

    Args:
        kind: Which page it is.
        section: The name of its part of `Settings`.
        live: The settings.
        appearance: Theme and zoom.

    Attributes:
        card: Holds the rows.
        rows: The rows, by the names of their settings.
    """

    def __init__(
        self,
        kind: PageKind,
        section: str,
        live: LiveSettings,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(kind, appearance, parent)
        self._section = section
        self._live = live
        self.rows: dict[str, DescribedRow | TextSizeRow] = {}
        part: SettingsPart = getattr(live.settings, section)
        self._build_rows(type(part))
        live.changed.connect(self._show)
        self._show(live.settings)

    def _build_rows(self, part: type[SettingsPart]) -> None:
        self.card = Card(self.appearance, self)
        for description in describe(part):
            row = self._make_row(description)
            self.rows[description.name] = row
            self.card.add(row)
        self.body.addWidget(self.card)
        self.body.addStretch(1)
        self.add_reset()
        self.foot.addStretch(1)

    def _make_row(self, description: SettingDescription) -> DescribedRow | TextSizeRow:
        if self._section == "appearance" and description.name == "text_size":
            return TextSizeRow(description, self._live, self.appearance)
        return DescribedRow(description, self.appearance, self._change)

    def _change(self, name: str, value: Any) -> None:
        self._live.change(self._section, **{name: value})

    def _show(self, settings: Settings) -> None:
        part = getattr(settings, self._section)
        for name, row in self.rows.items():
            row.show_value(getattr(part, name))
        shown = {name: getattr(part, name) for name in self.rows}
        usual = {name: type(part).model_fields[name].default for name in self.rows}
        self.reset_button.setEnabled(shown != usual)

    @override
    def reset(self) -> None:
        self._live.reset(self._section)


def general_page(live: LiveSettings, appearance: Appearance) -> SettingsPage:
    """The page General."""
    return DescribedPage(PageKind.GENERAL, "general", live, appearance)


def appearance_page(live: LiveSettings, appearance: Appearance) -> SettingsPage:
    """The page Appearance."""
    return DescribedPage(PageKind.APPEARANCE, "appearance", live, appearance)


def privacy_page(live: LiveSettings, appearance: Appearance) -> SettingsPage:
    """The page Privacy: its settings, and below them what leaves this computer."""
    page = DescribedPage(PageKind.PRIVACY, "privacy", live, appearance)
    page.body.insertSpacing(1, 2)
    page.body.insertWidget(2, WhatLeaves(appearance, page))
    return page
