"""The page Tools: limits, who searches the web, and what is allowed for ever, which can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimeZone
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop_agent.config.keychain import delete_key_async, get_key_async, set_key_async
from desktop_agent.config.keychain_errors import KeychainError, KeyMissingError
from desktop_agent.config.sealed import Sealed
from desktop_agent.config.setting import SettingsPart
from desktop_agent.config.settings import Settings
from desktop_agent.config.tool_settings import KEYED_SERVICES, Grant, ToolSettings, search_key_name
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_sight import pieces_of
from desktop_agent.gui.settings.button_field import KeyField, seen_of
from desktop_agent.gui.settings.card import CONTROL_WIDTH, ButtonRow, Card, SettingRow
from desktop_agent.gui.settings.described_page import DescribedPage
from desktop_agent.gui.settings.keychain_row import KeychainRow
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label

_LONGEST = 400  # characters of a permission's arguments that the page shows


class GrantRow(SettingRow):
    """A permission that lasts: exactly what it allows, and a button that takes it back."""

    def __init__(self, grant: Grant, live: LiveSettings, appearance: Appearance) -> None:
        self.grant = grant
        self.revoke_button = TextButton(self.tr("Revoke"), appearance, small=True)
        self.revoke_button.clicked.connect(
            lambda: live.change("tools", grants=live.settings.tools.without_grant(grant))
        )
        super().__init__(grant.tool, _words_of(grant), ButtonRow(self.revoke_button), appearance)
        self.revoke_button.setAccessibleName(self.tr("Revoke {tool}").format(tool=grant.tool))


class ToolsPage(DescribedPage):
    """What agents may do with tools.

    Args:
        live: The settings.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: Where it stands.

    Attributes:
        key_field: Where the key of a search service is typed.
        grant_rows: A row for each permission that lasts.
    """

    def __init__(
        self, live: LiveSettings, scope: TaskScope, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        self._scope = scope
        self._task: asyncio.Task[None] | None = None
        self._service = ""
        self.grant_rows: list[GrantRow] = []
        super().__init__(PageKind.TOOLS, "tools", live, appearance, parent)

    @override
    def _build_rows(self, part: type[SettingsPart]) -> None:
        super()._build_rows(part)
        self.key_field = KeyField(self.tr("API key"), self.appearance)
        self.key_field.returnPressed.connect(self._store_key)
        self.key_row = SettingRow(
            self.tr("API key"),
            self.tr("Press Enter to keep it in this computer's keychain."),
            self.key_field,
            self.appearance,
            width=CONTROL_WIDTH,
        )
        self.remove_button = TextButton(self.tr("Remove key"), self.appearance, small=True)
        self.remove_button.clicked.connect(self._remove_key)
        self.key_note = KeychainRow(self.appearance)
        self.key_note.cancelled.connect(self._give_up)
        self.card.add(self.key_row)
        self.body.insertWidget(1, self.key_note)
        self.body.insertWidget(2, self.remove_button, 0, Qt.AlignmentFlag.AlignLeading)
        self._title = plain_label(self.tr("Always allowed"), self)
        self._none = plain_label(self.tr("Nothing is allowed for ever."), self)
        self.grants_card = Card(self.appearance, self)
        for place, widget in enumerate((self._title, self._none, self.grants_card), 3):
            self.body.insertWidget(place, widget)
        self.body.insertSpacing(3, 14)
        self.appearance.changed.connect(self._apply_appearance)
        self._apply_appearance()

    def _apply_appearance(self) -> None:
        theme = self.appearance.theme
        for label, style, color in (
            (self._title, TextStyle.UI_STRONG, theme.text),
            (self._none, TextStyle.UI, theme.text2),
        ):
            label.setFont(self.appearance.text_font(style))
            color_label(label, color)

    @override
    def _show(self, settings: Settings) -> None:
        super()._show(settings)
        tools = settings.tools
        self.rows["search_address"].setVisible(tools.search_service == "searxng")
        self.key_row.setVisible(tools.search_service in KEYED_SERVICES)
        if tools.search_service != self._service:
            self._service = tools.search_service
            self.key_field.ask()
            self.key_note.clear()
            self.remove_button.hide()
            if tools.search_service in KEYED_SERVICES:
                self._begin(self._read_key(self._key_name))
        if [row.grant for row in self.grant_rows] != list(tools.grants):
            self._show_grants(tools.grants)

    def _show_grants(self, grants: tuple[Grant, ...]) -> None:
        for row in self.grant_rows:
            self.grants_card.remove(row)
        self.grant_rows = [GrantRow(grant, self._live, self.appearance) for grant in grants]
        for row in self.grant_rows:
            self.grants_card.add(row)
        self.grants_card.setVisible(bool(grants))
        self._none.setVisible(not grants)

    @override
    def reset(self) -> None:
        usual = {name: ToolSettings.model_fields[name].default for name in self.rows}
        self._live.change("tools", **usual)  # permissions are taken back one by one

    # The key

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._give_up()
        self._task = self._scope.spawn(work, "key of a search service")

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _store_key(self) -> None:
        text = self.key_field.text().strip()
        if text and not self.key_field.isReadOnly() and self._service in KEYED_SERVICES:
            self._begin(self._keep_key(self._key_name, Sealed(text)))

    def _remove_key(self) -> None:
        self._begin(self._forget_key(self._key_name))

    @property
    def _key_name(self) -> str:
        return search_key_name(self._live.settings.tools.search_service)

    async def _read_key(self, name: str) -> None:
        try:
            key = await self.key_note.ask(lambda: get_key_async(name))
        except KeyMissingError:
            return
        except KeychainError as error:
            self.key_note.say(str(error), "warn")
        else:
            self._show_key(key)

    async def _keep_key(self, name: str, key: Sealed) -> None:
        try:
            await self.key_note.ask(lambda: set_key_async(name, key))
        except KeychainError as error:
            self.key_row.show_error(str(error))
        else:
            self.key_row.show_error("")
            self._show_key(key.open())

    async def _forget_key(self, name: str) -> None:
        try:
            await self.key_note.ask(lambda: delete_key_async(name))
        except KeychainError as error:
            self.key_note.say(str(error), "err")
        else:
            self.key_field.ask()
            self.remove_button.hide()

    def _show_key(self, key: str) -> None:
        self.key_field.show_stored(*seen_of(key))
        self.remove_button.show()


def _words_of(grant: Grant) -> str:
    """What a permission allows: arguments, folder and when it was given, with nothing hidden."""
    arguments = grant.arguments
    if len(arguments) > _LONGEST:
        arguments = f"{arguments[:_LONGEST]}…"
    parts = ["".join(piece.text for piece in pieces_of(arguments.replace("\n", " ")))]
    if grant.folder:
        parts.append("".join(piece.text for piece in pieces_of(grant.folder)))
    at = QDateTime.fromString(grant.at, Qt.DateFormat.ISODate).toTimeZone(QTimeZone.systemTimeZone())
    if at.isValid():
        parts.append(QLocale().toString(at, QLocale.FormatType.ShortFormat))
    return "\n".join(parts)
