"""The page Providers & keys: who is set up, how each stands, and the form of the one that is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QMessageBox, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.chat.local_servers import USUAL_PLACES
from desktop_agent.chat.notices import Action, Notice
from desktop_agent.config.keychain import KeychainError
from desktop_agent.config.provider import ProviderError
from desktop_agent.config.provider_keys import KeyHostChangedError
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, new_entry, provider_for
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.plain_text import isolated
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.entry_list import EntryList, EntryRow, Standing
from desktop_agent.gui.settings.key_steps import KeySteps
from desktop_agent.gui.settings.model_details import ModelDetails
from desktop_agent.gui.settings.note_row import NoteRow
from desktop_agent.gui.settings.page import PADDING_X, SettingsPage
from desktop_agent.gui.settings.page_kind import PageKind
from desktop_agent.gui.settings.provider_form import ProviderForm
from desktop_agent.gui.settings.provider_menu import ProviderMenu
from desktop_agent.gui.settings.provider_words import (
    ago,
    standing_of,
    subtitle_of,
    words_of_check,
)
from desktop_agent.gui.settings.server_search import ServerSearch
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import RING_MARGIN, ButtonKind, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.gui.widgets.notice import NoticeBox

DRAFT_ID = "new"
_LIST_GAP = 16
_CLOCK_MILLISECONDS = 30_000
_BUILT_IN = (ProviderKind.DEMO, ProviderKind.ENVIRONMENT)


class ProvidersPage(SettingsPage):
    """The page Providers & keys.

    Args:
        connections: The providers.
        scope: Owns the page's tasks.
        appearance: Theme and zoom.
        parent: Where it stands.
        places: Where servers on this computer are looked for.

    Attributes:
        add_button: Opens the menu of kinds.
        list: The providers.
        form: The one that is chosen.
        notice: What the last test found wrong with it.
        remove_button: Takes it away.
        checked_label: When it was tested.
        test_button: Sends one request.
    """

    def __init__(
        self,
        connections: Connections,
        scope: TaskScope,
        appearance: Appearance,
        parent: QWidget | None = None,
        *,
        places: Sequence[tuple[ProviderKind, str]] = USUAL_PLACES,
    ) -> None:
        super().__init__(PageKind.PROVIDERS, appearance, parent)
        self._connections = connections
        self._scope = scope
        self._draft: ProviderEntry | None = None
        self.notice: NoticeBox | None = None
        self._shown_trouble: Notice | None = None
        self._build_ui()
        self._search = ServerSearch(self.list_note, connections, scope, places)
        self._key_steps = KeySteps(self.form, connections, scope, self)
        self._connect_signals()
        self._show_rows()
        self.list.choose(self._first_id())

    def _build_ui(self) -> None:
        appearance = self.appearance
        self.add_button = TextButton(self.tr("Add provider"), appearance, icon="plus", parent=self)
        self.add_action(self.add_button)
        self.list = EntryList(self.tr("Providers"), appearance, self)
        self.list_note = NoteRow(appearance, self)
        self.form = ProviderForm(appearance, self)
        self._about = plain_label("", self)
        self._notice_place = QVBoxLayout()
        aligned = QVBoxLayout()
        aligned.addWidget(self.list)
        aligned.addWidget(self.list_note)
        aligned.setContentsMargins(*self._end_margin(RING_MARGIN))
        aligned.setSpacing(6)
        self._notice_place.setContentsMargins(*self._end_margin(RING_MARGIN))
        margins = self.body.contentsMargins()
        begin, end = PADDING_X, PADDING_X - RING_MARGIN
        left, right = (end, begin) if self.isRightToLeft() else (begin, end)
        self.body.setContentsMargins(left, margins.top(), right, 0)
        self.body.setSpacing(0)
        self.body.addLayout(aligned)
        self.body.addSpacing(_LIST_GAP)
        self.body.addWidget(self.form)
        self.body.addWidget(self._about)
        self.body.addSpacing(12)
        self.body.addLayout(self._notice_place)
        self.body.addStretch(1)
        self.remove_button = TextButton(self.tr("Remove"), appearance, ButtonKind.DESTRUCTIVE, parent=self)
        self.checked_label = plain_label("", self)
        self.checked_label.setWordWrap(False)
        self.test_button = TextButton(self.tr("Test connection"), appearance, parent=self)
        self.foot.addWidget(self.remove_button)
        self.foot.addStretch(1)
        self.foot.addWidget(self.checked_label)
        self.foot.addSpacing(8 - RING_MARGIN)
        self.foot.addWidget(self.test_button)
        self._clock = QTimer(self, interval=_CLOCK_MILLISECONDS)
        self._apply_appearance()

    def _end_margin(self, size: int) -> tuple[int, int, int, int]:
        return (size, 0, 0, 0) if self.isRightToLeft() else (0, 0, size, 0)

    def _connect_signals(self) -> None:
        self.add_button.clicked.connect(self._open_menu)
        self.list.row_chosen.connect(self._show_chosen)
        self.form.edited.connect(self._change)
        self._search.found.connect(self.list.choose)
        self.remove_button.clicked.connect(self._ask_to_remove)
        self.test_button.clicked.connect(self.test)
        self._connections.changed.connect(self._show_rows)
        self._clock.timeout.connect(self._show_foot)
        self.shown.connect(self._come_into_view)
        self.appearance.changed.connect(self._apply_appearance)

    def _first_id(self) -> str:
        return self.list.rows[0].id if self.list.rows else ""

    # What is shown

    @property
    def entry(self) -> ProviderEntry | None:
        """The provider that is chosen."""
        chosen = self.list.current_id
        if self._draft is not None and chosen == DRAFT_ID:
            return self._draft
        return self._connections.entry(chosen)

    def _come_into_view(self) -> None:
        self._clock.start()
        self._spawn(self._connections.read_lists(), "lists of models")
        for entry in self._connections.saved:
            if entry.kind.is_local and not entry.has_key:  # loopback: nothing leaves this computer
                self._spawn(self._ask_local(entry), "local server")
        self._key_steps.read()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._clock.stop()
        self._key_steps.stop()
        super().hideEvent(event)

    def _show_rows(self) -> None:
        """Show what is known now; what is being typed stays."""
        rows = []
        for entry in self._connections.entries:
            check = self._connections.check_of(entry)
            standing = standing_of(entry, check, is_tested=self._connections.is_tested(entry))
            subtitle = subtitle_of(entry, self._connections.listed(entry), check)
            rows.append(EntryRow(entry.id, entry.name, subtitle, standing))
        if self._draft is not None:
            standing = Standing(self.tr("No address"), "warn", "alert")
            rows.append(EntryRow(DRAFT_ID, self._draft.name, self.tr("Not set up yet"), standing))
        self.list.set_rows(rows)
        if not self.list.current_id:
            self.list.choose(self._first_id())
        chosen = self.entry
        if chosen is not None and self.form.entry is not None and self.form.entry.id == chosen.id:
            self._show_entry(chosen)

    def _show_chosen(self, provider_id: str) -> None:
        if self._draft is not None and provider_id != DRAFT_ID:
            self._draft = None
            QTimer.singleShot(0, self, self._show_rows)  # the list is telling of its row just now
        entry = self.entry
        if entry is not None:
            self._show_entry(entry)
            self._key_steps.show(entry, is_seen=self.isVisible())

    def _show_entry(self, entry: ProviderEntry) -> None:
        self.form.show_entry(entry)
        self._show_models(entry)
        self._about.setText(self._words_about(entry))
        self._about.setVisible(bool(self._about.text()))
        self._show_foot()
        self._show_notice(entry)

    def _words_about(self, entry: ProviderEntry) -> str:
        if entry.kind is ProviderKind.DEMO:
            return self.tr("Works offline. The replies are scripted examples, not a real model.")
        return ""

    def _show_models(self, entry: ProviderEntry) -> None:
        listed = self._connections.listed(entry)
        models = [each.id for each in (listed.models if listed else ()) if each.chats is not False]
        self.form.set_models([*models, *(each for each in entry.typed_models if each not in models)])
        note = self.form.model_note
        if entry.kind is ProviderKind.AZURE:
            note.say(self.tr("Type the name of your deployment."), "text2", *self._offer_details(entry))
        elif entry.id == DRAFT_ID:
            note.clear()
        elif listed is None:
            words = self.tr("The list of models was not fetched yet.")
            note.say(words, "text2", *self._offer_details(entry), self._offer_refresh())
        else:
            words = self.tr("Models listed {when}.").format(when=ago(listed.fetched_at))
            note.say(words, "text2", *self._offer_details(entry), self._offer_refresh())

    def _offer_details(self, entry: ProviderEntry) -> list[tuple[str, Any]]:
        """The way to what the person knows of the model, if there is one that can have it."""
        is_own = entry.kind not in _BUILT_IN and entry.id != DRAFT_ID
        return [(self.tr("Model details"), self.open_details)] if is_own and entry.model else []

    def open_details(self) -> None:
        """Open what the person knows of the default model."""
        entry = self.entry
        if entry is not None:
            ModelDetails(self._connections, entry, self.appearance, self).show()

    def _offer_refresh(self) -> tuple[str, Any]:
        return self.tr("Refresh list"), self.refresh

    def _show_foot(self) -> None:
        entry = self.entry
        is_own = entry is not None and entry.kind not in _BUILT_IN
        self.remove_button.setVisible(is_own)
        self.test_button.setVisible(entry is not None and entry.kind is not ProviderKind.DEMO)
        is_tested = entry is not None and self._connections.is_tested(entry)
        self.test_button.setEnabled(entry is not None and entry.id != DRAFT_ID and not is_tested)
        check = None if entry is None else self._connections.check_of(entry)
        text = self.tr("Testing") if is_tested else words_of_check(check) if check is not None else ""
        self.checked_label.setText(text)
        self.checked_label.setAccessibleName(text)

    def _show_notice(self, entry: ProviderEntry) -> None:
        """Say what the last test found wrong."""
        check = self._connections.check_of(entry)
        notice = None if check is None else check.result.notice
        if self.notice is not None:
            if notice is self._shown_trouble:
                return
            self._notice_place.removeWidget(self.notice)
            self.notice.hide()
            self.notice.deleteLater()
            self.notice = None
        self._shown_trouble = notice
        if notice is not None:
            self.notice = NoticeBox(notice, self.appearance, self)
            self.notice.action_chosen.connect(lambda action: self.test() if action is Action.RETRY else None)
            self._notice_place.addWidget(self.notice)

    def _apply_appearance(self) -> None:
        for label, style in ((self.checked_label, TextStyle.SMALL_FIGURES), (self._about, TextStyle.UI)):
            color_label(label, self.appearance.theme.text2)
            label.setFont(self.appearance.text_font(style))

    # What is changed

    def _change(self, name: str, value: str) -> None:
        entry = self.form.entry
        if entry is None:
            return
        if entry.id == DRAFT_ID:
            self._change_draft(entry, name, value)
            return
        values: dict[str, Any] = {name: value}
        if name == "model" and value and value not in self.form.model_field.models:
            values["typed_models"] = (*entry.typed_models, value)
        changed = entry.model_copy(update=values)
        self._connections.put(changed)
        if name == "base_url":
            self._key_steps.show(changed, is_seen=True)

    def _change_draft(self, entry: ProviderEntry, name: str, value: str) -> None:
        """A provider is set up as soon as it has an address."""
        draft = entry.model_copy(update={name: value})
        if name != "base_url":
            self._draft = draft
            self._show_rows()
            return
        usual = draft.kind.facts.name
        called = "" if draft.name == usual else draft.name
        made = new_entry(draft.kind, self._connections.saved, base_url=value, name=called)
        made = made.model_copy(update={"model": draft.model, "api_version": draft.api_version})
        self._add(made)

    def _add(self, entry: ProviderEntry) -> None:
        self._draft = None
        self._connections.add(entry)
        self.list.choose(entry.id)

    def _open_menu(self) -> None:
        """Offer the kinds of providers."""
        menu = ProviderMenu(self)
        menu.kind_chosen.connect(self.add)
        menu.look_requested.connect(self._search.look)
        corner = QPoint(RING_MARGIN, self.add_button.height())
        menu.popup(self.add_button.mapToGlobal(corner))

    def add(self, kind: ProviderKind) -> None:
        """Add a provider of a kind; one without an address of its own waits for it."""
        if kind.facts.base_url:
            self._add(new_entry(kind, self._connections.saved))
            field: QWidget = self.form.key_field if kind.facts.needs_key else self.form.model_field
        else:
            self._draft = ProviderEntry(id=DRAFT_ID, kind=kind, name=kind.facts.name)
            self._show_rows()
            self.list.choose(DRAFT_ID)
            field = self.form.address_field
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_to_remove(self) -> None:
        entry = self.entry
        if entry is None:
            return
        if entry.id == DRAFT_ID:
            self._draft = None
            self._show_rows()
            return
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("Remove {name}?").format(name=isolated(entry.name)))
        if entry.has_key:
            box.setInformativeText(self.tr("Its API key is deleted from the keychain of this computer."))
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        remove.clicked.connect(lambda: self._key_steps.remove(entry))
        box.open()

    # What is asked of providers

    def test(self) -> None:
        """Send one request to the provider that is chosen."""
        entry = self.entry
        if entry is not None and self.test_button.isEnabled():
            self._spawn(self._asked(entry, self._test), "test")

    def refresh(self) -> None:
        """Ask the provider that is chosen for its models."""
        entry = self.entry
        if entry is not None:
            self.form.model_note.say(self.tr("Asking {host}.").format(host=entry.host))
            self._spawn(self._asked(entry, self._refresh), "models")

    async def _asked(self, entry: ProviderEntry, ask: Callable[[ProviderEntry], Awaitable[None]]) -> None:
        """Ask something of a provider; what stands in the way is said beside its key or address."""
        try:
            await ask(entry)
        except KeyHostChangedError as error:
            self._key_steps.say_host_changed(error)
        except ProviderError as error:
            self.form.key_note.say(str(error), "err")
        except KeychainError as error:
            self.form.key_note.say(str(error), "warn", (self.tr("Try again"), self._key_steps.read))
        finally:
            shown = self.entry
            if shown is not None and shown.id == entry.id:
                self._show_entry(shown)

    async def _test(self, entry: ProviderEntry) -> None:
        await self._connections.test(entry)
        self._suggest(entry)

    async def _refresh(self, entry: ProviderEntry) -> None:
        result = await self._connections.refresh(entry)
        self._suggest(entry)
        if result.notice is not None and self.form.entry is not None and self.form.entry.id == entry.id:
            self._show_trouble_with_list(str(result.notice).replace("\n", " "))

    def _show_trouble_with_list(self, sentence: str) -> None:
        QTimer.singleShot(0, self, lambda: self.form.model_note.say(sentence, "err", self._offer_refresh()))

    async def _ask_local(self, entry: ProviderEntry) -> None:
        try:
            await self._connections.refresh_with(entry, provider_for(entry))
        except ProviderError:
            return  # its address is shown, and what is wrong with it when it is tested
        self._suggest(entry)

    def _suggest(self, entry: ProviderEntry) -> None:
        """Choose a model to begin with, now that the list is there."""
        current = self._connections.entry(entry.id)
        if current is not None and not current.model:
            self._connections.put(self._connections.with_suggested_model(current))

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[Any]:
        return self._scope.spawn(coroutine, name)
