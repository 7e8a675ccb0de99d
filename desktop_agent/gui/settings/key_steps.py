"""What the page does with a provider's key: reads, stores, replaces, moves and deletes it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject

from desktop_agent.config.keychain import KeychainError, KeyMissingError
from desktop_agent.config.provider import ProviderError, origin_of
from desktop_agent.config.provider_keys import (
    KeyHostChangedError,
    allow_key,
    check_key_host,
    provider_with_key,
    store_key,
    store_key_for_session,
)
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, address_for
from desktop_agent.config.sealed import Sealed
from desktop_agent.gui.settings.button_field import seen_of
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.provider_form import ProviderForm
from desktop_agent.gui.task_scope import TaskScope


class KeySteps(QObject):
    """The key of the provider in a form. One thing at a time is asked of the keychain.

    Args:
        form: Where the key is typed, and what the keychain says is shown.
        connections: The providers.
        scope: Owns the tasks.
        parent: Owns this.
    """

    def __init__(
        self, form: ProviderForm, connections: Connections, scope: TaskScope, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._form = form
        self._connections = connections
        self._scope = scope
        self._entry: ProviderEntry | None = None
        self._task: asyncio.Task[Any] | None = None
        self._session: set[str] = set()
        self._addresses: dict[str, str] = {}  # the last ones that the keys were given for
        form.key_given.connect(self._store)
        form.key_note.cancelled.connect(self._give_up)

    def show(self, entry: ProviderEntry, *, is_seen: bool) -> None:
        """Another provider is in the form.

        Args:
            entry: The provider.
            is_seen: Whether the form is seen; before, nothing is asked of the keychain.
        """
        self.stop()
        self._entry = entry
        if origin_of(entry.base_url) == entry.key_origin:
            self._addresses[entry.id] = entry.base_url
        if entry.kind in (ProviderKind.DEMO, ProviderKind.ENVIRONMENT):
            return
        if not entry.has_key:
            self._form.ask_key()
            return
        self._form.show_stored_key()
        if is_seen:
            self.read()

    def read(self) -> None:
        """Ask the keychain for the key, to show its end and that it is there."""
        entry = self._current()
        if entry is None or not entry.has_key or self._form.is_key_typed:
            return
        if entry.kind is not ProviderKind.ENVIRONMENT:
            self._begin(self._read(entry))

    def stop(self) -> None:
        """Ask nothing more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def say_host_changed(self, error: KeyHostChangedError) -> None:
        """Ask whether the key may go to the provider's new host."""
        entry = error.entry
        self._form.key_note.say(
            str(error),
            "warn",
            (self.tr("Allow"), lambda: self._begin(self._allow(entry))),
            (self.tr("Use the old address"), lambda: self._take_back(entry)),
        )

    def remove(self, entry: ProviderEntry) -> None:
        """Take a provider away, with its key."""
        self._begin(self._remove(entry))

    def _current(self) -> ProviderEntry | None:
        """The provider in the form as it is now."""
        return None if self._entry is None else self._connections.entry(self._entry.id)

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.stop()
        self._task = self._scope.spawn(coroutine, "key")

    def _give_up(self) -> None:
        """The person does not wait for the keychain."""
        self.stop()
        entry = self._current()
        if entry is not None and entry.has_key:
            self._form.key_note.say(
                self.tr("The keychain was not asked any longer."), "text2", (self.tr("Try again"), self.read)
            )

    async def _read(self, entry: ProviderEntry) -> None:
        try:
            provider = await self._form.key_note.ask(lambda: provider_with_key(entry))
        except KeyHostChangedError as error:
            self.say_host_changed(error)
        except ProviderError as error:
            self._form.key_note.say(str(error), "err")
        except KeyMissingError as error:
            self._form.ask_key()
            self._form.key_note.say(
                self.tr("{sentence} Paste it again.").format(sentence=error.sentence), "warn"
            )
        except KeychainError as error:
            self._form.key_note.say(str(error), "warn", (self.tr("Try again"), self.read))
        else:
            self._show_stored(entry, provider.api_key)

    def _store(self, key: Sealed) -> None:
        entry = self._form.entry
        if entry is None:
            return
        if not entry.base_url:
            self._form.refuse_key(self.tr("Enter the base URL first: the key is bound to it."))
            return
        self._begin(self._store_in_keychain(entry, key))

    async def _store_in_keychain(self, entry: ProviderEntry, key: Sealed) -> None:
        def keep() -> ProviderEntry:
            self._session.add(entry.id)
            return store_key_for_session(entry, key.open())

        self._session.discard(entry.id)
        self._form.key_button.setEnabled(False)
        try:
            bound = await self._form.key_note.ask(lambda: store_key(entry, key), keep)
        except (ProviderError, KeychainError) as error:
            self._form.refuse_key(str(error))
        else:
            self._keep(bound)
            self._show_stored(bound, key.open())
        finally:
            self._form.key_button.setEnabled(True)

    async def _allow(self, entry: ProviderEntry) -> None:
        try:
            bound = await self._form.key_note.ask(lambda: allow_key(entry))
        except (ProviderError, KeychainError) as error:
            self._form.key_note.say(str(error), "err")
        else:
            self._keep(bound)
            self.read()

    def _take_back(self, entry: ProviderEntry) -> None:
        """Use the address that the key was given for."""
        address = self._addresses.get(entry.id) or address_for(
            entry.kind, entry.key_origin, entry.api_version
        )
        self._connections.put(entry.model_copy(update={"base_url": address}))
        self._form.address_field.setText(address)  # also while the keyboard is there
        current = self._current()
        if current is not None:
            self.show(current, is_seen=True)

    async def _remove(self, entry: ProviderEntry) -> None:
        try:
            await self._form.key_note.ask(lambda: self._connections.remove(entry))
        except KeychainError as error:
            self._form.key_note.say(str(error), "err")

    def _keep(self, bound: ProviderEntry) -> None:
        """Keep where the key may go; what was changed meanwhile stays."""
        current = self._connections.entry(bound.id) or bound
        self._connections.put(current.model_copy(update={"key_origin": bound.key_origin}))

    def _show_stored(self, entry: ProviderEntry, key: str) -> None:
        self._form.show_stored_key(*seen_of(key))
        try:
            check_key_host(entry)
        except KeyHostChangedError as error:
            self.say_host_changed(error)
            return
        if entry.id in self._session:
            text = self.tr("The key is kept until you quit and is not saved.")
        else:
            text = self.tr("In the macOS Keychain, Windows Credential Manager or Secret Service.")
        self._form.key_note.say(text)
