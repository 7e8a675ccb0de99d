"""The providers that are set up: what is known of each, and everything that is asked of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.chat.local_servers import LocalServer
from desktop_agent.chat.model_catalog import ModelCatalog, ModelList, suggested_model
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.chat.provider_check import CheckResult, check_provider, describe_check
from desktop_agent.config.agent_profiles import ModelChoice
from desktop_agent.config.provider import Provider, origin_of
from desktop_agent.config.provider_keys import provider_with_key, remove_key
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry, all_entries, new_entry
from desktop_agent.gui.settings.live_settings import LiveSettings

_BUILT_IN = (ProviderKind.DEMO, ProviderKind.ENVIRONMENT)


@dataclass(frozen=True)
class Check:
    """What the last test of a provider found, and when that was."""

    result: CheckResult
    at: datetime


class Connections(QObject):
    """The providers, for the pages that show and change them.

    Args:
        live: The settings, which keep the entries.
        catalog: The models of each.
        parent: Who owns it.

    Signals:
        changed: There are other entries, or something else is known of one.
    """

    changed = Signal()

    def __init__(self, live: LiveSettings, catalog: ModelCatalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog = catalog
        self._live = live
        self._checks: dict[str, tuple[ProviderEntry, Check]] = {}
        self._lists: dict[str, ModelList] = {}
        self._tested: set[str] = set()
        live.changed.connect(self.changed)

    @property
    def saved(self) -> tuple[ProviderEntry, ...]:
        """Those that the person has set up."""
        return self._live.settings.providers.entries

    @property
    def entries(self) -> tuple[ProviderEntry, ...]:
        """The same, then the environment's, then the demo."""
        return all_entries(self.saved)

    def entry(self, provider_id: str) -> ProviderEntry | None:
        """The provider with this id."""
        return next((each for each in self.entries if each.id == provider_id), None)

    def check_of(self, entry: ProviderEntry) -> Check | None:
        """What the last test found; None if there was none, or the provider was changed since."""
        tested, check = self._checks.get(entry.id, (None, None))
        return check if tested is not None and _is_same(tested, entry) else None

    def is_tested(self, entry: ProviderEntry) -> bool:
        """Whether a test is under way."""
        return entry.id in self._tested

    def listed(self, entry: ProviderEntry) -> ModelList | None:
        """The provider's list of models, if it was read (see `read_lists`) or fetched."""
        return self._lists.get(entry.id)

    def add(self, entry: ProviderEntry) -> None:
        """Set a provider up."""
        self._live.change("providers", entries=(*self.saved, entry))

    def put(self, entry: ProviderEntry) -> None:
        """Set a provider up, or keep another version of it; the environment's and the demo are never kept."""
        if entry.kind in _BUILT_IN:
            return
        if all(each.id != entry.id for each in self.saved):
            self.add(entry)
            return
        entries = tuple(entry if each.id == entry.id else each for each in self.saved)
        self._live.change("providers", entries=entries)

    def choose(self, choice: ModelChoice) -> None:
        """Let a model answer from now on."""
        self._live.change("providers", chosen=choice)

    def local_entry(self, server: LocalServer) -> ProviderEntry:
        """The entry for a server on this computer: the one that is there, or a new one, not kept yet."""
        for each in self.saved:
            if origin_of(each.base_url) == origin_of(server.base_url):
                return each
        return new_entry(server.kind, self.saved, base_url=server.base_url)

    async def keep_found(self, entry: ProviderEntry, server: LocalServer) -> ProviderEntry:
        """Set a server up that was found on this computer, with what it said of its models.

        Returns:
            The entry, which has a model to begin with if the server has one.
        """
        self._lists[entry.id] = await self.catalog.keep(entry, server.models)
        kept = self.with_suggested_model(entry)
        self.put(kept)
        self._note(kept, CheckResult(0.0))
        return kept

    async def remove(self, entry: ProviderEntry) -> None:
        """Take a provider away, with its key and its list of models.

        Raises:
            KeychainError: Its key can't be deleted; nothing is taken away.
        """
        await remove_key(entry)
        await self.catalog.forget(entry)
        self._lists.pop(entry.id, None)
        self._checks.pop(entry.id, None)
        chosen = self._live.settings.providers.chosen
        values: dict[str, Any] = {"entries": tuple(each for each in self.saved if each.id != entry.id)}
        if chosen is not None and chosen.provider == entry.id:
            values["chosen"] = None
        self._live.change("providers", **values)

    async def read_lists(self) -> None:
        """Read the lists of models that were kept on disk."""
        found = {entry.id: await self.catalog.listed(entry) for entry in self.entries}
        known = {entry_id: models for entry_id, models in found.items() if models is not None}
        if known != self._lists:  # whoever hears of a change reads again
            self._lists = known
            self.changed.emit()

    async def models(self, entry: ProviderEntry) -> Sequence[ModelFacts]:
        """The models to choose from."""
        return await self.catalog.models(entry)

    async def test(self, entry: ProviderEntry) -> Check:
        """Send one request to a provider, and keep what was found.

        Raises:
            KeyHostChangedError: Its key was given for another host.
            ProviderError: Its address is not usable.
            KeychainError: The keychain does not give the key.
        """
        return await self.test_with(entry, await provider_with_key(entry))

    async def test_with(self, entry: ProviderEntry, provider: Provider) -> Check:
        """The same with a key that is at hand."""
        self._tested.add(entry.id)
        self.changed.emit()
        try:
            result = await check_provider(provider, entry.kind)
            if result.models:
                self._lists[entry.id] = await self.catalog.keep(entry, result.models)
        finally:
            self._tested.discard(entry.id)
            self.changed.emit()
        return self._note(entry, result)

    async def refresh(self, entry: ProviderEntry) -> CheckResult:
        """Ask a provider for its models; what is wrong is in the result.

        Raises as `test`.
        """
        return await self.refresh_with(entry, await provider_with_key(entry))

    async def refresh_with(self, entry: ProviderEntry, provider: Provider) -> CheckResult:
        """The same with a key that is at hand."""
        started = time.perf_counter()
        try:
            found = await self.catalog.refresh(entry, provider)
        except AgentError as error:
            asked = replace(provider, model="")
            result = CheckResult(
                time.perf_counter() - started, describe_check(error, asked), error=type(error)
            )
        else:
            self._lists[entry.id] = found
            result = CheckResult(time.perf_counter() - started, models=found.models)
        if not entry.kind.facts.key_path:  # where the list is open to everyone, it tells nothing of the key
            self._note(entry, replace(result, models=()))
        self.changed.emit()
        return result

    def with_suggested_model(self, entry: ProviderEntry) -> ProviderEntry:
        """The entry with a model to begin with, if it has none and the list names one."""
        listed = self.listed(entry)
        if entry.model or listed is None:
            return entry
        model = suggested_model(listed.models, entry.kind.facts.default_model)
        return entry.model_copy(update={"model": model})

    def _note(self, entry: ProviderEntry, result: CheckResult) -> Check:
        check = Check(result, datetime.now(UTC))
        self._checks[entry.id] = (entry, check)
        self.changed.emit()
        return check


def _is_same(one: ProviderEntry, other: ProviderEntry) -> bool:
    """Whether a test of one says something of the other."""
    return (one.base_url, one.key_origin, one.api_version) == (
        other.base_url,
        other.key_origin,
        other.api_version,
    )
